/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers that talk with cards by every way there is, and disasters meanwhile.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef SOAK_H
#define SOAK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOAK_READERS	10
/* This reader has one client, which may have it for itself and reset its card. */
#define SOAK_ALONE	9
/* The data that a short command carries at most, and any that vpcd takes */
#define SOAK_SHORT_MAX	255
#define SOAK_DATA_MAX	65528
/* A command with these, and its answer */
#define SOAK_APDU_MAX	(7 + SOAK_DATA_MAX)
#define SOAK_ATR_MAX	36

/* Disasters: a bit each */
#define SOAK_CARD	0x1
#define SOAK_PCSCD	0x2
#define SOAK_RELOAD	0x4
#define SOAK_KINDS	3
/* The failures that a way knows, at most */
#define SOAK_CODES	16

struct worker;

/**
 * struct code - a failure
 * @code: the way's own
 * @kinds: the disasters that can give it
 */
struct code {
	uint32_t code;
	unsigned int kinds;
};

/**
 * struct way - one way to a card
 * @name: for messages
 * @data_max: what a command can carry
 * @connect: as it says, exclusive if the worker wants so; 0 or the way's own code
 * @apdu: sends @tx, receives up to SOAK_APDU_MAX bytes
 * @begin: of a transaction; like all below it may not be there
 * @end: of it
 * @reconnect: also resets the card, if asked to
 * @cancel: sends @tx, which is slow, and takes it back; 0 also if it was too late
 * @disconnect: leaves the card
 * @drop: after a failure, with its code: so that connect can be tried again
 * @codes: the failures that disasters explain; the last one is 0
 */
struct way {
	const char *name;
	size_t data_max;
	uint32_t (*connect)(struct worker *w);
	uint32_t (*apdu)(struct worker *w, const uint8_t *tx, size_t tx_len,
			 uint8_t *rx, size_t *rx_len);
	uint32_t (*begin)(struct worker *w);
	uint32_t (*end)(struct worker *w);
	uint32_t (*reconnect)(struct worker *w, bool reset);
	uint32_t (*cancel)(struct worker *w, const uint8_t *tx, size_t tx_len);
	uint32_t (*disconnect)(struct worker *w);
	void (*drop)(struct worker *w, uint32_t code);
	const struct code *codes;
};

/**
 * struct worker - a thread that talks with one reader, by one way
 * @way: by which
 * @reader: which
 * @random: the state of its choices, which the seed of the test gives
 * @exclusive: how it wants the card
 * @fd: the way's open file, or -1
 * @context: the way's
 * @card: the way's
 * @left: the way's: a card that it leaves when it has the next one
 * @atr: of the card that it last connected to, if the way knows it
 * @atr_len: its length, or 0
 * @heard: when its last call but one began: of what was before that it has heard
 * @start: when its last call began
 * @good: right answers
 * @bad: wrong answers, or a card that belongs elsewhere
 * @failed: failures that disasters explain
 * @explained: these by disaster and place in the way's @codes
 * @odd: others
 * @longest_ms: the longest call
 */
struct worker {
	const struct way *way;
	unsigned int reader;
	unsigned int random;
	bool exclusive;
	int fd;
	long context;
	long card;
	long left;
	uint8_t atr[SOAK_ATR_MAX];
	size_t atr_len;
	long long heard, start;
	unsigned long good, bad, failed, odd;
	unsigned long explained[SOAK_KINDS][SOAK_CODES];
	long long longest_ms;
};

extern const struct way way_sysfs, way_ioctl, way_stream, way_winscard;

/* What the workers did, by kind */
enum {
	DID_SHORT, DID_LONG, DID_TRANSACTION, DID_EXCLUSIVE, DID_RECONNECT, DID_RESET,
	DID_CANCEL, DID_COUNT
};

extern atomic_ulong soak_did[DID_COUNT];

/* Set: the workers end. */
extern atomic_bool soak_stop;

/* A worker's thread. */
void *worker_run(void *arg);

/**
 * disasters() - what goes wrong outside the workers
 * @seconds: for so long
 * @seed: gives their order
 * @kinds: of which kinds
 *
 * They come in storms, with a lull behind each, longer than they explain anything.
 */
void disasters(unsigned int seconds, uint32_t seed, unsigned int kinds);

/**
 * disaster_explains() - whether a failure may be the work of a disaster
 * @reader: whose
 * @kinds: the disasters that can give it
 * @since: who failed had heard of all that was before this
 * @until: when it had failed
 *
 * Return: the first kind that was on, or in the last seconds, in that time, and concerns
 * this reader; 0 if none.
 */
unsigned int disaster_explains(unsigned int reader, unsigned int kinds,
			       long long since, long long until);

/* How long before @now the last one ended that concerns this reader; -1 if none did. */
long long disaster_age(unsigned int reader, long long now);

/* For so many per cent of that time a failure at this reader has no explanation. */
unsigned int disaster_judged(unsigned int reader, long long since, long long until);

/* How many there were, and those that could not be done */
extern unsigned long disaster_counts[SOAK_KINDS], disaster_undone;

/* Milliseconds of a clock that only goes forward. */
long long now_ms(void);

#endif

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
/* What a worker sends at most; sysfs takes a page of text. */
#define SOAK_APDU_MAX	600
#define SOAK_ATR_MAX	36

struct worker;

/**
 * struct way - one way to a card
 * @name: for messages
 * @connect: as it says; 0 or the way's own code of a failure
 * @apdu: sends @tx, receives up to SOAK_APDU_MAX bytes
 * @drop: after a failure, with its code: so that connect can be tried again
 * @allowed: the codes that disasters explain; ends with 0
 */
struct way {
	const char *name;
	uint32_t (*connect)(struct worker *w);
	uint32_t (*apdu)(struct worker *w, const uint8_t *tx, size_t tx_len,
			 uint8_t *rx, size_t *rx_len);
	void (*drop)(struct worker *w, uint32_t code);
	const uint32_t *allowed;
};

/**
 * struct worker - a thread that talks with one reader, by one way
 * @way: by which
 * @reader: which
 * @fd: the way's open file, or -1
 * @context: the way's
 * @card: the way's
 * @atr: of the card that it last connected to, if the way knows it
 * @atr_len: its length, or 0
 * @good: right answers
 * @bad: wrong answers, or a card that belongs elsewhere
 * @failed: failures that disasters explain
 * @odd: others
 * @longest_ms: the longest call
 */
struct worker {
	const struct way *way;
	unsigned int reader;
	int fd;
	long context;
	long card;
	uint8_t atr[SOAK_ATR_MAX];
	size_t atr_len;
	unsigned long good, bad, failed, odd;
	long long longest_ms;
};

extern const struct way way_sysfs, way_ioctl, way_winscard;

/* Set: all is well from here on, so failures are odd. */
extern atomic_bool soak_quiet;
/* Set: the workers end. */
extern atomic_bool soak_stop;

/* A worker's thread. */
void *worker_run(void *arg);

/* Disasters for so many seconds, in an order that @seed gives. */
void disasters(unsigned int seconds, uint32_t seed);

/* Milliseconds of a clock that only goes forward. */
long long now_ms(void);

#endif

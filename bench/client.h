/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client of the measurements: what its parts know of each other.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An ECHO of this many bytes is the longest that vpcd carries. */
#define ECHO_MAX	65526u
/* Room for it, with its header, and for its answer */
#define APDU_ROOM	65548u

/**
 * struct way - a way to a card
 * @name: its name on the command line
 * @max: the longest command that it carries, in bytes
 * @open: connect to the card in a reader, shared; false, after a message unless
 *	@quiet, if that does not work (yet)
 * @prepare: what exchange() is to send; not measured. It stays where it is
 * @exchange: send it and receive the answer: what is measured
 * @answer: the answer; not measured. Returns its length
 * @close: disconnect
 */
struct way {
	const char *name;
	size_t max;
	bool (*open)(unsigned int reader, bool quiet);
	void (*prepare)(const uint8_t *apdu, size_t len);
	bool (*exchange)(void);
	size_t (*answer)(const uint8_t **data);
	void (*close)(void);
};

extern const struct way way_cdev, way_sysfs, way_winscard;

/* ns on a clock that only goes forward */
uint64_t now_ns(void);

/* Sends a command and looks for this status word behind @wanted bytes. */
bool apdu_ok(const struct way *way, const uint8_t *apdu, size_t len,
	     size_t wanted);

/**
 * echo_apdu() - an ECHO for the test card
 * @apdu: filled in; room for APDU_ROOM bytes
 * @bytes: of data, at most ECHO_MAX
 *
 * Return: the length of the command.
 */
size_t echo_apdu(uint8_t *apdu, size_t bytes);

/* Connects and has one answer; false after a message. */
bool open_and_try(const struct way *way, unsigned int reader);

/* The verbs; each returns the program's exit status. */
int do_run(const struct way *way, unsigned int reader, size_t bytes,
	   unsigned long count);
int do_many(const struct way *way, unsigned int first, unsigned int readers,
	    size_t bytes, unsigned long ms);
int do_gap(const struct way *way, unsigned int reader, unsigned long ms,
	   bool pin);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Passes on what comes from a socket, up to a mark.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef RELAY_H
#define RELAY_H

#include <stdbool.h>
#include <stddef.h>

#include "loop.h"

#define RELAY_ROOM	65536

/**
 * struct relay - from a socket to a descriptor
 * @in: the socket, in the loop
 * @out: the descriptor, in the loop while something waits for it
 * @mark: ends what is passed on
 * @len: bytes in @data
 * @ready: how many of them may be passed on: the others may be the mark's beginning
 * @marked: the mark came; what comes after it is thrown away
 * @ended: the socket was closed
 * @deaf: nobody reads what is passed on; it is thrown away
 * @data: what was not passed on yet
 *
 * A slow reader makes the sender wait, once @data is full.
 */
struct relay {
	struct watch in;
	struct watch out;
	const char *mark;
	size_t len;
	size_t ready;
	bool marked;
	bool ended;
	bool deaf;
	char data[RELAY_ROOM];
};

/* @from: a non-blocking socket; @mark: not empty, shorter than RELAY_ROOM */
void relay_start(struct relay *r, int from, int to, const char *mark);

/* Has all been passed on, up to the mark? */
bool relay_complete(const struct relay *r);
/* Or up to the end, if the mark will not come any more? */
bool relay_over(const struct relay *r);

/**
 * relay_clear() - how much of some bytes is not the mark, for sure
 * @data: the bytes
 * @len: how many
 * @mark: the mark
 * @found: set to whether the mark is there
 *
 * Return: the bytes before the mark; without it, before what may be its beginning.
 */
size_t relay_clear(const char *data, size_t len, const char *mark, bool *found);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A socket that carries lines, in both directions.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "loop.h"

/**
 * struct stream - a socket and what waits on either side of it
 * @watch: the socket, in the loop
 * @in: what came and was not taken
 * @out: what is still to be sent
 * @limit: of @in, so of a line's length
 * @ended: the other side is gone, or it broke the limit, or there was no memory
 * @came: called when something came, if not NULL
 * @arg: for @came
 */
struct stream {
	struct watch watch;
	struct buf in;
	struct buf out;
	size_t limit;
	bool ended;
	void (*came)(void *arg);
	void *arg;
};

/* @fd: a non-blocking socket; the stream has it from now on */
void stream_open(struct stream *s, int fd, size_t limit);

/**
 * stream_line() - take the next line
 * @s: the stream
 *
 * Return: the line without its end, to be freed; NULL: there is none yet. From a
 * NUL byte on a line is lost.
 */
char *stream_line(struct stream *s);

/* Takes @len bytes to send; what becomes of them shows in @out and @ended. */
void stream_send(struct stream *s, const char *data, size_t len);

#endif

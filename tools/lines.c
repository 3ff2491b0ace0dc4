// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Lines from a file, see lines.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lines.h"
#include "stop.h"
#include "text.h"

void lines_open(struct lines *lines, int fd, const char *name)
{
	*lines = (struct lines){ .fd = fd, .name = name, .data = get_memory(NULL, LINES_ROOM) };
}

enum status lines_next(struct lines *lines, char **line, size_t *len)
{
	*line = NULL;
	/* The lines that have been given make room. */
	memmove(lines->data, lines->data + lines->used, lines->len - lines->used);
	lines->len -= lines->used;
	explicit_bzero(lines->data + lines->len, lines->used);
	lines->used = 0;
	for (;;) {
		char *newline = memchr(lines->data, '\n', lines->len);
		ssize_t n;

		if (stop_signal())
			return STATUS_OK;
		if (newline || (lines->ended && lines->len)) {
			*line = lines->data;
			*len = newline ? (size_t)(newline - lines->data) : lines->len;
			lines->used = *len + !!newline;
			lines->number++;
			return STATUS_OK;
		}
		if (lines->ended)
			return STATUS_OK;
		if (lines->len == LINES_ROOM) {
			say("%s: line %lu is too long", lines->name, lines->number + 1);
			return STATUS_USAGE;
		}
		n = read(lines->fd, lines->data + lines->len, LINES_ROOM - lines->len);
		if (n < 0 && errno != EINTR) {
			say("%s: %s", lines->name, strerror(errno));
			return STATUS_OTHER;
		}
		if (n == 0)
			lines->ended = true;
		if (n > 0)
			lines->len += n;
	}
}

void lines_close(struct lines *lines)
{
	explicit_bzero(lines->data, LINES_ROOM);
	free(lines->data);
	lines->data = NULL;
}

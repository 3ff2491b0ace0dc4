// SPDX-License-Identifier: BSD-2-Clause
/*
 * Bytes that gather, up to a limit. See buf.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"

/* Makes room for @more bytes. */
static bool buf_grow(struct buf *b, size_t more)
{
	size_t room = b->room ? b->room : 256;
	char *data;

	if (more > SIZE_MAX / 4 - b->len)
		return false;
	while (room < b->len + more)
		room *= 2;
	if (room == b->room)
		return true;
	data = realloc(b->data, room);
	if (!data)
		return false;
	b->data = data;
	b->room = room;
	return true;
}

bool buf_add(struct buf *b, const void *data, size_t len)
{
	if (!buf_grow(b, len))
		return false;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	return true;
}

bool buf_add_text(struct buf *b, const char *text)
{
	return buf_add(b, text, strlen(text));
}

ssize_t buf_read(struct buf *b, int fd, size_t max)
{
	ssize_t n;

	if (!buf_grow(b, max)) {
		errno = ENOMEM;
		return -1;
	}
	n = read(fd, b->data + b->len, max);
	if (n > 0)
		b->len += (size_t)n;
	return n;
}

void buf_drop(struct buf *b, size_t len)
{
	if (!len)
		return;
	b->len -= len;
	memmove(b->data, b->data + len, b->len);
}

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

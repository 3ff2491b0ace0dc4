/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes that gather, up to a limit.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buf {
	char *data;
	size_t len;
	size_t room;
};

/* Return: false: no memory, and nothing was added. */
bool buf_add(struct buf *b, const void *data, size_t len);
bool buf_add_text(struct buf *b, const char *text);

/**
 * buf_read() - add what a descriptor has
 * @b: the buffer
 * @fd: the descriptor
 * @max: how much to read at most, above 0
 *
 * Return: as read(2).
 */
ssize_t buf_read(struct buf *b, int fd, size_t max);

/* Takes @len bytes away from the beginning. */
void buf_drop(struct buf *b, size_t len);
void buf_free(struct buf *b);

#endif

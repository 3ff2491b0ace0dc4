/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Lines from a file as they come, in memory that is wiped: they may hold a PIN.
 */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"

/* Room for the longest APDU, blanks between its bytes, and a comment */
#define LINES_ROOM	(256 * 1024)

struct lines {
	int fd;
	const char *name;
	char *data;
	size_t len;	/* bytes in data */
	size_t used;	/* of them, those of lines that have been given */
	bool ended;
	unsigned long number;
};

void lines_open(struct lines *lines, int fd, const char *name);
/**
 * lines_next() - the next line, without its newline
 * @line: the line, valid until the next call; NULL at the end, or if a signal came
 * @len: its length
 *
 * Return: STATUS_OK, or a failure that has been told.
 */
enum status lines_next(struct lines *lines, char **line, size_t *len);
/* The file descriptor stays open. */
void lines_close(struct lines *lines);

#endif /* LINES_H */

// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is in log files. See file.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define TAIL_MAX	65536

/* The last of the file, at most @room bytes of it. */
static size_t read_end(const char *path, char *data, size_t room)
{
	FILE *f = fopen(path, "re");
	size_t len;

	if (!f)
		return 0;
	if (fseek(f, -(long)room, SEEK_END))
		rewind(f);	/* it is not as long */
	len = fread(data, 1, room, f);
	fclose(f);
	return len;
}

char *file_tail(const char *path, unsigned int lines)
{
	static const char blank[] = " \t\r\n";
	char *data = malloc(TAIL_MAX + 1), *begin, *p;
	size_t len;

	if (!data)
		abort();
	len = read_end(path, data, TAIL_MAX);
	/* A console may show anything; a message is text. */
	for (size_t i = 0; i < len; i++)
		if (!data[i])
			data[i] = ' ';
	while (len && strchr(blank, data[len - 1]))
		len--;
	data[len] = '\0';
	begin = data;
	for (p = data + len; lines && p > data; p--) {
		if (p[-1] == '\n' && !--lines) {
			begin = p;
			break;
		}
	}
	begin += strspn(begin, "\r\n");
	memmove(data, begin, strlen(begin) + 1);
	return data;
}

bool file_has(const char *path, const char *text)
{
	FILE *f = fopen(path, "re");
	bool found = false;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	if (!f)
		return false;
	while (!found && (len = getline(&line, &room, f)) >= 0)
		found = memmem(line, (size_t)len, text, strlen(text));
	free(line);
	fclose(f);
	return found;
}

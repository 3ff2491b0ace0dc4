// SPDX-License-Identifier: GPL-2.0-only
/*
 * gt json: a judge of JSON that shares no code with what writes it.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gt.h"

#define DEPTH_MAX	16
#define KEYS_MAX	64

struct input {
	const unsigned char *p;
	const unsigned char *end;
};

static bool value(struct input *in, int depth);

static bool take(struct input *in, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(in->end - in->p) < len || memcmp(in->p, word, len))
		return false;
	in->p += len;
	return true;
}

/* One character above ASCII, as RFC 3629's table has them */
static bool utf8(struct input *in)
{
	static const struct {
		unsigned char first, last, low, high;
		int more;
	} rows[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 1 }, { 0xe0, 0xe0, 0xa0, 0xbf, 2 },
		{ 0xe1, 0xec, 0x80, 0xbf, 2 }, { 0xed, 0xed, 0x80, 0x9f, 2 },
		{ 0xee, 0xef, 0x80, 0xbf, 2 }, { 0xf0, 0xf0, 0x90, 0xbf, 3 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 3 }, { 0xf4, 0xf4, 0x80, 0x8f, 3 },
	};
	unsigned int i;
	int n;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (*in->p < rows[i].first || *in->p > rows[i].last)
			continue;
		if (in->end - in->p <= rows[i].more || in->p[1] < rows[i].low ||
		    in->p[1] > rows[i].high)
			return false;
		for (n = 2; n <= rows[i].more; n++)
			if (in->p[n] < 0x80 || in->p[n] > 0xbf)
				return false;
		in->p += rows[i].more + 1;
		return true;
	}
	return false;
}

static bool string(struct input *in)
{
	int i;

	if (!take(in, "\""))
		return false;
	while (in->p < in->end) {
		if (*in->p == '"') {
			in->p++;
			return true;
		}
		if (*in->p < 0x20)
			return false;
		if (*in->p >= 0x80) {
			if (!utf8(in))
				return false;
			continue;
		}
		if (*in->p++ != '\\')
			continue;
		if (in->p == in->end)
			return false;
		if (*in->p == 'u') {
			for (i = 1; i <= 4; i++)
				if (in->end - in->p <= i || !isxdigit(in->p[i]))
					return false;
			in->p += 5;
		} else if (!strchr("\"\\/bfnrt", *in->p) || !*in->p++) {
			return false;
		}
	}
	return false;
}

static bool object(struct input *in, int depth)
{
	const unsigned char *keys[KEYS_MAX];
	size_t lens[KEYS_MAX];
	int count = 0, i;

	if (take(in, "}"))
		return true;
	do {
		if (count == KEYS_MAX)
			return false;
		keys[count] = in->p;
		if (!string(in))
			return false;
		lens[count] = in->p - keys[count];
		for (i = 0; i < count; i++)
			if (lens[i] == lens[count] && !memcmp(keys[i], keys[count], lens[i]))
				return false;
		count++;
		if (!take(in, ":") || !value(in, depth))
			return false;
	} while (take(in, ","));
	return take(in, "}");
}

static bool array(struct input *in, int depth)
{
	if (take(in, "]"))
		return true;
	do {
		if (!value(in, depth))
			return false;
	} while (take(in, ","));
	return take(in, "]");
}

static bool number(struct input *in)
{
	if (take(in, "0"))
		return true;
	if (in->p == in->end || !isdigit(*in->p))
		return false;
	while (in->p < in->end && isdigit(*in->p))
		in->p++;
	return true;
}

static bool value(struct input *in, int depth)
{
	if (depth == DEPTH_MAX)
		return false;
	if (take(in, "{"))
		return object(in, depth + 1);
	if (take(in, "["))
		return array(in, depth + 1);
	if (in->p < in->end && *in->p == '"')
		return string(in);
	return take(in, "true") || take(in, "false") || take(in, "null") || number(in);
}

bool json_valid(const char *text, size_t len)
{
	struct input in = { (const unsigned char *)text, (const unsigned char *)text + len };

	return value(&in, 0) && in.p == in.end;
}

int gt_json(int argc, char **argv)
{
	FILE *file = fopen(argv[0], "r");
	int lines = 0, wrong = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	(void)argc;
	if (!file) {
		perror(argv[0]);
		return 1;
	}
	while ((len = getline(&line, &size, file)) > 0) {
		lines++;
		if (line[len - 1] == '\n' && json_valid(line, len - 1))
			continue;
		wrong++;
		printf("line %d is not JSON: %s\n", lines, line);
	}
	free(line);
	fclose(file);
	printf("lines %d wrong %d\n", lines, wrong);
	return wrong || !lines;
}

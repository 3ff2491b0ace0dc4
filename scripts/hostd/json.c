// SPDX-License-Identifier: BSD-2-Clause
/*
 * As much of JSON as a client of QMP needs. See json.h.
 *
 * Each function below takes a place in a text, and returns the place behind what
 * it knows, or NULL if that is not there.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <string.h>

#include "json.h"
#include "util.h"

/* How deep values are nested at most: bounds the stack. */
#define DEPTH_MAX	100

static const char digits[] = "0123456789";
static const char hex_digits[] = "0123456789abcdefABCDEF";

static const char *space(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

static const char *string(const char *p)
{
	if (*p++ != '"')
		return NULL;
	for (; *p != '"'; p++) {
		if ((unsigned char)*p < ' ')
			return NULL;
		if (*p != '\\')
			continue;
		p++;
		if (*p == 'u') {
			if (strspn(p + 1, hex_digits) < 4)
				return NULL;
			p += 4;
		} else if (!*p || !strchr("\"\\/bfnrt", *p)) {
			return NULL;
		}
	}
	return p + 1;
}

static const char *number(const char *p)
{
	size_t n;

	if (*p == '-')
		p++;
	n = strspn(p, digits);
	if (!n || (*p == '0' && n > 1))
		return NULL;
	p += n;
	if (*p == '.') {
		n = strspn(++p, digits);
		if (!n)
			return NULL;
		p += n;
	}
	if (*p == 'e' || *p == 'E') {
		p++;
		if (*p == '+' || *p == '-')
			p++;
		n = strspn(p, digits);
		if (!n)
			return NULL;
		p += n;
	}
	return p;
}

static const char *word(const char *p)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strncmp(p, words[i], strlen(words[i])))
			return p + strlen(words[i]);
	return NULL;
}

static const char *value(const char *p, int depth);

/* Is the string that begins at @p, which is a good one, @name? */
static bool is_name(const char *p, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(p + 1, name, len) && p[1 + len] == '"';
}

/*
 * An object or an array. Sets *@found if an object has a member of that @name;
 * without a name, nothing is looked for.
 */
static const char *group(const char *p, int depth, const char *name,
			 bool *found)
{
	char end = *p == '{' ? '}' : ']';

	if (depth >= DEPTH_MAX)
		return NULL;
	p = space(p + 1);
	if (*p == end)
		return p + 1;
	for (;;) {
		if (end == '}') {
			const char *key = p;

			p = string(p);
			if (!p)
				return NULL;
			if (name && is_name(key, name))
				*found = true;
			p = space(p);
			if (*p++ != ':')
				return NULL;
		}
		p = value(space(p), depth + 1);
		if (!p)
			return NULL;
		p = space(p);
		if (*p == end)
			return p + 1;
		if (*p++ != ',')
			return NULL;
		p = space(p);
	}
}

static const char *value(const char *p, int depth)
{
	switch (*p) {
	case '{':
	case '[':
		return group(p, depth, NULL, NULL);
	case '"':
		return string(p);
	case '-':
	case '0' ... '9':
		return number(p);
	default:
		return word(p);
	}
}

bool json_valid(const char *text)
{
	const char *end = value(space(text), 0);

	return end && !*space(end);
}

bool json_has_member(const char *text, const char *name)
{
	bool found = false;
	const char *end;

	text = space(text);
	if (*text != '{')
		return false;
	end = group(text, 0, name, &found);
	return end && !*space(end) && found;
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * Words of a line, as a shell reads them. See words.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "words.h"

/* Moves a word from *@from to *@to, both of which move on; false: it does not end. */
static bool take_word(char **from, char **to)
{
	char *p = *from, *q = *to;
	char quote = '\0';

	for (; *p && (quote || !strchr(" \t", *p)); p++) {
		if (*p == '\\' &&
		    (!quote || (quote == '"' && p[1] && strchr("\"\\", p[1])))) {
			if (!*++p)
				return false;
			*q++ = *p;
		} else if (quote ? *p == quote : *p == '\'' || *p == '"') {
			quote = quote ? '\0' : *p;
		} else {
			*q++ = *p;
		}
	}
	*from = p;
	*to = q;
	return !quote;
}

int words_split(char *line, char **words, int room)
{
	char *from = line, *to = line;
	int count = 0;

	for (;;) {
		from += strspn(from, " \t");
		if (!*from)
			break;
		if (count + 1 >= room)
			return -1;
		words[count++] = to;
		if (!take_word(&from, &to))
			return -1;
		/* The NUL may go where the space is: step over that first. */
		if (*from)
			from++;
		*to++ = '\0';
	}
	words[count] = NULL;
	return count;
}

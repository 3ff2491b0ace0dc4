// SPDX-License-Identifier: BSD-2-Clause
/*
 * SCardListReaders, SCardListReaderGroups.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "result.h"

/* All names, each with its NUL, and one more NUL at the end */
static char *multi_string(const struct readers *readers, size_t *size)
{
	char *names = malloc((size_t)readers->count * PCSC_NAME_SIZE + 1);
	const struct reader *reader;
	char *end = names;

	if (!names)
		return NULL;
	for (reader = readers->first; reader; reader = reader->next)
		end = stpcpy(end, reader->name) + 1;
	*end++ = '\0';
	*size = end - names;
	return names;
}

static LONG list(struct context *context, LPSTR readers, LPDWORD length)
{
	char *names;
	size_t size;
	LONG rv;

	rv = readers_scan(&context->readers);
	if (rv != SCARD_S_SUCCESS)
		return rv;
	names = multi_string(&context->readers, &size);
	if (!names)
		return SCARD_E_NO_MEMORY;
	if (context->readers.first) {
		rv = give(readers, length, names, size);
	} else {
		*length = size;
		rv = SCARD_E_NO_READERS_AVAILABLE;
	}
	free(names);
	return rv;
}

/* As on pcsc-lite, whatever the groups are. */
LONG SCardListReaders(SCARDCONTEXT id, LPCSTR groups, LPSTR readers, LPDWORD length)
{
	struct context *context;
	LONG rv;

	(void)groups;
	if (!length)
		return SCARD_E_INVALID_PARAMETER;
	context = context_get(id);
	if (!context)
		return SCARD_E_INVALID_HANDLE;
	rv = list(context, readers, length);
	context_put(context);
	return rv;
}

LONG SCardListReaderGroups(SCARDCONTEXT id, LPSTR groups, LPDWORD length)
{
	/* The string's own NUL is the second one. */
	static const char only[] = "SCard$DefaultReaders\0";

	if (!length)
		return SCARD_E_INVALID_PARAMETER;
	if (!context_valid(id))
		return SCARD_E_INVALID_HANDLE;
	return give(groups, length, only, sizeof(only));
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * A connection to pcscd, and what both scard and stack-ctl ask it. See service.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "service.h"

LONG service_open(struct service *s)
{
	DWORD size = 0;
	LONG rv;

	*s = (struct service){ .call = "SCardEstablishContext" };
	rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &s->context);
	if (rv != SCARD_S_SUCCESS) {
		s->context = 0;
		return rv;
	}
	s->call = "SCardListReaders";
	rv = SCardListReaders(s->context, NULL, NULL, &size);
	if (rv == SCARD_E_NO_READERS_AVAILABLE)
		return SCARD_S_SUCCESS;
	/* A reader may come between the two calls: have some room for it. */
	size += MAX_READERNAME;
	s->names = calloc(1, size + 1);
	if (!s->names)
		return SCARD_E_NO_MEMORY;
	if (rv == SCARD_S_SUCCESS)
		rv = SCardListReaders(s->context, NULL, s->names, &size);
	if (rv != SCARD_S_SUCCESS)
		return rv;
	for (const char *p = s->names; *p && s->count < SERVICE_READERS_MAX;
	     p += strlen(p) + 1)
		s->readers[s->count++] = p;
	return SCARD_S_SUCCESS;
}

void service_close(struct service *s)
{
	if (s->context)
		SCardReleaseContext(s->context);
	free(s->names);
	s->context = 0;
	s->names = NULL;
	s->count = 0;
}

LONG service_wait(struct service *s, const char *name, DWORD wanted, long ms)
{
	SCARD_READERSTATE state = { .szReader = name };
	int64_t end = now_us() + (int64_t)ms * 1000;

	s->call = "SCardGetStatusChange";
	for (;;) {
		int64_t left = (end - now_us()) / 1000;
		LONG rv = SCardGetStatusChange(s->context,
					       left > 0 ? (DWORD)left : 0,
					       &state, 1);

		if (rv != SCARD_S_SUCCESS || state.dwEventState & wanted)
			return rv;
		state.dwCurrentState = state.dwEventState;
	}
}

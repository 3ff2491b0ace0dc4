// SPDX-License-Identifier: BSD-2-Clause
/*
 * SCardGetStatusChange: which difference is news, one by one.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stdio.h>

#include "test.h"

#define PRESENT SCARD_STATE_PRESENT
#define EMPTY SCARD_STATE_EMPTY
#define INUSE SCARD_STATE_INUSE
#define EXCLUSIVE SCARD_STATE_EXCLUSIVE
#define MUTE SCARD_STATE_MUTE
#define UNKNOWN SCARD_STATE_UNKNOWN
#define UNAVAILABLE SCARD_STATE_UNAVAILABLE
#define EVENTS(n) ((DWORD)(n) << 16)

/* pcsc-lite 1.9.9's answers; the event counter is 7. */
static const struct {
	DWORD current;
	uint32_t now;
	bool news;
} table[] = {
	{ 0, EMPTY, true },
	{ 0, PRESENT, true },
	{ EMPTY, EMPTY, false },
	{ EMPTY, PRESENT, true },
	{ PRESENT, EMPTY, true },
	{ PRESENT, PRESENT, false },
	{ PRESENT | EVENTS(7), PRESENT, false },
	{ PRESENT | EVENTS(6), PRESENT, true },
	{ EMPTY | EVENTS(8), EMPTY, true },
	{ PRESENT, PRESENT | MUTE, true },
	{ PRESENT | MUTE, PRESENT | MUTE, false },
	{ PRESENT | MUTE, PRESENT, true },
	{ PRESENT, PRESENT | INUSE, false },
	{ PRESENT | INUSE, PRESENT | INUSE, false },
	{ PRESENT | INUSE, PRESENT, true },
	{ PRESENT, PRESENT | EXCLUSIVE, false },
	{ PRESENT | EXCLUSIVE, PRESENT, true },
	{ PRESENT | EXCLUSIVE, PRESENT | INUSE, true },
	{ PRESENT | INUSE, PRESENT | EXCLUSIVE, true },
	{ UNAVAILABLE, UNAVAILABLE, false },
	{ PRESENT, UNAVAILABLE, true },
	{ UNAVAILABLE, PRESENT, true },
	{ UNKNOWN, PRESENT, true },
	{ UNKNOWN | UNAVAILABLE, EMPTY, true },
};

static void differences(void)
{
	SCARDCONTEXT context = test_context();

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		SCARD_READERSTATE s = { .szReader = "Fake 0",
					.dwCurrentState = table[i].current };
		DWORD wanted = table[i].now | EVENTS(7);
		LONG rv;

		fake_state(0, table[i].now, 7);
		rv = SCardGetStatusChange(context, 0, &s, 1);
		if (table[i].news)
			wanted |= SCARD_STATE_CHANGED;
		ok(rv == (table[i].news ? SCARD_S_SUCCESS : SCARD_E_TIMEOUT) &&
		   s.dwEventState == wanted, "%08lx is now %04x: %s", table[i].current,
		   table[i].now, table[i].news ? "news" : "no news");
		if (s.dwEventState != wanted)
			diag("it is %08lx", s.dwEventState);
	}
	SCardReleaseContext(context);
}

/* A reader that was known leaves, and is told as that once. */
static void leaving(void)
{
	SCARDCONTEXT context = test_context();
	SCARD_READERSTATE s[2] = { { .szReader = "Fake 0" },
				   { .szReader = "\\\\?pnp?\\notification" } };
	DWORD changes;

	SCardGetStatusChange(context, 0, s, 2);
	ok(s[0].dwEventState & PRESENT, "a reader");
	ok(!(s[1].dwEventState & SCARD_STATE_CHANGED), "no news of the list");
	changes = s[1].dwEventState;
	ok(changes >> 16, "but a count");
	fake_add(2);
	s[0].dwCurrentState = s[0].dwEventState;
	s[1].dwCurrentState = 0;
	returns(SCardGetStatusChange(context, 0, s, 2), SCARD_E_TIMEOUT,
		"a reader that came between two calls, without the count");
	s[1].dwCurrentState = changes;
	returns(SCardGetStatusChange(context, 0, s, 2), SCARD_S_SUCCESS, "with it");
	ok(s[1].dwEventState & SCARD_STATE_CHANGED && !(s[0].dwEventState & 2),
	   "of the list alone");

	fake_remove(0);
	returns(SCardGetStatusChange(context, 0, s, 1), SCARD_E_UNKNOWN_READER,
		"a reader that has left");
	SCardReleaseContext(context);
}

static void ignoring(void)
{
	SCARDCONTEXT context = test_context();
	SCARD_READERSTATE s[2] = { { .szReader = "Fake 0", .dwCurrentState = 1 },
				   { .szReader = "Fake 1", .dwCurrentState = PRESENT } };

	returns(SCardGetStatusChange(context, 1000, s, 1), SCARD_S_SUCCESS,
		"nothing to wait for");
	returns(SCardGetStatusChange(context, 10, s, 2), SCARD_E_TIMEOUT,
		"one that is ignored, one that is quiet");
	ok(!s[0].dwEventState && s[1].dwEventState == (PRESENT | EVENTS(1)),
	   "nothing is told of the first");
	SCardReleaseContext(context);
}

void test_change(void)
{
	differences();
	leaving();
	ignoring();
	ok(!fake_open_files(), "no file stays open");
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * SCardGetStatusChange.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "test.h"

static const char pnp[] = "\\\\?PnP?\\Notification";

static SCARD_READERSTATE about(int reader)
{
	return (SCARD_READERSTATE){ .szReader = names[reader] };
}

static bool has(const SCARD_READERSTATE *s, DWORD bits)
{
	return (s->dwEventState & bits) == bits;
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void arguments(void)
{
	SCARD_READERSTATE s[PCSCLITE_MAX_READERS_CONTEXTS + 1] = { about(CARD) };

	returns(SCardGetStatusChange(context, 0, NULL, 1), SCARD_E_INVALID_PARAMETER,
		"no states");
	returns(SCardGetStatusChange(context, 0, s, PCSCLITE_MAX_READERS_CONTEXTS + 1),
		SCARD_E_INVALID_PARAMETER, "too many");
	returns(SCardGetStatusChange(context, 0, NULL, 0), SCARD_S_SUCCESS, "none");
	returns(SCardGetStatusChange(NOBODY, 0, s, 1), SCARD_E_INVALID_HANDLE,
		"no context");
	s[1].szReader = NULL;
	returns(SCardGetStatusChange(context, 0, s, 2), SCARD_E_INVALID_VALUE, "no name");
	s[1].szReader = "No such reader";
	returns(SCardGetStatusChange(context, 0, s, 2), SCARD_E_UNKNOWN_READER,
		"a name of no reader");
	s[0].dwCurrentState = SCARD_STATE_IGNORE;
	returns(SCardGetStatusChange(context, INFINITE, s, 1), SCARD_S_SUCCESS,
		"nothing to wait for");
}

static void looks(void)
{
	SCARD_READERSTATE s[3] = { about(CARD), about(EMPTY), { .szReader = pnp } };
	long long start;
	DWORD i;

	/* It is a question of this call alone what the list's first state is. */
	returns(SCardGetStatusChange(context, 0, s, 2), SCARD_S_SUCCESS, "how they are");
	ok(has(&s[0], SCARD_STATE_CHANGED | SCARD_STATE_PRESENT), "a card");
	ok(has(&s[1], SCARD_STATE_CHANGED | SCARD_STATE_EMPTY), "no card");
	ok(s[0].cbAtr == 14 && s[0].rgbAtr[0] == 0x3b && !s[1].cbAtr, "ATRs");
	for (i = 0; i < 2; i++)
		s[i].dwCurrentState = s[i].dwEventState;
	returns(SCardGetStatusChange(context, 0, s, 3), SCARD_E_TIMEOUT, "nothing new");
	ok(!has(&s[0], SCARD_STATE_CHANGED) && has(&s[0], SCARD_STATE_PRESENT) &&
	   !has(&s[2], SCARD_STATE_CHANGED), "the states are told all the same");
	start = now_ms();
	returns(SCardGetStatusChange(context, 300, s, 3), SCARD_E_TIMEOUT, "a while");
	ok(now_ms() - start >= 295, "it was one");
	s[0].dwCurrentState = SCARD_STATE_EMPTY;
	returns(SCardGetStatusChange(context, INFINITE, s, 3), SCARD_S_SUCCESS,
		"what is wrong is told at once");
	ok(has(&s[0], SCARD_STATE_CHANGED) && !has(&s[1], SCARD_STATE_CHANGED),
	   "and what is right is not");
}

static void in_use(void)
{
	SCARD_READERSTATE s = about(CARD);
	SCARDHANDLE card = card_connect(context, CARD, SCARD_SHARE_EXCLUSIVE);

	SCardGetStatusChange(context, 0, &s, 1);
	ok(has(&s, SCARD_STATE_EXCLUSIVE) && !has(&s, SCARD_STATE_INUSE), "exclusive");
	SCardDisconnect(card, SCARD_LEAVE_CARD);
	card = card_connect(context, CARD, SCARD_SHARE_SHARED);
	SCardGetStatusChange(context, 0, &s, 1);
	ok(has(&s, SCARD_STATE_INUSE) && !has(&s, SCARD_STATE_EXCLUSIVE), "in use");
	SCardDisconnect(card, SCARD_RESET_CARD);
}

struct wait {
	SCARDCONTEXT context;
	DWORD timeout;
	SCARD_READERSTATE s[2];
	DWORD n;
	LONG rv;
};

static void *wait_for_change(void *argument)
{
	struct wait *w = argument;

	w->rv = SCardGetStatusChange(w->context, w->timeout, w->s, w->n);
	return NULL;
}

static void cancelled(void)
{
	struct wait w = { .context = context, .timeout = INFINITE, .n = 1,
			  .s = { about(EMPTY) } };
	pthread_t thread;

	w.s[0].dwCurrentState = SCARD_STATE_EMPTY;
	pthread_create(&thread, NULL, wait_for_change, &w);
	nap(500);
	returns(SCardCancel(context), SCARD_S_SUCCESS, "to cancel a wait");
	pthread_join(thread, NULL);
	returns(w.rv, SCARD_E_CANCELLED, "it ends");
	w.s[0].dwCurrentState = SCARD_STATE_EMPTY;
	returns(SCardGetStatusChange(context, 100, w.s, 1), SCARD_E_TIMEOUT,
		"the next one does not");
}

void test_change(void)
{
	arguments();
	looks();
	in_use();
	cancelled();
}

/* Something happens while a thread waits for two readers. */
static void happens(const char *what, DWORD bits, SCARD_READERSTATE *s)
{
	struct wait w = { .context = context, .timeout = 60000, .n = 2,
			  .s = { about(CARD), *s } };
	pthread_t thread;

	SCardGetStatusChange(context, 0, &w.s[0], 1);
	w.s[0].dwCurrentState = w.s[0].dwEventState;
	w.s[1].dwCurrentState = s->dwEventState;
	pthread_create(&thread, NULL, wait_for_change, &w);
	nap(300);
	ok(world(what), "%s", what);
	pthread_join(thread, NULL);
	returns(w.rv, SCARD_S_SUCCESS, "it is told");
	ok(has(&w.s[1], bits | SCARD_STATE_CHANGED) && !has(&w.s[0], SCARD_STATE_CHANGED),
	   "of that reader");
	ok(w.s[1].dwEventState >> 16 != s->dwEventState >> 16, "and counted");
	*s = w.s[1];
}

void test_events(void)
{
	SCARD_READERSTATE s = about(EMPTY);
	SCARDHANDLE card;

	SCardGetStatusChange(context, 0, &s, 1);
	happens("card insert 4 test", SCARD_STATE_PRESENT, &s);
	ok(s.cbAtr == 14, "with its ATR");
	card = card_connect(context, EMPTY, SCARD_SHARE_SHARED);
	returns(card_echo(card), SCARD_S_SUCCESS, "it works");
	/* Its use alone is an event for nobody who does not know of it. */
	SCardGetStatusChange(context, 0, &s, 1);
	happens("card remove 4", SCARD_STATE_EMPTY, &s);
	ok(!s.cbAtr, "without an ATR");
	returns(card_echo(card), SCARD_W_REMOVED_CARD, "a card that is gone");
	returns(SCardStatus(card, NULL, NULL, NULL, NULL, NULL, NULL),
		SCARD_W_REMOVED_CARD, "its status");
	SCardDisconnect(card, SCARD_LEAVE_CARD);
}

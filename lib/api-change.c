// SPDX-License-Identifier: BSD-2-Clause
/*
 * SCardGetStatusChange: looks once, and then sleeps until the kernel has an event
 * of one of the readers, a reader comes or goes, or somebody cancels.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "context.h"
#include "result.h"

/* It stands for the list of readers. */
static const char pnp[] = "\\\\?PnP?\\Notification";

#define COUNTER(state) ((state) >> 16 & 0xffff)
#define STATE_BITS (0xffff & ~SCARD_STATE_CHANGED)

static bool is_pnp(const SCARD_READERSTATE *s)
{
	return !strcasecmp(s->szReader, pnp);
}

static bool is_ignored(const SCARD_READERSTATE *s)
{
	return s->dwCurrentState & SCARD_STATE_IGNORE;
}

/*
 * Whether a program that believes @current wants to hear of @now.  A card that
 * somebody begins to use is not news; that nobody uses it any more is.
 */
static bool differs(DWORD current, DWORD now)
{
	const DWORD over = SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE |
			   SCARD_STATE_INUSE | SCARD_STATE_EXCLUSIVE;

	if (current == SCARD_STATE_UNAWARE || current & ~now & over)
		return true;
	if (now & ~current & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE))
		return true;
	if (now & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE))
		return false;
	if (COUNTER(current) && COUNTER(current) != COUNTER(now))
		return true;
	if (now & SCARD_STATE_PRESENT)
		return current & SCARD_STATE_EMPTY ||
		       (current ^ now) & SCARD_STATE_MUTE;
	return now & SCARD_STATE_EMPTY && current & SCARD_STATE_PRESENT;
}

/* Fills in what is so now. Return: whether that is news. */
static bool look_at_reader(struct readers *readers, SCARD_READERSTATE *s)
{
	struct reader *reader = readers_find(readers, s->szReader);
	struct pcsc_ioc_state state;
	DWORD now;

	s->cbAtr = 0;
	if (!reader || !readers_look(readers, reader, &state)) {
		now = SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE;
	} else {
		now = (state.state & STATE_BITS) | (DWORD)(state.events & 0xffff) << 16;
		s->cbAtr = state.atr_len;
		memcpy(s->rgbAtr, state.atr, state.atr_len);
	}
	s->dwEventState = now;
	if (!differs(s->dwCurrentState, now))
		return false;
	s->dwEventState |= SCARD_STATE_CHANGED;
	return true;
}

/*
 * pcsc-lite 1 tells changes during the call alone; since 2.3 its upper 16 bits
 * count them, so that one between two calls is not missed.
 */
static bool look_at_list(const struct readers *readers, SCARD_READERSTATE *s,
			 unsigned int changes)
{
	DWORD told = COUNTER(s->dwCurrentState);

	s->dwEventState = (DWORD)(readers->changes & 0xffff) << 16;
	if (readers->changes == changes &&
	    (!told || told == (readers->changes & 0xffff)))
		return false;
	s->dwEventState |= SCARD_STATE_CHANGED;
	return true;
}

static bool look(struct readers *readers, SCARD_READERSTATE *states, DWORD n,
		 unsigned int changes)
{
	struct reader *reader;
	bool news = false;
	DWORD i;

	for (reader = readers->first; reader; reader = reader->next)
		reader->wanted = false;
	for (i = 0; i < n; i++)
		if (!is_ignored(&states[i]) && !is_pnp(&states[i]))
			news |= look_at_reader(readers, &states[i]);
	/* Now it is known who has left. */
	for (i = 0; i < n; i++)
		if (!is_ignored(&states[i]) && is_pnp(&states[i]))
			news |= look_at_list(readers, &states[i], changes);
	return news;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* Sleeps; without a reader's events if only its end is of interest. */
static LONG sleep_until_news(struct context *context, struct pollfd *fds, int ms)
{
	struct readers *readers = &context->readers;
	const struct reader *reader;
	nfds_t n = 2;

	fds[0] = (struct pollfd){ .fd = context->cancel, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = readers->watch, .events = POLLIN };
	for (reader = readers->first; reader; reader = reader->next)
		fds[n++] = (struct pollfd){
			.fd = reader->fd,
			.events = reader->wanted ? device_event : 0,
		};
	if (poll(fds, n, ms) < 0 && errno != EINTR)
		return SCARD_F_INTERNAL_ERROR;
	return fds[0].revents ? SCARD_E_CANCELLED : SCARD_S_SUCCESS;
}

static LONG wait_for_news(struct context *context, DWORD timeout,
			  SCARD_READERSTATE *states, DWORD n)
{
	struct pollfd fds[READERS_MAX + 2];
	struct readers *readers = &context->readers;
	int64_t end = now_ms() + timeout, left = -1;
	unsigned int changes = readers->changes;
	LONG rv = SCARD_S_SUCCESS;

	while (rv == SCARD_S_SUCCESS && !look(readers, states, n, changes)) {
		if (timeout != INFINITE) {
			left = end - now_ms();
			if (left <= 0)
				return SCARD_E_TIMEOUT;
			if (left > INT_MAX)
				left = INT_MAX;
		}
		rv = sleep_until_news(context, fds, left);
		if (rv == SCARD_S_SUCCESS)
			rv = readers_watch(readers);
	}
	return rv;
}

static LONG status_change(struct context *context, DWORD timeout,
			  SCARD_READERSTATE *states, DWORD n)
{
	LONG rv = readers_watch(&context->readers);
	DWORD i;

	if (rv != SCARD_S_SUCCESS)
		return rv;
	for (i = 0; i < n; i++)
		if (!is_pnp(&states[i]) &&
		    !readers_find(&context->readers, states[i].szReader))
			return SCARD_E_UNKNOWN_READER;
	for (i = 0; i < n; i++)
		states[i].dwEventState = 0;
	return wait_for_news(context, timeout, states, n);
}

LONG SCardGetStatusChange(SCARDCONTEXT id, DWORD timeout, SCARD_READERSTATE *states,
			  DWORD n)
{
	struct context *context;
	bool all_ignored = true;
	DWORD i;
	LONG rv;

	if ((!states && n) || n > PCSCLITE_MAX_READERS_CONTEXTS)
		return SCARD_E_INVALID_PARAMETER;
	for (i = 0; i < n; i++) {
		if (!states[i].szReader)
			return SCARD_E_INVALID_VALUE;
		all_ignored &= is_ignored(&states[i]);
	}
	/* As on pcsc-lite, whatever the context is. */
	if (all_ignored)
		return SCARD_S_SUCCESS;
	/* INFINITE has 32 bits, -1 may have more. */
	if (timeout == (DWORD)-1)
		timeout = INFINITE;
	context = context_get(id);
	if (!context)
		return SCARD_E_INVALID_HANDLE;
	context_wait_begin(context);
	rv = status_change(context, timeout, states, n);
	context_wait_end(context);
	context_put(context);
	return rv;
}

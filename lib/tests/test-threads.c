// SPDX-License-Identifier: BSD-2-Clause
/*
 * Several threads: waits that somebody else ends, and everything at once.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

#define THREADS 8
#define ROUNDS 300

struct wait {
	SCARDCONTEXT context;
	SCARD_READERSTATE s;
	LONG rv;
};

static void *wait_forever(void *argument)
{
	struct wait *w = argument;

	w->rv = SCardGetStatusChange(w->context, INFINITE, &w->s, 1);
	return NULL;
}

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
}

static void insert_card(SCARDCONTEXT context)
{
	(void)context;
	fake_state(0, SCARD_STATE_PRESENT, 2);
}

static void remove_reader(SCARDCONTEXT context)
{
	(void)context;
	fake_remove(0);
}

static void add_reader(SCARDCONTEXT context)
{
	(void)context;
	fake_add(3);
}

static void cancel(SCARDCONTEXT context)
{
	SCardCancel(context);
}

static void release(SCARDCONTEXT context)
{
	SCardReleaseContext(context);
}

static void use_card(SCARDCONTEXT context)
{
	(void)context;
	/* An event of the kernel's that is no news */
	fake_state(0, SCARD_STATE_EMPTY | SCARD_STATE_EXCLUSIVE, 1);
	nap();
	fake_state(0, SCARD_STATE_PRESENT, 2);
}

static void waits(const char *name, void (*end)(SCARDCONTEXT), LONG rv, DWORD state)
{
	struct wait w = { .context = test_context(),
			  .s = { .szReader = name,
				 .dwCurrentState = SCARD_STATE_EMPTY } };
	pthread_t thread;

	fake_state(0, SCARD_STATE_EMPTY, 1);
	if (strcmp(name, "Fake 0"))
		w.s.dwCurrentState = 0;
	pthread_create(&thread, NULL, wait_forever, &w);
	nap();
	end(w.context);
	pthread_join(thread, NULL);
	returns(w.rv, rv, "the end of a wait");
	if (state)
		ok((w.s.dwEventState & 0xffff) == (state | SCARD_STATE_CHANGED),
		   "and its reason");
	/* A cancel is over with the wait that it ended. */
	if (end == cancel) {
		returns(SCardGetStatusChange(w.context, 20, &w.s, 1), SCARD_E_TIMEOUT,
			"the next wait");
	}
	SCardReleaseContext(w.context);
}

/* What nobody waits for is not cancelled later. */
static void early_cancel(void)
{
	SCARDCONTEXT context = test_context();
	SCARD_READERSTATE s = { .szReader = "Fake 0",
				.dwCurrentState = SCARD_STATE_PRESENT };

	returns(SCardCancel(context), SCARD_S_SUCCESS, "to cancel nothing");
	returns(SCardGetStatusChange(context, 20, &s, 1), SCARD_E_TIMEOUT, "a wait then");
	SCardReleaseContext(context);
}

struct worker {
	unsigned int number;
	SCARDCONTEXT shared;
	unsigned int bad;
};

static bool exchange(SCARDHANDLE card, unsigned int tag, unsigned int round)
{
	BYTE tx[4] = { tag, round, round >> 8, 0x55 }, rx[16];
	DWORD len = sizeof(rx);

	return !SCardTransmit(card, SCARD_PCI_T1, tx, 4, NULL, rx, &len) &&
	       len == 6 && !memcmp(rx, tx, 4) && rx[4] == 0x90;
}

/* A context of its own, and one that all have */
static void *work(void *argument)
{
	struct worker *w = argument;
	const char *name = w->number % 2 ? "Fake 0" : "Fake 1";
	SCARDCONTEXT own;
	SCARDHANDLE cards[2];
	DWORD protocol;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		if (SCardEstablishContext(0, NULL, NULL, &own) ||
		    SCardConnect(own, name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY,
				 &cards[0], &protocol) ||
		    SCardConnect(w->shared, name, SCARD_SHARE_SHARED,
				 SCARD_PROTOCOL_ANY, &cards[1], &protocol)) {
			w->bad++;
			break;
		}
		w->bad += !exchange(cards[0], w->number, i);
		w->bad += !exchange(cards[1], w->number | 0x80, i);
		w->bad += SCardDisconnect(cards[1], SCARD_LEAVE_CARD) != 0;
		/* The other handle is released with its context. */
		w->bad += SCardReleaseContext(own) != 0;
		w->bad += exchange(cards[0], 0, 0);
	}
	return NULL;
}

static void crowd(void)
{
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	unsigned int i, bad = 0;
	SCARDCONTEXT shared = test_context();

	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .number = i, .shared = shared };
		pthread_create(&threads[i], NULL, work, &workers[i]);
	}
	/* Meanwhile readers come and go, and somebody cancels. */
	for (i = 0; i < 200; i++) {
		SCARD_READERSTATE s = { .szReader = "\\\\?PnP?\\Notification" };

		fake_add(2);
		SCardCancel(shared);
		SCardGetStatusChange(shared, 1, &s, 1);
		fake_remove(2);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		bad += workers[i].bad;
	}
	ok(!bad, "%u threads with %u APDUs each: %u wrong", THREADS, 2 * ROUNDS, bad);
	returns(SCardReleaseContext(shared), SCARD_S_SUCCESS, "the context they shared");
}

/* A card that takes its time */
static int slow_card(unsigned int number, unsigned long request, void *argument)
{
	(void)number;
	(void)argument;
	if (request == PCSC_IOC_TRANSMIT)
		nap();
	return 0;
}

struct call {
	SCARDCONTEXT context;
	SCARDHANDLE card;
	LONG rv;
};

static void *transmit_slowly(void *argument)
{
	struct call *c = argument;

	c->rv = exchange(c->card, 1, 1) ? SCARD_S_SUCCESS : SCARD_F_INTERNAL_ERROR;
	return NULL;
}

static void *release_too(void *argument)
{
	struct call *c = argument;

	c->rv = SCardReleaseContext(c->context);
	return NULL;
}

/*
 * Whoever waits for a context that another releases gets an error, not its memory.
 * What runs in it ends first.
 */
static void released(void)
{
	SCARDCONTEXT context = test_context();
	SCARDHANDLE card = test_connect(context, "Fake 0");
	struct call calls[THREADS];
	pthread_t threads[THREADS];
	unsigned int i, good = 0, bad = 0;

	fake_hook(slow_card);
	for (i = 0; i < THREADS; i++) {
		calls[i] = (struct call){ .context = context, .card = card };
		pthread_create(&threads[i], NULL, i ? release_too : transmit_slowly,
			       &calls[i]);
		if (!i)
			nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		good += i && calls[i].rv == SCARD_S_SUCCESS;
		bad += calls[i].rv == SCARD_E_INVALID_HANDLE;
	}
	returns(calls[0].rv, SCARD_S_SUCCESS, "the call that runs");
	ok(good == 1 && bad == THREADS - 2, "of many who release a context one does");
}

void test_threads(void)
{
	waits("Fake 0", insert_card, SCARD_S_SUCCESS, SCARD_STATE_PRESENT);
	waits("Fake 0", use_card, SCARD_S_SUCCESS, SCARD_STATE_PRESENT);
	waits("Fake 0", remove_reader, SCARD_S_SUCCESS,
	      SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE);
	waits("Fake 0", cancel, SCARD_E_CANCELLED, 0);
	waits("Fake 0", release, SCARD_E_CANCELLED, 0);
	waits("\\\\?PnP?\\Notification", add_reader, SCARD_S_SUCCESS, 0);
	waits("\\\\?PnP?\\Notification", remove_reader, SCARD_S_SUCCESS, 0);
	early_cancel();
	crowd();
	released();
	ok(!fake_open_files(), "no file stays open");
}

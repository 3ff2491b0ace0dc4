// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads: a context each, on one card and on two; and several on one context.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <pthread.h>
#include <string.h>

#include "test.h"

#define THREADS 8

struct worker {
	pthread_t thread;
	unsigned int number;
	unsigned int apdus;
	int reader;
	bool own_context;
	unsigned int bad;
};

/* One that nobody else sends */
static bool exchange(SCARDHANDLE card, const struct worker *w, unsigned int i)
{
	BYTE tx[5 + 40] = { 0x80, 0xe0, 0, 0, 40 }, rx[64];
	DWORD len = sizeof(rx);

	memset(tx + 5, w->number + 'A', 40);
	memcpy(tx + 5, &i, sizeof(i));
	return !card_send(card, tx, sizeof(tx), rx, &len) && len == 42 &&
	       !memcmp(rx, tx + 5, 40) && rx[40] == 0x90;
}

static void *work(void *argument)
{
	struct worker *w = argument;
	SCARDCONTEXT in = context;
	SCARDHANDLE card;
	unsigned int i;

	if (w->own_context && SCardEstablishContext(0, NULL, NULL, &in)) {
		w->bad = 1;
		return NULL;
	}
	card = card_connect(in, w->reader, SCARD_SHARE_SHARED);
	for (i = 0; i < w->apdus; i++) {
		/*
		 * Some of them in transactions; not with a common context, where
		 * pcsc-lite tries every 100 ms whether it is its turn.
		 */
		bool transaction = w->own_context && i % 16 < 4;

		if (transaction)
			w->bad += SCardBeginTransaction(card) != SCARD_S_SUCCESS;
		w->bad += !exchange(card, w, i);
		if (transaction)
			w->bad += SCardEndTransaction(card, SCARD_LEAVE_CARD) !=
				  SCARD_S_SUCCESS;
	}
	w->bad += SCardDisconnect(card, SCARD_LEAVE_CARD) != SCARD_S_SUCCESS;
	if (w->own_context)
		w->bad += SCardReleaseContext(in) != SCARD_S_SUCCESS;
	return NULL;
}

static void crowd(const char *what, unsigned int apdus, bool own, bool one_card)
{
	struct worker w[THREADS];
	unsigned int i, bad = 0;

	for (i = 0; i < THREADS; i++) {
		w[i] = (struct worker){
			.number = i, .apdus = apdus / THREADS, .own_context = own,
			.reader = one_card || i % 2 ? CARD : OTHER };
		pthread_create(&w[i].thread, NULL, work, &w[i]);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(w[i].thread, NULL);
		bad += w[i].bad;
	}
	ok(!bad, "%u threads, %s: %u of %u wrong", THREADS, what, bad,
	   apdus / THREADS * THREADS);
}

void test_threads(unsigned int apdus)
{
	crowd("a context each, two cards", apdus, true, false);
	crowd("a context each, one card", apdus / 4, true, true);
	crowd("one context, two cards", apdus / 4, false, false);
}

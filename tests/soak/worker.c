// SPDX-License-Identifier: BSD-2-Clause
/*
 * A worker: connects, sends what no other sends, and judges each answer. See soak.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "soak.h"

#define PAUSE_US	30000
/* Between two APDUs, at the most: so that nobody is kept from his turn for long */
#define THINK_US	100000
/* Messages of each worker about what is wrong */
#define SAY_MAX		5
/* What tells one command from all others, in bytes */
#define LEAST		6

long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool say(const struct worker *w)
{
	return w->bad + w->odd <= SAY_MAX;
}

static void note_failure(struct worker *w, const char *call, uint32_t code)
{
	const struct code *p = w->way->codes;
	unsigned int kind;

	while (p->code && p->code != code)
		p++;
	kind = disaster_explains(w->reader, p->kinds, w->heard, now_ms());
	if (kind) {
		w->failed++;
		w->explained[kind / 2][p - w->way->codes]++;
		return;
	}
	w->odd++;
	if (say(w))
		printf("# %s %u: %s: %s %#x, %lld ms after the last there\n", w->way->name,
		       w->reader, call, p->code ? "no disaster explains" : "unexpected",
		       code, disaster_age(w->reader, now_ms()));
}

static void note_wrong(struct worker *w, const char *what)
{
	w->bad++;
	if (say(w))
		printf("# %s %u: wrong %s\n", w->way->name, w->reader, what);
}

/* The card of reader N has the ATR 3B 02 14 5N. */
static bool own_card(const struct worker *w)
{
	const uint8_t atr[] = { 0x3b, 0x02, 0x14, (uint8_t)(0x50 + w->reader) };

	return !w->atr_len ||
	       (w->atr_len == sizeof(atr) && !memcmp(w->atr, atr, sizeof(atr)));
}

static unsigned int pick(struct worker *w, unsigned int below)
{
	return (unsigned int)rand_r(&w->random) % below;
}

/* Most are short; others have any length, and some the greatest. */
static size_t pick_length(struct worker *w)
{
	unsigned int kind = pick(w, 64);

	if (w->way->data_max <= SOAK_SHORT_MAX || kind > 3)
		return LEAST + pick(w, SOAK_SHORT_MAX - LEAST + 1);
	if (kind == 3)
		return LEAST + pick(w, (unsigned int)w->way->data_max - LEAST + 1);
	if (kind == 2 && !pick(w, 4))
		return w->way->data_max;
	return LEAST + pick(w, 8192);
}

/*
 * ECHO of who sends it, which one of his it is, and more. Return: where that begins in
 * @tx, which is from there on what comes back.
 */
static size_t make_apdu(struct worker *w, uint8_t *tx, size_t len)
{
	unsigned int number = (unsigned int)(w->good + w->failed);
	size_t head = 4;

	memcpy(tx, "\x80\xe0\0", 4);
	if (len > SOAK_SHORT_MAX) {
		tx[head++] = 0;
		tx[head++] = (uint8_t)(len >> 8);
	}
	tx[head++] = (uint8_t)len;
	tx[head] = (uint8_t)*w->way->name;
	tx[head + 1] = (uint8_t)w->reader;
	memcpy(tx + head + 2, &number, sizeof(number));
	for (size_t i = LEAST; i < len; i++)
		tx[head + i] = (uint8_t)rand_r(&w->random);
	return head;
}

static void begin_call(struct worker *w)
{
	w->heard = w->start;
	w->start = now_ms();
}

/* Return: whether it succeeded. What failed is noted, and can be tried anew. */
static bool end_call(struct worker *w, const char *call, uint32_t code)
{
	long long ms = now_ms() - w->start;

	if (ms > w->longest_ms)
		w->longest_ms = ms;
	if (!code)
		return true;
	note_failure(w, call, code);
	w->way->drop(w, code);
	usleep(PAUSE_US);
	return false;
}

static void did(int what)
{
	atomic_fetch_add(&soak_did[what], 1);
}

static bool up(struct worker *w)
{
	w->exclusive = w->reader == SOAK_ALONE && pick(w, 2);
	begin_call(w);
	if (!end_call(w, "connect", w->way->connect(w)))
		return false;
	if (!own_card(w))
		note_wrong(w, "card");
	if (w->exclusive)
		did(DID_EXCLUSIVE);
	return true;
}

static bool transmit(struct worker *w)
{
	static __thread uint8_t tx[SOAK_APDU_MAX], rx[SOAK_APDU_MAX];
	size_t len = pick_length(w), rx_len = 0;
	size_t head = make_apdu(w, tx, len);

	begin_call(w);
	if (!end_call(w, "apdu", w->way->apdu(w, tx, head + len, rx, &rx_len)))
		return false;
	if (rx_len != len + 2 || memcmp(rx, tx + head, len) ||
	    rx[len] != 0x90 || rx[len + 1]) {
		note_wrong(w, "answer");
		return true;
	}
	w->good++;
	did(len > SOAK_SHORT_MAX ? DID_LONG : DID_SHORT);
	return true;
}

/* Others wait for its end. */
static bool transaction(struct worker *w)
{
	begin_call(w);
	if (!end_call(w, "begin", w->way->begin(w)))
		return false;
	for (unsigned int n = 1 + pick(w, 3); n; n--)
		if (!transmit(w))
			return false;
	begin_call(w);
	if (!end_call(w, "end", w->way->end(w)))
		return false;
	did(DID_TRANSACTION);
	return true;
}

/* Who resets a card lets others fail: only one who is alone does. */
static bool reconnect(struct worker *w)
{
	bool reset = w->reader == SOAK_ALONE && pick(w, 2);

	begin_call(w);
	if (!end_call(w, "reconnect", w->way->reconnect(w, reset)))
		return false;
	did(reset ? DID_RESET : DID_RECONNECT);
	return true;
}

/* A command that takes its time is not waited for; the next one gets its own answer. */
static bool cancel(struct worker *w)
{
	unsigned int ms = 200 + pick(w, 800);
	uint8_t tx[4] = { 0x80, 0xe4, (uint8_t)(ms >> 8), (uint8_t)ms };

	begin_call(w);
	if (!end_call(w, "cancel", w->way->cancel(w, tx, sizeof(tx))))
		return false;
	did(DID_CANCEL);
	return transmit(w);
}

/* Return: whether it is connected after this. */
static bool work(struct worker *w)
{
	const struct way *way = w->way;

	switch (pick(w, w->reader == SOAK_ALONE ? 10 : 40)) {
	case 0:
	case 1:
		return way->begin ? transaction(w) : transmit(w);
	case 2:
		return way->reconnect ? reconnect(w) : transmit(w);
	case 3:
		return way->cancel ? cancel(w) : transmit(w);
	case 4:
		if (!way->disconnect)
			return transmit(w);
		begin_call(w);
		end_call(w, "disconnect", way->disconnect(w));
		return false;
	default:
		return transmit(w);
	}
}

void *worker_run(void *arg)
{
	struct worker *w = arg;
	bool connected = false;

	while (!atomic_load(&soak_stop)) {
		connected = connected ? work(w) : up(w);
		usleep(pick(w, THINK_US));
	}
	return NULL;
}

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
	const uint32_t *p = w->way->allowed;

	while (*p && *p != code)
		p++;
	if (*p && !atomic_load(&soak_quiet)) {
		w->failed++;
		return;
	}
	w->odd++;
	if (say(w))
		printf("# %s %u: %s: %s %#x\n", w->way->name, w->reader, call,
		       *p ? "though all is well," : "unexpected", code);
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

/* ECHO of who sends it, which one of his it is, and more. Return: its length. */
static size_t make_apdu(const struct worker *w, uint8_t *tx, unsigned int *random)
{
	unsigned int number = (unsigned int)(w->good + w->failed);
	size_t len = 8 + (size_t)rand_r(random) % 240;

	tx[0] = 0x80;
	tx[1] = 0xe0;
	tx[2] = 0;
	tx[3] = 0;
	tx[4] = (uint8_t)len;
	tx[5] = (uint8_t)*w->way->name;
	tx[6] = (uint8_t)w->reader;
	memcpy(tx + 7, &number, sizeof(number));
	for (size_t i = 11; i < 5 + len; i++)
		tx[i] = (uint8_t)rand_r(random);
	return 5 + len;
}

static void measure(struct worker *w, long long start)
{
	long long ms = now_ms() - start;

	if (ms > w->longest_ms)
		w->longest_ms = ms;
}

static bool up(struct worker *w)
{
	long long start = now_ms();
	uint32_t code = w->way->connect(w);

	measure(w, start);
	if (code) {
		note_failure(w, "connect", code);
		w->way->drop(w, code);
		usleep(PAUSE_US);
	} else if (!own_card(w)) {
		note_wrong(w, "card");
	}
	return !code;
}

void *worker_run(void *arg)
{
	uint8_t tx[SOAK_APDU_MAX], rx[SOAK_APDU_MAX];
	struct worker *w = arg;
	unsigned int random = w->reader * 7 + (unsigned char)*w->way->name;
	bool connected = false;

	while (!atomic_load(&soak_stop)) {
		size_t tx_len, rx_len = 0;
		long long start;
		uint32_t code;

		if (!connected)
			connected = up(w);
		if (!connected)
			continue;
		tx_len = make_apdu(w, tx, &random);
		start = now_ms();
		code = w->way->apdu(w, tx, tx_len, rx, &rx_len);
		measure(w, start);
		if (code) {
			note_failure(w, "apdu", code);
			w->way->drop(w, code);
			connected = false;
			usleep(PAUSE_US);
		} else if (rx_len != tx_len - 5 + 2 ||
			   memcmp(rx, tx + 5, tx_len - 5) ||
			   rx[rx_len - 2] != 0x90 || rx[rx_len - 1]) {
			note_wrong(w, "answer");
		} else {
			w->good++;
		}
		usleep((useconds_t)(rand_r(&random) % THINK_US));
	}
	return NULL;
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * The disasters, when they were, and what they explain. See soak.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "soak.h"

/*
 * pcscd looks for cards and readers now and then, the host's as well as the guest's, and
 * the machine is busy: so long after a disaster somebody may still hear of it.
 */
#define GRACE_MS	10000
/* Disasters follow on one another for so long, and then none comes. */
#define STORM_MS	20000
#define LULL_MS		(GRACE_MS + 12000)
/* In the whole of a test */
#define DISASTERS_MAX	10000

struct disaster {
	unsigned int kind, reader;
	long long begin, end;		/* @end: 0 while it goes on */
};

static struct disaster list[DISASTERS_MAX];
static unsigned int count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

unsigned long disaster_counts[SOAK_KINDS], disaster_undone;

static bool concerns(const struct disaster *d, unsigned int reader)
{
	return d->kind != SOAK_CARD || d->reader == reader;
}

static bool was_on(const struct disaster *d, long long since, long long until)
{
	return d->begin <= until && (!d->end || since <= d->end + GRACE_MS);
}

unsigned int disaster_explains(unsigned int reader, unsigned int kinds,
			       long long since, long long until)
{
	unsigned int kind = 0;

	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < count && !kind; i++)
		if ((list[i].kind & kinds) && concerns(&list[i], reader) &&
		    was_on(&list[i], since, until))
			kind = list[i].kind;
	pthread_mutex_unlock(&lock);
	return kind;
}

long long disaster_age(unsigned int reader, long long now)
{
	long long end = -1;

	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < count; i++)
		if (concerns(&list[i], reader) && list[i].end > end)
			end = list[i].end;
	pthread_mutex_unlock(&lock);
	return end < 0 ? -1 : now - end;
}

unsigned int disaster_judged(unsigned int reader, long long since, long long until)
{
	unsigned long long judged = 0, all = 0;

	for (long long ms = since; ms < until; ms += 100) {
		all++;
		judged += !disaster_explains(reader, ~0U, ms, ms);
	}
	return all ? (unsigned int)(100 * judged / all) : 0;
}

static uint32_t pick(uint32_t *state, uint32_t below)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 8) % below;
}

/* The guest's clock says when, before it asks for it and when it hears that it is done. */
static void do_it(unsigned int kind, unsigned int reader, const char *command)
{
	static const char *const names[] = { "card", "pcscd", "reload" };
	unsigned int which = kind / 2;
	struct disaster *d;

	pthread_mutex_lock(&lock);
	if (count == DISASTERS_MAX) {
		pthread_mutex_unlock(&lock);
		disaster_undone++;
		return;
	}
	d = &list[count++];
	*d = (struct disaster){ .kind = kind, .reader = reader, .begin = now_ms() };
	pthread_mutex_unlock(&lock);
	/* One that cannot be done is no proof: it is counted. */
	if (system(command)) {
		printf("# %s failed: %s\n", names[which], command);
		disaster_undone++;
	} else {
		disaster_counts[which]++;
	}
	pthread_mutex_lock(&lock);
	d->end = now_ms();
	pthread_mutex_unlock(&lock);
}

static void one(unsigned int kind, uint32_t *state)
{
	unsigned int reader = pick(state, SOAK_READERS);
	char command[128];

	if (kind == SOAK_PCSCD) {
		do_it(kind, reader, "host pcscd restart 1");
	} else if (kind == SOAK_RELOAD) {
		do_it(kind, reader, "reload");
	} else {
		snprintf(command, sizeof(command),
			 "host card remove %u && usleep %u && host card insert %u test:3B02145%u",
			 reader, 1000 * pick(state, 1000), reader, reader);
		do_it(kind, reader, command);
	}
	usleep(1000 * pick(state, 1000));
}

void disasters(unsigned int seconds, uint32_t seed, unsigned int kinds)
{
	long long end = now_ms() + 1000LL * seconds;
	uint32_t state = seed;
	/* Of each kind there is one, however slow the machine. */
	unsigned int first = kinds;

	while (now_ms() < end) {
		long long storm = now_ms() + STORM_MS;

		do {
			unsigned int which = pick(&state, 10);
			unsigned int kind = SOAK_CARD;

			if (first)
				kind = first & -first;
			else if (which > 7)
				kind = which == 8 ? SOAK_PCSCD : SOAK_RELOAD;
			first &= ~kind;
			one(kind & kinds ? kind : SOAK_CARD, &state);
		} while (first || now_ms() < storm);
		usleep(1000 * (LULL_MS + pick(&state, 4000)));
	}
}

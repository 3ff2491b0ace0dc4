// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ThreadSanitizer must report: a data race and two locks in the wrong order, in
 * functions that are called as ours are, or not.
 *
 *   control race|locks ours|theirs
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define OWN_FRAME	__attribute__((noinline, noclone))

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;
/* All of one cell of what ThreadSanitizer remembers, for which others do not compete */
uint64_t number;

static OWN_FRAME void count(void)
{
	number++;
}

static OWN_FRAME void both(pthread_mutex_t *one, pthread_mutex_t *other)
{
	pthread_mutex_lock(one);
	pthread_mutex_lock(other);
	pthread_mutex_unlock(other);
	pthread_mutex_unlock(one);
}

static void act(bool locks, bool late)
{
	if (locks)
		both(late ? &second : &first, late ? &first : &second);
	else
		count();
	/* So that the calls above are no jumps, which leave no frame */
	__asm__ volatile("" ::: "memory");
}

static OWN_FRAME void pcsc_act(bool locks, bool late)
{
	act(locks, late);
}

static OWN_FRAME void other_act(bool locks, bool late)
{
	act(locks, late);
}

static bool locks, ours;

static OWN_FRAME void run(bool late)
{
	if (ours)
		pcsc_act(locks, late);
	else
		other_act(locks, late);
	__asm__ volatile("" ::: "memory");
}

static void *thread(void *arg)
{
	run(true);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t t;

	if (argc != 3)
		return 2;
	locks = !strcmp(argv[1], "locks");
	ours = !strcmp(argv[2], "ours");
	/* Locks one after the other, a race at any time: nothing orders the two. */
	if (locks) {
		run(false);
		pthread_create(&t, NULL, thread, NULL);
	} else {
		pthread_create(&t, NULL, thread, NULL);
		run(false);
	}
	pthread_join(t, NULL);
	return 0;
}

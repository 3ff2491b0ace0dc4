// SPDX-License-Identifier: BSD-2-Clause
/*
 * The polling thread: what ends its wait, and what it is told of.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "test.h"

typedef RESPONSECODE (*wait_fn)(DWORD lun, int timeout_ms);
typedef RESPONSECODE (*stop_fn)(DWORD lun);

static wait_fn wait_for;
static stop_fn stop;

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
}

static void *wait_long(void *took)
{
	long long start = now_ms();

	wait_for(LUN, 20000);
	*(long long *)took = now_ms() - start;
	return NULL;
}

static void insert(void)
{
	fake_state(0, SCARD_STATE_PRESENT, 2);
}

static void pull(void)
{
	fake_state(0, SCARD_STATE_EMPTY, 3);
}

static void exchange(void)
{
	fake_state(0, SCARD_STATE_PRESENT, 9);
}

static void unplug(void)
{
	fake_remove(0);
}

static void plug(void)
{
	fake_add(0);
}

static void ask_to_stop(void)
{
	stop(LUN);
}

/* A wait that @what ends; then pcscd sees this. */
static void ends_wait(const char *name, void (*what)(void), RESPONSECODE presence)
{
	long long took = 0;
	pthread_t thread;

	pthread_create(&thread, NULL, wait_long, &took);
	nap();
	what();
	pthread_join(thread, NULL);
	ok(took >= 40 && took < 15000, "%s ends a wait", name);
	gives(IFDHICCPresence(LUN), presence, "the card then");
}

static void get(DWORD tag, void *value)
{
	DWORD len = sizeof(void *);

	if (IFDHGetCapabilities(LUN, tag, &len, value) || len != sizeof(void *))
		exit(1);
}

void test_watch(void)
{
	long long start;

	test_power_up();
	get(TAG_IFD_POLLING_THREAD_WITH_TIMEOUT, &wait_for);
	get(TAG_IFD_STOP_POLLING_THREAD, &stop);
	start = now_ms();
	gives(wait_for(LUN, 100), IFD_SUCCESS, "a wait that nothing ends");
	ok(now_ms() - start >= 99, "takes its time");
	ends_wait("a stop", ask_to_stop, IFD_ICC_PRESENT);
	stop(LUN);
	start = now_ms();
	gives(wait_for(LUN, 20000), IFD_SUCCESS, "a stop before the wait");
	ok(now_ms() - start < 15000, "ends it as well");
	ends_wait("a card that is pulled", pull, IFD_ICC_NOT_PRESENT);
	ends_wait("a card that comes", insert, IFD_ICC_PRESENT);
	ends_wait("a card in place of another", exchange, IFD_ICC_NOT_PRESENT);
	wait_for(LUN, 20000);
	gives(IFDHICCPresence(LUN), IFD_ICC_PRESENT, "and then it is there");
	ends_wait("a reader that leaves", unplug, IFD_ICC_NOT_PRESENT);
	ends_wait("a reader that comes", plug, IFD_ICC_PRESENT);
	gives(wait_for(LUN + 0x10000, 10), IFD_NO_SUCH_DEVICE, "no such reader");
	IFDHCloseChannel(LUN);
	ok(!fake_open_files(), "no file stays open");
}

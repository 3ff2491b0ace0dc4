// SPDX-License-Identifier: BSD-2-Clause
/*
 * Measurements that take more than one process: many readers at once, and a clock
 * beside a slow card.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

#define READERS_MAX	32u
#define TICK_NS		1000000
#define LOOK_US		1000

/**
 * struct shared - what the processes share
 * @ready: of them, how many wait for @go
 * @failed: how many gave up
 * @go: they may begin
 * @stop: when to end, ns; valid with @go
 * @done: one of them, where that is asked for, is through
 * @count: round trips of each
 */
struct shared {
	unsigned int ready;
	unsigned int failed;
	bool go;
	bool done;
	uint64_t stop;
	unsigned long count[READERS_MAX];
};

static struct shared *shared;

static bool share(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return shared != MAP_FAILED;
}

static void wait_for_go(void)
{
	__atomic_add_fetch(&shared->ready, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&shared->go, __ATOMIC_SEQ_CST))
		usleep(LOOK_US);
}

static bool load_all_ready(unsigned int number)
{
	return __atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) +
	       __atomic_load_n(&shared->failed, __ATOMIC_SEQ_CST) >= number;
}

static void one_of_many(const struct way *way, unsigned int reader,
			size_t bytes)
{
	static uint8_t apdu[APDU_ROOM];
	size_t len = echo_apdu(apdu, bytes);
	unsigned long count = 0;

	if (!open_and_try(way, reader) || !apdu_ok(way, apdu, len, bytes)) {
		fprintf(stderr, "client: %s: reader %u does not work\n",
			way->name, reader);
		__atomic_add_fetch(&shared->failed, 1, __ATOMIC_SEQ_CST);
		return;
	}
	wait_for_go();
	while (now_ns() < shared->stop && apdu_ok(way, apdu, len, bytes))
		count++;
	shared->count[reader] = count;
	way->close();
}

int do_many(const struct way *way, unsigned int first, unsigned int readers,
	    size_t bytes, unsigned long ms)
{
	if (readers + first > READERS_MAX || !share())
		return 1;
	for (unsigned int i = 0; i < readers; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return 1;
		if (!pid) {
			one_of_many(way, first + i, bytes);
			_exit(0);
		}
	}
	while (!load_all_ready(readers))
		usleep(LOOK_US);
	shared->stop = now_ns() + (uint64_t)ms * 1000000;
	__atomic_store_n(&shared->go, true, __ATOMIC_SEQ_CST);
	while (wait(NULL) > 0)
		;
	if (shared->failed)
		return 1;
	for (unsigned int i = 0; i < readers; i++)
		printf("%lu\n", shared->count[first + i]);
	return 0;
}

static void pin_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fprintf(stderr, "client: no CPU %d\n", cpu);
}

/* The longest time between two ticks until done, or, without a card, for @ms */
static uint64_t longest_gap(unsigned long ms, bool until_done)
{
	uint64_t start = now_ns(), last = start, gap = 0;

	for (;;) {
		uint64_t now;

		nanosleep(&(struct timespec){ .tv_nsec = TICK_NS }, NULL);
		now = now_ns();
		if (now - last > gap)
			gap = now - last;
		last = now;
		if (until_done ?
		    __atomic_load_n(&shared->done, __ATOMIC_SEQ_CST) :
		    now - start > (uint64_t)ms * 1000000)
			return gap;
	}
}

static int slow_card(const struct way *way, unsigned int reader,
		     unsigned long ms)
{
	const uint8_t delay[] = { 0x80, 0xe4, (uint8_t)(ms >> 8), (uint8_t)ms };
	bool ok;

	if (!open_and_try(way, reader)) {
		__atomic_add_fetch(&shared->failed, 1, __ATOMIC_SEQ_CST);
		return 1;
	}
	wait_for_go();
	ok = apdu_ok(way, delay, sizeof(delay), 0);
	__atomic_store_n(&shared->done, true, __ATOMIC_SEQ_CST);
	way->close();
	return !ok;
}

int do_gap(const struct way *way, unsigned int reader, unsigned long ms,
	   bool pin)
{
	uint64_t quiet, slow = 0;
	int status = 0;
	pid_t pid;

	if (!share())
		return 1;
	pid = fork();
	if (pid < 0)
		return 1;
	if (!pid) {
		if (pin)
			pin_to(0);
		_exit(slow_card(way, reader, ms));
	}
	if (pin)
		pin_to(1);
	while (!load_all_ready(1))
		usleep(LOOK_US);
	quiet = longest_gap(ms, false);
	__atomic_store_n(&shared->go, true, __ATOMIC_SEQ_CST);
	if (!shared->failed)
		slow = longest_gap(0, true);
	if (waitpid(pid, &status, 0) < 0 || status)
		return 1;
	printf("%llu %llu\n", (unsigned long long)quiet / 1000,
	       (unsigned long long)slow / 1000);
	return 0;
}

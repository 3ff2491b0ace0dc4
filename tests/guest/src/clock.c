// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the guest go on? The longest time in which a program did nothing.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "gt.h"

#define TICK_MS		10
#define MAP_BYTES	(64 * 1024)

/* Calls @step until SIGTERM; prints the longest time from one to the next. */
static int measure(void (*step)(void), const char *unit)
{
	long long start = gt_now_ms(), last = start, gap = 0;
	unsigned long count = 0;

	gt_catch_stop();
	puts("ready");
	while (!gt_stopped()) {
		long long now;

		step();
		now = gt_now_ms();
		if (now - last > gap)
			gap = now - last;
		last = now;
		count++;
	}
	printf("gap_ms %lld elapsed_ms %lld %s %lu\n", gap,
	       last - start, unit, count);
	return 0;
}

static void sleep_step(void)
{
	struct timespec ts = { .tv_nsec = TICK_MS * 1000000 };

	nanosleep(&ts, NULL);
}

/* Every unmap of a touched page has all CPUs forget its translation. */
static void munmap_step(void)
{
	char *page = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		exit(gt_fail(errno));
	memset(page, 1, MAP_BYTES);
	munmap(page, MAP_BYTES);
}

int gt_gap(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return measure(sleep_step, "ticks");
}

int gt_munmap(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return measure(munmap_step, "rounds");
}

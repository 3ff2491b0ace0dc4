// SPDX-License-Identifier: BSD-2-Clause
/*
 * Three workers for each of ten readers, one by sysfs, one by the character device and
 * one by the guest's pcscd; and disasters: cards that go and come, pcscd restarted on the
 * host, the module reloaded. Prints "# ..." lines, and last a line of counts.
 *
 *   soak SECONDS SEED
 *
 * The programs `host` (see scripts/guest) and `reload` do the disasters.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "soak.h"

/* After the last disaster all must be well again, and stay so. */
#define SETTLE_S	20
#define QUIET_S		10

atomic_bool soak_quiet, soak_stop;

static unsigned long counts[4];

static uint32_t pick(uint32_t *state, uint32_t below)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 8) % below;
}

/* A disaster that cannot be done is no proof: it is counted. */
static void do_it(unsigned int kind, const char *command)
{
	static const char *const names[] = { "card", "pcscd", "reload" };

	if (system(command)) {
		printf("# %s failed: %s\n", names[kind], command);
		counts[3]++;
	} else {
		counts[kind]++;
	}
}

void disasters(unsigned int seconds, uint32_t seed)
{
	long long end = now_ms() + 1000LL * seconds;
	uint32_t state = seed;
	/* Of each kind there is one, however slow the machine. */
	uint32_t first[] = { 9, 8, 0 }, left = 3;
	char command[128];

	while (now_ms() < end) {
		uint32_t kind = left ? first[--left] : pick(&state, 10);
		uint32_t slot = pick(&state, SOAK_READERS);

		if (kind < 8) {
			snprintf(command, sizeof(command),
				 "host card remove %u && usleep %u && host card insert %u test:3B02145%u",
				 slot, 1000 * pick(&state, 1000), slot, slot);
			do_it(0, command);
		} else if (kind == 8) {
			do_it(1, "host pcscd restart 1");
		} else {
			do_it(2, "reload");
		}
		usleep(1000 * pick(&state, 2000));
	}
}

int main(int argc, char **argv)
{
	static const struct way *const ways[] = {
		&way_sysfs, &way_ioctl, &way_winscard,
	};
	static struct worker workers[3 * SOAK_READERS];
	static pthread_t threads[3 * SOAK_READERS];
	unsigned long good = 0, bad = 0, failed = 0, odd = 0;
	unsigned long least = (unsigned long)-1;
	sigset_t child;
	long long longest = 0;

	if (argc != 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	/*
	 * While it is in system(), this thread holds SIGCHLD back, and the kernel gives
	 * that to another one, whose command it interrupts.
	 */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &child, NULL);
	for (unsigned int i = 0; i < 3 * SOAK_READERS; i++) {
		workers[i] = (struct worker){
			.way = ways[i / SOAK_READERS],
			.reader = i % SOAK_READERS,
			.fd = -1,
		};
		if (pthread_create(&threads[i], NULL, worker_run, &workers[i]))
			return 1;
	}
	disasters((unsigned int)atoi(argv[1]), (uint32_t)atoi(argv[2]));
	sleep(SETTLE_S);
	atomic_store(&soak_quiet, true);
	sleep(QUIET_S);
	atomic_store(&soak_stop, true);
	for (unsigned int i = 0; i < 3 * SOAK_READERS; i++) {
		struct worker *w = &workers[i];

		pthread_join(threads[i], NULL);
		printf("# %s %u: good %lu failed %lu longest %lld ms\n",
		       w->way->name, w->reader, w->good, w->failed,
		       w->longest_ms);
		good += w->good;
		bad += w->bad;
		failed += w->failed;
		odd += w->odd;
		if (w->good < least)
			least = w->good;
		if (w->longest_ms > longest)
			longest = w->longest_ms;
	}
	printf("good %lu bad %lu failed %lu odd %lu ", good, bad, failed, odd);
	printf("least %lu longest_ms %lld ", least, longest);
	printf("cards %lu pcscd %lu reloads %lu undone %lu\n", counts[0],
	       counts[1], counts[2], counts[3]);
	return 0;
}

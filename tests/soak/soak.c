// SPDX-License-Identifier: BSD-2-Clause
/*
 * Workers for each of ten readers: one by sysfs, two by the character device, with its
 * ioctls and by read, write and poll, and one by the guest's pcscd; the last reader has one
 * alone. And disasters: cards that go and come, pcscd restarted on the host, the module
 * reloaded. Prints "# ..." lines, and last a line of counts.
 *
 *   soak SECONDS SEED [cards]
 *
 * With the last word cards go and come, and no more. The programs `host` (see
 * scripts/guest) and `reload` do the disasters.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "soak.h"

/* After the last lull, so that there is an end with failures that count. */
#define QUIET_S		5

#define WAYS		4
#define WORKERS		(WAYS * SOAK_READERS)

atomic_bool soak_stop;
atomic_ulong soak_did[DID_COUNT];

static struct worker workers[WORKERS];
static pthread_t threads[WORKERS];
static unsigned int worker_count;

static const struct way *const ways[WAYS] = {
	&way_ioctl, &way_sysfs, &way_stream, &way_winscard,
};

static bool start(uint32_t seed)
{
	for (unsigned int i = 0; i < WORKERS; i++) {
		struct worker *w = &workers[worker_count];
		unsigned int reader = i % SOAK_READERS;

		if (reader == SOAK_ALONE && i / SOAK_READERS)
			continue;
		*w = (struct worker){
			.way = ways[i / SOAK_READERS], .reader = reader,
			.random = seed * WORKERS + i, .fd = -1,
		};
		w->heard = now_ms();
		w->start = w->heard;
		if (pthread_create(&threads[worker_count], NULL, worker_run, w))
			return false;
		worker_count++;
	}
	return true;
}

static void print_did(void)
{
	static const char *const names[DID_COUNT] = {
		[DID_SHORT] = "short", [DID_LONG] = "long",
		[DID_TRANSACTION] = "transactions", [DID_EXCLUSIVE] = "exclusive",
		[DID_RECONNECT] = "reconnects", [DID_RESET] = "resets",
		[DID_CANCEL] = "cancels",
	};

	for (int i = 0; i < DID_COUNT; i++)
		printf("%s %lu ", names[i], atomic_load(&soak_did[i]));
}

/* Which failure each disaster explained, for those who judge the ways' lists of them */
static void print_explained(const struct way *way)
{
	static const char *const names[SOAK_KINDS] = { "card", "pcscd", "reload" };

	for (int kind = 0; kind < SOAK_KINDS; kind++) {
		printf("# %s: %s:", way->name, names[kind]);
		for (int i = 0; way->codes[i].code; i++) {
			unsigned long n = 0;

			for (unsigned int k = 0; k < worker_count; k++)
				if (workers[k].way == way)
					n += workers[k].explained[kind][i];
			if (n)
				printf(" %#x %lu", way->codes[i].code, n);
		}
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	unsigned long good = 0, bad = 0, failed = 0, odd = 0;
	unsigned long least = (unsigned long)-1;
	unsigned int judged = 100;
	long long longest = 0, begin;
	sigset_t child;
	bool cards;

	if (argc < 3 || argc > 4)
		return 2;
	cards = argc > 3 && !strcmp(argv[3], "cards");
	setvbuf(stdout, NULL, _IOLBF, 0);
	/*
	 * While it is in system(), this thread holds SIGCHLD back, and the kernel gives
	 * that to another one, whose command it interrupts.
	 */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &child, NULL);
	begin = now_ms();
	if (!start((uint32_t)atoi(argv[2])))
		return 1;
	disasters((unsigned int)atoi(argv[1]), (uint32_t)atoi(argv[2]),
		  cards ? SOAK_CARD : SOAK_CARD | SOAK_PCSCD | SOAK_RELOAD);
	sleep(QUIET_S);
	atomic_store(&soak_stop, true);
	for (unsigned int i = 0; i < worker_count; i++) {
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
	for (unsigned int i = 0; i < WAYS; i++)
		print_explained(ways[i]);
	for (unsigned int i = 0; i < SOAK_READERS; i++) {
		unsigned int percent = disaster_judged(i, begin, now_ms());

		if (percent < judged)
			judged = percent;
	}
	printf("good %lu bad %lu failed %lu odd %lu ", good, bad, failed, odd);
	printf("least %lu longest_ms %lld judged %u ", least, longest, judged);
	print_did();
	printf("cards %lu pcscd %lu reloads %lu undone %lu\n", disaster_counts[0],
	       disaster_counts[1], disaster_counts[2], disaster_undone);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * gt: what guest tests need and a shell cannot do: system calls one at a time
 * with the errno by name, poll(2) on an attribute, uevents, clocks.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gt.h"

static bool stop;

static const char usage_text[] =
"usage: gt VERB ARGUMENTS\n"
"  open FILE r|w|rw         open(2): \"ok\" or the name of the errno\n"
"  read FILE [OFFSET [SIZE]]  one pread(2): its bytes, or the errno\n"
"  write FILE [OFFSET]      one pwrite(2) of stdin: \"ok N\", or the errno\n"
"  put FILE TEXT            one write(2) of TEXT and a newline, likewise\n"
"  transmit FILE HEX        write, then read it all: the answer, or the errno.\n"
"                           SIGUSR1 is caught, with SA_RESTART\n"
"  hold FILE r|w|rw         keep FILE open until SIGTERM; says \"ready\"\n"
"  loop FILE HEX ANSWER [RECOVER]  transmit until SIGTERM, then print\n"
"                           \"good N bad N failed N max_ms N last ERRNO\", and\n"
"                           \"errnos ERRNO...\", each of them once;\n"
"                           after a failure write 1 to RECOVER\n"
"  poll FILE MS             say \"ready\", wait for POLLPRI, say \"woken\"\n"
"                           or \"timeout\"\n"
"  uevents                  say \"ready\", then a line for each uevent\n"
"  gap                      until SIGTERM, then print\n"
"                           \"gap_ms N elapsed_ms N ticks N\"\n"
"  munmap                   map and unmap memory until SIGTERM, then print\n"
"                           \"gap_ms N elapsed_ms N rounds N\"\n"
"  page                     print the size of a page\n"
"  pin CPU COMMAND...       run COMMAND on one CPU only\n"
"  as UID COMMAND...        run COMMAND as that user and group\n"
"  json FILE                fails unless each line is a JSON value\n";

static void on_stop(int number)
{
	(void)number;
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
}

bool gt_stopped(void)
{
	return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

void gt_catch_stop(void)
{
	struct sigaction action = { .sa_handler = on_stop };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

long long gt_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int gt_fail(int err)
{
	const char *name = strerrorname_np(err);

	if (name)
		puts(name);
	else
		printf("errno %d\n", err);
	return 1;
}

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	int min, max;
} verbs[] = {
	{ "open", gt_open, 2, 2 },
	{ "read", gt_read, 1, 3 },
	{ "write", gt_write, 1, 2 },
	{ "put", gt_put, 2, 2 },
	{ "transmit", gt_transmit, 2, 2 },
	{ "hold", gt_hold, 2, 2 },
	{ "loop", gt_loop, 3, 4 },
	{ "poll", gt_poll, 2, 2 },
	{ "uevents", gt_uevents, 0, 0 },
	{ "gap", gt_gap, 0, 0 },
	{ "munmap", gt_munmap, 0, 0 },
	{ "page", gt_page, 0, 0 },
	{ "pin", gt_pin, 2, 1000 },
	{ "as", gt_as, 2, 1000 },
	{ "json", gt_json, 1, 1 },
	{ NULL, NULL, 0, 0 },
};

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (const struct verb *v = verbs; argc > 1 && v->name; v++) {
		if (strcmp(argv[1], v->name))
			continue;
		if (argc - 2 < v->min || argc - 2 > v->max)
			break;
		return v->run(argc - 2, argv + 2);
	}
	fputs(usage_text, stderr);
	return 2;
}

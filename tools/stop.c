// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Signals that end the program, see stop.h.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "stop.h"
#include "text.h"

static atomic_int caught;

/*
 * One that comes just before a system call does not interrupt it; the alarms that
 * follow, one a second, do.
 */
static void on_signal(int number)
{
	if (number != SIGALRM)
		caught = number;
	if (caught)
		alarm(1);
}

int stop_signal(void)
{
	return caught;
}

void stop_catch(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGALRM };
	struct sigaction action = { .sa_handler = on_signal };
	struct sigaction old;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		/* What nohup or a shell ignores stays so. */
		if (numbers[i] == SIGALRM || sigaction(numbers[i], NULL, &old) ||
		    old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

void stop_die(void)
{
	int number = caught;

	if (!number)
		return;
	alarm(0);
	signal(number, SIG_DFL);
	raise(number);
}

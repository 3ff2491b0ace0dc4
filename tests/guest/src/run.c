// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running a command as another user, or on one CPU.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "gt.h"

int gt_pin(int argc, char **argv)
{
	cpu_set_t set;

	(void)argc;
	CPU_ZERO(&set);
	CPU_SET(atoi(argv[0]), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return gt_fail(errno);
	execvp(argv[1], argv + 1);
	return gt_fail(errno);
}

int gt_as(int argc, char **argv)
{
	uid_t id = (uid_t)atoi(argv[0]);

	(void)argc;
	if (setgroups(0, NULL) || setgid(id) || setuid(id))
		return gt_fail(errno);
	execvp(argv[1], argv + 1);
	return gt_fail(errno);
}

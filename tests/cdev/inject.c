// SPDX-License-Identifier: BSD-2-Clause
/*
 * Failures on demand: the kernel's fault injection by count. See cdev.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cdev.h"

static int nth_fd = -1;

bool inject_begin(void)
{
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	/* What is in memory already needs no allocation that could fail. */
	return nth_fd >= 0 && !mlockall(MCL_CURRENT | MCL_FUTURE);
}

/* The copy of the number is one of the things that can fail. */
static void set_nth(unsigned int n)
{
	char text[16];
	int len = sprintf(text, "%u", n);

	while (pwrite(nth_fd, text, (size_t)len, 0) != len)
		if (errno == EBADF)
			abort();
}

/* It reads as 0 once the failure was had. */
static bool was_had(void)
{
	char text[16] = "1";

	/* Only the failure itself can keep us from reading, so it is still there. */
	if (pread(nth_fd, text, sizeof(text) - 1, 0) < 0)
		return false;
	return atoi(text) == 0;
}

int inject_run(unsigned int n, int (*run)(void), bool *had)
{
	int err;

	set_nth(n);
	err = run();
	*had = was_had();
	set_nth(0);
	return err;
}

/* The copies are EFAULT, the tables of open files and of I/O memory have their own. */
bool inject_sensible(int err)
{
	return err == ENOMEM || err == EFAULT || err == ENFILE || err == EBUSY;
}

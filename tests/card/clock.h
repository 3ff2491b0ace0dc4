/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time, for programs that ask for POSIX or GNU functions.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

/* Microseconds on a clock that nobody sets. */
static inline int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks and test cases of the test card's tests, with KTAP results.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef CHECK_H
#define CHECK_H

#include <stddef.h>
#include <stdio.h>

/* Failed checks of the running test case */
static int failures;

/* Reports a failed check of the running test case. */
#define CHECK(cond) \
	do { \
		if (!(cond)) { \
			printf("    # line %d: %s\n", __LINE__, #cond); \
			failures++; \
		} \
	} while (0)

/* Runs test case @number and prints its result; how many checks failed. */
static inline int run_case(size_t number, const char *name, void (*run)(void))
{
	failures = 0;
	run();
	printf("%sok %zu - %s\n", failures ? "not " : "", number, name);
	return failures;
}

#endif

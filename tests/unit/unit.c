// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Runs the unit tests and prints KTAP.
 */
#include <stdarg.h>
#include <stdio.h>

#include "unit.h"

static int count, bad;

void ok(bool good, const char *fmt, ...)
{
	va_list args;

	count++;
	bad += !good;
	printf("%s %d - ", good ? "ok" : "not ok", count);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

void diag(const char *fmt, ...)
{
	va_list args;

	printf("# ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s TOP-OF-THE-REPOSITORY\n", argv[0]);
		return 2;
	}
	printf("KTAP version 1\n");
	test_hex();
	test_state();
	test_errno(argv[1]);
	printf("1..%d\n", count);
	return bad != 0;
}

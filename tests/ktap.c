// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * KTAP on stdout, see ktap.h.
 */
#include <stdarg.h>
#include <stdio.h>

#include "ktap.h"

static int count, bad;

void ktap_begin(void)
{
	printf("KTAP version 1\n");
}

int ktap_end(void)
{
	printf("1..%d\n", count);
	return bad != 0;
}

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

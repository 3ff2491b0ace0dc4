// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Runs the unit tests and prints KTAP.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "test.h"

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

/* xorshift */
unsigned int random_number(void)
{
	static uint32_t state = 0x2545f491;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

int main(void)
{
	printf("KTAP version 1\n");
	test_hex();
	test_expect();
	test_text();
	test_json();
	test_atr();
	test_atr_random();
	printf("1..%d\n", count);
	return bad != 0;
}

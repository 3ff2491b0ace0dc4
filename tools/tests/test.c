// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Runs the unit tests.
 */
#include <stdint.h>

#include "test.h"

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
	ktap_begin();
	test_hex();
	test_expect();
	test_text();
	test_json();
	test_atr();
	test_atr_random();
	return ktap_end();
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Status words that are as they should be, see expect.h.
 */
#include "expect.h"
#include "hex.h"

bool expect_add(struct expect *expect, const char *list)
{
	for (;;) {
		uint16_t value = 0, mask = 0;
		int i;

		for (i = 0; i < 4; i++, list++) {
			int digit = hex_digit(*list);

			if (digit < 0 && *list != 'x' && *list != 'X')
				return false;
			value = value << 4 | (digit < 0 ? 0 : digit);
			mask = mask << 4 | (digit < 0 ? 0 : 0xf);
		}
		if (expect->count == EXPECT_MAX)
			return false;
		expect->pattern[expect->count].value = value;
		expect->pattern[expect->count++].mask = mask;
		if (!*list)
			return true;
		if (*list++ != ',')
			return false;
	}
}

bool expect_match(const struct expect *expect, uint16_t sw)
{
	unsigned int i;

	for (i = 0; i < expect->count; i++)
		if ((sw & expect->pattern[i].mask) == expect->pattern[i].value)
			return true;
	return !expect->count;
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * Hex text for the host-side test programs.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include "hex.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int is_gap(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ':';
}

long hex_parse(const char *text, uint8_t *out, size_t room)
{
	size_t n = 0;

	for (;;) {
		int high, low;

		while (is_gap(*text))
			text++;
		if (!*text)
			return (long)n;
		high = digit(text[0]);
		if (high < 0)
			return -1;
		low = digit(text[1]);
		if (low < 0 || n == room)
			return -1;
		out[n++] = (uint8_t)(high << 4 | low);
		text += 2;
	}
}

void hex_print(FILE *f, const uint8_t *data, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		if (i)
			putc(' ', f);
		putc(digits[data[i] >> 4], f);
		putc(digits[data[i] & 15], f);
	}
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Hex text to bytes, see hex.h.
 */
#include "hex.h"

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static ssize_t wrong(struct hex_fault *fault, const char *what, size_t position)
{
	*fault = (struct hex_fault){ what, position };
	return -1;
}

ssize_t hex_parse(const char *text, size_t len, uint8_t *bytes, size_t size,
		  struct hex_fault *fault)
{
	size_t count = 0, i = 0;

	while (i < len) {
		int high, low;

		if (is_blank(text[i])) {
			i++;
			continue;
		}
		high = hex_digit(text[i]);
		if (high < 0)
			return wrong(fault, "not a hex digit", i);
		if (i + 1 == len || is_blank(text[i + 1]))
			return wrong(fault, "a byte with one digit", i);
		low = hex_digit(text[i + 1]);
		if (low < 0)
			return wrong(fault, "not a hex digit", i + 1);
		if (count == size)
			return wrong(fault, "too many bytes", i);
		bytes[count++] = high << 4 | low;
		i += 2;
	}
	return count;
}

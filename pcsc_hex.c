// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Hexadecimal text to bytes and back.  Knows no device, so that the unit tests
 * can build it for the host.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "pcsc_hex.h"

static int pcsc_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool pcsc_hex_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/**
 * pcsc_hex_decode() - read bytes from text
 * @text: pairs of hexadecimal digits in either case; white space may stand
 *        before, between and after the pairs, not inside one
 * @len: characters of @text; it need not end with a NUL
 * @bytes: where they go
 * @size: room there
 *
 * Return: the number of bytes; -ENODATA if there are none, -EINVAL if a digit
 * has no second one beside it, -EILSEQ if a character is neither digit nor
 * white space, -EMSGSIZE if there are more than @size.
 */
ssize_t pcsc_hex_decode(const char *text, size_t len, u8 *bytes, size_t size)
{
	size_t i = 0, n = 0;

	while (i < len) {
		int high, low;

		if (pcsc_hex_space(text[i])) {
			i++;
			continue;
		}
		high = pcsc_hex_digit(text[i++]);
		if (high < 0)
			return -EILSEQ;
		if (i == len || pcsc_hex_space(text[i]))
			return -EINVAL;
		low = pcsc_hex_digit(text[i++]);
		if (low < 0)
			return -EILSEQ;
		if (n == size)
			return -EMSGSIZE;
		bytes[n++] = high << 4 | low;
	}
	return n ? n : -ENODATA;
}

/**
 * pcsc_hex_encode() - write a piece of the text of some bytes
 * @bytes: the bytes
 * @len: how many
 * @pos: the first character wanted
 * @text: where it goes; no NUL is added
 * @size: room there
 *
 * The whole text has PCSC_HEX_CHARS characters for each byte: two upper-case
 * digits and a space, which for the last byte is a newline.
 *
 * Return: the number of characters written, 0 at and past the end.
 */
size_t pcsc_hex_encode(const u8 *bytes, size_t len, size_t pos, char *text,
		       size_t size)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t total = len * PCSC_HEX_CHARS;
	size_t i, n;

	if (pos >= total)
		return 0;
	n = min(size, total - pos);
	for (i = 0; i < n; i++) {
		size_t byte = (pos + i) / PCSC_HEX_CHARS;

		switch ((pos + i) % PCSC_HEX_CHARS) {
		case 0:
			text[i] = digits[bytes[byte] >> 4];
			break;
		case 1:
			text[i] = digits[bytes[byte] & 0xf];
			break;
		default:
			text[i] = byte + 1 < len ? ' ' : '\n';
		}
	}
	return n;
}

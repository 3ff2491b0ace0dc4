// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Hex text to bytes and back: good text, each kind of bad text, and lengths.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pcsc_hex.h"
#include "pcsc_regs.h"
#include "unit.h"

/* What kernfs passes on of one write or read */
#define PAGE	4096

static void decodes(const char *what, const char *text, const char *wanted,
		    ssize_t len)
{
	u8 bytes[64];
	ssize_t ret = pcsc_hex_decode(text, strlen(text), bytes, sizeof(bytes));

	ok(ret == len && !memcmp(bytes, wanted, len), "decode %s", what);
}

static void refuses(const char *text, size_t len, size_t size, int error,
		    const char *why)
{
	/* Exactly as long as they are said to be, for the sanitizer's sake */
	char *exact = malloc(len ? len : 1);
	u8 *bytes = malloc(size ? size : 1);
	ssize_t ret;

	memcpy(exact, text, len);
	ret = pcsc_hex_decode(exact, len, bytes, size);
	ok(ret == -error, "refuse %s: %s", why, strerror(error));
	if (ret != -error)
		diag("returned %zd", ret);
	free(exact);
	free(bytes);
}

/* Text of @len bytes, read in pieces of @piece, is the same as read at once. */
static bool round_trip(size_t len, size_t piece)
{
	size_t total = len * PCSC_HEX_CHARS, pos, n;
	u8 *bytes = malloc(len + 1), *back = malloc(len + 1);
	char *whole = malloc(total + 1), *text = malloc(piece);
	bool good = true;
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = i * 7 + (i >> 8);
	good &= pcsc_hex_encode(bytes, len, 0, whole, total + 1) == total;
	for (pos = 0; pos < total; pos += n) {
		n = pcsc_hex_encode(bytes, len, pos, text, piece);
		good &= n && n <= piece && pos + n <= total;
		if (!good)
			break;
		good &= !memcmp(text, whole + pos, n);
	}
	good &= pcsc_hex_encode(bytes, len, total, text, piece) == 0;
	good &= pcsc_hex_encode(bytes, len, total + 1, text, piece) == 0;
	good &= pcsc_hex_encode(bytes, len, (size_t)-1, text, piece) == 0;
	if (len)
		good &= whole[total - 1] == '\n' &&
			pcsc_hex_decode(whole, total, back, len) == (ssize_t)len &&
			!memcmp(bytes, back, len);
	free(bytes);
	free(back);
	free(whole);
	free(text);
	return good;
}

void test_hex(void)
{
	static const size_t lengths[] = {
		0, 1, 2, 255, 256, 261, 264, 1365, 1366, 2047, 2048, 65535, 65536,
		PCSC_LENGTH_MAX
	};
	static const size_t pieces[] = { 1, 2, 3, 7, PAGE - 1, PAGE, 300000 };
	char longest[PAGE], text[16];
	size_t i, j;
	u8 byte;

	decodes("with spaces and a newline", "00 A4 00 00 02 3F 00\n",
		"\x00\xa4\x00\x00\x02\x3f\x00", 7);
	decodes("without", "00a40000023f00", "\x00\xa4\x00\x00\x02\x3f\x00", 7);
	decodes("with other white space", "  aB\tCd \r\n", "\xab\xcd", 2);
	decodes("each digit", "0123456789abcdefABCDEF",
		"\x01\x23\x45\x67\x89\xab\xcd\xef\xab\xcd\xef", 11);

	refuses("", 0, 8, ENODATA, "no text");
	refuses("\t\n", 2, 8, ENODATA, "white space alone");
	refuses("0", 1, 8, EINVAL, "one digit");
	refuses("00 A", 4, 8, EINVAL, "an odd digit at the end");
	refuses("00 A\n", 5, 8, EINVAL, "an odd digit before the newline");
	refuses("0 0A 40", 7, 8, EINVAL, "a space inside a byte");
	refuses("00 G4", 5, 8, EILSEQ, "a letter past F as first digit");
	refuses("00 4G", 5, 8, EILSEQ, "a letter past F as second digit");
	refuses("0x00", 4, 8, EILSEQ, "0x");
	refuses("00\0A4", 5, 8, EILSEQ, "a NUL");
	refuses("00:A4", 5, 8, EILSEQ, "a colon");
	refuses("00\xa0 4", 5, 8, EILSEQ, "a character past ASCII");
	refuses("00 A4 00", 8, 2, EMSGSIZE, "one byte more than there is room");
	refuses("00", 2, 0, EMSGSIZE, "a byte without room");

	/* Every character that is not a digit or white space, in either place */
	for (i = j = 0; i < 256; i++) {
		bool digit = strchr("0123456789abcdefABCDEF", i) && i;
		bool space = strchr(" \t\r\n", i) && i;
		ssize_t wanted = digit ? 1 : space ? -EINVAL : -EILSEQ;

		snprintf(text, sizeof(text), "0%c", (char)i);
		j += pcsc_hex_decode(text, 2, &byte, 1) == wanted;
		wanted = digit ? 1 : space ? -EINVAL : -EILSEQ;
		snprintf(text, sizeof(text), "%c0", (char)i);
		j += pcsc_hex_decode(text, 2, &byte, 1) == wanted;
	}
	ok(j == 512, "each of 256 characters in both places");

	/* The longest that one write carries, with and without a newline */
	memset(longest, 'F', sizeof(longest));
	longest[PAGE - 2] = '\n';
	refuses(longest, PAGE - 1, (PAGE - 1) / 2 - 1, EMSGSIZE, "a full page for less room");
	{
		u8 room[PAGE / 2];

		ok(pcsc_hex_decode(longest, PAGE - 1, room, sizeof(room)) == PAGE / 2 - 1,
		   "decode %d characters", PAGE - 1);
	}

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		bool good = true;

		for (j = 0; j < ARRAY_SIZE(pieces); j++)
			good &= round_trip(lengths[i], pieces[j]);
		ok(good, "%zu bytes, read in pieces, and back", lengths[i]);
	}
	{
		char out[8] = "xxxxxxx";

		ok(pcsc_hex_encode((const u8 *)"\x90\x00", 2, 0, out, sizeof(out)) == 6 &&
		   !memcmp(out, "90 00\nx", 7), "encode in upper case, newline at the end");
		ok(pcsc_hex_encode((const u8 *)"\xab", 1, 1, out, 1) == 1 && out[0] == 'B' &&
		   out[1] == '0', "encode one character from the middle, and no more");
	}
}

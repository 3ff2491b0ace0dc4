// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Hex, patterns of status words, names for a terminal, JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "hex.h"
#include "json.h"
#include "test.h"

/* Parses a text in memory that is just as long as it is. */
static ssize_t parse(const char *text, size_t len, uint8_t *bytes, size_t size,
		     struct hex_fault *fault)
{
	char *exact = malloc(len ? len : 1);
	ssize_t n;

	memcpy(exact, text, len);
	n = hex_parse(exact, len, bytes, size, fault);
	free(exact);
	return n;
}

static void good_hex(const char *text, const char *bytes, ssize_t len)
{
	struct hex_fault fault;
	uint8_t room[16];

	ok(parse(text, strlen(text), room, sizeof(room), &fault) == len &&
	   !memcmp(room, bytes, len), "hex: \"%s\"", text);
}

static void bad_hex(const char *text, size_t len, size_t size, size_t position, const char *why)
{
	uint8_t *room = malloc(size ? size : 1);
	struct hex_fault fault = { "", 999 };

	ok(parse(text, len, room, size, &fault) == -1 && fault.position == position &&
	   strstr(fault.what, why), "hex: refused at %zu: %s", position, why);
	if (fault.position != position)
		diag("at %zu: %s", fault.position, fault.what);
	free(room);
}

void test_hex(void)
{
	struct hex_fault fault;
	unsigned int i, wrong = 0;

	good_hex("", "", 0);
	good_hex(" \t\r", "", 0);
	good_hex("00A40000", "\x00\xa4\x00\x00", 4);
	good_hex(" 00 a4\t0000 ", "\x00\xa4\x00\x00", 4);
	bad_hex("0", 1, 8, 0, "one digit");
	bad_hex("00 A", 4, 8, 3, "one digit");
	bad_hex("00 A 40", 7, 8, 3, "one digit");
	bad_hex("0x00", 4, 8, 1, "not a hex digit");
	bad_hex("00:A4", 5, 8, 2, "not a hex digit");
	bad_hex("00\000A4", 5, 8, 2, "not a hex digit");
	bad_hex("G0", 2, 8, 0, "not a hex digit");
	bad_hex("00 A4 00", 8, 2, 6, "too many");
	bad_hex("00", 2, 0, 0, "too many");

	/* Anything: no more bytes than there is room for, no place beyond the text */
	for (i = 0; i < 200000; i++) {
		static const char likely[] = "0123456789abcdefABCDEF \t\n";
		size_t len = random_number() % 24, size = random_number() % 10, j;
		char text[24];
		uint8_t *room = malloc(size ? size : 1);
		ssize_t n;

		for (j = 0; j < len; j++)
			text[j] = random_number() % 40 ?
				  likely[random_number() % (sizeof(likely) - 1)] :
				  (char)random_number();
		n = parse(text, len, room, size, &fault);
		if (n < 0)
			wrong += fault.position >= len || !fault.what;
		else
			wrong += (size_t)n > size || (size_t)n > len / 2;
		free(room);
	}
	ok(!wrong, "hex: 200000 random texts");
}

static bool matches(const char *list, uint16_t sw)
{
	struct expect expect = { 0 };

	return expect_add(&expect, list) && expect_match(&expect, sw);
}

void test_expect(void)
{
	static const char *const bad[] = {
		"", "9", "900", "90000", "9000,", ",9000", "9000 61xx", "900g", "0x9000", "61**",
	};
	struct expect none = { 0 }, many = { 0 };
	unsigned int i, n;

	ok(matches("9000", 0x9000) && !matches("9000", 0x9001), "expect: 9000");
	ok(matches("61xx", 0x6100) && matches("61XX", 0x61ff) && !matches("61xx", 0x6200),
	   "expect: 61xx");
	ok(matches("9xx0", 0x9120) && !matches("9xx0", 0x9121) && matches("6aX2", 0x6a82),
	   "expect: digits and x in any place");
	ok(matches("9000,61xx,6A82", 0x6a82) && matches("9000,61xx,6A82", 0x9000) &&
	   !matches("9000,61xx,6A82", 0x6a83), "expect: a list");
	ok(expect_match(&none, 0x6f00), "expect: nothing expected, all is right");
	for (i = 0, n = 0; i < ARRAY_SIZE(bad); i++) {
		struct expect expect = { 0 };

		if (expect_add(&expect, bad[i]))
			diag("taken: \"%s\"", bad[i]);
		else
			n++;
	}
	ok(n == i, "expect: %u lists that are none", i);
	for (i = 0; i < EXPECT_MAX && expect_add(&many, "9000"); i++)
		;
	ok(i == EXPECT_MAX && !expect_add(&many, "9000"), "expect: too many");
}

static void shown_as(const char *in, const char *out, const char *what)
{
	struct text text = { 0 };

	text_name(&text, in, strlen(in));
	ok(text.len == strlen(out) && !memcmp(text.data, out, text.len), "name: %s", what);
	text_free(&text);
}

void test_text(void)
{
	struct text text = { 0 };
	uint8_t byte = 0xa5;
	int i;

	shown_as("SCM 00 00", "SCM 00 00", "as it is");
	shown_as("\303\244 \342\202\254 \360\237\202\241", "\303\244 \342\202\254 \360\237\202\241",
		 "beyond ASCII");
	shown_as("a\033[2Jb\177\r\n", "a?[2Jb?\?\?", "control characters");
	shown_as("a\302\2332J", "a?2J", "a control character above ASCII");
	shown_as("a\342\200\256b\342\201\246", "a?b?", "text turned around");
	shown_as("a\377\303(\342\202", "a?\?(?\?", "not UTF-8");
	shown_as("\300\257\355\240\200\364\220\200\200", "?????????", "not UTF-8 either");
	for (i = 0; i < 70000; i++) {
		if (i)
			text_add(&text, " ", 1);
		text_hex(&text, &byte, 1);
	}
	ok(text.len == 70000 * 3 - 1 && !memcmp(text.data, "A5 A5", 5), "text: it grows");
	text_free(&text);
}

static void as_json(const char *bytes, size_t len, const char *wanted)
{
	struct text text = { 0 };

	json_bytes(&text, NULL, bytes, len);
	ok(text.len == strlen(wanted) && !memcmp(text.data, wanted, text.len) &&
	   json_valid(text.data, text.len), "json: %s", wanted);
	text_free(&text);
}

void test_json(void)
{
	static const char whole[] =
		"{\"a\":1,\"b\":[],\"c\":[\"x\",null,{\"d\":true}],\"e\":\"0A\"}";
	static const char *const bad[] = {
		"", "{", "{}}", "[1,]", "[,1]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "\"\n\"",
		"\"\xff\"",
		"\"\\x\"", "\"\\u12\"", "01", "tru", "1 2", "{\"a\":1,\"a\":2}", "\"a", "[1 2]",
	};
	struct text text = { 0 };
	unsigned int i, wrong = 0;
	uint8_t byte = 10;

	as_json("Virtual PCD", 11, "\"Virtual PCD\"");
	as_json("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
	as_json("\x1b\n\0", 3, "\"\\u001b\\u000a\\u0000\"");
	as_json("\xc3\xa4\xff", 3, "\"\xc3\xa4\\ufffd\"");
	as_json("\xc2\x9b\xe2\x80\xae", 5, "\"\\u009b\\u202e\"");
	json_open(&text, NULL, '{');
	json_number(&text, "a", 1);
	json_open(&text, "b", '[');
	json_close(&text, ']');
	json_open(&text, "c", '[');
	json_string(&text, NULL, "x");
	json_null(&text, NULL);
	json_open(&text, NULL, '{');
	json_bool(&text, "d", true);
	json_close(&text, '}');
	json_close(&text, ']');
	json_hex(&text, "e", &byte, 1);
	json_close(&text, '}');
	ok(text.len == strlen(whole) && !memcmp(text.data, whole, text.len),
	   "json: commas where they belong");
	ok(json_valid(text.data, text.len), "json: the judge agrees");
	text_free(&text);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (json_valid(bad[i], strlen(bad[i]))) {
			diag("taken: %s", bad[i]);
			wrong++;
		}
	ok(!wrong, "json: the judge refuses %u texts", i);

	for (i = 0, wrong = 0; i < 100000; i++) {
		size_t len = random_number() % 12, j;
		char bytes[12];

		for (j = 0; j < len; j++)
			bytes[j] = random_number() >> (random_number() % 16);
		json_bytes(&text, NULL, bytes, len);
		wrong += !json_valid(text.data, text.len);
		text_free(&text);
	}
	ok(!wrong, "json: 100000 random strings");
}

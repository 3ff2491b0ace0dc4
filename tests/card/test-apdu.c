// SPDX-License-Identifier: BSD-2-Clause
/*
 * Unit tests of the test card's APDU logic and of its hex text. KTAP output.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apdu.h"
#include "check.h"
#include "hex.h"
#include "util.h"

#define VPCD_LIMIT	65535u

static struct testcard card;
static struct tc_answer answer;

static void send_hex(const char *text)
{
	uint8_t apdu[512];
	long len = hex_parse(text, apdu, sizeof(apdu));

	if (len < 0) {
		printf("    # bad hex in the test: %s\n", text);
		failures++;
		return;
	}
	tc_process(&card, apdu, (size_t)len, &answer);
}

/* Whether the card answered exactly @text, at once. */
static bool answered(const char *text)
{
	uint8_t want[512];
	long len = hex_parse(text, want, sizeof(want));

	return answer.verdict == TC_ANSWER && !answer.delay_ms && len >= 0 &&
	       answer.len == (size_t)len &&
	       !memcmp(answer.data, want, (size_t)len);
}

#define EXPECT(apdu, response) \
	do { \
		send_hex(apdu); \
		CHECK(answered(response)); \
	} while (0)

/* Whether the answer is @len bytes i & 0xff and 90 00. */
static bool is_pattern(size_t len)
{
	if (answer.verdict != TC_ANSWER || answer.len != len + 2)
		return false;
	for (size_t i = 0; i < len; i++)
		if (answer.data[i] != (uint8_t)i)
			return false;
	return answer.data[len] == 0x90 && answer.data[len + 1] == 0;
}

/* Sends 80 INS 00 00 00 hh ll with @lc data bytes 255 - i and @tail more. */
static void send_extended(uint8_t ins, size_t lc, size_t tail)
{
	uint8_t *apdu = calloc(1, 7 + lc + tail);

	if (!apdu)
		abort();
	apdu[0] = 0x80;
	apdu[1] = ins;
	apdu[5] = (uint8_t)(lc >> 8);
	apdu[6] = (uint8_t)lc;
	for (size_t i = 0; i < lc; i++)
		apdu[7 + i] = (uint8_t)(255 - i);
	tc_process(&card, apdu, 7 + lc + tail, &answer);
	free(apdu);
}

static bool is_echo(size_t lc)
{
	if (answer.verdict != TC_ANSWER || answer.len != lc + 2)
		return false;
	for (size_t i = 0; i < lc; i++)
		if (answer.data[i] != (uint8_t)(255 - i))
			return false;
	return answer.data[lc] == 0x90 && answer.data[lc + 1] == 0;
}

static void test_classes(void)
{
	EXPECT("00 B0 00 00", "6D 00");
	EXPECT("80 00 00 00", "6D 00");
	EXPECT("80 A4 00 00", "6D 00");
	EXPECT("00 E0 00 00", "6D 00");
	EXPECT("81 E0 00 00", "6E 00");
	EXPECT("A0 A4 00 00 02 3F 00", "6E 00");
	EXPECT("FF", "67 00");
	EXPECT("", "67 00");
	EXPECT("80 E0 00", "67 00");
	EXPECT("00 A4 00 0C 02 3F 00", "90 00");
	EXPECT("00 A4 04 00", "90 00");
}

static void test_lengths(void)
{
	/* Short: Le alone, Lc, Lc and Le; one byte too few or too many. */
	EXPECT("80 E0 00 00 00", "90 00");
	EXPECT("80 E0 00 00 05", "90 00");
	EXPECT("80 E0 00 00 02 11 22", "11 22 90 00");
	EXPECT("80 E0 00 00 02 11 22 00", "11 22 90 00");
	EXPECT("80 E0 00 00 02 11", "67 00");
	EXPECT("80 E0 00 00 02 11 22 00 00", "67 00");
	/* Extended, the same. */
	EXPECT("80 E0 00 00 00 00 00", "90 00");
	EXPECT("80 E0 00 00 00 00 02 11 22", "11 22 90 00");
	EXPECT("80 E0 00 00 00 00 02 11 22 00 00", "11 22 90 00");
	EXPECT("80 E0 00 00 00 00", "67 00");
	EXPECT("80 E0 00 00 00 00 02 11", "67 00");
	EXPECT("80 E0 00 00 00 00 02 11 22 00", "67 00");
	EXPECT("80 E0 00 00 00 00 02 11 22 00 00 00", "67 00");
	EXPECT("80 E0 00 00 00 00 00 00", "67 00");
}

static void test_echo(void)
{
	static const size_t sizes[] = { 1, 255, 256, 4000, 60000, 65526, 65533 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		send_extended(0xE0, sizes[i], 0);
		CHECK(is_echo(sizes[i]));
		send_extended(0xE0, sizes[i], 2);
		CHECK(is_echo(sizes[i]));
	}
	send_extended(0xE0, 65534, 0);
	CHECK(answered("67 00"));
	tc_init(&card, TC_RESPONSE_MAX);
	send_extended(0xE0, 65535, 2);
	CHECK(is_echo(65535));
}

static void test_size(void)
{
	EXPECT("80 E2 00 00", "90 00");
	EXPECT("80 E2 00 03", "00 01 02 90 00");
	EXPECT("80 E2 00 03 00", "00 01 02 90 00");
	EXPECT("80 E2 00 00 03 00 00 02", "00 01 90 00");
	send_hex("80 E2 0F A0");
	CHECK(is_pattern(4000));
	send_hex("80 E2 FF FD");
	CHECK(is_pattern(65533));
	EXPECT("80 E2 FF FE", "67 00");
	EXPECT("80 E2 00 00 03 00 FF FE", "67 00");
	EXPECT("80 E2 00 00 03 FF FF FF", "67 00");
	EXPECT("80 E2 00 01 03 00 00 02", "6A 86");
	EXPECT("80 E2 00 00 02 00 02", "67 00");

	tc_init(&card, TC_RESPONSE_MAX);
	send_hex("80 E2 00 00 03 01 00 0A");
	CHECK(is_pattern(65546));
	EXPECT("80 E2 00 00 03 01 00 0B", "67 00");
}

static void test_delay(void)
{
	EXPECT("80 E4 00 00", "90 00");
	send_hex("80 E4 1F 40");
	CHECK(answer.verdict == TC_ANSWER && answer.delay_ms == 8000);
	CHECK(answer.len == 2 && answer.data[0] == 0x90 && !answer.data[1]);
	/* The delay is this answer's alone. */
	EXPECT("80 E0 00 00", "90 00");
}

static void test_status(void)
{
	EXPECT("80 E6 6A 82", "6A 82");
	EXPECT("80 E6 00 00", "00 00");
	EXPECT("80 E6 61 10 00", "61 10");
}

static void test_misbehave(void)
{
	send_hex("80 E8 00 00");
	CHECK(answer.verdict == TC_SILENT);
	send_hex("80 E8 01 00");
	CHECK(answer.verdict == TC_PULL);
	EXPECT("80 E8 02 00", "90");
	EXPECT("80 E8 03 00", "");
	send_hex("80 E8 04 00");
	CHECK(is_pattern(VPCD_LIMIT + 1));
	send_hex("80 E8 05 00");
	CHECK(answer.verdict == TC_ANSWER && answer.delay_ms == 70000);
	EXPECT("80 E8 06 00", "6A 86");
	EXPECT("80 E8 00 01", "6A 86");

	tc_init(&card, TC_RESPONSE_MAX);
	send_hex("80 E8 04 00");
	CHECK(answer.verdict == TC_ANSWER && answer.len > TC_RESPONSE_MAX);
}

static void test_challenge(void)
{
	EXPECT("00 84 00 00 08", "20 27 2E 35 3C 43 4A 51 90 00");
	EXPECT("00 84 00 00 08", "3F 46 4D 54 5B 62 69 70 90 00");
	tc_reset(&card);
	EXPECT("00 84 00 00 01", "20 90 00");
	send_hex("00 84 00 00 00");
	CHECK(answer.len == 258);
	send_hex("00 84 00 00 00 01 01");
	CHECK(answer.len == 259);
	EXPECT("00 84 00 00 00 00 00", "67 00");
	EXPECT("00 84 00 00", "67 00");
	EXPECT("00 84 00 00 01 11 08", "67 00");
	EXPECT("00 84 01 00 08", "6A 86");
}

static void test_counters(void)
{
	EXPECT("80 EA 00 00", "00 00 00 00 90 00");
	EXPECT("80 EA 01 00", "00 00 00 00 90 00");
	tc_power_up(&card);
	tc_reset(&card);
	tc_reset(&card);
	EXPECT("80 EA 00 00", "00 00 00 02 90 00");
	EXPECT("80 EA 01 00 04", "00 00 00 01 90 00");
	tc_power_down(&card);
	EXPECT("80 EA 00 00", "00 00 00 02 90 00");
	card.resets = 0x12345677;
	tc_reset(&card);
	EXPECT("80 EA 00 00", "12 34 56 78 90 00");
	EXPECT("80 EA 02 00", "6A 86");
	EXPECT("80 EA 00 01", "6A 86");
}

static void test_verified(void)
{
	static void (*const starts[])(struct testcard *) = {
		tc_power_up, tc_power_down, tc_reset,
	};

	EXPECT("80 EC 00 00", "00 90 00");
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		EXPECT("80 EC 01 00", "90 00");
		EXPECT("80 EC 00 00", "01 90 00");
		EXPECT("80 E0 00 00", "90 00");
		EXPECT("80 EC 00 00", "01 90 00");
		starts[i](&card);
		EXPECT("80 EC 00 00", "00 90 00");
	}
	EXPECT("80 EC 02 00", "6A 86");
	EXPECT("80 EC 01 01", "6A 86");
	EXPECT("80 EC 00 00", "00 90 00");
}

/* Every header with every short tail: an answer always, never too long. */
static void test_all_headers(void)
{
	uint8_t apdu[16];
	unsigned long bad = 0;

	for (unsigned int n = 0; n < 1u << 16; n++) {
		for (size_t len = 2; len <= sizeof(apdu); len++) {
			memset(apdu, (int)(n * 7 + len), sizeof(apdu));
			apdu[0] = n & 1 ? 0x80 : 0x00;
			apdu[1] = (uint8_t)(n >> 1);
			apdu[2] = (uint8_t)(n >> 9);
			tc_process(&card, apdu, len, &answer);
			if (answer.verdict == TC_ANSWER &&
			    answer.len > card.max_response &&
			    apdu[1] != 0xE8)
				bad++;
		}
	}
	CHECK(!bad);
}

static void test_hex(void)
{
	uint8_t out[4];

	CHECK(hex_parse("", out, 4) == 0);
	CHECK(hex_parse("00a4:3F 00\n", out, 4) == 4);
	CHECK(!memcmp(out, "\x00\xa4\x3f\x00", 4));
	CHECK(hex_parse("00A", out, 4) == -1);
	CHECK(hex_parse("0 0", out, 4) == -1);
	CHECK(hex_parse("0x00", out, 4) == -1);
	CHECK(hex_parse("gg", out, 4) == -1);
	CHECK(hex_parse("00 11 22 33 44", out, 4) == -1);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "class and instruction", test_classes },
	{ "length fields, short and extended", test_lengths },
	{ "echo", test_echo },
	{ "size", test_size },
	{ "delay", test_delay },
	{ "status", test_status },
	{ "misbehave", test_misbehave },
	{ "get challenge", test_challenge },
	{ "reset and power counters", test_counters },
	{ "verified flag", test_verified },
	{ "every header", test_all_headers },
	{ "hex text", test_hex },
};

int main(void)
{
	const size_t count = ARRAY_SIZE(tests);
	int failed = 0;

	printf("KTAP version 1\n1..%zu\n", count);
	for (size_t i = 0; i < count; i++) {
		tc_init(&card, VPCD_LIMIT);
		failed |= run_case(i + 1, tests[i].name, tests[i].run);
	}
	return failed ? 1 : 0;
}

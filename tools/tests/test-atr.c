// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Answers to reset: right ones, each kind of wrong one, random ones.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "atr.h"
#include "hex.h"
#include "test.h"

/* Parses in memory that is just as long as the answer is. */
static bool parse(struct atr *atr, const char *hex)
{
	struct hex_fault fault;
	uint8_t room[64], *exact;
	ssize_t len = hex_parse(hex, strlen(hex), room, sizeof(room), &fault);
	bool good;

	if (len < 0)
		abort();
	exact = malloc(len ? len : 1);
	memcpy(exact, room, len);
	good = atr_parse(atr, exact, len);
	free(exact);
	return good;
}

static bool contains(const struct text *text, const char *words)
{
	return memmem(text->data, text->len, words, strlen(words));
}

/* A right one: what is offered and a piece of its explanation */
static void right(const char *hex, uint32_t protocols, unsigned int fi, unsigned int di,
		  const char *history, const char *words)
{
	struct text text = { 0 }, json = { 0 }, bytes = { 0 };
	struct atr atr;
	bool good = parse(&atr, hex);

	atr_text(&text, &atr);
	text_add(&json, "{", 1);
	atr_json(&json, &atr);
	text_add(&json, "}", 1);
	text_hex(&bytes, atr.bytes + atr.history_at, atr.history_len);
	good = good && !atr.fault && atr.protocols == protocols && atr_fi(&atr) == fi &&
	       atr_di(&atr) == di && bytes.len == strlen(history) &&
	       (!bytes.len || !memcmp(bytes.data, history, bytes.len)) &&
	       contains(&text, words) && json_valid(json.data, json.len);
	ok(good, "ATR: %s: %s", hex, words);
	if (!good) {
		diag("fault %s, protocols %x, fi %u, di %u", atr.fault ? atr.fault : "none",
		     atr.protocols, atr_fi(&atr), atr_di(&atr));
		diag("%.*s", (int)text.len, text.data);
	}
	text_free(&text);
	text_free(&json);
	text_free(&bytes);
}

static void expect_fault(const char *hex, size_t at, const char *why)
{
	struct text json = { 0 };
	struct atr atr;
	bool good = parse(&atr, hex);

	text_add(&json, "{", 1);
	atr_json(&json, &atr);
	text_add(&json, "}", 1);
	ok(!good && atr.fault && strstr(atr.fault, why) && atr.fault_at == at &&
	   json_valid(json.data, json.len), "ATR: wrong: %s: %s", hex, why);
	if (good || atr.fault_at != at)
		diag("%s at %zu", good ? "taken" : atr.fault, atr.fault_at);
	text_free(&json);
}

/* 34 bytes */
#define TEN_BYTES	"00 00 00 00 00 00 00 00 00 00 "
#define TOO_LONG	"3B 00 00 00 " TEN_BYTES TEN_BYTES TEN_BYTES

void test_atr(void)
{
	/* The test card's, vicc's, and made-up ones for each clause */
	right("3B 88 80 11 FE 50 43 53 43 54 45 53 54 F2", 3, 372, 1,
	      "50 43 53 43 54 45 53 54", "information fields of 254 bytes");
	right("3B 95 13 81 01 80 73 FF 01 00 0B", 2, 372, 4, "80 73 FF 01 00",
	      "card capabilities: FF 01 00");
	right("3B 00", 1, 372, 1, "", "protocols T=0");
	right("3F 02 14 50", 1, 372, 1, "14 50", "inverse convention");
	right("3B 10 95", 1, 512, 16, "", "Fi 512, Di 16: up to 32.00 clock cycles");
	right("3B 10 18", 1, 372, 12, "", "up to 31.00");
	right("3B 10 76", 1, 0, 32, "", "reserved speed");
	right("3B 40 FF", 1, 372, 1, "", "least guard time");
	right("3B 40 05", 1, 372, 1, "", "5 more bits of guard time");
	right("3B 80 40 0A", 1, 372, 1, "", "waiting time integer 10");
	right("3B 80 10 80", 1, 372, 1, "", "T=0 only, cannot change");
	right("3B 80 80 1F C3 DC", 1, 372, 1, "", "clock stop: yes; supply: 5 V 3 V");
	right("3B 05 00 31 C0 90 00", 1, 372, 1, "00 31 C0 90 00", "status: C0 90 00");
	right("3B 02 10 05", 1, 372, 1, "10 05", "reference of the directory: 05");
	right("3B 04 80 73 00 00", 1, 372, 1, "80 73 00 00", "not a data object: 73 00 00");

	expect_fault("", 0, "empty");
	expect_fault("00", 0, "TS");
	expect_fault("3B", 1, "before T0");
	expect_fault("3B 88", 2, "within the interface");
	expect_fault("3B F0 11 22", 4, "within the interface");
	expect_fault("3B 02 14", 3, "within the historical");
	expect_fault("3B 02 14 50 00", 4, "more bytes");
	expect_fault("3B 80 01", 3, "before TCK");
	expect_fault("3B 80 01 80", 3, "TCK is wrong");
	expect_fault("3B 80 01 81 00", 4, "more bytes");
	expect_fault("3B 80 0F 8F", 2, "TD1 names T=15");
	expect_fault("3B 80 81 00 01", 3, "wrong order");
	expect_fault("3B 95 13 81 01 80 73 FF 01 00 0C", 10, "TCK is wrong");
	expect_fault(TOO_LONG, 33, "longer than 33");
}

void test_atr_random(void)
{
	unsigned int i, bad = 0, valid = 0;

	for (i = 0; i < 300000; i++) {
		size_t len = random_number() % 36, j;
		uint8_t *bytes = malloc(len ? len : 1);
		struct text text = { 0 };
		uint8_t sum = 0;
		struct atr atr;

		for (j = 0; j < len; j++)
			/* TDs that go on and on are likely enough this way. */
			bytes[j] = random_number() % 3 ? random_number() : 0x80 | i % 16;
		if (len && random_number() % 16)
			bytes[0] = random_number() % 2 ? 0x3b : 0x3f;
		for (j = 1; j + 1 < len; j++)
			sum ^= bytes[j];
		if (len > 2 && random_number() % 4)
			bytes[len - 1] = sum;
		valid += atr_parse(&atr, bytes, len);
		if (atr.fault)
			bad += atr.fault_at > len;
		bad += atr.history_at + atr.history_len > ATR_MAX;
		text_add(&text, "{", 1);
		atr_json(&text, &atr);
		text_add(&text, "}", 1);
		bad += !json_valid(text.data, text.len);
		text.len = 0;
		atr_text(&text, &atr);
		text_free(&text);
		free(bytes);
	}
	ok(!bad && valid > 100, "ATR: 300000 random ones, %u of them valid", valid);
}

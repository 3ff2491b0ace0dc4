// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * atr: an answer to reset, of a card or typed in, explained.
 */
#define _GNU_SOURCE
#include <string.h>

#include "atr.h"
#include "hex.h"
#include "json.h"
#include "options.h"
#include "readers.h"

/* Of the card in a reader */
static enum status from_reader(const struct options *options, const char *reader,
			       uint8_t *bytes, size_t *len)
{
	struct device device;
	enum status status = readers_choose(&device, reader ? reader : options->reader, true);

	if (status)
		return status;
	device_close(&device);
	*len = device.state.atr_len;
	memcpy(bytes, device.state.atr, *len);
	if (*len)
		return STATUS_OK;
	if (device_has_card(&device)) {
		say("reader %u: the card gives no answer to reset", device.number);
		return STATUS_OTHER;
	}
	say("reader %u: no card in the reader", device.number);
	return STATUS_NO_CARD;
}

/* A reader is a number of up to two digits, or a name that is not hex all over. */
static bool is_reader(const struct options *options)
{
	const char *word = options->argv[0];
	size_t len = strlen(word);

	if (options->argc > 1)
		return false;
	if (len <= 2 && strspn(word, "0123456789") == len)
		return true;
	return strspn(word, "0123456789abcdefABCDEF \t") != len;
}

static enum status from_words(const struct options *options, uint8_t *bytes, size_t *len)
{
	struct text text = { 0 };
	struct hex_fault fault;
	uint8_t all[256];
	ssize_t n;
	int i;

	for (i = 0; i < options->argc; i++)
		text_printf(&text, "%s%s", i ? " " : "", options->argv[i]);
	n = hex_parse(text.data, text.len, all, sizeof(all), &fault);
	text_free(&text);
	if (n < 0) {
		say("atr: character %zu: %s", fault.position + 1, fault.what);
		return STATUS_USAGE;
	}
	/* One byte too many is told as what is wrong with it. */
	*len = n > ATR_MAX + 1 ? ATR_MAX + 1 : n;
	memcpy(bytes, all, *len);
	return STATUS_OK;
}

int run_atr(const struct options *options)
{
	uint8_t bytes[PCSC_ATR_SIZE];
	struct text text = { 0 };
	enum status status;
	struct atr atr;
	size_t len;

	if (!options->argc || is_reader(options))
		status = from_reader(options, options->argc ? options->argv[0] : NULL, bytes,
				     &len);
	else
		status = from_words(options, bytes, &len);
	if (status)
		return status;
	if (!atr_parse(&atr, bytes, len)) {
		say("atr: wrong at byte %zu: %s", atr.fault_at + 1, atr.fault);
		status = STATUS_MISMATCH;
	}
	if (options->json) {
		json_open(&text, NULL, '{');
		atr_json(&text, &atr);
		json_close(&text, '}');
		text_add(&text, "\n", 1);
	} else {
		atr_text(&text, &atr);
	}
	if (!options->quiet)
		text_print(&text);
	text_free(&text);
	return status;
}

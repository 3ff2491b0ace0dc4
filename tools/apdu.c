// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * apdu: APDUs of one session, an answer for each as soon as it is there.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "script.h"
#include "session.h"

/* An answer in pieces that 61xx announces: more than fit would end it anyway */
#define PIECES_MAX	4096

/**
 * struct talk - with one card
 * @options: what the user asked for
 * @session: holds the card
 * @command: room for a command from standard input
 * @response: the answer
 * @len: bytes in @response
 * @text: the line that is put together
 * @number: how many APDUs were sent
 */
struct talk {
	const struct options *options;
	struct session session;
	uint8_t *command;
	uint8_t *response;
	size_t len;
	struct text text;
	unsigned long number;
};

static uint16_t status_word(const struct talk *talk)
{
	return talk->response[talk->len - 2] << 8 | talk->response[talk->len - 1];
}

/* One command; its answer goes to talk->response from @at on. */
static enum status send(struct talk *talk, const uint8_t *bytes, size_t len, size_t at)
{
	struct transfer transfer = {
		.tx = bytes,
		.tx_len = len,
		.rx = talk->response + at,
		.rx_size = DEVICE_ROOM - at,
	};
	enum status status = device_transmit(&talk->session.device, &transfer);

	talk->len = at + transfer.rx_len;
	if (status || transfer.rx_len >= 2 || talk->session.link.protocol == PCSC_PROTOCOL_RAW)
		return status;
	if (!transfer.rx_len) {
		say("reader %u: transmit: the card gave no answer; it may have been removed",
		    talk->session.device.number);
		return STATUS_CARD_LOST;
	}
	say("reader %u: transmit: an answer of one byte, without a status word",
	    talk->session.device.number);
	return STATUS_OTHER;
}

/* The channel of an interindustry class, without chaining and secure messaging */
static uint8_t plain_class(uint8_t class)
{
	if (class & 0x80)
		return 0;
	return class & 0x40 ? class & 0x4f : class & 0x03;
}

/* 6Cxx: once more with the length that the card wants.  61xx: all that is to come. */
static enum status follow(struct talk *talk, const uint8_t *bytes, size_t len)
{
	enum status status = STATUS_OK;
	int pieces;

	if (talk->len == 2 && talk->response[0] == 0x6c && len == 5) {
		uint8_t again[5];

		memcpy(again, bytes, 4);
		again[4] = talk->response[1];
		status = send(talk, again, sizeof(again), 0);
	}
	for (pieces = 0; !status && talk->len >= 2 && pieces < PIECES_MAX; pieces++) {
		uint8_t le = talk->response[talk->len - 1];
		uint8_t get[] = { plain_class(bytes[0]), 0xc0, 0, 0, le };

		if (talk->response[talk->len - 2] != 0x61)
			break;
		/* The next piece begins where this one's status word was. */
		status = send(talk, get, sizeof(get), talk->len - 2);
	}
	return status;
}

static enum status one(struct talk *talk, const uint8_t *bytes, size_t len)
{
	const struct options *options = talk->options;
	enum status status = send(talk, bytes, len, 0);
	bool expected;

	talk->number++;
	if (!status && options->get_response && len >= 4)
		status = follow(talk, bytes, len);
	if (status)
		return status;
	expected = talk->len < 2 ? !options->expect.count :
		   expect_match(&options->expect, status_word(talk));
	if (options->json) {
		json_open(&talk->text, NULL, '{');
		json_number(&talk->text, "apdu", talk->number);
		json_hex(&talk->text, "response", talk->response, talk->len);
		if (talk->len >= 2)
			json_hex(&talk->text, "sw", talk->response + talk->len - 2, 2);
		else
			json_null(&talk->text, "sw");
		json_bool(&talk->text, "expected", expected);
		json_close(&talk->text, '}');
	} else {
		text_hex(&talk->text, talk->response, talk->len);
	}
	text_add(&talk->text, "\n", 1);
	if (options->quiet)
		talk->text.len = 0;
	text_print(&talk->text);
	if (expected)
		return STATUS_OK;
	if (talk->len < 2)
		say("APDU %lu: no status word", talk->number);
	else
		say("APDU %lu: status word %04X is not what was expected", talk->number,
		    status_word(talk));
	return STATUS_MISMATCH;
}

static enum status standard_input(struct talk *talk)
{
	struct lines lines;
	enum status status;
	size_t len;

	lines_open(&lines, STDIN_FILENO, "standard input");
	for (;;) {
		status = script_line(&lines, script_least(talk->options), talk->command, &len);
		if (status || !len)
			break;
		status = one(talk, talk->command, len);
		if (status)
			break;
	}
	lines_close(&lines);
	return status;
}

static void wipe(uint8_t *bytes)
{
	explicit_bzero(bytes, DEVICE_ROOM);
	free(bytes);
}

int run_apdu(const struct options *options)
{
	struct talk talk = { .options = options };
	struct script script;
	enum status status;
	size_t i;

	status = script_load(&script, options);
	if (!status)
		status = session_begin(&talk.session, options, NULL, PCSC_SHARE_SHARED,
				       PCSC_RESET_CARD);
	if (status)
		goto free;
	talk.command = get_memory(NULL, DEVICE_ROOM);
	talk.response = get_memory(NULL, DEVICE_ROOM);
	for (i = 0; i < script.count && !status; i++) {
		if (script.step[i].bytes)
			status = one(&talk, script.step[i].bytes, script.step[i].len);
		else
			status = standard_input(&talk);
	}
	status = session_end(&talk.session, status);
	wipe(talk.command);
	wipe(talk.response);
	text_free(&talk.text);
free:
	script_free(&script);
	return status;
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * A card for vpcd, the virtual reader of vsmartcard: fast, predictable, and
 * able to misbehave. One process is one card in one slot. The APDU set and the
 * options are described in README.md.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apdu.h"
#include "hex.h"
#include "vpcd.h"

/*
 * T0: TD1, 8 historical bytes. TD1: T=0, TD2 follows. TD2: T=1, TA3 follows.
 * TA3: information fields of up to 254 bytes. "PCSCTEST". TCK.
 */
#define DEFAULT_ATR	"3B 88 80 11 FE 50 43 53 43 54 45 53 54 F2"

#define DEFAULT_WAIT_S	10

enum exit_status {
	EXIT_OK,	/* taken out: by a signal or by MISBEHAVE 01, 03, 04 */
	EXIT_FAILED,	/* no reader, or it closed the connection */
	EXIT_USAGE,
};

struct options {
	const char *host;
	unsigned int port;
	int64_t wait_ms;
	bool reconnect;
	bool quiet;
	uint8_t atr[TC_ATR_ROOM];
	size_t atr_len;
};

static struct options opt = {
	.host = "127.0.0.1",
	.port = VPCD_PORT,
	.wait_ms = DEFAULT_WAIT_S * 1000,
};

static struct testcard card;
static struct tc_answer answer;
static struct vpcd reader = { .fd = -1 };

/*
 * When the answer in @answer is to be sent; meaningful while one is pending. A
 * reset, a power cycle, another APDU and the end of the connection drop it.
 */
static bool pending;
static int64_t due;

static const char usage_text[] =
"usage: testcard [options]\n"
"A smart card for vpcd's virtual reader.\n"
"\n"
"  -H, --host HOST     where vpcd listens (127.0.0.1)\n"
"  -p, --port PORT     its port (35963)\n"
"  -s, --slot N        the same as --port 35963+N\n"
"  -a, --atr HEX       the ATR; not checked, up to 64 bytes\n"
"                      (" DEFAULT_ATR ")\n"
"  -w, --wait SECONDS  how long to look for a free reader (10; 0: for ever)\n"
"  -r, --reconnect     go back into the reader when the connection ends\n"
"  -q, --quiet         say nothing but errors\n"
"  -h, --help          this text\n"
"\n"
"Ends with 0 when a signal or a command took the card out, 1 without a reader,\n"
"2 for a wrong option.\n";

static void say(const char *what)
{
	if (!opt.quiet)
		fprintf(stderr, "testcard: %s:%u: %s\n", opt.host, opt.port,
			what);
}

static void complain(const char *what, const char *why)
{
	fprintf(stderr, "testcard: %s:%u: %s%s%s\n", opt.host, opt.port, what,
		why ? ": " : "", why ? why : "");
}

static int64_t wait_deadline(void)
{
	return opt.wait_ms ? vpcd_now() + opt.wait_ms : VPCD_FOREVER;
}

static enum vpcd_result send_answer(void)
{
	pending = false;
	return vpcd_send(&reader, answer.data, answer.len);
}

/*
 * Has an APDU answered, now or later.
 *
 * Return: VPCD_OK to go on, VPCD_STOPPED when the card is to go.
 */
static enum vpcd_result handle_apdu(const uint8_t *msg, size_t len)
{
	enum vpcd_result result;

	tc_process(&card, msg, len, &answer);
	switch (answer.verdict) {
	case TC_SILENT:
		return VPCD_OK;
	case TC_PULL:
		say("pulled by a command");
		return VPCD_STOPPED;
	case TC_ANSWER:
		break;
	}
	if (answer.delay_ms) {
		pending = true;
		due = vpcd_now() + answer.delay_ms;
		return VPCD_OK;
	}
	result = send_answer();
	/*
	 * A surplus is in the way of all that follows, and vpcd waits for ever
	 * behind an empty message: only taking the card out ends either.
	 */
	if (result == VPCD_OK && (!answer.len || answer.len > VPCD_MAX)) {
		say("sent what no message may be, taken out");
		return VPCD_STOPPED;
	}
	return result;
}

static enum vpcd_result handle_message(const uint8_t *msg, size_t len)
{
	if (len == 1) {
		switch (msg[0]) {
		case VPCD_POWER_OFF:
			pending = false;
			tc_power_down(&card);
			return VPCD_OK;
		case VPCD_POWER_ON:
			pending = false;
			tc_power_up(&card);
			return VPCD_OK;
		case VPCD_RESET:
			pending = false;
			tc_reset(&card);
			return VPCD_OK;
		case VPCD_ATR:
			return vpcd_send(&reader, opt.atr, opt.atr_len);
		}
	}
	pending = false;
	return handle_apdu(msg, len);
}

/*
 * One stay in the reader, from the connection to its end. A connection alone
 * proves nothing: the system accepts it for a slot that holds another card
 * already. The card is in when the reader has spoken.
 */
static enum vpcd_result stay(void)
{
	int64_t deadline = wait_deadline();
	enum vpcd_result result;
	bool inserted = false;

	result = vpcd_connect(&reader, opt.host, opt.port, deadline);
	if (result == VPCD_TIMEOUT || result == VPCD_ERROR)
		complain("no reader", strerror(errno));
	if (result != VPCD_OK)
		return result == VPCD_TIMEOUT ? VPCD_ERROR : result;

	do {
		const uint8_t *msg;
		size_t len;

		result = vpcd_receive(&reader, pending ? due :
				      inserted ? VPCD_FOREVER : deadline,
				      &msg, &len);
		if (result == VPCD_OK) {
			if (!inserted)
				say("inserted");
			inserted = true;
			result = handle_message(msg, len);
		} else if (result == VPCD_TIMEOUT && pending) {
			result = send_answer();
		}
	} while (result == VPCD_OK);

	if (result == VPCD_TIMEOUT) {
		complain("the reader does not answer",
			 "is there a card in this slot already?");
		result = VPCD_ERROR;
	} else if (result == VPCD_ERROR) {
		complain("connection failed", strerror(errno));
	}
	pending = false;
	tc_power_down(&card);
	vpcd_close(&reader);
	return result;
}

static bool parse_number(const char *text, long min, long max, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	return !errno && end != text && !*end && *value >= min && *value <= max;
}

static int usage_error(const char *what, const char *value)
{
	fprintf(stderr, "testcard: %s: %s\n%s", what, value, usage_text);
	return EXIT_USAGE;
}

/* Return: -1 to go on, otherwise the exit status. */
static int parse_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "host", required_argument, NULL, 'H' },
		{ "port", required_argument, NULL, 'p' },
		{ "slot", required_argument, NULL, 's' },
		{ "atr", required_argument, NULL, 'a' },
		{ "wait", required_argument, NULL, 'w' },
		{ "reconnect", no_argument, NULL, 'r' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *atr = DEFAULT_ATR;
	long value;
	int c;

	while ((c = getopt_long(argc, argv, "H:p:s:a:w:rqh", longs, NULL)) >= 0) {
		switch (c) {
		case 'H':
			opt.host = optarg;
			break;
		case 'p':
			if (!parse_number(optarg, 1, 65535, &value))
				return usage_error("not a port", optarg);
			opt.port = (unsigned int)value;
			break;
		case 's':
			if (!parse_number(optarg, 0, 65535 - VPCD_PORT, &value))
				return usage_error("not a slot", optarg);
			opt.port = VPCD_PORT + (unsigned int)value;
			break;
		case 'a':
			atr = optarg;
			break;
		case 'w':
			if (!parse_number(optarg, 0, 1000000, &value))
				return usage_error("not a time", optarg);
			opt.wait_ms = value * 1000;
			break;
		case 'r':
			opt.reconnect = true;
			break;
		case 'q':
			opt.quiet = true;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return EXIT_OK;
		default:
			fputs(usage_text, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc)
		return usage_error("unexpected argument", argv[optind]);
	value = hex_parse(atr, opt.atr, sizeof(opt.atr));
	/* vpcd takes an empty ATR for a card that has gone. */
	if (value < 1)
		return usage_error("not an ATR", atr);
	opt.atr_len = (size_t)value;
	return -1;
}

int main(int argc, char **argv)
{
	enum vpcd_result result;
	int status = parse_options(argc, argv);

	if (status >= 0)
		return status;
	vpcd_signals();
	tc_init(&card, VPCD_MAX);
	do {
		result = stay();
		if (result == VPCD_CLOSED)
			complain("the reader closed the connection", NULL);
	} while (result == VPCD_CLOSED && opt.reconnect);

	if (result == VPCD_STOPPED) {
		say("removed");
		return EXIT_OK;
	}
	return EXIT_FAILED;
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * A card with keys and certificates for vpcd, the virtual reader of vsmartcard:
 * libcacard's emulation of a CAC on an NSS database. One process is one card in
 * one slot. scripts/pki makes the database. See README.md.
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

#include <libcacard.h>

#include "vpcd.h"

#define WAIT_MS		10000
/* The name of libcacard's reader, which nobody sees */
#define READER		"pki"
/* Of an ATR, by ISO 7816-3 */
#define ATR_ROOM	33

enum exit_status {
	EXIT_OK,	/* taken out, by a signal */
	EXIT_FAILED,	/* no keys, no reader, or it closed the connection */
	EXIT_USAGE,
};

static unsigned int port = VPCD_PORT;

static VReader *card;
static unsigned char atr[ATR_ROOM];
static int atr_len = sizeof(atr);
static unsigned char response[VPCD_MAX];
static struct vpcd reader = { .fd = -1 };

static const char usage_text[] =
"usage: pkicard [-s SLOT | -p PORT] DATABASE CERTIFICATE...\n"
"A PKI card for vpcd's virtual reader.\n"
"\n"
"  -p, --port PORT  vpcd's port on 127.0.0.1 (35963)\n"
"  -s, --slot N     the same as --port 35963+N\n"
"  -h, --help       this text\n"
"\n"
"DATABASE is a directory with an NSS database, whose password is the card's PIN.\n"
"CERTIFICATE is the nickname of one with its key there; up to ten are on the card.\n"
"Ends with 0 when a signal took the card out, 1 without keys or a reader, 2 for\n"
"a wrong option.\n";

static void complain(const char *what, const char *why)
{
	fprintf(stderr, "pkicard: port %u: %s%s%s\n", port, what,
		why ? ": " : "", why ? why : "");
}

static bool power_up(void)
{
	return vreader_power_on(card, NULL, NULL) == VREADER_OK;
}

/* Return: whether @database has the keys, which are the card's from then on. */
static bool make_card(const char *database, char *const certs[])
{
	char text[4096];
	int len = snprintf(text, sizeof(text), "db=\"sql:%s\" use_hw=no soft=(,%s,CAC,",
			   database, READER);
	VCardEmulOptions *options;

	for (; *certs && len < (int)sizeof(text); certs++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, ",%s",
				*certs);
	if (len + 1 >= (int)sizeof(text))
		return false;
	strcpy(text + len, ")");
	options = vcard_emul_options(text);
	if (!options || vcard_emul_init(options) != VCARD_EMUL_OK)
		return false;
	card = vreader_get_reader_by_name(READER);
	/* Powering it up is the only way to learn the ATR. */
	return card && vreader_power_on(card, atr, &atr_len) == VREADER_OK;
}

static enum vpcd_result handle_apdu(const uint8_t *msg, size_t len)
{
	int room = sizeof(response);
	enum vpcd_result result;

	/* libcacard does not write to a command, its prototype forgot to say so. */
	if (vreader_xfr_bytes(card, (unsigned char *)msg, (int)len, response,
			      &room) != VREADER_OK || room <= 0) {
		complain("libcacard has no answer", NULL);
		return VPCD_STOPPED;
	}
	result = vpcd_send(&reader, response, (size_t)room);
	explicit_bzero(response, (size_t)room);
	return result;
}

static enum vpcd_result handle_message(const uint8_t *msg, size_t len)
{
	if (len == 1) {
		switch (msg[0]) {
		case VPCD_POWER_OFF:
			vreader_power_off(card);
			return VPCD_OK;
		case VPCD_POWER_ON:
		case VPCD_RESET:
			return power_up() ? VPCD_OK : VPCD_STOPPED;
		case VPCD_ATR:
			return vpcd_send(&reader, atr, (size_t)atr_len);
		}
	}
	return handle_apdu(msg, len);
}

/* The card is in the reader, from the connection to its end. */
static enum vpcd_result stay(void)
{
	int64_t deadline = vpcd_now() + WAIT_MS;
	enum vpcd_result result;

	result = vpcd_connect(&reader, "127.0.0.1", port, deadline);
	while (result == VPCD_OK) {
		const uint8_t *msg;
		size_t len;

		/* The reader speaks to a new card soon. */
		result = vpcd_receive(&reader, deadline, &msg, &len);
		deadline = VPCD_FOREVER;
		if (result == VPCD_OK)
			result = handle_message(msg, len);
	}
	if (result == VPCD_TIMEOUT)
		complain("no reader, or one that holds a card already", NULL);
	else if (result == VPCD_CLOSED)
		complain("the reader closed the connection", NULL);
	else if (result == VPCD_ERROR)
		complain("connection failed", strerror(errno));
	vpcd_close(&reader);
	return result;
}

static bool parse_port(const char *text, long offset)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < 0 ||
	    value + offset < 1 || value + offset > 65535)
		return false;
	port = (unsigned int)(value + offset);
	return true;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "slot", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool good = true;
	int c;

	while ((c = getopt_long(argc, argv, "p:s:h", longs, NULL)) >= 0) {
		if (c == 'h') {
			fputs(usage_text, stdout);
			return EXIT_OK;
		}
		good = good && ((c == 'p' && parse_port(optarg, 0)) ||
				(c == 's' && parse_port(optarg, VPCD_PORT)));
	}
	if (!good || argc - optind < 2) {
		fputs(usage_text, stderr);
		return EXIT_USAGE;
	}
	vpcd_signals();
	if (!make_card(argv[optind], argv + optind + 1)) {
		complain("no card can be made of these keys", argv[optind]);
		return EXIT_FAILED;
	}
	return stay() == VPCD_STOPPED ? EXIT_OK : EXIT_FAILED;
}

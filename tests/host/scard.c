// SPDX-License-Identifier: BSD-2-Clause
/*
 * A small winscard client for the host's side of tests: what a program on the
 * host sees and gets, to be compared with what the guest does, and a second
 * client that gets in the guest's way.
 *
 * Output is plain lines on stdout; a failure is one line on stderr with the
 * name of the winscard result.
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

#include <winscard.h>

#include "util.h"
#include "verbs.h"

static const char usage_text[] =
"usage: scard [options] VERB [ARGUMENTS]\n"
"A winscard client for tests. N is a reader's number in the list or its name.\n"
"\n"
"  list                          readers: number and name\n"
"  state N                       state, event counter, ATR\n"
"  wait N present|absent MS      wait for a card event, at most MS milliseconds\n"
"  atr N                         connect and show the ATR\n"
"  status N                      connect and show protocol and SCardStatus flags\n"
"  apdu N HEX...                 connect, send each APDU (- reads them from\n"
"                                stdin, one a line), show each response\n"
"  time N COUNT HEX              send one APDU COUNT times; microseconds:\n"
"                                smallest, median, largest\n"
"  hold N MS                     connect, say \"held\", disconnect after MS\n"
"  lock N MS                     the same, with a transaction around\n"
"  reset N                       connect and disconnect with a reset\n"
"\n"
"  -s, --share exclusive|shared|direct             how to connect (shared)\n"
"  -p, --protocol t0|t1|any|raw                    protocols (any)\n"
"  -d, --disposition leave|reset|unpower|eject     at the end (leave)\n"
"  -h, --help                                      this text\n"
"\n"
"Ends with 0, or 1 after a failure, or 2 for wrong usage.\n";

static int usage_error(const char *what, const char *value)
{
	fprintf(stderr, "scard: %s%s%s\n%s", what, value ? ": " : "",
		value ? value : "", usage_text);
	return EXIT_USAGE;
}

static bool parse_number(const char *text, long min, long max, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	return !errno && end != text && !*end && *value >= min && *value <= max;
}

/* A verb and how many arguments it takes, the reader included. */
static const struct verb {
	const char *name;
	int min, max;
} verbs[] = {
	{ "list", 0, 0 },
	{ "state", 1, 1 },
	{ "wait", 3, 3 },
	{ "atr", 1, 1 },
	{ "status", 1, 1 },
	{ "apdu", 2, 1000000 },
	{ "time", 3, 3 },
	{ "hold", 2, 2 },
	{ "lock", 2, 2 },
	{ "reset", 1, 1 },
};

static int run(const char *verb, int argc, char **argv)
{
	const char *name;
	long number = 0;
	DWORD wanted = 0;
	int status;

	/* Everything that can be wrong without pcscd is found without it. */
	if (!strcmp(verb, "wait")) {
		if (!strcmp(argv[1], "present"))
			wanted = SCARD_STATE_PRESENT;
		else if (!strcmp(argv[1], "absent"))
			wanted = SCARD_STATE_EMPTY;
		else
			return usage_error("not present or absent", argv[1]);
	}
	if (!strcmp(verb, "wait") || !strcmp(verb, "hold") ||
	    !strcmp(verb, "lock")) {
		if (!parse_number(argv[argc - 1], 0, 100000000, &number))
			return usage_error("not a time", argv[argc - 1]);
	}
	if (!strcmp(verb, "time") &&
	    !parse_number(argv[1], 1, 10000000, &number))
		return usage_error("not a count", argv[1]);

	status = open_service();
	if (status)
		return status;
	if (!strcmp(verb, "list"))
		return do_list();
	name = find_reader(argv[0]);
	if (!name)
		return EXIT_FAILED;
	if (!strcmp(verb, "state"))
		return do_state(name);
	if (!strcmp(verb, "wait"))
		return do_wait(name, wanted, number);
	if (!strcmp(verb, "atr") || !strcmp(verb, "status"))
		return do_status(name, !strcmp(verb, "atr"));
	if (!strcmp(verb, "apdu"))
		return do_apdu(name, argc - 1, argv + 1);
	if (!strcmp(verb, "time"))
		return do_time(name, number, argv[2]);
	if (!strcmp(verb, "reset"))
		return do_reset(name);
	return do_hold(name, number, !strcmp(verb, "lock"));
}

/* Finds @text among @words and stores its value. Return: found or not. */
static bool pick(const char *text, DWORD *value, const char *const *words,
		 const DWORD *values)
{
	for (; *words; words++, values++) {
		if (!strcmp(text, *words)) {
			*value = *values;
			return true;
		}
	}
	return false;
}

/* Return: -1 to go on, otherwise the exit status. */
static int parse_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "share", required_argument, NULL, 's' },
		{ "protocol", required_argument, NULL, 'p' },
		{ "disposition", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static const char *const shares[] = {
		"exclusive", "shared", "direct", NULL };
	static const DWORD share_values[] = {
		SCARD_SHARE_EXCLUSIVE, SCARD_SHARE_SHARED, SCARD_SHARE_DIRECT };
	static const char *const protocols[] = {
		"t0", "t1", "any", "raw", NULL };
	static const DWORD protocol_values[] = {
		SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1, SCARD_PROTOCOL_ANY,
		SCARD_PROTOCOL_RAW };
	static const char *const ends[] = {
		"leave", "reset", "unpower", "eject", NULL };
	static const DWORD end_values[] = {
		SCARD_LEAVE_CARD, SCARD_RESET_CARD, SCARD_UNPOWER_CARD,
		SCARD_EJECT_CARD };
	int c;

	while ((c = getopt_long(argc, argv, "+s:p:d:h", longs, NULL)) >= 0) {
		bool ok = false;

		switch (c) {
		case 's':
			ok = pick(optarg, &opt.share, shares, share_values);
			break;
		case 'p':
			ok = pick(optarg, &opt.protocols, protocols,
				  protocol_values);
			break;
		case 'd':
			ok = pick(optarg, &opt.disposition, ends, end_values);
			break;
		case 'h':
			fputs(usage_text, stdout);
			return EXIT_OK;
		default:
			fputs(usage_text, stderr);
			return EXIT_USAGE;
		}
		if (!ok)
			return usage_error("wrong value", optarg);
	}
	return -1;
}

int main(int argc, char **argv)
{
	int status = parse_options(argc, argv);

	if (status >= 0)
		return status;
	argc -= optind + 1;
	argv += optind;
	if (argc < 0)
		return usage_error("no verb", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(argv[0], verbs[i].name))
			continue;
		if (argc < verbs[i].min || argc > verbs[i].max)
			return usage_error("wrong number of arguments",
					   argv[0]);
		status = run(argv[0], argc, argv + 1);
		close_service();
		return status;
	}
	return usage_error("no such verb", argv[0]);
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The command line, see options.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "pcsc_regs.h"
#include "text.h"

static const struct option longs[] = {
	{ "reader", required_argument, NULL, 'r' },
	{ "json", no_argument, NULL, 'j' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "timeout", required_argument, NULL, 't' },
	{ "share", required_argument, NULL, 's' },
	{ "protocol", required_argument, NULL, 'p' },
	{ "disposition", required_argument, NULL, 'd' },
	{ "transaction", no_argument, NULL, 'x' },
	{ "expect", required_argument, NULL, 'e' },
	{ "file", required_argument, NULL, 'f' },
	{ "get-response", no_argument, NULL, 'g' },
	{ "count", required_argument, NULL, 'n' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

/* The plus ends the options at the first word that is none; see parse(). */
#define SHORTS	"+r:jqvt:s:p:d:xe:f:gn:h"

struct word {
	const char *name;
	uint32_t value;
};

static const struct word shares[] = {
	{ "shared", PCSC_SHARE_SHARED }, { "exclusive", PCSC_SHARE_EXCLUSIVE },
	{ "direct", PCSC_SHARE_DIRECT }, { 0 }
};

static const struct word protocols[] = {
	{ "any", PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1 }, { "t0", PCSC_PROTOCOL_T0 },
	{ "t1", PCSC_PROTOCOL_T1 }, { "raw", PCSC_PROTOCOL_RAW },
	{ "t15", PCSC_PROTOCOL_T15 }, { 0 }
};

static const struct word dispositions[] = {
	{ "leave", PCSC_LEAVE_CARD }, { "reset", PCSC_RESET_CARD },
	{ "unpower", PCSC_UNPOWER_CARD }, { "eject", PCSC_EJECT_CARD }, { 0 }
};

static bool find_word(const struct word *words, const char *name, uint32_t *value)
{
	for (; words->name; words++)
		if (!strcmp(words->name, name)) {
			*value = words->value;
			return true;
		}
	return false;
}

bool options_number(const char *text, unsigned long most, unsigned long *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoul(text, &end, 0);
	return !errno && !*end && *number <= most;
}

static enum status try_help(void)
{
	say("try 'pcsc-reader --help'");
	return STATUS_USAGE;
}

static void help(const struct command *commands)
{
	const struct command *c;

	puts("Usage: pcsc-reader [OPTION]... COMMAND [OPTION]... [ARGUMENT]...\n"
	     "\n"
	     "Smart cards in the readers /dev/pcsc_readerN.\n");
	for (c = commands; c->name; c++)
		printf("  %-8s %-24s %s\n", c->name, c->arguments, c->help);
	puts("\n"
	     "  -r, --reader N|NAME     which reader; a pattern like '*SCM*' will do. Else it is\n"
	     "                          $PCSC_READER, the first with a card, the first\n"
	     "  -j, --json              for programs\n"
	     "  -q, --quiet             only errors; -v, --verbose: more\n"
	     "  -t, --timeout MS        how long a command, or monitor as a whole, may take\n"
	     "  -s, --share HOW         shared, exclusive, direct\n"
	     "  -p, --protocol P        any, t0, t1, raw, t15\n"
	     "  -d, --disposition D     what becomes of the card: leave, reset, unpower, eject\n"
	     "  -x, --transaction       keep others away from the card meanwhile\n"
	     "  -e, --expect SW[,SW]    end with status 1 at another status word; x: any digit\n"
	     "  -f, --file FILE         APDUs, one a line; # begins a comment\n"
	     "  -g, --get-response      fetch what 61xx announces, repeat what 6Cxx corrects\n"
	     "  -n, --count N           end after N events\n"
	     "\n"
	     "Exit status: 0 done, 1 another status word or a wrong ATR, 2 wrong usage,\n"
	     "3 no reader, 4 no card, 5 card in use, 6 card removed or reset, 7 time-out,\n"
	     "8 no PC/SC service on the host, 9 permission denied, 10 another failure.");
}

/* The value of an option; false if it is none */
static bool take(struct options *options, int letter, const char *value)
{
	unsigned long number;

	switch (letter) {
	case 'r':
		options->reader = value;
		return *value;
	case 'j':
		options->json = true;
		return true;
	case 'q':
		options->quiet = true;
		return true;
	case 'v':
		options->verbose = true;
		return true;
	case 't':
		if (!options_number(value, INT32_MAX, &number) || !number)
			return false;
		options->timeout = number;
		return true;
	case 's':
		return find_word(shares, value, &options->share);
	case 'p':
		return find_word(protocols, value, &options->protocols);
	case 'd':
		return find_word(dispositions, value, &options->disposition);
	case 'x':
		options->transaction = true;
		return true;
	case 'e':
		return expect_add(&options->expect, value);
	case 'f':
		options->file = value;
		return true;
	case 'g':
		options->get_response = true;
		return true;
	default: /* n */
		return options_number(value, INT32_MAX, &options->count) && options->count;
	}
}

static const char *long_name(int letter)
{
	const struct option *o;

	for (o = longs; o->name; o++)
		if (o->val == letter)
			return o->name;
	return "";
}

/*
 * The options up to the next word that is none.  getopt does not look beyond it, so
 * that what follows "connect" and a program is that program's.
 */
static enum status parse(struct options *options, int argc, char **argv, uint32_t *seen,
			 const struct command *commands)
{
	int letter;

	/* 0, not 1: what glibc and musl take for a new beginning */
	optind = 0;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, SHORTS, longs, NULL)) != -1) {
		if (letter == 'h') {
			help(commands);
			exit(STATUS_OK);
		}
		if (letter == '?') {
			char name[] = { '-', (char)optopt, 0 };

			say("no such option, or its value is missing: %s",
			    optopt ? name : argv[optind - 1]);
			return try_help();
		}
		*seen |= 1u << (letter - 'a');
		if (!take(options, letter, optarg)) {
			say("--%s: not a value for it: '%s'", long_name(letter), optarg);
			return try_help();
		}
	}
	return STATUS_OK;
}

static const struct command *find_command(const struct command *commands, const char *name)
{
	for (; commands->name; commands++)
		if (!strcmp(commands->name, name))
			return commands;
	return NULL;
}

/* Options and arguments behind the command, in any order, "--" ends the options */
static enum status parse_arguments(struct options *options, const struct command *command,
				   int argc, char **argv, uint32_t *seen,
				   const struct command *commands)
{
	enum status status;

	/* There is room: an argument more comes out of it only when one went in. */
	options->argv = get_memory(NULL, argc * sizeof(*argv));
	while (argc > 1) {
		bool all;

		status = parse(options, argc, argv, seen, commands);
		if (status)
			return status;
		all = !strcmp(argv[optind - 1], "--") || !strcmp(command->name, "connect");
		do {
			if (optind == argc)
				return STATUS_OK;
			options->argv[options->argc++] = argv[optind++];
		} while (all);
		/* The word before takes the place of the program's name. */
		argc -= optind - 1;
		argv += optind - 1;
	}
	return STATUS_OK;
}

enum status options_parse(struct options *options, const struct command *commands,
			  const struct command **command, int argc, char **argv)
{
	enum status status;
	uint32_t seen = 0;
	int letter;

	*options = (struct options){
		.reader = getenv("PCSC_READER"),
		.protocols = PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1,
		.disposition = DISPOSITION_DEFAULT,
	};
	if (options->reader && !*options->reader)
		options->reader = NULL;
	status = parse(options, argc, argv, &seen, commands);
	if (status)
		return status;
	if (optind >= argc) {
		say("no command");
		return try_help();
	}
	*command = find_command(commands, argv[optind]);
	if (!*command) {
		say("no such command: '%s'", argv[optind]);
		return try_help();
	}
	argc -= optind;
	argv += optind;
	status = parse_arguments(options, *command, argc, argv, &seen, commands);
	if (status)
		return status;
	for (letter = 'a'; letter <= 'z'; letter++)
		if (seen & (1u << (letter - 'a')) && !strchr((*command)->options, letter)) {
			say("%s has no option --%s", (*command)->name, long_name(letter));
			return try_help();
		}
	if (options->argc < (*command)->least) {
		say("%s wants %s", (*command)->name, (*command)->arguments);
		return try_help();
	}
	if ((*command)->most >= 0 && options->argc > (*command)->most) {
		say("%s: one argument too many: '%s'", (*command)->name,
		    options->argv[(*command)->most]);
		return try_help();
	}
	return STATUS_OK;
}

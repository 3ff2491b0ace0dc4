/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The command line, and the commands.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "expect.h"
#include "status.h"

#define DISPOSITION_DEFAULT	0xffffffff	/* the command's own */

/**
 * struct options - what the user asked for
 * @reader: number, name or pattern; NULL: any
 * @file: --file, or NULL
 * @json, @quiet, @verbose, @transaction, @get_response: whether the option is there
 * @share: PCSC_SHARE_*, 0: the command's default
 * @protocols: a set of PCSC_PROTOCOL_*
 * @disposition: PCSC_LEAVE_CARD ... or DISPOSITION_DEFAULT
 * @timeout: ms, 0: none was given
 * @count: --count, 0: none was given
 * @expect: --expect
 * @argc, @argv: what is not an option, behind the command
 */
struct options {
	const char *reader;
	const char *file;
	bool json;
	bool quiet;
	bool verbose;
	bool transaction;
	bool get_response;
	uint32_t share;
	uint32_t protocols;
	uint32_t disposition;
	uint32_t timeout;
	unsigned long count;
	struct expect expect;
	int argc;
	char **argv;
};

/**
 * struct command - a command of pcsc-reader
 * @name: what the user calls it
 * @options: letters of the options that it knows
 * @arguments: how they are shown in the help
 * @help: a line
 * @most: how many arguments it takes at most, -1: any number
 * @least: how many it takes at least
 * @run: does it; returns the exit status
 */
struct command {
	const char *name;
	const char *options;
	const char *arguments;
	const char *help;
	int least;
	int most;
	int (*run)(const struct options *options);
};

/**
 * options_parse() - reads the command line
 * @options: the result
 * @commands: ended by one without a name
 * @command: the one that was asked for; NULL if that was --help, which has been given
 *
 * Return: STATUS_OK or STATUS_USAGE, told to the user.
 */
enum status options_parse(struct options *options, const struct command *commands,
			  const struct command **command, int argc, char **argv);

/* A number in C's notation; false if the text is none or it is above @most. */
bool options_number(const char *text, unsigned long most, unsigned long *number);

int run_list(const struct options *options);
int run_status(const struct options *options);
int run_connect(const struct options *options);
int run_apdu(const struct options *options);
int run_monitor(const struct options *options);
int run_atr(const struct options *options);
int run_reset(const struct options *options);
int run_control(const struct options *options);
int run_attrib(const struct options *options);

#endif /* OPTIONS_H */

// SPDX-License-Identifier: BSD-2-Clause
/*
 * Runs QEMU with a guest that scripts/guest packed, and is the host it talks to.
 *
 * Ends with the status of the guest's script; with 125, after saying why, when the
 * guest did not get that far. Sockets made here and inherited by QEMU carry the
 * console, QMP, and the guest's three ports: `out` and `err` for what the script
 * prints, which is passed on as it comes, and `host` for requests (requests.c).
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"
#include "proc.h"

static const char usage_text[] =
"usage: guest-run --mark TEXT --ports DEVICE [--timeout S] [--log FILE]\n"
"                 [--interactive yes|no] -- QEMU [ARGUMENT...]\n"
"The part of scripts/guest that runs QEMU; not to be called by hand.\n";

static noreturn void usage(void)
{
	fputs(usage_text, stderr);
	exit(EXIT_NO_GUEST);
}

static int64_t parse_timeout(const char *text)
{
	char *end;
	double s = strtod(text, &end);

	if (end == text || *end || !(s >= 0 && s <= 1e9))
		usage();
	return (int64_t)(s * SECOND);
}

static void parse_options(int argc, char **argv, struct guest_options *opt)
{
	static const struct option longs[] = {
		{ "mark", required_argument, NULL, 'm' },
		{ "timeout", required_argument, NULL, 't' },
		{ "log", required_argument, NULL, 'l' },
		{ "interactive", required_argument, NULL, 'i' },
		{ "ports", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*opt = (struct guest_options){ .mark = "", .log = "", .ports = "" };
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) >= 0) {
		switch (c) {
		case 'm':
			opt->mark = optarg;
			break;
		case 't':
			opt->timeout = parse_timeout(optarg);
			break;
		case 'l':
			opt->log = optarg;
			break;
		case 'i':
			opt->interactive = !strcmp(optarg, "yes");
			break;
		case 'p':
			opt->ports = optarg;
			break;
		default:
			usage();
		}
	}
	opt->command = argv + optind;
	if (!*opt->command || !*opt->ports || !*opt->mark ||
	    strlen(opt->mark) >= RELAY_ROOM / 2)
		usage();
}

int main(int argc, char **argv)
{
	static struct guest guest;
	int status;

	proc_init();
	parse_options(argc, argv, &guest.opt);
	signal(SIGPIPE, SIG_IGN);
	loop_init();
	guest_start(&guest);
	status = guest_serve(&guest);
	job_free(&guest.scard);
	return status;
}

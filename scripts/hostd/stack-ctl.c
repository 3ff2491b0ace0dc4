// SPDX-License-Identifier: BSD-2-Clause
/*
 * Cards in, cards out, pcscd up and down: acts on the stack it is called in. The
 * program behind scripts/stack-ctl, which has the help text, and behind the guest's
 * `host` command.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "proc.h"
#include "stack.h"

#define EXIT_USAGE	2

static const char known[] =
	"card insert N [vicc | test | test:ATR | pki]\n"
	"card remove N\n"
	"cards\n"
	"pcscd start | stop | kill | pause | cont | status\n"
	"pcscd restart COUNT\n"
	"pcscd refuse\n"
	"pcscd starve | feed\n"
	"pcscd usage";

/* One at a time, until this process ends. */
static void take_lock(void)
{
	const char *path = stack_path("lock");
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	int r;

	if (fd < 0)
		stack_fail("cannot write %s: %s", path, strerror(errno));
	do
		r = flock(fd, LOCK_EX);
	while (r && errno == EINTR);
	if (r)
		stack_fail("cannot lock %s: %s", path, strerror(errno));
}

static int parse_slot(const char *text)
{
	char *end;
	long slot = strtol(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || slot >= STACK_SLOTS)
		stack_fail("not a slot: '%s' (0 to %d)", text, STACK_SLOTS - 1);
	return (int)slot;
}

static unsigned int parse_count(const char *text)
{
	char *end;
	unsigned long count = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || count > 100000)
		stack_fail("not a number of times: '%s'", text);
	return (unsigned int)count;
}

/* Return: whether there is such a verb. */
static bool run_pcscd(const char *verb)
{
	if (!strcmp(verb, "start"))
		pcscd_start();
	else if (!strcmp(verb, "stop"))
		pcscd_end(SIGTERM);
	else if (!strcmp(verb, "kill"))
		pcscd_end(SIGKILL);
	else if (!strcmp(verb, "pause"))
		pcscd_pause();
	else if (!strcmp(verb, "cont"))
		pcscd_continue();
	else if (!strcmp(verb, "refuse"))
		pcscd_refuse();
	else if (!strcmp(verb, "starve"))
		pcscd_starve(true);
	else if (!strcmp(verb, "feed"))
		pcscd_starve(false);
	else if (!strcmp(verb, "usage"))
		pcscd_usage();
	else if (!strcmp(verb, "status"))
		puts(pcscd_status());
	else
		return false;
	return true;
}

static bool run(int argc, char **argv)
{
	if (!strcmp(argv[0], "card") && argc >= 3 && argc <= 4 &&
	    !strcmp(argv[1], "insert"))
		card_insert(parse_slot(argv[2]), argc > 3 ? argv[3] : "vicc");
	else if (!strcmp(argv[0], "card") && argc == 3 &&
		 !strcmp(argv[1], "remove"))
		card_remove(parse_slot(argv[2]));
	else if (!strcmp(argv[0], "cards") && argc == 1)
		cards_print();
	else if (!strcmp(argv[0], "pcscd") && argc == 3 &&
		 !strcmp(argv[1], "restart"))
		pcscd_restart(parse_count(argv[2]));
	else if (!strcmp(argv[0], "pcscd") && argc == 2)
		return run_pcscd(argv[1]);
	else
		return false;
	return true;
}

static noreturn void fail_unknown(int argc, char **argv)
{
	char words[256] = "";
	size_t len = 0;

	for (int i = 0; i < argc && len < sizeof(words); i++)
		len += (size_t)snprintf(words + len, sizeof(words) - len,
					"%s%s", i ? " " : "", argv[i]);
	stack_fail("cannot do '%s'; known:\n%s", words, known);
}

int main(int argc, char **argv)
{
	proc_init();
	argc--;
	argv++;
	/* For other programs: errors without our name in front. */
	if (argc && !strcmp(argv[0], "--bare")) {
		stack_bare = true;
		argc--;
		argv++;
	}
	if (!argc) {
		fprintf(stderr, "stack-ctl: no verb; known:\n%s\n", known);
		return EXIT_USAGE;
	}
	if (!getenv("STACK_DIR")) {
		fputs("stack-ctl: error: not inside scripts/stack\n", stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[0], "prepare") && argc == 3) {
		/* scripts/stack's own */
		stack_prepare(argv[1], !strcmp(argv[2], "pcscd"));
		return EXIT_SUCCESS;
	}
	if (!strcmp(argv[0], "refuse") && argc == 1)
		stack_refuse();
	take_lock();
	if (!run(argc, argv))
		fail_unknown(argc, argv);
	return EXIT_SUCCESS;
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * The ways in which a guest ends, and what is said about it. See guest.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "guest.h"

/* Shown after a failure. */
#define CONSOLE_LINES	25
/* For the rest of the script's output, once it ended. */
#define DRAIN_S		60
/* For QEMU, once asked to end. */
#define QUIT_S		20
/* For what a dead QEMU has left in its sockets. */
#define REST_S		5

static bool qemu_ended(void *arg)
{
	struct guest *g = arg;
	int status;

	if (g->qemu && waitpid(g->qemu, &status, WNOHANG) == g->qemu) {
		g->qemu = 0;
		g->qemu_status = WIFEXITED(status) ? WEXITSTATUS(status) :
				 -WTERMSIG(status);
	}
	return !g->qemu;
}

static bool output_complete(void *arg)
{
	const struct guest *g = arg;

	return relay_complete(&g->outputs[0]) && relay_complete(&g->outputs[1]);
}

/* The same after a failure: what there is of it. */
static bool output_over(void *arg)
{
	const struct guest *g = arg;

	return relay_over(&g->outputs[0]) && relay_over(&g->outputs[1]) &&
	       !g->console.events;
}

/* Without guest_wait()'s look at the guest. */
static bool wait_quietly(struct guest *g, bool (*done)(void *arg),
			 int64_t until)
{
	while (!done(g)) {
		if (now_us() >= until)
			return false;
		loop_step(until);
	}
	return true;
}

bool guest_wait(struct guest *g, bool (*done)(void *arg), void *arg,
		int64_t until)
{
	while (!done(arg)) {
		if (g->host.ended)
			guest_gone(g);
		if (now_us() >= until)
			return false;
		loop_step(until);
	}
	return true;
}

static void report(struct guest *g, const char *reason)
{
	const char *where = g->began ? "" : ", before the script began";
	char *qemu = file_tail(g->qemu_log, 0);
	char *console = NULL;
	FILE *log;

	fprintf(stderr, "guest: error: %s%s\n", reason, where);
	if (*qemu)
		fprintf(stderr, "guest: what QEMU said:\n%s\n", qemu);
	if (!g->opt.interactive) {
		char *line, *rest;

		console = file_tail(g->console_log, CONSOLE_LINES);
		rest = console;
		fputs("guest: the end of its console:\n", stderr);
		while (*rest && (line = strsep(&rest, "\n"))) {
			line[strcspn(line, "\r")] = '\0';
			fprintf(stderr, "  | %s\n", line);
			if (!rest)
				break;
		}
	}
	log = *g->opt.log ? fopen(g->opt.log, "ae") : NULL;
	if (log) {
		fprintf(log, "\n%s\nguest: error: %s%s\n", qemu, reason, where);
		fclose(log);
	}
	free(console);
	free(qemu);
}

noreturn void guest_fail(struct guest *g, const char *format, ...)
{
	char reason[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(reason, sizeof(reason), format, ap);
	va_end(ap);
	g->limit.at = LOOP_FOREVER;	/* the first reason counts */
	if (g->qemu) {
		kill(g->qemu, SIGKILL);
		while (waitpid(g->qemu, NULL, 0) < 0 && errno == EINTR)
			;
		wait_quietly(g, output_over, now_us() + REST_S * SECOND);
	}
	report(g, reason);
	fflush(stderr);
	_exit(EXIT_NO_GUEST);
}

noreturn void guest_gone(struct guest *g)
{
	if (!wait_quietly(g, qemu_ended, now_us() + QUIT_S * SECOND))
		guest_fail(g, "the guest's connection to the host broke");
	wait_quietly(g, output_over, now_us() + REST_S * SECOND);
	if (file_has(g->console_log, "Kernel panic"))
		guest_fail(g, "the guest's kernel panicked");
	if (g->qemu_status)
		guest_fail(g, "QEMU ended with status %d", g->qemu_status);
	guest_fail(g, "the guest went away");
}

void guest_finish(struct guest *g)
{
	char *said;
	FILE *log;

	if (!g->opt.interactive &&
	    !wait_quietly(g, output_complete, now_us() + DRAIN_S * SECOND))
		guest_fail(g, "the end of the script's output did not arrive");
	qmp_unwatch(&g->qmp);
	qmp_send(&g->qmp, "{\"execute\": \"quit\"}");
	if (!wait_quietly(g, qemu_ended, now_us() + QUIT_S * SECOND))
		guest_fail(g, "QEMU did not end within %d s of being asked to",
			   QUIT_S);
	if (g->qemu_status)
		guest_fail(g, "QEMU ended with status %d", g->qemu_status);
	if (!*g->opt.log)
		return;
	wait_quietly(g, output_over, now_us() + REST_S * SECOND);
	said = file_tail(g->qemu_log, 0);
	log = *said ? fopen(g->opt.log, "ae") : NULL;
	if (log) {
		fprintf(log, "\nQEMU said:\n%s\n", said);
		fclose(log);
	}
	free(said);
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * connect: whether a card can be connected with, and holding it while a program
 * runs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "atr.h"
#include "json.h"
#include "session.h"
#include "stop.h"

/* As a shell has them */
#define NOT_RUNNABLE	126
#define NOT_FOUND	127
#define BY_SIGNAL	128

static void print(const struct session *session, const struct options *options)
{
	const struct device *device = &session->device;
	struct text text = { 0 };
	struct atr atr;

	atr_parse(&atr, session->link.atr, session->link.atr_len);
	if (options->json) {
		json_open(&text, NULL, '{');
		json_number(&text, "reader", device->number);
		if (device->name_len)
			json_bytes(&text, "name", device->info.name, device->name_len);
		else
			json_null(&text, "name");
		if (session->link.protocol)
			json_string(&text, "protocol", session_protocol(session));
		else
			json_null(&text, "protocol");
		if (atr.len)
			atr_json(&text, &atr);
		else
			json_null(&text, "atr");
		json_close(&text, '}');
		text_add(&text, "\n", 1);
	} else {
		text_printf(&text, "connected with reader %u, %s\n", device->number,
			    session_protocol(session));
		if (atr.len)
			atr_text(&text, &atr);
	}
	if (!options->quiet)
		text_print(&text);
	text_free(&text);
}

/* Runs the program; the signals that end this one are passed on to it. */
static int run_program(const struct session *session, char **argv)
{
	char number[16];
	int status, passed = 0;
	pid_t pid;

	snprintf(number, sizeof(number), "%u", session->device.number);
	setenv("PCSC_READER", number, 1);
	pid = fork();
	if (pid < 0) {
		say("cannot start %s: %s", argv[0], strerror(errno));
		return STATUS_OTHER;
	}
	if (!pid) {
		execvp(argv[0], argv);
		say("cannot start %s: %s", argv[0], strerror(errno));
		_exit(errno == ENOENT ? NOT_FOUND : NOT_RUNNABLE);
	}
	while (waitpid(pid, &status, 0) != pid) {
		if (stop_signal() && !passed) {
			passed = stop_signal();
			kill(pid, passed);
		}
	}
	return WIFSIGNALED(status) ? BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

int run_connect(const struct options *options)
{
	struct session session;
	enum status status;
	int program = 0;

	status = session_begin(&session, options, NULL, PCSC_SHARE_SHARED,
			       options->argc ? PCSC_RESET_CARD : PCSC_LEAVE_CARD);
	if (status)
		return status;
	if (options->argc) {
		/* The list of arguments ends with a NULL, as the one of main() does. */
		char **argv = get_memory(NULL, (options->argc + 1) * sizeof(*argv));

		memcpy(argv, options->argv, options->argc * sizeof(*argv));
		argv[options->argc] = NULL;
		if (options->verbose)
			print(&session, options);
		program = run_program(&session, argv);
		free(argv);
	} else {
		print(&session, options);
	}
	status = session_end(&session, STATUS_OK);
	return program ? program : (int)status;
}

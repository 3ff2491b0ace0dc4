/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One guest, from QEMU's start to its end.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef GUEST_H
#define GUEST_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <sys/types.h>

#include "compiler.h"
#include "job.h"
#include "loop.h"
#include "qmp.h"
#include "relay.h"
#include "stream.h"

/* Ends the program when the guest's script could not be run to its end. */
#define EXIT_NO_GUEST	125

/**
 * struct guest_options - what to run
 * @mark: ends the output of the script
 * @log: where the console goes; "": nowhere
 * @ports: QEMU's device that carries the ports
 * @interactive: the console is the terminal
 * @timeout: of all, in microseconds; 0: none
 * @command: QEMU and its arguments, ends with NULL
 */
struct guest_options {
	const char *mark;
	const char *log;
	const char *ports;
	bool interactive;
	int64_t timeout;
	char **command;
};

/**
 * struct guest - the guest
 * @opt: what to run
 * @qemu: QEMU's process; 0: it ended
 * @qemu_status: how; the negative number of the signal that ended it
 * @console_log: path of what the console showed
 * @qemu_log: path of what QEMU said
 * @outputs: the script's stdout and stderr
 * @console: the console, in the loop; @fd is -1 when it is not ours
 * @console_file: descriptor of the console's log
 * @host: requests of the guest's `host` command
 * @qmp: QEMU's monitor
 * @limit: the time-out
 * @scard: the client that runs beside
 * @began: the script did
 */
struct guest {
	struct guest_options opt;
	pid_t qemu;
	int qemu_status;
	char console_log[PATH_MAX];
	char qemu_log[PATH_MAX];
	struct relay outputs[2];
	struct watch console;
	int console_file;
	struct stream host;
	struct qmp qmp;
	struct timer limit;
	struct job scard;
	bool began;
};

/* guest-start.c: starts QEMU, and takes up all connections to it */
void guest_start(struct guest *g);

/* guest-end.c: says why, shows the console's end, and ends all */
noreturn __printf(2, 3)
void guest_fail(struct guest *g, const char *format, ...);

/* guest-end.c: the same after QEMU went by itself: finds out why */
noreturn void guest_gone(struct guest *g);

/* guest-end.c: the script ended: takes the rest of its output, then stops QEMU */
void guest_finish(struct guest *g);

/**
 * guest_wait() - let things happen until something is done (guest-end.c)
 * @g: the guest
 * @done: tells whether it is
 * @arg: for @done
 * @until: when to return at the latest
 *
 * Does not return if the guest goes meanwhile.
 *
 * Return: whether it is done.
 */
bool guest_wait(struct guest *g, bool (*done)(void *arg), void *arg,
		int64_t until);

/* requests.c: answers the guest's requests. Return: its script's exit status. */
int guest_serve(struct guest *g);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes: started, waited for, ended.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef PROC_H
#define PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum proc_kind {
	/* A child in this process's group: it shares the terminal. */
	PROC_FOREGROUND,
	/* A child in a group of its own. */
	PROC_CHILD,
	/*
	 * Not a child: in a session of its own, for process 1 to reap. The two
	 * above end with this process, this one does not.
	 */
	PROC_DETACHED,
};

/**
 * struct proc_io - what a process has open
 * @in: its stdin; -1 here and below: /dev/null
 * @out: its stdout
 * @err: its stderr
 * @keep: descriptors that it inherits besides, though they close on exec
 * @keep_count: how many those are
 */
struct proc_io {
	int in;
	int out;
	int err;
	const int *keep;
	size_t keep_count;
};

/* Makes sure that descriptors 0 to 2 are open, so that no file becomes one. */
void proc_init(void);

/**
 * proc_start() - run a program
 * @argv: its name, looked up in PATH, and its arguments; ends with NULL
 * @io: what it has open
 * @kind: whose it is
 *
 * Return: its number, or -errno, also of a program that cannot be executed.
 */
pid_t proc_start(char *const argv[], const struct proc_io *io,
		 enum proc_kind kind);

/* Is there such a process, and is it more than a zombie? */
bool proc_alive(pid_t pid);

/**
 * proc_end() - send a signal and wait until the process is gone
 * @pid: any process, child or not
 * @number: the signal; a stopped process is woken to take it
 * @timeout: in microseconds
 *
 * Return: whether it is gone.
 */
bool proc_end(pid_t pid, int number, int64_t timeout);

#endif

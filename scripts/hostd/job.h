/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that runs beside, and what it prints.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>
#include <sys/types.h>

#include "buf.h"
#include "loop.h"

/**
 * struct job_output - one of its two streams
 * @watch: our end of the pipe, in the loop
 * @text: what came
 */
struct job_output {
	struct watch watch;
	struct buf text;
};

/**
 * struct job - the program
 * @pid: its number; 0: there is none, or it was reaped
 * @status: its exit status, once it was reaped: 128 and the signal's number if one
 *	ended it
 * @out: its stdout
 * @err: its stderr
 */
struct job {
	pid_t pid;
	int status;
	struct job_output out;
	struct job_output err;
};

/* Return: 0, or -errno. Its stdin is /dev/null. */
int job_start(struct job *j, char *const argv[]);

/* Whether it ended; all that it printed is there then. */
bool job_ended(struct job *j);

/* Ends it if it runs still, and gives back what @j holds. */
void job_free(struct job *j);

#endif

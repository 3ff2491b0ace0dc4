// SPDX-License-Identifier: BSD-2-Clause
/*
 * A program that runs beside, and what it prints. See job.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job.h"
#include "proc.h"

/* What is kept of each stream; the rest is thrown away. */
#define KEEP_MAX	(16 << 20)
#define CHUNK		65536

/* Return: whether there may be more at once. */
static bool output_read(struct job_output *o)
{
	ssize_t n = buf_read(&o->text, o->watch.fd, CHUNK);

	if (n > 0) {
		if (o->text.len > KEEP_MAX)
			o->text.len = KEEP_MAX;
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		o->watch.events = 0;
	return false;
}

static void output_ready(void *arg)
{
	output_read(arg);
}

/* Return: the program's end of the pipe, or -errno. */
static int output_open(struct job_output *o)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	o->watch = (struct watch){
		.fd = fds[0],
		.events = POLLIN,
		.ready = output_ready,
		.arg = o,
	};
	loop_add_watch(&o->watch);
	return fds[1];
}

static void output_close(struct job_output *o)
{
	if (!o->watch.ready)
		return;
	loop_remove_watch(&o->watch);
	close(o->watch.fd);
	buf_free(&o->text);
	o->watch.ready = NULL;
}

int job_start(struct job *j, char *const argv[])
{
	struct proc_io io = { .in = -1, .out = -1, .err = -1 };
	pid_t pid;

	*j = (struct job){ 0 };
	io.out = output_open(&j->out);
	pid = io.out;
	if (io.out >= 0) {
		io.err = output_open(&j->err);
		pid = io.err;
		if (io.err >= 0) {
			pid = proc_start(argv, &io, PROC_CHILD);
			close(io.err);
		}
		close(io.out);
	}
	if (pid < 0) {
		job_free(j);
		return pid;
	}
	j->pid = pid;
	return 0;
}

static bool job_reap(struct job *j, int flags)
{
	int status;

	if (!j->pid)
		return true;
	if (waitpid(j->pid, &status, flags) != j->pid)
		return false;
	j->pid = 0;
	j->status = WIFEXITED(status) ? WEXITSTATUS(status) :
		    128 + WTERMSIG(status);
	return true;
}

bool job_ended(struct job *j)
{
	if (!job_reap(j, WNOHANG))
		return false;
	/* What it left running may hold the pipes: take what is there. */
	while (j->out.watch.events && output_read(&j->out))
		;
	while (j->err.watch.events && output_read(&j->err))
		;
	return true;
}

void job_free(struct job *j)
{
	if (j->pid) {
		kill(-j->pid, SIGKILL);
		kill(j->pid, SIGKILL);
		job_reap(j, 0);
	}
	output_close(&j->out);
	output_close(&j->err);
}

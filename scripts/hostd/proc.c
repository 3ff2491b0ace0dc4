// SPDX-License-Identifier: BSD-2-Clause
/*
 * Processes: started, waited for, ended. See proc.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "proc.h"

/* What a new process reports before it becomes the program. */
struct report {
	pid_t pid;
	int error;
};

void proc_init(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

static bool set_up(const struct proc_io *io)
{
	const int from[] = { io->in, io->out, io->err };
	sigset_t none;

	for (int to = 0; to <= 2; to++) {
		int fd = from[to];

		if (fd < 0)
			fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0 || (fd != to && dup2(fd, to) < 0))
			return false;
	}
	for (size_t i = 0; i < io->keep_count; i++)
		if (fcntl(io->keep[i], F_SETFD, 0))
			return false;
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	return !sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The new process; never returns. */
static void become(char *const argv[], const struct proc_io *io,
		   enum proc_kind kind, pid_t parent, int report)
{
	struct report r = { 0 };

	if (kind == PROC_DETACHED) {
		pid_t pid;

		setsid();
		pid = fork();
		if (pid) {
			r.pid = pid;
			if (pid < 0)
				r = (struct report){ .error = errno };
			if (write(report, &r, sizeof(r)) < 0)
				_exit(127);
			_exit(0);
		}
	} else {
		if (kind == PROC_CHILD)
			setpgid(0, 0);
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
			_exit(127);
	}
	if (set_up(io))
		execvp(argv[0], argv);
	r.error = errno;
	if (write(report, &r, sizeof(r)) < 0)
		_exit(126);
	_exit(127);
}

pid_t proc_start(char *const argv[], const struct proc_io *io,
		 enum proc_kind kind)
{
	struct report r;
	int error = 0;
	pid_t parent = getpid(), child, pid;
	int fds[2];
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	child = fork();
	if (!child)
		become(argv, io, kind, parent, fds[1]);
	if (child < 0)
		error = errno;
	close(fds[1]);
	pid = child;
	/* The end of the pipe is the program's start. Small writes are whole. */
	while (child > 0) {
		n = read(fds[0], &r, sizeof(r));
		if (n < 0 && errno == EINTR)
			continue;
		if (n != sizeof(r))
			break;
		if (r.error)
			error = r.error;
		else
			pid = r.pid;
	}
	close(fds[0]);
	if (child > 0 && (error || kind == PROC_DETACHED))
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	return error ? -error : pid;
}

bool proc_alive(pid_t pid)
{
	char path[32], line[512], *p;
	size_t n;
	FILE *f;

	if (pid <= 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	line[n] = '\0';
	/* The name, in brackets, may have any characters in it. */
	p = strrchr(line, ')');
	return p && p[1] == ' ' && p[2] && !strchr("ZX", p[2]);
}

bool proc_end(pid_t pid, int number, int64_t timeout)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	int64_t until = now_us() + timeout;

	if (kill(pid, number))
		return errno == ESRCH;
	kill(pid, SIGCONT);
	while (proc_alive(pid)) {
		if (now_us() > until)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * The stack's directory, and processes that belong to it. See stack.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "proc.h"
#include "stack.h"
#include "util.h"

/* Lines of a log that a message shows. */
#define TAIL_LINES	5

bool stack_bare;

noreturn void stack_fail(const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	if (!stack_bare)
		fputs("stack-ctl: error: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

const char *stack_path(const char *format, ...)
{
	static char paths[4][PATH_MAX];
	static unsigned int turn;
	char *path = paths[turn++ % ARRAY_SIZE(paths)];
	const char *dir = getenv("STACK_DIR");
	int len = snprintf(path, PATH_MAX, "%s/", dir ? dir : ".");
	va_list ap;

	if (len < PATH_MAX) {
		va_start(ap, format);
		len += vsnprintf(path + len, PATH_MAX - (size_t)len, format,
				 ap);
		va_end(ap);
	}
	if (len >= PATH_MAX)
		stack_fail("the stack's path is too long");
	return path;
}

void stack_read(const char *path, char *text, size_t room)
{
	FILE *f = fopen(path, "re");

	text[0] = '\0';
	if (!f)
		return;
	if (!fgets(text, (int)room, f))
		text[0] = '\0';
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
}

pid_t stack_read_pid(const char *path)
{
	char text[32];

	stack_read(path, text, sizeof(text));
	return (pid_t)atol(text);
}

void stack_write(const char *path, const char *format, ...)
{
	FILE *f = fopen(path, "we");
	bool bad = !f;
	va_list ap;

	if (f) {
		va_start(ap, format);
		bad = vfprintf(f, format, ap) < 0;
		va_end(ap);
		if (fclose(f))
			bad = true;
	}
	if (bad)
		stack_fail("cannot write %s: %s", path, strerror(errno));
}

void stack_forget(const char *path)
{
	if (unlink(path) && errno != ENOENT)
		stack_fail("cannot remove %s: %s", path, strerror(errno));
}

void stack_make_dir(const char *path)
{
	char part[PATH_MAX];

	for (const char *p = path; *p; p++) {
		if (p[1] != '/' && p[1])
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)(p + 1 - path), path);
		if (mkdir(part, 0777) && errno != EEXIST)
			stack_fail("cannot make %s: %s", part, strerror(errno));
	}
}

char *stack_tail(const char *path)
{
	return file_tail(path, TAIL_LINES);
}

pid_t stack_spawn(const char *log, char *const argv[])
{
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	struct proc_io io = { .in = -1, .out = fd, .err = fd };
	pid_t pid;

	if (fd < 0)
		stack_fail("cannot write %s: %s", log, strerror(errno));
	pid = proc_start(argv, &io, PROC_DETACHED);
	close(fd);
	if (pid < 0)
		stack_fail("cannot run %s: %s", argv[0], strerror(-pid));
	return pid;
}

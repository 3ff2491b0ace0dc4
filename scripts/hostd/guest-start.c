// SPDX-License-Identifier: BSD-2-Clause
/*
 * QEMU's start, with all that connects it to us. See guest.h.
 *
 * Each connection is a pair of sockets, of which QEMU inherits one: nobody else can
 * reach them, and they are there before QEMU is.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "compiler.h"
#include "guest.h"
#include "proc.h"
#include "util.h"

/* Longest request of the guest: scard takes APDUs as text. */
#define REQUEST_MAX	1048576

/**
 * struct start - what QEMU is started with
 * @g: the guest
 * @argv: its command line; ends with NULL
 * @argc: its length
 * @theirs: sockets that it inherits
 * @count: how many
 */
struct start {
	struct guest *g;
	char *argv[1024];
	size_t argc;
	int theirs[5];
	size_t count;
};

static void add_text(struct start *s, char *text)
{
	if (!text || s->argc + 1 >= ARRAY_SIZE(s->argv))
		guest_fail(s->g, "QEMU's command line is too long");
	s->argv[s->argc++] = text;
}

static __printf(2, 3)
void add(struct start *s, const char *format, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	va_end(ap);
	add_text(s, text);
}

/* A character device of that name for QEMU; returns our end of it. */
static int add_socket(struct start *s, const char *name)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) ||
	    fcntl(fds[0], F_SETFL, O_NONBLOCK))
		guest_fail(s->g, "no socket: %s", strerror(errno));
	s->theirs[s->count++] = fds[1];
	add(s, "-chardev");
	add(s, "socket,id=guest-%s,fd=%d", name, fds[1]);
	return fds[0];
}

static int add_port(struct start *s, const char *name)
{
	int fd = add_socket(s, name);

	add(s, "-device");
	add(s, "virtserialport,chardev=guest-%s,name=%s", name, name);
	return fd;
}

/* The terminal. A comma in an option's value is written twice. */
static void add_terminal(struct start *s)
{
	char path[2 * PATH_MAX], *to = path;

	for (const char *p = s->g->console_log; *p; p++) {
		if (*p == ',')
			*to++ = ',';
		*to++ = *p;
	}
	*to = '\0';
	add(s, "-chardev");
	add(s, "stdio,id=guest-console,signal=off,logfile=%s", path);
}

static void console_ready(void *arg)
{
	struct guest *g = arg;
	char data[65536], *p = data;
	ssize_t n = read(g->console.fd, data, sizeof(data));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		g->console.events = 0;
	while (n > 0) {
		ssize_t done = write(g->console_file, p, (size_t)n);

		if (done < 0 && errno != EINTR)
			break;	/* no room: the test goes on */
		if (done > 0) {
			p += done;
			n -= done;
		}
	}
}

static int open_log(struct guest *g, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		guest_fail(g, "cannot write %s: %s", path, strerror(errno));
	return fd;
}

static void on_limit(void *arg)
{
	struct guest *g = arg;

	guest_fail(g, "timed out after %g s", (double)g->opt.timeout / SECOND);
}

static void set_paths(struct guest *g)
{
	const char *tmp = getenv("TMPDIR");
	int room = sizeof(g->console_log);

	if (!tmp || !*tmp)
		tmp = "/tmp";
	if (snprintf(g->qemu_log, sizeof(g->qemu_log), "%s/qemu", tmp) >= room ||
	    (*g->opt.log ?
	     snprintf(g->console_log, sizeof(g->console_log), "%s",
		      g->opt.log) :
	     snprintf(g->console_log, sizeof(g->console_log), "%s/console",
		      tmp)) >= room)
		guest_fail(g, "a path is too long");
}

void guest_start(struct guest *g)
{
	struct start s = { .g = g };
	struct proc_io io = { .in = -1 };
	int qmp, out, err, host;
	size_t given;

	set_paths(g);
	for (char **p = g->opt.command; *p; p++)
		add_text(&s, *p);
	given = s.argc;
	qmp = add_socket(&s, "qmp");
	add(&s, "-mon");
	add(&s, "chardev=guest-qmp,mode=control");
	add(&s, "-device");
	add(&s, "%s", g->opt.ports);
	out = add_port(&s, "out");
	err = add_port(&s, "err");
	host = add_port(&s, "host");
	if (g->opt.interactive) {
		add_terminal(&s);
	} else {
		g->console_file = open_log(g, g->console_log);
		g->console = (struct watch){
			.fd = add_socket(&s, "console"),
			.events = POLLIN,
			.ready = console_ready,
			.arg = g,
		};
		loop_add_watch(&g->console);
	}
	add(&s, "-serial");
	add(&s, "chardev:guest-console");

	io.err = open_log(g, g->qemu_log);
	io.out = io.err;
	if (g->opt.interactive) {
		io.in = STDIN_FILENO;
		io.out = STDOUT_FILENO;
	}
	io.keep = s.theirs;
	io.keep_count = s.count;
	g->qemu = proc_start(s.argv, &io, g->opt.interactive ?
			     PROC_FOREGROUND : PROC_CHILD);
	if (g->qemu < 0) {
		int error = -g->qemu;

		g->qemu = 0;
		guest_fail(g, "cannot run %s: %s", s.argv[0], strerror(error));
	}
	close(io.err);
	for (size_t i = 0; i < s.count; i++)
		close(s.theirs[i]);
	while (s.argc > given)
		free(s.argv[--s.argc]);

	relay_start(&g->outputs[0], out, STDOUT_FILENO, g->opt.mark);
	relay_start(&g->outputs[1], err, STDERR_FILENO, g->opt.mark);
	stream_open(&g->host, host, REQUEST_MAX);
	qmp_open(&g->qmp, qmp);
	g->limit = (struct timer){
		.at = g->opt.timeout ? now_us() + g->opt.timeout : LOOP_FOREVER,
		.expired = on_limit,
		.arg = g,
	};
	loop_add_timer(&g->limit);
}

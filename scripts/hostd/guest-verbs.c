// SPDX-License-Identifier: BSD-2-Clause
/*
 * The verbs of the guest's `host` command. See guest-verbs.h. What is about cards
 * and pcscd is stack-ctl's; the help text is in the guest's `host` script.
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
#include <unistd.h>

#include "clock.h"
#include "compiler.h"
#include "guest-verbs.h"
#include "json.h"
#include "proc.h"
#include "quota.h"
#include "util.h"
#include "words.h"

/* After which a reply of QMP is taken for lost. */
#define REPLY_S		120
/* For a client that was told to end. */
#define STOP_S		10

static __printf(2, 3)
void refuse(struct answer *a, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	buf_add_text(&a->err, text);
	a->status = 1;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

/* Return: microseconds; -1 and a refusal: @text is no number of seconds. */
static int64_t parse_seconds(const char *text, struct answer *a)
{
	char *end;
	double s = strtod(text, &end);

	/* Not a number is neither. */
	if (end == text || *end || !(s >= 0 && s <= 1e6)) {
		refuse(a, "not a number of seconds: '%s'", text);
		return -1;
	}
	return (int64_t)(s * SECOND);
}

static void verb_sleep(struct guest *g, char *rest, struct answer *a)
{
	int64_t time = parse_seconds(rest, a);

	if (time >= 0)
		guest_wait(g, never, NULL, now_us() + time);
}

static bool reply_here(void *arg)
{
	const struct qmp *q = arg;

	return q->reply;
}

/* QEMU itself: what it has, and that it gets no more files */
static void verb_qemu(struct guest *g, char *rest, struct answer *a)
{
	char text[QUOTA_TEXT];
	int r = -EINVAL;

	if (!strcmp(rest, "starve"))
		r = quota_starve(g->qemu);
	else if (!strcmp(rest, "feed"))
		r = quota_feed(g->qemu);
	else if (!strcmp(rest, "usage"))
		r = quota_usage(g->qemu, text);
	if (r == -EINVAL)
		refuse(a, "cannot do 'qemu %s'", rest);
	else if (r)
		refuse(a, "qemu %s: %s", rest, strerror(-r));
	else if (!strcmp(rest, "usage"))
		buf_add_text(&a->out, text);
}

static void verb_qmp(struct guest *g, char *rest, struct answer *a)
{
	if (!json_valid(rest)) {
		refuse(a, "not JSON: %s", rest);
		return;
	}
	qmp_ask(&g->qmp, rest);
	if (guest_wait(g, reply_here, &g->qmp, now_us() + REPLY_S * SECOND))
		buf_add_text(&a->out, g->qmp.reply);
	else
		refuse(a, "QEMU's monitor does not answer");
}

static void verb_qmp_start(struct guest *g, char *rest, struct answer *a)
{
	(void)rest;
	if (g->qmp.watching)
		refuse(a, "QMP is being watched already");
	else
		qmp_watch(&g->qmp);
}

static bool nothing_asked(void *arg)
{
	const struct qmp *q = arg;

	return !q->asked;
}

static void verb_qmp_stop(struct guest *g, char *rest, struct answer *a)
{
	char text[64];

	(void)rest;
	if (!g->qmp.watching) {
		refuse(a, "QMP is not being watched");
		return;
	}
	qmp_unwatch(&g->qmp);
	guest_wait(g, nothing_asked, &g->qmp, now_us() + REPLY_S * SECOND);
	qmp_give_up(&g->qmp);
	snprintf(text, sizeof(text), "replies %u max_ms %lld", g->qmp.replies,
		 (long long)(g->qmp.worst / 1000));
	buf_add_text(&a->out, text);
}

static void verb_time_qmp(struct guest *g, char *rest, struct answer *a)
{
	int64_t time = parse_seconds(rest, a);

	if (time < 0)
		return;
	verb_qmp_start(g, rest, a);
	if (a->status)
		return;
	guest_wait(g, never, NULL, now_us() + time);
	verb_qmp_stop(g, rest, a);
}

/*
 * Starts a program with the words of @rest behind @first, which ends with NULL.
 * Return: whether it runs; otherwise a refusal.
 */
static bool start(struct job *j, char *const first[], char *rest,
		  struct answer *a)
{
	size_t count = 0, room = strlen(rest) / 2 + 2;
	char **argv;
	int r = -1;

	while (first[count])
		count++;
	argv = calloc(count + room, sizeof(*argv));
	if (argv) {
		memcpy(argv, first, count * sizeof(*argv));
		r = words_split(rest, argv + count, (int)room);
	}
	if (r < 0) {
		refuse(a, "a quotation does not end");
	} else {
		r = job_start(j, argv);
		if (r < 0)
			refuse(a, "cannot run %s: %s", argv[0], strerror(-r));
	}
	free(argv);
	return r >= 0;
}

static bool job_is_over(void *arg)
{
	return job_ended(arg);
}

/* Runs a program to its end; what it gives is the answer. */
static void run(struct guest *g, char *const first[], char *rest,
		struct answer *a)
{
	struct job j;

	if (!start(&j, first, rest, a))
		return;
	guest_wait(g, job_is_over, &j, LOOP_FOREVER);
	buf_add(&a->out, j.out.text.data, j.out.text.len);
	buf_add(&a->err, j.err.text.data, j.err.text.len);
	a->status = j.status;
	job_free(&j);
}

/* The client scard: beside the test card. Return: false and a refusal: not there. */
static bool find_scard(char *path, size_t room, struct answer *a)
{
	const char *card = getenv("STACK_TESTCARD");
	const char *slash = card ? strrchr(card, '/') : NULL;

	snprintf(path, room, "%.*sscard", slash ? (int)(slash + 1 - card) : 0,
		 slash ? card : "");
	if (access(path, X_OK)) {
		refuse(a, "scard is not built: no %s", path);
		return false;
	}
	return true;
}

static void verb_scard(struct guest *g, char *rest, struct answer *a)
{
	char path[PATH_MAX];
	char *const first[] = { path, NULL };

	if (find_scard(path, sizeof(path), a))
		run(g, first, rest, a);
}

static void verb_pki(struct guest *g, char *rest, struct answer *a)
{
	const char *top = getenv("STACK_TOP");
	char path[PATH_MAX];
	char *const first[] = { path, NULL };

	snprintf(path, sizeof(path), "%s/scripts/pki", top ? top : "");
	run(g, first, rest, a);
}

/* Either the first line is there, or there will be none. */
static bool has_spoken(void *arg)
{
	struct job *j = arg;

	return (j->out.text.len &&
		memchr(j->out.text.data, '\n', j->out.text.len)) ||
	       job_ended(j);
}

static void verb_scard_start(struct guest *g, char *rest, struct answer *a)
{
	struct job *j = &g->scard;
	char path[PATH_MAX];
	char *const first[] = { path, NULL };
	const char *end;

	if (j->pid && !job_ended(j)) {
		refuse(a, "scard runs already");
		return;
	}
	job_free(j);
	if (!find_scard(path, sizeof(path), a) || !start(j, first, rest, a))
		return;
	guest_wait(g, has_spoken, j, LOOP_FOREVER);
	end = j->out.text.len ?
	      memchr(j->out.text.data, '\n', j->out.text.len) : NULL;
	if (end) {
		buf_add(&a->out, j->out.text.data,
			(size_t)(end - j->out.text.data));
		return;
	}
	buf_add(&a->err, j->err.text.data, j->err.text.len);
	a->status = j->status ? j->status : 1;
	job_free(j);
}

static void verb_scard_stop(struct guest *g, char *rest, struct answer *a)
{
	struct job *j = &g->scard;

	(void)rest;
	if (!j->out.watch.ready) {
		refuse(a, "scard was not started");
		return;
	}
	if (j->pid && !job_ended(j)) {
		kill(j->pid, SIGTERM);
		guest_wait(g, job_is_over, j, now_us() + STOP_S * SECOND);
	}
	job_free(j);
}

/* A verb of stack-ctl's, not now: the guest may have other things to do then. */
static void verb_later(struct guest *g, char *rest, struct answer *a)
{
	char *argv[32] = { "/bin/sh", "-c",
			   "sleep \"$0\"; exec \"$STACK_CTL\" \"$@\"" };
	const struct proc_io io = { .in = -1, .out = -1, .err = -1 };
	pid_t pid;

	(void)g;
	if (words_split(rest, argv + 3, ARRAY_SIZE(argv) - 3) < 2 ||
	    parse_seconds(argv[3], a) < 0) {
		if (!a->status)
			refuse(a, "later wants seconds and a verb");
		return;
	}
	pid = proc_start(argv, &io, PROC_DETACHED);
	if (pid < 0)
		refuse(a, "cannot run %s: %s", argv[0], strerror(-pid));
}

/* All other verbs, or an error that says which there are. */
static void stack_ctl(struct guest *g, const char *verb, char *rest,
		      struct answer *a)
{
	char *program = getenv("STACK_CTL");
	char *const first[] = { program, "--bare", (char *)verb, NULL };

	if (program)
		run(g, first, rest, a);
	else
		refuse(a, "not inside scripts/stack");
}

void verb_run(struct guest *g, const char *verb, char *rest, struct answer *a)
{
	static const struct {
		const char *name;
		void (*run)(struct guest *g, char *rest, struct answer *a);
	} verbs[] = {
		{ "sleep", verb_sleep },
		{ "later", verb_later },
		{ "qemu", verb_qemu },
		{ "qmp", verb_qmp },
		{ "qmp-start", verb_qmp_start },
		{ "qmp-stop", verb_qmp_stop },
		{ "time-qmp", verb_time_qmp },
		{ "pki", verb_pki },
		{ "scard", verb_scard },
		{ "scard-start", verb_scard_start },
		{ "scard-stop", verb_scard_stop },
	};

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(verb, verbs[i].name)) {
			verbs[i].run(g, rest, a);
			return;
		}
	}
	stack_ctl(g, verb, rest, a);
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the guest's `host` command asks for. See guest.h.
 *
 * A request is a line, "TAG VERB ARGUMENT...". It is answered by any number of
 * "TAG out TEXT" and "TAG err TEXT", and one "TAG end STATUS". One at a time: the
 * next is read when the last was answered. The init of the guest has verbs of its
 * own: begin, fail and exit.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "guest-verbs.h"

/* Sends @text line by line, each behind @tag and @kind. */
static void send_lines(struct guest *g, const char *tag, const char *kind,
		       const struct buf *text)
{
	const char *p = text->data;
	size_t left = text->len;

	while (left) {
		const char *end = memchr(p, '\n', left);
		size_t len = end ? (size_t)(end - p) : left;

		stream_send(&g->host, tag, strlen(tag));
		stream_send(&g->host, kind, strlen(kind));
		stream_send(&g->host, p, len);
		stream_send(&g->host, "\n", 1);
		p += len;
		left -= len;
		if (left) {
			p++;
			left--;
		}
	}
}

static bool all_sent(void *arg)
{
	const struct guest *g = arg;

	return !g->host.out.len;
}

static void reply(struct guest *g, const char *tag, const struct answer *a)
{
	char end[32];
	int len = snprintf(end, sizeof(end), " end %d\n", a->status);

	send_lines(g, tag, " out ", &a->out);
	send_lines(g, tag, " err ", &a->err);
	stream_send(&g->host, tag, strlen(tag));
	stream_send(&g->host, end, (size_t)len);
	guest_wait(g, all_sent, g, LOOP_FOREVER);
}

/* The script's exit status, from the guest. */
static int parse_status(struct guest *g, const char *text)
{
	char *end;
	long status = strtol(text, &end, 10);

	if (end == text || *end || status < 0 || status > 255)
		guest_fail(g, "the guest reports a strange status");
	return (int)status;
}

/* Return: the script's exit status, or -1: it has not ended. */
static int request(struct guest *g, char *line)
{
	struct answer a = { 0 };
	char *tag, *verb;

	tag = strsep(&line, " ");
	verb = strsep(&line, " ");
	if (!verb)
		verb = "";
	if (!line)
		line = "";
	if (!strcmp(verb, "fail"))
		guest_fail(g, "%s", line);
	if (!strcmp(verb, "exit")) {
		int status = parse_status(g, line);

		guest_finish(g);
		return status;
	}
	if (!strcmp(verb, "begin"))
		g->began = true;
	else
		verb_run(g, verb, line, &a);
	reply(g, tag, &a);
	buf_free(&a.out);
	buf_free(&a.err);
	return -1;
}

int guest_serve(struct guest *g)
{
	for (;;) {
		char *line = stream_line(&g->host);
		int status;

		if (line) {
			status = request(g, line);
			free(line);
			if (status >= 0)
				return status;
		} else if (g->host.ended) {
			guest_gone(g);
		} else {
			loop_step(LOOP_FOREVER);
		}
	}
}

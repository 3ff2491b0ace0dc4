// SPDX-License-Identifier: BSD-2-Clause
/*
 * A client of QEMU's monitor protocol. See qmp.h.
 *
 * QEMU greets, sends events whenever it likes, and answers each command by one
 * object that has a member "return" or "error", in the order of the commands.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "json.h"
#include "qmp.h"

/* Longest reply: query-qmp-schema's is some 200 kB. */
#define REPLY_MAX	(16 << 20)
/* Between a reply and the next command of a watch. */
#define WATCH_PAUSE	(SECOND / 20)

static void watch_answered(struct qmp *q)
{
	int64_t took = now_us() - q->asked_at;

	q->asked = 0;
	q->replies++;
	if (took > q->worst)
		q->worst = took;
	if (q->watching)
		q->next.at = now_us() + WATCH_PAUSE;
}

static void qmp_came(void *arg)
{
	struct qmp *q = arg;
	char *line;

	while ((line = stream_line(&q->stream))) {
		if (json_has_member(line, "return") ||
		    json_has_member(line, "error")) {
			q->answered++;
			if (q->answered == q->asked)
				watch_answered(q);
			if (q->answered == q->wanted) {
				line[strcspn(line, "\r")] = '\0';
				q->reply = line;
				continue;
			}
		}
		free(line);
	}
}

static void watch_ask(void *arg)
{
	struct qmp *q = arg;

	q->asked_at = now_us();
	q->asked = qmp_send(q, "{\"execute\": \"query-status\"}");
}

void qmp_open(struct qmp *q, int fd)
{
	stream_open(&q->stream, fd, REPLY_MAX);
	q->stream.came = qmp_came;
	q->stream.arg = q;
	q->next = (struct timer){
		.at = LOOP_FOREVER,
		.expired = watch_ask,
		.arg = q,
	};
	loop_add_timer(&q->next);
}

uint64_t qmp_send(struct qmp *q, const char *text)
{
	if (!q->sent++) {
		/* Ends the negotiation, before which QEMU takes nothing else. */
		static const char first[] =
			"{\"execute\": \"qmp_capabilities\"}\n";

		stream_send(&q->stream, first, strlen(first));
		q->sent++;
	}
	stream_send(&q->stream, text, strlen(text));
	stream_send(&q->stream, "\n", 1);
	return q->sent;
}

uint64_t qmp_ask(struct qmp *q, const char *text)
{
	free(q->reply);
	q->reply = NULL;
	q->wanted = qmp_send(q, text);
	return q->wanted;
}

bool qmp_answered(const struct qmp *q, uint64_t number)
{
	return q->answered >= number;
}

void qmp_watch(struct qmp *q)
{
	q->watching = true;
	q->replies = 0;
	q->worst = 0;
	watch_ask(q);
}

void qmp_unwatch(struct qmp *q)
{
	q->watching = false;
	q->next.at = LOOP_FOREVER;
}

void qmp_give_up(struct qmp *q)
{
	int64_t took = now_us() - q->asked_at;

	if (q->asked && took > q->worst)
		q->worst = took;
	q->asked = 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client of QEMU's monitor protocol.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef QMP_H
#define QMP_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"
#include "stream.h"

/**
 * struct qmp - a connection
 * @stream: the connection
 * @sent: commands that were sent so far
 * @answered: and those that were answered: QEMU keeps their order
 * @wanted: number of the command whose reply is kept
 * @reply: that reply, a line of JSON
 * @watching: replies are being timed
 * @next: when the next command of the watch is due
 * @asked: number of the command that the watch waits for; 0: none
 * @asked_at: when it was sent
 * @replies: replies that the watch got
 * @worst: microseconds that the slowest of them took, or takes
 */
struct qmp {
	struct stream stream;
	uint64_t sent;
	uint64_t answered;
	uint64_t wanted;
	char *reply;
	bool watching;
	struct timer next;
	uint64_t asked;
	int64_t asked_at;
	unsigned int replies;
	int64_t worst;
};

/* @fd: a non-blocking socket, new */
void qmp_open(struct qmp *q, int fd);

/* Sends one command, a line of JSON. Return: its number. */
uint64_t qmp_send(struct qmp *q, const char *text);

/* The same, and keeps the reply, in place of the last one. */
uint64_t qmp_ask(struct qmp *q, const char *text);

/* Whether the command of that number was answered. */
bool qmp_answered(const struct qmp *q, uint64_t number);

/* From now on, asks something 20 times a second, and times the replies. */
void qmp_watch(struct qmp *q);

/*
 * Ends that. When there is no more to wait for (@asked is 0), or one does not
 * want to wait any longer, @replies and @worst are the result.
 */
void qmp_unwatch(struct qmp *q);
/* Counts a reply that is being waited for as the slowest, if it is. */
void qmp_give_up(struct qmp *q);

#endif

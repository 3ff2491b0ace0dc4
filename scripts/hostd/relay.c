// SPDX-License-Identifier: BSD-2-Clause
/*
 * Passes on what comes from a socket, up to a mark. See relay.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "relay.h"

size_t relay_clear(const char *data, size_t len, const char *mark, bool *found)
{
	size_t mark_len = strlen(mark);
	const char *at = memmem(data, len, mark, mark_len);
	size_t keep = len < mark_len ? len : mark_len - 1;

	*found = at;
	if (at)
		return (size_t)(at - data);
	while (keep && memcmp(data + len - keep, mark, keep))
		keep--;
	return len - keep;
}

static void relay_update(struct relay *r)
{
	r->in.events = !r->ended && (r->marked || r->len < sizeof(r->data)) ?
		       POLLIN : 0;
	r->out.events = r->ready ? POLLOUT : 0;
}

/* Others may share what we write to: it stays blocking, and is asked first. */
static void relay_write(void *arg)
{
	struct relay *r = arg;

	while (r->ready && (r->deaf || loop_writable(r->out.fd))) {
		size_t len = r->ready < PIPE_BUF ? r->ready : PIPE_BUF;
		ssize_t n = (ssize_t)r->ready;

		if (!r->deaf)
			n = write(r->out.fd, r->data, len);
		if (n < 0) {
			if (errno == EINTR || errno == EAGAIN)
				break;
			r->deaf = true;
			continue;
		}
		r->len -= (size_t)n;
		r->ready -= (size_t)n;
		memmove(r->data, r->data + n, r->len);
	}
	relay_update(r);
}

static void relay_read(void *arg)
{
	struct relay *r = arg;
	char rest[4096];
	ssize_t n;

	if (r->marked)
		n = read(r->in.fd, rest, sizeof(rest));
	else
		n = read(r->in.fd, r->data + r->len, sizeof(r->data) - r->len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		r->ended = true;
	if (!r->marked) {
		if (n > 0)
			r->len += (size_t)n;
		r->ready = relay_clear(r->data, r->len, r->mark, &r->marked);
		if (r->marked)
			r->len = r->ready;
		if (r->ended)
			r->ready = r->len;
	}
	relay_write(r);
}

void relay_start(struct relay *r, int from, int to, const char *mark)
{
	r->mark = mark;
	r->in = (struct watch){
		.fd = from,
		.events = POLLIN,
		.ready = relay_read,
		.arg = r,
	};
	r->out = (struct watch){ .fd = to, .ready = relay_write, .arg = r };
	loop_add_watch(&r->in);
	loop_add_watch(&r->out);
}

bool relay_complete(const struct relay *r)
{
	return r->marked && !r->ready;
}

bool relay_over(const struct relay *r)
{
	return (r->marked || r->ended) && !r->ready;
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * A socket that carries lines, in both directions. See stream.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "stream.h"

/* How much is read at once. */
#define CHUNK	65536

static void stream_update(struct stream *s)
{
	s->watch.events = 0;
	if (s->ended)
		return;
	if (s->in.len < s->limit)
		s->watch.events |= POLLIN;
	if (s->out.len)
		s->watch.events |= POLLOUT;
}

static void stream_flush(struct stream *s)
{
	ssize_t n = 0;

	while (s->out.len && !s->ended) {
		n = send(s->watch.fd, s->out.data, s->out.len, MSG_NOSIGNAL);
		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				s->ended = true;
			return;
		}
		buf_drop(&s->out, (size_t)n);
	}
}

static void stream_fill(struct stream *s)
{
	size_t room = s->limit - s->in.len;
	ssize_t n;

	n = buf_read(&s->in, s->watch.fd, room < CHUNK ? room : CHUNK);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		s->ended = true;
	if (s->in.len == s->limit && !memchr(s->in.data, '\n', s->in.len))
		s->ended = true;
}

static void stream_ready(void *arg)
{
	struct stream *s = arg;

	stream_flush(s);
	if (s->in.len < s->limit)
		stream_fill(s);
	if (s->came)
		s->came(s->arg);
	stream_update(s);
}

void stream_open(struct stream *s, int fd, size_t limit)
{
	s->limit = limit;
	s->watch = (struct watch){
		.fd = fd,
		.events = POLLIN,
		.ready = stream_ready,
		.arg = s,
	};
	loop_add_watch(&s->watch);
}

char *stream_line(struct stream *s)
{
	char *end = s->in.len ? memchr(s->in.data, '\n', s->in.len) : NULL;
	char *line;

	if (!end)
		return NULL;
	*end = '\0';
	line = strdup(s->in.data);
	if (!line)
		s->ended = true;
	buf_drop(&s->in, (size_t)(end + 1 - s->in.data));
	stream_update(s);
	return line;
}

void stream_send(struct stream *s, const char *data, size_t len)
{
	if (!buf_add(&s->out, data, len))
		s->ended = true;
	stream_flush(s);
	stream_update(s);
}

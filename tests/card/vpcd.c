// SPDX-License-Identifier: BSD-2-Clause
/*
 * The card's end of vpcd's protocol. See vpcd.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "util.h"
#include "vpcd.h"

/* Pause between two attempts to connect. */
#define RETRY_MS	50

/* Lock-free, so a signal handler may set it. */
static atomic_bool stopped;
/* The signal mask while waiting: that of before vpcd_signals(). */
static sigset_t waiting_mask;

int64_t vpcd_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void vpcd_stop(void)
{
	stopped = true;
}

static void on_signal(int sig)
{
	(void)sig;
	vpcd_stop();
}

void vpcd_signals(void)
{
	static const int ending[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t block;

	sigemptyset(&sa.sa_mask);
	sigemptyset(&block);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++) {
		sigaction(ending[i], &sa, NULL);
		sigaddset(&block, ending[i]);
	}
	sigprocmask(SIG_BLOCK, &block, &waiting_mask);
	/* A parent may have blocked them: that must not make us immortal. */
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		sigdelset(&waiting_mask, ending[i]);

	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

/* Waits for @events on @fd, or just waits if it is -1. */
static enum vpcd_result wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	for (;;) {
		struct timespec ts, *timeout = NULL;
		int r;

		if (deadline != VPCD_FOREVER) {
			int64_t left = deadline - vpcd_now();

			if (left < 0)
				left = 0;
			ts.tv_sec = left / 1000;
			ts.tv_nsec = left % 1000 * 1000000;
			timeout = &ts;
		}
		r = ppoll(&pfd, 1, timeout, &waiting_mask);
		if (stopped)
			return VPCD_STOPPED;
		if (r > 0)
			return VPCD_OK;
		if (r == 0)
			return VPCD_TIMEOUT;
		if (errno != EINTR)
			return VPCD_ERROR;
	}
}

/* One attempt. On anything but VPCD_OK the socket is closed again. */
static enum vpcd_result connect_once(struct vpcd *v, const struct addrinfo *ai,
				     int64_t deadline)
{
	const int one = 1;
	enum vpcd_result result = VPCD_ERROR;
	int error = 0;
	socklen_t size = sizeof(error);

	v->fd = socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK |
		       SOCK_CLOEXEC, ai->ai_protocol);
	if (v->fd < 0)
		return VPCD_ERROR;
	if (connect(v->fd, ai->ai_addr, ai->ai_addrlen)) {
		if (errno != EINPROGRESS)
			goto out_close;
		result = wait_for(v->fd, POLLOUT, deadline);
		if (result == VPCD_TIMEOUT)
			errno = ETIMEDOUT;
		if (result != VPCD_OK)
			goto out_close;
		result = VPCD_ERROR;
		if (getsockopt(v->fd, SOL_SOCKET, SO_ERROR, &error, &size))
			goto out_close;
		if (error) {
			errno = error;
			goto out_close;
		}
	}
	/* Small answers must not wait for the reader's acknowledgment. */
	if (setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		goto out_close;
	return VPCD_OK;

out_close:
	error = errno;
	vpcd_close(v);
	errno = error;
	return result;
}

enum vpcd_result vpcd_connect(struct vpcd *v, const char *host,
			      unsigned int port, int64_t deadline)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};
	struct addrinfo *list, *ai;
	enum vpcd_result result;
	char service[12];
	int error;

	v->got = 0;
	v->used = 0;
	snprintf(service, sizeof(service), "%u", port);
	error = getaddrinfo(host, service, &hints, &list);
	if (error) {
		if (error != EAI_SYSTEM)
			errno = EHOSTUNREACH;
		return VPCD_ERROR;
	}
	do {
		for (ai = list; ai; ai = ai->ai_next) {
			result = connect_once(v, ai, deadline);
			if (result != VPCD_ERROR)
				goto out_free;
		}
		error = errno;
		result = wait_for(-1, 0, vpcd_now() + RETRY_MS);
		errno = error;
	} while (result == VPCD_TIMEOUT && vpcd_now() < deadline);

out_free:
	error = errno;
	freeaddrinfo(list);
	errno = error;
	return result;
}

/* Bytes of the message being received, or of its length while unknown. */
static size_t wanted(const struct vpcd *v)
{
	if (v->got < 2)
		return 2;
	return 2 + ((size_t)v->in[0] << 8 | v->in[1]);
}

enum vpcd_result vpcd_receive(struct vpcd *v, int64_t deadline,
			      const uint8_t **msg, size_t *len)
{
	const int one = 1;

	if (v->used) {
		v->got = 0;
		v->used = 0;
	}
	while (v->got < 2 || v->got < wanted(v)) {
		enum vpcd_result result = wait_for(v->fd, POLLIN, deadline);
		ssize_t n;

		if (result != VPCD_OK)
			return result;
		/*
		 * vpcd sends length and data in two writes with Nagle's
		 * algorithm on: the second waits for our acknowledgment of the
		 * first. The option does not last, so it is set each time.
		 */
		if (setsockopt(v->fd, IPPROTO_TCP, TCP_QUICKACK, &one,
			       sizeof(one)))
			return VPCD_ERROR;
		n = recv(v->fd, v->in + v->got, wanted(v) - v->got, 0);
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return VPCD_CLOSED;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return VPCD_ERROR;
		if (n > 0)
			v->got += (size_t)n;
	}
	v->used = wanted(v);
	*msg = v->in + 2;
	*len = v->used - 2;
	return VPCD_OK;
}

enum vpcd_result vpcd_send(struct vpcd *v, const uint8_t *data, size_t len)
{
	size_t said = len > VPCD_MAX ? VPCD_MAX : len;
	uint8_t head[2] = { (uint8_t)(said >> 8), (uint8_t)said };
	size_t sent = 0;

	while (sent < sizeof(head) + len) {
		size_t skip = sent < sizeof(head) ? 0 : sent - sizeof(head);
		struct iovec iov[2] = {
			{ head + sent - skip, sizeof(head) - (sent - skip) },
			{ (uint8_t *)data + skip, len - skip },
		};
		struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
		enum vpcd_result result;
		ssize_t n;

		n = sendmsg(v->fd, &msg, MSG_NOSIGNAL);
		if (n > 0) {
			sent += (size_t)n;
			continue;
		}
		if (errno == EPIPE || errno == ECONNRESET)
			return VPCD_CLOSED;
		if (errno != EAGAIN && errno != EINTR)
			return VPCD_ERROR;
		result = wait_for(v->fd, POLLOUT, VPCD_FOREVER);
		if (result != VPCD_OK)
			return result;
	}
	return VPCD_OK;
}

void vpcd_close(struct vpcd *v)
{
	if (v->fd >= 0)
		close(v->fd);
	v->fd = -1;
	v->got = 0;
	v->used = 0;
}

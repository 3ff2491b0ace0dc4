// SPDX-License-Identifier: BSD-2-Clause
/*
 * One thread that waits for several descriptors, for the time, and for children.
 * See loop.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>

#include "clock.h"
#include "loop.h"
#include "util.h"

static struct watch *watches[16];
static struct timer *timers[4];
/* The signal mask while waiting, without SIGCHLD. */
static sigset_t waiting_mask;

/* Only ends a wait. */
static void on_child(int sig)
{
	(void)sig;
}

void loop_init(void)
{
	struct sigaction sa = { .sa_handler = on_child };
	sigset_t block;

	sigemptyset(&sa.sa_mask);
	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, &waiting_mask);
	sigdelset(&waiting_mask, SIGCHLD);
}

void loop_add_watch(struct watch *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(watches); i++) {
		if (!watches[i]) {
			watches[i] = w;
			return;
		}
	}
	abort();
}

void loop_remove_watch(struct watch *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(watches); i++)
		if (watches[i] == w)
			watches[i] = NULL;
}

void loop_add_timer(struct timer *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(timers); i++) {
		if (!timers[i]) {
			timers[i] = t;
			return;
		}
	}
	abort();
}

static void expire(void)
{
	int64_t now = now_us();

	for (size_t i = 0; i < ARRAY_SIZE(timers); i++) {
		if (timers[i] && timers[i]->at <= now) {
			timers[i]->at = LOOP_FOREVER;
			timers[i]->expired(timers[i]->arg);
		}
	}
}

void loop_step(int64_t until)
{
	struct pollfd pfds[ARRAY_SIZE(watches)];
	struct watch *polled[ARRAY_SIZE(watches)];
	struct timespec ts, *timeout = NULL;
	nfds_t count = 0;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(timers); i++)
		if (timers[i] && timers[i]->at < until)
			until = timers[i]->at;
	for (size_t i = 0; i < ARRAY_SIZE(watches); i++) {
		if (!watches[i] || !watches[i]->events)
			continue;
		polled[count] = watches[i];
		pfds[count++] = (struct pollfd){
			.fd = watches[i]->fd,
			.events = watches[i]->events,
		};
	}
	if (until != LOOP_FOREVER) {
		int64_t left = until - now_us();

		if (left < 0)
			left = 0;
		ts.tv_sec = left / SECOND;
		ts.tv_nsec = left % SECOND * 1000;
		timeout = &ts;
	}
	r = ppoll(pfds, count, timeout, &waiting_mask);
	expire();
	for (nfds_t i = 0; r > 0 && i < count; i++)
		if (pfds[i].revents && polled[i]->events)
			polled[i]->ready(polled[i]->arg);
}

bool loop_writable(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	/* An error counts too: the write will tell. */
	return poll(&pfd, 1, 0) > 0;
}

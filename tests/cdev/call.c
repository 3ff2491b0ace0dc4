// SPDX-License-Identifier: BSD-2-Clause
/*
 * Calls that wait, each in a thread of its own. See cdev.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cdev.h"

long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

int call_apdu(struct call *c)
{
	uint8_t tx[300], rx[300];
	size_t rx_len = sizeof(rx);
	int err = cdev_transmit(c->fd, tx, cdev_bytes(c->data, tx), rx, &rx_len);

	snprintf(c->answer, sizeof(c->answer), "%s",
		 err ? "" : cdev_hex(rx, rx_len));
	return err;
}

int call_write(struct call *c)
{
	uint8_t tx[300];

	return write(c->fd, tx, cdev_bytes(c->data, tx)) < 0 ? errno : 0;
}

int call_begin(struct call *c)
{
	return cdev_begin(c->fd, 0);
}

int call_status(struct call *c)
{
	struct pcsc_ioc_status st;

	return cdev_status(c->fd, &st);
}

int call_connect_exclusive(struct call *c)
{
	return cdev_connect(c->fd, PCSC_SHARE_EXCLUSIVE, ANY);
}

/* The error is what poll(2) tells, as a number over all errnos. */
static int wait_poll(struct call *c, short events)
{
	struct pollfd p = { .fd = c->fd, .events = events };
	int n = poll(&p, 1, SOON_MS);

	if (n < 0)
		return errno;
	return n ? 1000 + p.revents : ETIMEDOUT;
}

int call_poll_pri(struct call *c)
{
	return wait_poll(c, POLLPRI);
}

int call_poll_in(struct call *c)
{
	return wait_poll(c, POLLIN);
}

static void *main_of_call(void *arg)
{
	struct call *c = arg;
	sigset_t child;

	/*
	 * While another thread is in system(), it holds SIGCHLD back, and the kernel would
	 * interrupt this one for it.
	 */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &child, NULL);
	c->error = c->run(c);
	c->result = cdev_result;
	c->end = now_ms();
	__atomic_store_n(&c->done, true, __ATOMIC_RELEASE);
	return NULL;
}

void call_start(struct call *c, int fd, int (*run)(struct call *c),
		const void *data)
{
	*c = (struct call) {
		.fd = fd, .run = run, .data = data, .error = -1,
		.start = now_ms(),
	};
	if (pthread_create(&c->thread, NULL, main_of_call, c)) {
		perror("pthread_create");
		exit(1);
	}
}

bool call_done(struct call *c, int ms)
{
	long long end = now_ms() + ms;

	while (!__atomic_load_n(&c->done, __ATOMIC_ACQUIRE)) {
		if (now_ms() >= end)
			return false;
		sleep_ms(5);
	}
	if (!c->joined)
		pthread_join(c->thread, NULL);
	c->joined = true;
	return true;
}

bool wait_pid(pid_t pid, int *status, int ms)
{
	long long end = now_ms() + ms;
	pid_t got;

	while (!(got = waitpid(pid, status, WNOHANG)) && now_ms() < end)
		sleep_ms(10);
	return got == pid;
}

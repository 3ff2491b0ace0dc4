// SPDX-License-Identifier: BSD-2-Clause
/*
 * The stack's pcscd, up and down. See stack.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "loop.h"
#include "proc.h"
#include "quota.h"
#include "service.h"
#include "stack.h"

/* Until pcscd is up, or gone. */
#define PCSCD_S	30

static const char *log_path(void)
{
	const char *log = getenv("STACK_LOG");

	return log && *log ? log : stack_path("pcscd.log");
}

/* A signal is what ends a call into winscard that pcscd does not answer. */
static void on_alarm(int sig)
{
	static const char text[] = "stack-ctl: error: pcscd does not answer\n";
	size_t skip = stack_bare ? strlen("stack-ctl: error: ") : 0;

	(void)sig;
	if (write(STDERR_FILENO, text + skip, strlen(text) - skip) < 0)
		_exit(2);
	_exit(EXIT_FAILURE);
}

void bounded_begin(unsigned int seconds)
{
	signal(SIGALRM, on_alarm);
	alarm(seconds);
}

void bounded_end(void)
{
	alarm(0);
}

pid_t pcscd_pid(void)
{
	pid_t pid = stack_read_pid(stack_path("pcscd.pid"));

	return pid && proc_alive(pid) ? pid : 0;
}

static pid_t running_pid(void)
{
	pid_t pid = pcscd_pid();

	if (!pid)
		stack_fail("pcscd does not run");
	return pid;
}

static bool is_paused(void)
{
	return !access(stack_path("pcscd.paused"), F_OK);
}

bool pcscd_responsive(void)
{
	return pcscd_pid() && !is_paused();
}

static void wait_ready(pid_t pid)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	int64_t until = now_us() + PCSCD_S * SECOND;
	size_t seen = 0;

	while (now_us() < until) {
		struct service s;
		LONG rv;

		if (!proc_alive(pid))
			stack_fail("pcscd ended at once: %s",
				   stack_tail(log_path()));
		bounded_begin(PCSCD_S);
		rv = service_open(&s);
		if (rv == SCARD_S_SUCCESS)
			seen = s.count;
		service_close(&s);
		bounded_end();
		if (rv == SCARD_S_SUCCESS && seen == STACK_SLOTS)
			return;
		nanosleep(&pause, NULL);
	}
	stack_fail("pcscd shows %zu readers, not %d: %s", seen, STACK_SLOTS,
		   stack_tail(log_path()));
}

/* Runs what is pcscd, or in its place. Return: its process. */
static pid_t spawn(char *const argv[])
{
	pid_t pid;

	if (pcscd_pid())
		stack_fail("pcscd runs already");
	stack_forget(stack_path("pcscd.paused"));
	pid = stack_spawn(log_path(), argv);
	stack_write(stack_path("pcscd.pid"), "%d\n", (int)pid);
	return pid;
}

void pcscd_start(void)
{
	const char *root = getenv("STACK_ROOT");
	char *option = getenv("STACK_PCSCD_OPTION");
	char program[PATH_MAX], config[PATH_MAX];
	char *argv[6] = { NULL };

	snprintf(program, sizeof(program), "%s/usr/sbin/pcscd",
		 root ? root : "");
	snprintf(config, sizeof(config), "%s", stack_path("reader.conf.d"));
	argv[0] = program;
	argv[1] = "--foreground";
	argv[2] = "--config";
	argv[3] = config;
	if (option && *option)
		argv[4] = option;
	wait_ready(spawn(argv));
	cards_start();
}

/* Clients of one that hangs up do not hear that there is none. */
static bool refuses(void)
{
	struct service s;
	LONG rv = service_open(&s);

	service_close(&s);
	return rv != SCARD_S_SUCCESS && rv != SCARD_E_NO_SERVICE;
}

void pcscd_refuse(void)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	int64_t until = now_us() + PCSCD_S * SECOND;
	char *argv[3] = { NULL };
	pid_t pid;

	argv[0] = getenv("STACK_CTL");
	argv[1] = "refuse";
	if (!argv[0])
		stack_fail("STACK_CTL is not set");
	pid = spawn(argv);
	bounded_begin(PCSCD_S + 5);
	while (!refuses()) {
		if (!proc_alive(pid) || now_us() >= until)
			stack_fail("there is nobody who refuses: %s",
				   stack_tail(log_path()));
		nanosleep(&pause, NULL);
	}
	bounded_end();
}

void pcscd_starve(bool on)
{
	pid_t pid = running_pid();
	int r = on ? quota_starve(pid) : quota_feed(pid);

	if (r)
		stack_fail("pcscd (process %d): %s", (int)pid, strerror(-r));
}

void pcscd_usage(void)
{
	pid_t pid = running_pid();
	char text[QUOTA_TEXT];
	int r = quota_usage(pid, text);

	if (r)
		stack_fail("pcscd (process %d): %s", (int)pid, strerror(-r));
	puts(text);
}

void pcscd_end(int number)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	int64_t until = now_us() + PCSCD_S * SECOND;
	pid_t pid = running_pid();

	stack_forget(stack_path("pcscd.paused"));
	if (!proc_end(pid, number, PCSCD_S * SECOND))
		stack_fail("pcscd (process %d) did not end within %d s",
			   (int)pid, PCSCD_S);
	stack_forget(stack_path("pcscd.pid"));
	/* To the next one a zombie is another pcscd that runs. */
	while (!kill(pid, 0) && now_us() < until)
		nanosleep(&pause, NULL);
}

void pcscd_restart(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		pcscd_end(i % 2 ? SIGKILL : SIGTERM);
		pcscd_start();
	}
}

void pcscd_pause(void)
{
	pid_t pid = running_pid();

	stack_write(stack_path("pcscd.paused"), "1\n");
	kill(pid, SIGSTOP);
}

void pcscd_continue(void)
{
	pid_t pid = running_pid();

	stack_forget(stack_path("pcscd.paused"));
	kill(pid, SIGCONT);
	/* What happened to the cards meanwhile shows only now. */
	cards_wait();
}

const char *pcscd_status(void)
{
	if (!pcscd_pid())
		return "stopped";
	return is_paused() ? "paused" : "running";
}

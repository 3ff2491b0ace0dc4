// SPDX-License-Identifier: GPL-2.0-only
/*
 * One system call at a time on an attribute, and what it says.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gt.h"

static char buffer[GT_ROOM];
static char answer[GT_ROOM];

static int open_flags(const char *mode)
{
	if (!strcmp(mode, "rw"))
		return O_RDWR;
	return *mode == 'w' ? O_WRONLY : O_RDONLY;
}

int gt_open(int argc, char **argv)
{
	(void)argc;
	if (open(argv[0], open_flags(argv[1])) < 0)
		return gt_fail(errno);
	puts("ok");
	return 0;
}

int gt_read(int argc, char **argv)
{
	off_t offset = argc > 1 ? atol(argv[1]) : 0;
	size_t size = argc > 2 ? (size_t)atol(argv[2]) : sizeof(buffer);
	int fd = open(argv[0], O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return gt_fail(errno);
	n = pread(fd, buffer, size < sizeof(buffer) ? size : sizeof(buffer),
		  offset);
	if (n < 0)
		return gt_fail(errno);
	fwrite(buffer, 1, (size_t)n, stdout);
	return 0;
}

static int write_once(const char *file, const char *data, size_t len,
		      off_t offset)
{
	int fd = open(file, O_WRONLY);
	ssize_t n;

	if (fd < 0)
		return gt_fail(errno);
	n = pwrite(fd, data, len, offset);
	if (n < 0)
		return gt_fail(errno);
	printf("ok %zd\n", n);
	return 0;
}

int gt_write(int argc, char **argv)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(0, buffer + len, sizeof(buffer) - len)) > 0)
		len += (size_t)n;
	return write_once(argv[0], buffer, len, argc > 1 ? atol(argv[1]) : 0);
}

int gt_put(int argc, char **argv)
{
	int len = snprintf(buffer, sizeof(buffer), "%s\n", argv[1]);

	(void)argc;
	return write_once(argv[0], buffer, (size_t)len, 0);
}

/* The limit of such a call is a page. */
int gt_page(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("%ld\n", sysconf(_SC_PAGESIZE));
	return 0;
}

int gt_exchange(int fd, const char *hex, size_t len, char *result,
		size_t *result_len)
{
	ssize_t n = pwrite(fd, hex, len, 0);

	*result_len = 0;
	if (n < 0)
		return -errno;
	if ((size_t)n != len)
		return -EIO;
	do {
		n = pread(fd, result + *result_len, GT_ROOM - *result_len,
			  (off_t)*result_len);
		if (n < 0)
			return -errno;
		*result_len += (size_t)n;
	} while (n > 0);
	return 0;
}

static void on_signal(int number)
{
	(void)number;
}

int gt_transmit(int argc, char **argv)
{
	/* The write must end with EINTR though the handler would restart it. */
	struct sigaction action = {
		.sa_handler = on_signal, .sa_flags = SA_RESTART };
	int fd = open(argv[0], O_RDWR);
	size_t len;
	int err;

	(void)argc;
	sigaction(SIGUSR1, &action, NULL);
	if (fd < 0)
		return gt_fail(errno);
	err = gt_exchange(fd, argv[1], strlen(argv[1]), answer, &len);
	if (err)
		return gt_fail(-err);
	fwrite(answer, 1, len, stdout);
	return 0;
}

int gt_hold(int argc, char **argv)
{
	int fd = open(argv[0], open_flags(argv[1]));

	(void)argc;
	gt_catch_stop();
	if (fd < 0)
		return gt_fail(errno);
	puts("ready");
	while (!gt_stopped())
		usleep(50000);
	/* What an attribute says to a file that outlived its device. */
	if (pread(fd, buffer, sizeof(buffer), 0) < 0)
		return gt_fail(errno);
	puts("ok");
	return 0;
}

int gt_loop(int argc, char **argv)
{
	unsigned long good = 0, bad = 0, failed = 0;
	bool seen[256] = { false };
	long long longest = 0;
	int last = 0;

	gt_catch_stop();
	while (!gt_stopped()) {
		long long start = gt_now_ms(), ms;
		int fd = open(argv[0], O_RDWR);
		size_t len = 0;
		int err = fd < 0 ? -errno :
			gt_exchange(fd, argv[1], strlen(argv[1]), answer, &len);

		if (fd >= 0)
			close(fd);
		if (err == -EINTR && gt_stopped())
			break;
		while (len && answer[len - 1] == '\n')
			len--;
		ms = gt_now_ms() - start;
		if (ms > longest)
			longest = ms;
		if (err) {
			failed++;
			last = -err;
			seen[last & 0xff] = true;
			if (argc > 3) {
				fd = open(argv[3], O_WRONLY);
				if (fd >= 0 && write(fd, "1\n", 2) < 0)
					usleep(50000);
				if (fd >= 0)
					close(fd);
			}
			usleep(20000);
		} else if (len == strlen(argv[2]) &&
			   !memcmp(answer, argv[2], len)) {
			good++;
		} else {
			bad++;
		}
	}
	printf("good %lu bad %lu failed %lu max_ms %lld last ", good, bad,
	       failed, longest);
	if (last)
		gt_fail(last);
	else
		puts("-");
	printf("errnos");
	for (int i = 0; i < 256; i++)
		if (seen[i])
			printf(" %s", strerrorname_np(i) ?: "?");
	putchar('\n');
	return 0;
}

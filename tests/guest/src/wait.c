// SPDX-License-Identifier: GPL-2.0-only
/*
 * Being told of a card: poll(2) on an attribute, and uevents.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "gt.h"

int gt_poll(int argc, char **argv)
{
	struct pollfd wait = { .events = POLLPRI };
	char text[4096];
	int n;

	(void)argc;
	wait.fd = open(argv[0], O_RDONLY);
	/* An event counts from the last read on. */
	if (wait.fd < 0 || pread(wait.fd, text, sizeof(text), 0) < 0)
		return gt_fail(errno);
	puts("ready");
	n = poll(&wait, 1, atoi(argv[1]));
	if (n < 0)
		return gt_fail(errno);
	puts(n ? "woken" : "timeout");
	return !n;
}

/*
 * A uevent is "ACTION@DEVPATH" and its variables, each with a NUL: printed with
 * spaces between them.
 */
int gt_uevents(int argc, char **argv)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int room = 1024 * 1024;
	int fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT);
	char text[8192];
	ssize_t n;

	(void)argc;
	(void)argv;
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return gt_fail(errno);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	puts("ready");
	while ((n = recv(fd, text, sizeof(text) - 1, 0)) > 0) {
		for (ssize_t i = 0; i < n - 1; i++)
			if (!text[i] || text[i] == '\n')
				text[i] = ' ';
		text[n] = 0;
		puts(text);
	}
	return gt_fail(errno);
}

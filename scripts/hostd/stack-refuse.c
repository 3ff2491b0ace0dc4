// SPDX-License-Identifier: BSD-2-Clause
/*
 * In pcscd's place: a service that lets nobody in. See stack.h.
 *
 * Debian 12's pcscd does not ask polkit. One that does, and gets no for an answer,
 * takes the connection and closes it, and this does the same.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "stack.h"

void stack_refuse(void)
{
	struct sockaddr_un address = {
		.sun_family = AF_UNIX,
		.sun_path = STACK_SOCKET,
	};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink(STACK_SOCKET);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, 16))
		stack_fail("cannot listen on %s: %s", STACK_SOCKET,
			   strerror(errno));
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client >= 0)
			close(client);
		else if (errno != EINTR && errno != ECONNABORTED)
			stack_fail("cannot accept: %s", strerror(errno));
	}
}

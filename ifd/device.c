// SPDX-License-Identifier: BSD-2-Clause
/*
 * The system calls on a reader.  A test that plays the reader itself has these
 * functions in place of this file.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"

const short device_event = POLLPRI;

int device_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int device_ioctl(int fd, unsigned long request, void *argument)
{
	sigset_t all, before;
	int error;

	/*
	 * A signal would take the command back at the host, in the middle of
	 * what the card does; pcscd's handlers run in its other threads too.
	 */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = ioctl(fd, request, argument) < 0 ? -errno : 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

void device_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

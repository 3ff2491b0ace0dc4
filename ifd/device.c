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
#include <stddef.h>
#include <stdint.h>
#include <string.h>
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
	/*
	 * A signal would take the command back at the host, in the middle of
	 * what the card does; pcscd's handlers run in its other threads too.
	 * All commands have their flags in the same place.
	 */
	static const uint32_t flags = PCSC_KILLABLE;

	if (request != PCSC_IOC_INFO && request != PCSC_IOC_STATE)
		memcpy((char *)argument + offsetof(struct pcsc_ioc_transfer, flags),
		       &flags, sizeof(flags));
	return ioctl(fd, request, argument) < 0 ? -errno : 0;
}

void device_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * In place of ../device.c: readers that the tests play.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <poll.h>
#include <unistd.h>

#include "device.h"
#include "fake.h"

const short device_event = POLLIN;

int device_open(const char *path)
{
	return fake_open_path(path);
}

int device_ioctl(int fd, unsigned long request, void *argument)
{
	return fake_ioctl(fd, request, argument);
}

void device_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * In place of ../device.c: readers that the tests play.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <poll.h>

#include "device.h"
#include "fake.h"

const short device_event = POLLIN;

const char *device_directory(void)
{
	return fake_directory();
}

bool device_service(void)
{
	return fake_has_service();
}

size_t device_numbers(unsigned int *numbers, size_t max)
{
	return fake_numbers(numbers, max);
}

int device_open(unsigned int number, int flags)
{
	(void)flags;
	return fake_open(number);
}

int device_ioctl(int fd, unsigned long request, void *argument)
{
	return fake_ioctl(fd, request, argument);
}

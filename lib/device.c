// SPDX-License-Identifier: BSD-2-Clause
/*
 * The system calls on readers.  A test that plays the readers itself has these
 * functions in place of this file.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"

#define DIRECTORY "/dev"
#define NODE "pcsc_reader"

const short device_event = POLLPRI;

const char *device_directory(void)
{
	return DIRECTORY;
}

/* Without /sys, a node says as much. */
bool device_service(void)
{
	unsigned int number;

	return !access("/sys/class/pcsc", F_OK) || device_numbers(&number, 1);
}

static bool node_number(const char *name, unsigned int *number)
{
	char end;

	return sscanf(name, NODE "%3u%c", number, &end) == 1;
}

size_t device_numbers(unsigned int *numbers, size_t max)
{
	DIR *dir = opendir(DIRECTORY);
	struct dirent *entry;
	size_t n = 0;

	if (!dir)
		return 0;
	while (n < max && (entry = readdir(dir)))
		if (node_number(entry->d_name, &numbers[n]))
			n++;
	closedir(dir);
	return n;
}

int device_open(unsigned int number, int flags)
{
	char path[sizeof(DIRECTORY "/" NODE) + 10];
	int fd;

	snprintf(path, sizeof(path), DIRECTORY "/" NODE "%u", number);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int device_ioctl(int fd, unsigned long request, void *argument)
{
	return ioctl(fd, request, argument) < 0 ? -errno : 0;
}

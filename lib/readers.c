// SPDX-License-Identifier: BSD-2-Clause
/*
 * The readers that a context knows. See readers.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "readers.h"

void readers_init(struct readers *readers)
{
	/* 0 would say that nobody counted. */
	*readers = (struct readers){ .changes = 1, .watch = -1 };
}

static void drop(struct readers *readers, struct reader **link)
{
	struct reader *reader = *link;

	*link = reader->next;
	readers->count--;
	readers->changes++;
	close(reader->fd);
	free(reader);
}

void readers_free(struct readers *readers)
{
	while (readers->first)
		drop(readers, &readers->first);
	if (readers->watch >= 0)
		close(readers->watch);
	readers_init(readers);
}

/* Nothing that the driver says about lengths is taken on trust. */
static int ask_info(int fd, struct pcsc_ioc_info *info)
{
	int error;

	*info = (struct pcsc_ioc_info){ .size = sizeof(*info) };
	error = device_ioctl(fd, PCSC_IOC_INFO, info);
	if (error)
		return error;
	if (info->name_len >= sizeof(info->name))
		info->name_len = sizeof(info->name) - 1;
	info->name[info->name_len] = '\0';
	/* The device of 2014 tells no names. */
	if (!info->name[0])
		snprintf((char *)info->name, sizeof(info->name), "pcsc_reader%u",
			 info->reader);
	return 0;
}

static int open_reader(unsigned int number, int flags, struct pcsc_ioc_info *info)
{
	int fd = device_open(number, flags), error;

	if (fd < 0)
		return fd;
	error = ask_info(fd, info);
	if (!error)
		return fd;
	close(fd);
	return error;
}

static bool gone(const struct reader *reader)
{
	struct pollfd p = { .fd = reader->fd };

	return poll(&p, 1, 0) > 0;
}

/* Where a reader is, or would be. */
static struct reader **place(struct readers *readers, unsigned int number)
{
	struct reader **link = &readers->first;

	while (*link && (*link)->number < number)
		link = &(*link)->next;
	return link;
}

static int add(struct readers *readers, unsigned int number)
{
	struct reader **link = place(readers, number), *reader;
	struct pcsc_ioc_info info;
	int fd;

	if (*link && (*link)->number == number)
		return 0;
	fd = open_reader(number, O_RDONLY, &info);
	if (fd < 0)
		return fd;
	reader = malloc(sizeof(*reader));
	if (!reader) {
		close(fd);
		return -ENOMEM;
	}
	*reader = (struct reader){ .next = *link, .number = number, .fd = fd };
	memcpy(reader->name, info.name, sizeof(reader->name));
	*link = reader;
	readers->count++;
	readers->changes++;
	return 0;
}

LONG readers_scan(struct readers *readers)
{
	unsigned int numbers[READERS_MAX];
	struct reader **link = &readers->first;
	size_t n, i;
	bool denied = false;

	while (*link) {
		if (gone(*link))
			drop(readers, link);
		else
			link = &(*link)->next;
	}
	n = device_numbers(numbers, READERS_MAX);
	for (i = 0; i < n; i++) {
		switch (add(readers, numbers[i])) {
		case -EACCES:
		case -EPERM:
			denied = true;
			break;
		case -ENOMEM:
		case -EMFILE:
		case -ENFILE:
			return SCARD_E_NO_MEMORY;
		default:
			/* It is there, or has left again. */
			break;
		}
	}
	return denied && !readers->first ? SCARD_W_SECURITY_VIOLATION :
					   SCARD_S_SUCCESS;
}

/* udev changes the mode of a node after it has appeared. */
static int watch_directory(void)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		return -1;
	if (inotify_add_watch(fd, device_directory(), IN_CREATE | IN_ATTRIB |
			      IN_MOVED_TO | IN_DELETE) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

LONG readers_watch(struct readers *readers)
{
	struct reader *reader;
	bool stale = false;
	char events[4096];

	if (readers->watch < 0) {
		readers->watch = watch_directory();
		if (readers->watch < 0)
			return SCARD_E_NO_MEMORY;
		stale = true;
	}
	while (read(readers->watch, events, sizeof(events)) > 0)
		stale = true;
	for (reader = readers->first; reader && !stale; reader = reader->next)
		stale = gone(reader);
	return stale ? readers_scan(readers) : SCARD_S_SUCCESS;
}

struct reader *readers_find(struct readers *readers, const char *name)
{
	struct reader *reader = readers->first;

	while (reader && strcmp(reader->name, name))
		reader = reader->next;
	return reader;
}

bool readers_look(struct readers *readers, struct reader *reader,
		  struct pcsc_ioc_state *state)
{
	struct reader **link = &readers->first;
	int error, tries = 3;

	/* It fails if the card leaves in the middle, and says so in the next. */
	do {
		*state = (struct pcsc_ioc_state){ .size = sizeof(*state) };
		error = device_ioctl(reader->fd, PCSC_IOC_STATE, state);
	} while (error && error != -ENODEV && --tries);
	if (error == -ENODEV) {
		/* The list has it: no end to look out for. */
		while (*link != reader)
			link = &(*link)->next;
		drop(readers, link);
		return false;
	}
	if (state->atr_len > MAX_ATR_SIZE)
		error = -EBADMSG;
	if (error)
		*state = (struct pcsc_ioc_state){ .state = SCARD_STATE_UNAVAILABLE };
	/* What cannot tell its state would announce the same event for ever. */
	reader->wanted = !error;
	return true;
}

int readers_open(struct readers *readers, const char *name,
		 struct pcsc_ioc_info *info)
{
	int scanned;

	/* What is known may be out of date, what was just opened is not. */
	for (scanned = 0; scanned < 2; scanned++) {
		struct reader *reader = readers_find(readers, name);
		int fd = reader ? open_reader(reader->number, O_RDWR, info) : -ENOENT;

		if (fd >= 0) {
			if (!strcmp((char *)info->name, name))
				return fd;
			close(fd);
		} else if (fd != -ENOENT && fd != -ENODEV && fd != -ENXIO) {
			return fd;
		}
		if (!scanned && readers_scan(readers) == SCARD_E_NO_MEMORY)
			return -ENOMEM;
	}
	return -ENOENT;
}

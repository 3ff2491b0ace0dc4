// SPDX-License-Identifier: BSD-2-Clause
/*
 * Waiting for a card without waking up in between: poll(2) on the reader, or,
 * while there is none, on the directory of its device node.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "slot.h"
#include "watch.h"

/* What a wait has open; no more than its own. */
struct watch {
	int reader;	/* -1: absent */
	int directory;	/* inotify, while the reader is absent */
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* Names in the directory come and go, and udev changes who may open them. */
static int watch_directory(const char *path)
{
	char name[sizeof(((struct slot *)0)->path)];
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char *end;

	if (fd < 0)
		return -1;
	strcpy(name, path);
	end = strrchr(name, '/');
	if (end)
		end[end == name] = '\0';
	if (inotify_add_watch(fd, end ? name : ".", IN_CREATE | IN_ATTRIB |
			      IN_MOVED_TO | IN_DELETE) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * Opens the reader and acknowledges its last event.  Where that fails the
 * directory is watched before the second try, so that no reader comes
 * unnoticed.
 * Return: false if there is nothing to wait for.
 */
static bool watch_ready(struct watch *w, const char *path)
{
	for (;;) {
		struct pcsc_ioc_state state = { .size = sizeof(state) };

		if (w->reader < 0)
			w->reader = device_open(path);
		if (w->reader >= 0) {
			int error = device_ioctl(w->reader, PCSC_IOC_STATE,
						 &state);

			if (!error) {
				device_close(&w->directory);
				return true;
			}
			device_close(&w->reader);
			if (error != -ENODEV)
				return false;
		}
		w->reader = -1;
		if (w->directory >= 0)
			return true;
		w->directory = watch_directory(path);
		if (w->directory < 0)
			return false;
	}
}

static void drain(int fd)
{
	char events[4096];

	while (read(fd, events, sizeof(events)) > 0)
		;
}

static bool take_stop(struct slot *s)
{
	bool stop;

	pthread_mutex_lock(&s->lock);
	stop = s->stop;
	s->stop = false;
	pthread_mutex_unlock(&s->lock);
	return stop;
}

static RESPONSECODE wait_for(struct slot *s, struct watch *w, int timeout_ms)
{
	int64_t end = now_ms() + timeout_ms;

	for (;;) {
		struct pollfd fds[2] = { { .fd = s->wake, .events = POLLIN } };
		int64_t left;

		drain(s->wake);
		if (!watch_ready(w, s->path))
			return IFD_COMMUNICATION_ERROR;
		if (slot_turn(s) || take_stop(s))
			return IFD_SUCCESS;
		left = end - now_ms();
		if (left <= 0)
			return IFD_SUCCESS;
		if (w->reader >= 0) {
			fds[1].fd = w->reader;
			fds[1].events = device_event;
		} else {
			fds[1].fd = w->directory;
			fds[1].events = POLLIN;
		}
		if (poll(fds, 2, left) < 0 && errno != EINTR)
			return IFD_COMMUNICATION_ERROR;
		if (w->directory >= 0)
			drain(w->directory);
		if (fds[1].revents & (POLLHUP | POLLERR | POLLNVAL))
			device_close(&w->reader);
	}
}

RESPONSECODE watch_wait(DWORD lun, int timeout_ms)
{
	struct watch w = { -1, -1 };
	struct slot *s = slot_get(lun);
	RESPONSECODE rc;

	if (!s)
		return IFD_NO_SUCH_DEVICE;
	rc = wait_for(s, &w, timeout_ms);
	device_close(&w.reader);
	device_close(&w.directory);
	slot_put(s);
	return rc;
}

RESPONSECODE watch_stop(DWORD lun)
{
	struct slot *s = slot_get(lun);

	if (!s)
		return IFD_NO_SUCH_DEVICE;
	slot_stop(s);
	slot_put(s);
	return IFD_SUCCESS;
}

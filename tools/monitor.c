// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * monitor: what happens to readers and cards, as it happens.  poll(2) sleeps on the
 * readers and on an inotify watch of the directory where new ones appear.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "failure.h"
#include "json.h"
#include "options.h"
#include "readers.h"
#include "stop.h"

/**
 * struct watch - all that is watched
 * @options: what the user asked for
 * @inotify: on the directory of the devices
 * @device: the readers that are open
 * @poll: the descriptors of those, the one of inotify behind them
 * @count: how many readers
 * @events: how many events were printed
 * @denied: whether a reader could not be opened for lack of permission
 */
struct watch {
	const struct options *options;
	int inotify;
	struct device *device;
	struct pollfd *poll;
	size_t count;
	unsigned long events;
	bool denied;
};

static bool done(const struct watch *watch)
{
	return stop_signal() ||
	       (watch->options->count && watch->events >= watch->options->count);
}

/* "now" is how things are at the start, and no event. */
static void print(struct watch *watch, const struct device *device, const char *event)
{
	struct text text = { 0 };
	bool now = !strcmp(event, "now");

	if (done(watch))
		return;
	watch->events += !now;
	if (watch->options->json) {
		json_open(&text, NULL, '{');
		json_string(&text, "event", event);
		readers_json(&text, device);
		json_close(&text, '}');
		text_add(&text, "\n", 1);
	} else {
		text_printf(&text, "%-14s  %-2u  ", event, device->number);
		readers_name(&text, device);
		text_printf(&text, "  [");
		readers_state(&text, device);
		text_printf(&text, "]\n");
	}
	if (!(now && watch->options->quiet))
		text_print(&text);
	text_free(&text);
}

/* Between two looks cards may have come and gone: the counter tells. */
static void changed(struct watch *watch, struct device *device)
{
	struct device before = *device;
	bool was = device_has_card(&before), is;

	if (!device_state(device))
		return;
	is = device_has_card(device);
	if (was && (!is || before.state.events != device->state.events))
		print(watch, is ? &before : device, "card-removed");
	else if (!was && !is && before.state.events != device->state.events)
		print(watch, device, "card-missed");
	if (is && (!was || before.state.events != device->state.events))
		print(watch, device, "card-inserted");
	if (was == is && before.state.events == device->state.events &&
	    before.state.state != device->state.state)
		print(watch, device, "state");
}

static void leave(struct watch *watch, size_t i)
{
	struct device *device = &watch->device[i];

	device->state.state = PCSC_STATE_UNKNOWN;
	device->state.atr_len = 0;
	device_close(device);
	print(watch, device, "reader-removed");
	watch->count--;
	memmove(device, device + 1, (watch->count - i) * sizeof(*device));
}

/* A device file that appeared, or that may be opened now: udev changes its mode. */
static void arrive(struct watch *watch, unsigned int number, const char *event)
{
	struct device device;
	size_t i;

	for (i = 0; i < watch->count; i++)
		if (watch->device[i].number == number) {
			if (device_state(&watch->device[i]))
				return;
			/* Its name has been given to a new device. */
			leave(watch, i);
			break;
		}
	if (!device_open(&device, number)) {
		if (failure_status(device.error) == STATUS_PERMISSION)
			watch->denied = true;
		return;
	}
	if (!readers_match(&device, watch->options->reader)) {
		device_close(&device);
		return;
	}
	watch->device = get_memory(watch->device, (watch->count + 1) * sizeof(device));
	watch->device[watch->count++] = device;
	print(watch, &device, event);
}

static void directory(struct watch *watch)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event;
	ssize_t n = read(watch->inotify, buffer, sizeof(buffer)), at;

	for (at = 0; at < n; at += sizeof(*event) + event->len) {
		long number = -1;

		event = (const struct inotify_event *)(buffer + at);
		if (event->len)
			number = readers_number(event->name);
		if (number >= 0)
			arrive(watch, number, "reader-added");
	}
}

/* ms until @end; -1 for ever */
static int left(const struct options *options, const struct timespec *end)
{
	struct timespec now;
	long long ms;

	if (!options->timeout)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (end->tv_sec - now.tv_sec) * 1000LL + (end->tv_nsec - now.tv_nsec) / 1000000;
	return ms < 0 ? 0 : ms;
}

static enum status denied(void)
{
	say("no reader may be opened: become root or a member of the group that owns "
	    DEVICE_DIR "/" DEVICE_PREFIX "*");
	return STATUS_PERMISSION;
}

static enum status timed_out(const struct watch *watch)
{
	if (!watch->options->count)
		return STATUS_OK;
	say("%lu of %lu events in %u ms", watch->events, watch->options->count,
	    watch->options->timeout);
	return STATUS_TIMEOUT;
}

static enum status loop(struct watch *watch)
{
	struct timespec end;
	size_t i;
	int n;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += watch->options->timeout / 1000;
	end.tv_nsec += watch->options->timeout % 1000 * 1000000;
	while (!done(watch)) {
		watch->poll = get_memory(watch->poll, (watch->count + 1) * sizeof(*watch->poll));
		for (i = 0; i < watch->count; i++)
			watch->poll[i] = (struct pollfd){ watch->device[i].fd, POLLPRI, 0 };
		watch->poll[i] = (struct pollfd){ watch->inotify, POLLIN, 0 };
		n = poll(watch->poll, watch->count + 1, left(watch->options, &end));
		if (n < 0 && errno != EINTR) {
			say("poll: %s", strerror(errno));
			return STATUS_OTHER;
		}
		if (!n)
			return timed_out(watch);
		if (n < 0)
			continue;
		/* The directory last: it changes the list.  So does a reader that leaves. */
		i = watch->count;
		n = watch->poll[i].revents;
		while (i--) {
			if (watch->poll[i].revents & (POLLHUP | POLLERR | POLLNVAL))
				leave(watch, i);
			else if (watch->poll[i].revents)
				changed(watch, &watch->device[i]);
		}
		if (n)
			directory(watch);
	}
	return STATUS_OK;
}

int run_monitor(const struct options *options)
{
	struct watch watch = { .options = options };
	struct dirent **entries;
	enum status status;
	int count, i;

	watch.inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watch.inotify < 0 ||
	    inotify_add_watch(watch.inotify, DEVICE_DIR, IN_CREATE | IN_ATTRIB) < 0) {
		say("cannot watch " DEVICE_DIR ": %s", strerror(errno));
		return STATUS_OTHER;
	}
	/* Those that come from here on are not missed: the watch is there already. */
	count = scandir(DEVICE_DIR, &entries, NULL, versionsort);
	for (i = 0; i < count; i++) {
		long number = readers_number(entries[i]->d_name);

		if (number >= 0)
			arrive(&watch, number, "now");
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	/* Without any reader it waits for one, but not for a permission. */
	if (watch.denied && !watch.count)
		status = denied();
	else
		status = loop(&watch);
	for (i = 0; i < (int)watch.count; i++)
		device_close(&watch.device[i]);
	free(watch.device);
	free(watch.poll);
	close(watch.inotify);
	return status;
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Finding readers, see readers.h.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "json.h"
#include "readers.h"

#define CLASS_DIR	"/sys/class/pcsc"

long readers_number(const char *file)
{
	unsigned long n;
	char *end;

	if (strncmp(file, DEVICE_PREFIX, strlen(DEVICE_PREFIX)))
		return -1;
	file += strlen(DEVICE_PREFIX);
	if (*file < '0' || *file > '9')
		return -1;
	errno = 0;
	n = strtoul(file, &end, 10);
	return *end || errno || n > 0xfffff ? -1 : (long)n;
}

static int by_number(const void *a, const void *b)
{
	const unsigned int *m = a, *n = b;

	return (*m > *n) - (*m < *n);
}

enum status readers_find(struct readers *readers)
{
	DIR *dir = opendir(DEVICE_DIR);
	unsigned int *numbers = NULL;
	struct dirent *entry;
	size_t count = 0, i;

	*readers = (struct readers){ 0 };
	if (!dir) {
		say(DEVICE_DIR ": %s", strerror(errno));
		return STATUS_OTHER;
	}
	while ((entry = readdir(dir))) {
		long n = readers_number(entry->d_name);

		if (n < 0)
			continue;
		numbers = get_memory(numbers, (count + 1) * sizeof(*numbers));
		numbers[count++] = n;
	}
	closedir(dir);
	if (!count) {
		if (access(CLASS_DIR, F_OK))
			say("no readers: the driver is not loaded; try 'modprobe pcsc_passthru'");
		else
			say("no readers: has the host a reader, and does its pcscd run?");
		return STATUS_NO_READER;
	}
	qsort(numbers, count, sizeof(*numbers), by_number);
	readers->device = get_memory(NULL, count * sizeof(*readers->device));
	/* One that has left since is none. */
	for (i = 0; i < count; i++)
		if (device_open(&readers->device[readers->count], numbers[i]) ||
		    failure_status(readers->device[readers->count].error) != STATUS_NO_READER)
			readers->count++;
	free(numbers);
	return STATUS_OK;
}

void readers_close(struct readers *readers)
{
	size_t i;

	for (i = 0; i < readers->count; i++)
		device_close(&readers->device[i]);
	free(readers->device);
	*readers = (struct readers){ 0 };
}

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

bool readers_match(const struct device *device, const char *wanted)
{
	const char *name = (const char *)device->info.name;

	if (!wanted)
		return true;
	if (is_number(wanted))
		return strtoul(wanted, NULL, 10) == device->number;
	return device->fd >= 0 && (!strcmp(name, wanted) || !fnmatch(wanted, name, 0));
}

/* Why there is no reader that would do */
static enum status none(const struct readers *readers, const char *wanted, size_t matching)
{
	struct text text = { 0 };
	size_t i;

	if (matching) {
		say("no card in %s: insert one; 'pcsc-reader monitor' shows when it is there",
		    matching == 1 ? "the reader" : "any of the readers");
		return STATUS_NO_CARD;
	}
	for (i = 0; i < readers->count; i++)
		if (readers->device[i].fd < 0)
			return failure_say(readers->device[i].number, "open",
					   readers->device[i].error, 0);
	text_name(&text, wanted ? wanted : "", wanted ? strlen(wanted) : 0);
	say("no reader is called '%.*s'; see 'pcsc-reader list'", (int)text.len, text.data);
	text_free(&text);
	return STATUS_NO_READER;
}

enum status readers_choose(struct device *device, const char *wanted, bool card)
{
	bool by_number = wanted && is_number(wanted);
	struct device *chosen = NULL;
	struct readers readers;
	enum status status = readers_find(&readers);
	size_t matching = 0, i;

	if (status)
		return status;
	for (i = 0; i < readers.count; i++) {
		struct device *this = &readers.device[i];

		if (!readers_match(this, wanted))
			continue;
		if (this->fd < 0) {
			if (!by_number)
				continue;
			status = failure_say(this->number, "open", this->error, 0);
			goto close;
		}
		matching++;
		if (!chosen || (!device_has_card(chosen) && device_has_card(this)))
			chosen = this;
	}
	/* Asked for by its number, the host is to say what is wrong with it. */
	if (!chosen || (card && !by_number && !device_has_card(chosen) &&
			!(chosen->state.state & PCSC_STATE_UNAVAILABLE))) {
		status = none(&readers, wanted, matching);
		goto close;
	}
	*device = *chosen;
	chosen->fd = -1;
close:
	readers_close(&readers);
	return status;
}

void readers_name(struct text *text, const struct device *device)
{
	if (device->name_len)
		text_name(text, device->info.name, device->name_len);
	else
		text_printf(text, "(no name)");
}

static const struct {
	uint32_t bit;
	const char *word;
} state_words[] = {
	{ PCSC_STATE_UNKNOWN, "unknown" },
	{ PCSC_STATE_UNAVAILABLE, "unavailable" },
	{ PCSC_STATE_EMPTY, "empty" },
	{ PCSC_STATE_PRESENT, "card" },
	{ PCSC_STATE_MUTE, "mute" },
	{ PCSC_STATE_UNPOWERED, "unpowered" },
	{ PCSC_STATE_EXCLUSIVE, "exclusive" },
	{ PCSC_STATE_INUSE, "shared" },
};

/* Exclusive is more than shared: only one of the two is said. */
static bool has_word(const struct device *device, size_t i)
{
	uint32_t state = device->state.state;

	if (state & PCSC_STATE_EXCLUSIVE)
		state &= ~PCSC_STATE_INUSE;
	return state & state_words[i].bit;
}

void readers_state(struct text *text, const struct device *device)
{
	const char *before = "";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(state_words); i++)
		if (has_word(device, i)) {
			text_printf(text, "%s%s", before, state_words[i].word);
			before = ", ";
		}
	if (!*before)
		text_printf(text, "unknown");
}

void readers_json(struct text *text, const struct device *device)
{
	size_t i;

	json_number(text, "reader", device->number);
	if (device->name_len)
		json_bytes(text, "name", device->info.name, device->name_len);
	else
		json_null(text, "name");
	json_open(text, "state", '[');
	for (i = 0; i < ARRAY_SIZE(state_words); i++)
		if (has_word(device, i))
			json_string(text, NULL, state_words[i].word);
	json_close(text, ']');
	json_number(text, "events", device->state.events);
	if (device->state.atr_len)
		json_hex(text, "atr", device->state.atr, device->state.atr_len);
	else
		json_null(text, "atr");
}

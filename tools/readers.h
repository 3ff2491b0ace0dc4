/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Which readers there are, which one is meant, and their state in words.
 */
#ifndef READERS_H
#define READERS_H

#include "device.h"
#include "text.h"

/* All readers by their numbers, also those that could not be opened */
struct readers {
	struct device *device;
	size_t count;
};

/* STATUS_OK, or why not even their numbers are known; told to the user */
enum status readers_find(struct readers *readers);
void readers_close(struct readers *readers);

/**
 * readers_number() - the number in the name of a device file
 *
 * Return: N of pcsc_readerN, or -1 if that is not its name.
 */
long readers_number(const char *file);

/* Whether @wanted, a number, a name or a pattern, means this reader; NULL means any. */
bool readers_match(const struct device *device, const char *wanted);

/**
 * readers_choose() - opens the reader that a command is for
 * @device: the result; other readers are closed
 * @wanted: number, name or pattern, or NULL
 * @card: a reader without a card will not do, unless it was asked for by number
 *
 * Of several that fit, it is the first that has a card, then the first.
 *
 * Return: STATUS_OK, or why there is none; told to the user.
 */
enum status readers_choose(struct device *device, const char *wanted, bool card);

/* The name, safe for a terminal */
void readers_name(struct text *text, const struct device *device);
/* What state it is in, a few words */
void readers_state(struct text *text, const struct device *device);
/* Members of a JSON object: reader, name, state, events, atr */
void readers_json(struct text *text, const struct device *device);

#endif /* READERS_H */

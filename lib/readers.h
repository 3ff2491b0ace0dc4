/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The readers that a context knows, each with an open file of its own to look at
 * it and to wait for its events.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef LIB_READERS_H
#define LIB_READERS_H

#include <stdbool.h>

#include <winscard.h>

#include "device.h"

/* The kernel has no more nodes. */
#define READERS_MAX 256

/**
 * struct reader - one of them
 * @next: the one with the next higher number
 * @number: N of its node
 * @fd: to look and to poll(2)
 * @wanted: its events are waited for
 * @name: what the host calls it
 */
struct reader {
	struct reader *next;
	unsigned int number;
	int fd;
	bool wanted;
	char name[PCSC_NAME_SIZE];
};

/**
 * struct readers - those of a context
 * @first: the one with the lowest number
 * @count: how many there are
 * @changes: how often one came or went
 * @watch: inotify(7) of the nodes' directory; -1 until somebody waits
 */
struct readers {
	struct reader *first;
	unsigned int count;
	unsigned int changes;
	int watch;
};

void readers_init(struct readers *readers);
void readers_free(struct readers *readers);

/**
 * readers_scan() - bring the list up to date
 * @readers: those that were known
 *
 * Return: SCARD_S_SUCCESS, with or without readers; SCARD_W_SECURITY_VIOLATION
 * if there are readers, but none that this user may open; SCARD_E_NO_MEMORY.
 */
LONG readers_scan(struct readers *readers);

/**
 * readers_watch() - see to it that no change of the list goes unnoticed
 * @readers: brought up to date where something has changed
 *
 * Return: as readers_scan().
 */
LONG readers_watch(struct readers *readers);

/**
 * readers_find() - find a reader by its name
 * @readers: where
 * @name: the host's name
 *
 * Return: the reader, or NULL.
 */
struct reader *readers_find(struct readers *readers, const char *name);

/**
 * readers_look() - how a reader is now
 * @readers: where it is; it leaves the list if it is gone
 * @reader: the reader
 * @state: the answer; the reader's next event is one that is not in it
 *
 * Return: false if the reader is gone.
 */
bool readers_look(struct readers *readers, struct reader *reader,
		  struct pcsc_ioc_state *state);

/**
 * readers_open() - open a reader that has a given name, for commands
 * @readers: where to look it up; brought up to date if need be
 * @name: the host's name
 * @info: what is known of it
 *
 * Return: a descriptor, or a negative errno; -ENOENT if there is no such reader.
 */
int readers_open(struct readers *readers, const char *name,
		 struct pcsc_ioc_info *info);

#endif /* LIB_READERS_H */

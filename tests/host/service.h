/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection to pcscd, and what both scard and stack-ctl ask it.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stddef.h>
#include <winscard.h>

/* Readers that pcscd can have, with room for more. */
#define SERVICE_READERS_MAX	64

/**
 * struct service - a context and the readers of the time when it was opened
 * @context: the context, 0: none
 * @names: all readers' names, as a multi-string
 * @readers: where each one begins, in pcscd's order
 * @count: how many there are
 * @call: the winscard function whose result was the last one returned
 */
struct service {
	SCARDCONTEXT context;
	char *names;
	const char *readers[SERVICE_READERS_MAX];
	size_t count;
	const char *call;
};

/* Return: a winscard result. Whatever it is, service_close() comes in the end. */
LONG service_open(struct service *s);
void service_close(struct service *s);

/**
 * service_wait() - wait for a state of a reader
 * @s: the connection
 * @name: the reader's name
 * @wanted: SCARD_STATE_PRESENT or SCARD_STATE_EMPTY
 * @ms: how long
 *
 * Return: a winscard result; SCARD_E_TIMEOUT: it did not come in time.
 */
LONG service_wait(struct service *s, const char *name, DWORD wanted, long ms);

#endif

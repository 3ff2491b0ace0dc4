/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What scard can do. Each verb prints its result on stdout, or what failed on
 * stderr, and returns an exit status.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef VERBS_H
#define VERBS_H

#include <stdbool.h>
#include <winscard.h>

enum exit_status {
	EXIT_OK,
	EXIT_FAILED,
	EXIT_USAGE,
};

/**
 * struct connect_options - how verbs connect, and disconnect in the end
 * @share: SCARD_SHARE_…
 * @protocols: SCARD_PROTOCOL_…, or-ed
 * @disposition: SCARD_LEAVE_CARD and so on
 */
struct connect_options {
	DWORD share;
	DWORD protocols;
	DWORD disposition;
};

extern struct connect_options opt;

/* Opens the context and reads the list of readers; the rest needs it. */
int open_service(void);
void close_service(void);

/* The reader with this number or name; NULL and a message: none. */
const char *find_reader(const char *text);

int do_list(void);
int do_state(const char *name);
/* @wanted: SCARD_STATE_PRESENT or SCARD_STATE_EMPTY */
int do_wait(const char *name, DWORD wanted, long ms);
int do_status(const char *name, bool atr_only);
int do_apdu(const char *name, int count, char **apdus);
int do_time(const char *name, long count, const char *hex);
int do_hold(const char *name, long ms, bool transaction);
int do_reset(const char *name);

#endif

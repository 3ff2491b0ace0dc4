/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (C) 2026 The pcsc-passthru authors */
#ifndef TEST_H
#define TEST_H

#include <ifdhandler.h>
#include <reader.h>

#include "fake.h"
#include "ktap.h"

/* pcscd's number of the reader that the tests have */
#define LUN 0x30000

#define SEEN_MAX 16

/* What the handler asked of the driver since seen_clear(), but for looks */
struct seen {
	unsigned long request;
	uint32_t share;
	uint32_t disposition;
};

extern struct seen seen[SEEN_MAX];
extern unsigned int seen_count;
void seen_clear(void);

/* All is new: reader 0 is there, without a channel. */
void test_start(void);
/* A channel to reader 0; @how is what stands behind its path in DEVICENAME. */
RESPONSECODE test_channel(const char *how);
/* All is new, with a channel to reader 0 and its card under power. */
void test_power_up(void);
/* The same on a host that allows control codes */
void test_power_up_with_control(void);
/* A result of the host's for the next request of that kind */
void test_fail_next(unsigned long request, LONG result);
/* The next answer of that kind has this length in its first and only one */
void test_lie_next(unsigned long request, uint32_t length);

/* One result: what a call returned is what was wanted */
void gives(RESPONSECODE rc, RESPONSECODE wanted, const char *what);
/* One result: the one thing that was asked since the last time */
void only_asked(unsigned long request, uint32_t share, uint32_t disposition, const char *what);

void test_power(void);
void test_transmit(void);
void test_control(void);
void test_watch(void);

#endif /* TEST_H */

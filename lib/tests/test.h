/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (C) 2026 The pcsc-passthru authors */
#ifndef TEST_H
#define TEST_H

#include <winscard.h>

#include "fake.h"
#include "ktap.h"

/* A context on readers 0 and 1, and a handle of reader 0 */
SCARDCONTEXT test_context(void);
SCARDHANDLE test_connect(SCARDCONTEXT context, const char *name);

/* One result: what a call returned is what was wanted */
void returns(LONG rv, LONG wanted, const char *what);

void test_lies(void);
void test_errors(void);
void test_change(void);
void test_threads(void);

#endif /* TEST_H */

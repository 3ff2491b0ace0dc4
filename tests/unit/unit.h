/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The pcsc-passthru authors */
#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>

#include <linux/kernel.h>

/* One result; the text says what was to be seen. */
void __printf(2, 3) ok(bool good, const char *fmt, ...);
/* A comment */
void __printf(1, 2) diag(const char *fmt, ...);

void test_hex(void);
void test_state(void);
void test_errno(const char *top);

#endif /* UNIT_H */

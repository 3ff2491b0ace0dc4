/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (C) 2026 The pcsc-passthru authors */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stddef.h>

#include "gt.h"

/* One result; the text says what was to be seen. */
void ok(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A comment */
void diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The next of a sequence of numbers that is the same in each run */
unsigned int random_number(void);

void test_hex(void);
void test_expect(void);
void test_text(void);
void test_json(void);
void test_atr(void);
void test_atr_random(void);

#endif /* TEST_H */

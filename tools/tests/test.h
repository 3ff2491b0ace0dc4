/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (C) 2026 The pcsc-passthru authors */
#ifndef TEST_H
#define TEST_H

#include <stddef.h>

#include "gt.h"
#include "ktap.h"

/* The next of a sequence of numbers that is the same in each run */
unsigned int random_number(void);

void test_hex(void);
void test_expect(void);
void test_text(void);
void test_json(void);
void test_atr(void);
void test_atr_random(void);

#endif /* TEST_H */

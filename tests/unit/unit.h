/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The pcsc-passthru authors */
#ifndef UNIT_H
#define UNIT_H

#include <linux/kernel.h>

#include "ktap.h"

void test_hex(void);
void test_state(void);
void test_errno(const char *top);

#endif /* UNIT_H */

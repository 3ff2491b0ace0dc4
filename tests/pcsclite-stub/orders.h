/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the test wants the calls of the stub to do.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef STUB_ORDERS_H
#define STUB_ORDERS_H

#include <stdbool.h>

/**
 * struct order - what a call is to do
 * @verb: "error", "late", "never", "dies", "length", "nothing", "names",
 *        "odd", "counts", or "" for an honest call; README.md says what they mean
 * @text: what stands behind the verb
 * @number: the same as a number
 */
struct order {
	char verb[16];
	char text[64];
	unsigned long number;
};

/* order_for() - the order for a call, as of now */
struct order order_for(const char *call);

/* orders_serial() - the number of the orders that are in force */
unsigned long orders_serial(void);

#endif

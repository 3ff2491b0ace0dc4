/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Status words that are as they should be: patterns like 9000 or 61xx.
 */
#ifndef EXPECT_H
#define EXPECT_H

#include <stdbool.h>
#include <stdint.h>

#define EXPECT_MAX	64

/* A status word matches one if they are equal in the bits of the mask. */
struct expect {
	unsigned int count;
	struct {
		uint16_t value;
		uint16_t mask;
	} pattern[EXPECT_MAX];
};

/* Adds the patterns of a list with commas; false if it is not one. */
bool expect_add(struct expect *expect, const char *list);
/* Whether one of them matches; without any, everything does. */
bool expect_match(const struct expect *expect, uint16_t sw);

#endif /* EXPECT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Hexadecimal text, as sysfs users write commands and read answers.
 */
#ifndef PCSC_HEX_H
#define PCSC_HEX_H

#include <linux/types.h>

/* Characters of a byte in our text: two digits and what follows them */
#define PCSC_HEX_CHARS	3

ssize_t pcsc_hex_decode(const char *text, size_t len, u8 *bytes, size_t size);
size_t pcsc_hex_encode(const u8 *bytes, size_t len, size_t pos, char *text,
		       size_t size);

#endif /* PCSC_HEX_H */

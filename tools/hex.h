/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Hex text to bytes.
 */
#ifndef HEX_H
#define HEX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What is wrong with a text, and at which of its characters, from 0 */
struct hex_fault {
	const char *what;
	size_t position;
};

/**
 * hex_parse() - bytes of two digits each, blanks between them if any
 * @text: not necessarily ended by a NUL
 * @len: its characters
 * @bytes: where the bytes go
 * @size: how many there is room for
 * @fault: what was wrong, written if something was
 *
 * Return: how many bytes there were, or -1.
 */
ssize_t hex_parse(const char *text, size_t len, uint8_t *bytes, size_t size,
		  struct hex_fault *fault);

/* The value of a hex digit, or -1 */
int hex_digit(char c);

#endif /* HEX_H */

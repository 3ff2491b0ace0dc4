/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hex text for the host-side test programs.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef HEX_H
#define HEX_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * hex_parse() - turn hex text into bytes
 * @text: pairs of digits; blanks and colons may stand between pairs
 * @out: where the bytes go
 * @room: bytes that fit there
 *
 * Return: how many bytes, or -1 when the text is not whole pairs of hex digits
 * or there is no room for all of them.
 */
long hex_parse(const char *text, uint8_t *out, size_t room);

/**
 * hex_print() - write bytes as "00 A4 …", no newline
 * @f: where to
 * @data: the bytes
 * @len: how many
 */
void hex_print(FILE *f, const uint8_t *data, size_t len);

#endif

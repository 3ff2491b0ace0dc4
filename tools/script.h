/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The APDUs that the user wants sent: arguments, a file, standard input.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "lines.h"
#include "options.h"

/* One APDU; @bytes is NULL where standard input is meant */
struct step {
	uint8_t *bytes;
	size_t len;
};

struct script {
	struct step *step;
	size_t count;
};

/* Everything but standard input is read and checked before a card is touched. */
enum status script_load(struct script *script, const struct options *options);
void script_free(struct script *script);

/**
 * script_line() - the APDU of the next line that has one
 * @lines: where from
 * @least: bytes that it has at least
 * @bytes: room for PCSC_LENGTH_MAX bytes
 * @len: how many it has; 0 at the end
 *
 * Return: STATUS_OK, or what is wrong, told with line and place.
 */
enum status script_line(struct lines *lines, size_t least, uint8_t *bytes, size_t *len);

/* The bytes in the shortest APDU of the protocols that are asked for */
size_t script_least(const struct options *options);

#endif /* SCRIPT_H */

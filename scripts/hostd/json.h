/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of JSON as a client of QMP needs.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>

/* Is @text one JSON value, and nothing else? */
bool json_valid(const char *text);

/**
 * json_has_member() - look for a member of an object, not of what is in it
 * @text: JSON text
 * @name: the member's name, of characters that JSON need not escape
 *
 * Return: whether @text is an object that has it; a wrong text has none.
 */
bool json_has_member(const char *text, const char *name);

#endif

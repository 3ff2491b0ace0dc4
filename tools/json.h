/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * JSON.  Each call that begins a value or a member puts the comma before it
 * where one is due.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>

#include "text.h"

/* @key is NULL in an array and for the outermost value. */
void json_open(struct text *text, const char *key, char bracket);
void json_close(struct text *text, char bracket);
/* Any bytes: what is not UTF-8 becomes U+FFFD. */
void json_bytes(struct text *text, const char *key, const void *data, size_t len);
void json_string(struct text *text, const char *key, const char *string);
void json_number(struct text *text, const char *key, unsigned long number);
void json_bool(struct text *text, const char *key, bool value);
void json_null(struct text *text, const char *key);
/* A string of hex digits, without blanks */
void json_hex(struct text *text, const char *key, const uint8_t *bytes, size_t len);

#endif /* JSON_H */

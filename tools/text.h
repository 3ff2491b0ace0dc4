/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Output.  A line is put together in memory that is wiped when it has been
 * written, because it may hold an APDU; stdio would keep it.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

struct text {
	char *data;
	size_t len;
	size_t size;
};

void text_add(struct text *text, const char *data, size_t len);
void text_printf(struct text *text, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Upper case, a space between bytes */
void text_hex(struct text *text, const uint8_t *bytes, size_t len);
/**
 * text_name() - a name that somebody else chose, safe for a terminal
 *
 * Control characters, marks that reverse the direction of text and what is not
 * UTF-8 become question marks.
 */
void text_name(struct text *text, const void *name, size_t len);
/* Writes all of it to stdout; it is empty afterwards. */
void text_print(struct text *text);
void text_free(struct text *text);

/**
 * utf8_next() - how many bytes the character at @p takes
 * @p: text
 * @left: bytes there, at least one
 * @code: the character
 *
 * Return: 1 to 4; 0 if it is not UTF-8.
 */
size_t utf8_next(const uint8_t *p, size_t left, uint32_t *code);

/* Memory or the end of the program */
void *get_memory(void *old, size_t size);
/* A message on stderr, with the program's name and a newline */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* TEXT_H */

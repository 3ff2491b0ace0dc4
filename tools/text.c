// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Output, see text.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "status.h"
#include "text.h"

/* In one piece, so that it stays together among what others write. */
void say(const char *fmt, ...)
{
	char line[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	fprintf(stderr, "pcsc-reader: %s\n", line);
}

void *get_memory(void *old, size_t size)
{
	void *new = realloc(old, size ? size : 1);

	if (!new) {
		say("out of memory");
		exit(STATUS_OTHER);
	}
	return new;
}

/* Not realloc(), which leaves a copy behind. */
static void make_room(struct text *text, size_t more)
{
	size_t size = text->size ? text->size : 256;
	char *data;

	while (size - text->len < more)
		size *= 2;
	if (size == text->size)
		return;
	data = get_memory(NULL, size);
	if (text->len)
		memcpy(data, text->data, text->len);
	text_free(&(struct text){ text->data, text->len, text->size });
	text->data = data;
	text->size = size;
}

void text_add(struct text *text, const char *data, size_t len)
{
	make_room(text, len);
	memcpy(text->data + text->len, data, len);
	text->len += len;
}

void text_printf(struct text *text, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		return;
	make_room(text, len + 1);
	va_start(args, fmt);
	vsnprintf(text->data + text->len, len + 1, fmt, args);
	va_end(args);
	text->len += len;
}

void text_hex(struct text *text, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t i;

	for (i = 0; i < len; i++) {
		char byte[] = { ' ', digits[bytes[i] >> 4], digits[bytes[i] & 15] };

		text_add(text, i ? byte : byte + 1, i ? 3 : 2);
	}
}

size_t utf8_next(const uint8_t *p, size_t left, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len, i;

	*code = p[0];
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xf0)
		len = 4;
	else if (p[0] >= 0xe0)
		len = 3;
	else
		len = 2;
	if (p[0] < 0xc0 || p[0] >= 0xf8 || left < len)
		return 0;
	*code = p[0] & (0x7f >> len);
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	if (*code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return len;
}

/* Moves a terminal's cursor, changes its state or turns its text around */
static int is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) ||
	       (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

void text_name(struct text *text, const void *name, size_t len)
{
	const uint8_t *p = name;
	size_t n;

	for (; len; p += n, len -= n) {
		uint32_t code;

		n = utf8_next(p, len, &code);
		if (n && !is_control(code)) {
			text_add(text, (const char *)p, n);
			continue;
		}
		text_add(text, "?", 1);
		n += !n;
	}
}

void text_print(struct text *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = write(STDOUT_FILENO, text->data + done, text->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			say("cannot write: %s", strerror(errno));
			exit(STATUS_OTHER);
		}
		done += n;
	}
	if (text->size)
		explicit_bzero(text->data, text->size);
	text->len = 0;
}

void text_free(struct text *text)
{
	if (text->size)
		explicit_bzero(text->data, text->size);
	free(text->data);
	*text = (struct text){ 0 };
}

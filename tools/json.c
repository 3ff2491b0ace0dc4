// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * JSON, see json.h.
 */
#include <string.h>

#include "json.h"

static void quoted(struct text *text, const uint8_t *p, size_t len)
{
	size_t n;

	text_add(text, "\"", 1);
	for (; len; p += n, len -= n) {
		uint32_t code;

		n = utf8_next(p, len, &code);
		if (!n) {
			text_printf(text, "\\ufffd");
			n = 1;
		} else if (code == '"' || code == '\\') {
			text_printf(text, "\\%c", (char)code);
		} else if (code < 0x20 || (code >= 0x7f && code < 0xa0) ||
			   (code >= 0x2000 && code < 0x2070)) {
			/* A terminal shows JSON, too. */
			text_printf(text, "\\u%04x", (unsigned int)code);
		} else {
			text_add(text, (const char *)p, n);
		}
	}
	text_add(text, "\"", 1);
}

/* What comes before a value */
static void begin(struct text *text, const char *key)
{
	if (text->len && !strchr("{[\n", text->data[text->len - 1]))
		text_add(text, ",", 1);
	if (key) {
		quoted(text, (const uint8_t *)key, strlen(key));
		text_add(text, ":", 1);
	}
}

void json_open(struct text *text, const char *key, char bracket)
{
	begin(text, key);
	text_add(text, &bracket, 1);
}

void json_close(struct text *text, char bracket)
{
	text_add(text, &bracket, 1);
}

void json_bytes(struct text *text, const char *key, const void *data, size_t len)
{
	begin(text, key);
	quoted(text, data, len);
}

void json_string(struct text *text, const char *key, const char *string)
{
	json_bytes(text, key, string, strlen(string));
}

void json_number(struct text *text, const char *key, unsigned long number)
{
	begin(text, key);
	text_printf(text, "%lu", number);
}

void json_bool(struct text *text, const char *key, bool value)
{
	begin(text, key);
	text_printf(text, value ? "true" : "false");
}

void json_null(struct text *text, const char *key)
{
	begin(text, key);
	text_printf(text, "null");
}

void json_hex(struct text *text, const char *key, const uint8_t *bytes, size_t len)
{
	begin(text, key);
	text_add(text, "\"", 1);
	while (len--)
		text_hex(text, bytes++, 1);
	text_add(text, "\"", 1);
}

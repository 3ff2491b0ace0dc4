// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The historical bytes of an answer to reset, ISO 7816-4: a first byte that says
 * how the rest is built, data objects of a compact kind, and a status.
 */
#include "atr.h"
#include "json.h"

#define HISTORY_STATUS_LAST	0x00	/* the last three bytes are a status */
#define HISTORY_DIR		0x10	/* where to find data objects */
#define HISTORY_OBJECTS		0x80	/* data objects, maybe a status among them */

static const char *object_name(unsigned int tag)
{
	static const char *const names[16] = {
		[0x1] = "country code", [0x2] = "issuer identification",
		[0x3] = "card service data", [0x4] = "initial access data",
		[0x5] = "card issuer's data", [0x6] = "pre-issuing data",
		[0x7] = "card capabilities", [0x8] = "status",
		[0xf] = "application identifier",
	};

	return names[tag] ? names[tag] : "unknown";
}

/* The data objects of the historical bytes, one after the other */
struct objects {
	const uint8_t *next;
	size_t left;
	unsigned int tag;
	const uint8_t *value;
	size_t len;
};

static struct objects objects_begin(const struct atr *atr)
{
	const uint8_t *history = atr->bytes + atr->history_at;
	struct objects objects = { .next = history + 1 };

	if (!atr->history_len)
		return objects;
	if (history[0] == HISTORY_OBJECTS)
		objects.left = atr->history_len - 1;
	else if (history[0] == HISTORY_STATUS_LAST && atr->history_len >= 4)
		objects.left = atr->history_len - 4;
	return objects;
}

/* false: no more, or what is left is no data object */
static bool objects_next(struct objects *objects)
{
	if (!objects->left)
		return false;
	objects->tag = objects->next[0] >> 4;
	objects->len = objects->next[0] & 0xf;
	if (objects->len > objects->left - 1)
		return false;
	objects->value = objects->next + 1;
	objects->next += 1 + objects->len;
	objects->left -= 1 + objects->len;
	return true;
}

/* The status that closes the historical bytes, or NULL */
static const uint8_t *last_status(const struct atr *atr)
{
	const uint8_t *history = atr->bytes + atr->history_at;

	if (atr->history_len < 4 || history[0] != HISTORY_STATUS_LAST)
		return NULL;
	return history + atr->history_len - 3;
}

static void capabilities(struct text *text, const uint8_t *value, size_t len)
{
	if (len < 3)
		return;
	text_printf(text, " (%s%s%s)", value[2] & 0x80 ? "command chaining, " : "",
		    value[2] & 0x40 ? "extended length, " : "",
		    value[2] & 0x18 ? "logical channels" : "one channel");
}

/* As text if it is, for people */
static void readable(struct text *text, const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] < 0x20 || bytes[i] > 0x7e)
			return;
	text_printf(text, "  \"%.*s\"", (int)len, (const char *)bytes);
}

void atr_history_text(struct text *text, const struct atr *atr)
{
	const uint8_t *history = atr->bytes + atr->history_at;
	const uint8_t *status = last_status(atr);
	struct objects objects = objects_begin(atr);

	if (!atr->history_len)
		return;
	text_printf(text, "  historical bytes ");
	text_hex(text, history, atr->history_len);
	readable(text, history, atr->history_len);
	text_add(text, "\n", 1);
	while (objects_next(&objects)) {
		text_printf(text, "    %s: ", object_name(objects.tag));
		text_hex(text, objects.value, objects.len);
		if (objects.tag == 7)
			capabilities(text, objects.value, objects.len);
		text_add(text, "\n", 1);
	}
	if (objects.left) {
		text_printf(text, "    not a data object: ");
		text_hex(text, objects.next, objects.left);
		text_add(text, "\n", 1);
	}
	if (status) {
		text_printf(text, "    status: ");
		text_hex(text, status, 3);
		text_add(text, "\n", 1);
	}
	if (history[0] == HISTORY_DIR && atr->history_len > 1)
		text_printf(text, "    reference of the directory: %02X\n", history[1]);
}

void atr_history_json(struct text *text, const struct atr *atr)
{
	const uint8_t *status = last_status(atr);
	struct objects objects = objects_begin(atr);

	json_hex(text, "historical", atr->bytes + atr->history_at, atr->history_len);
	json_open(text, "objects", '[');
	while (objects_next(&objects)) {
		json_open(text, NULL, '{');
		json_number(text, "tag", objects.tag);
		json_string(text, "name", object_name(objects.tag));
		json_hex(text, "value", objects.value, objects.len);
		json_close(text, '}');
	}
	json_close(text, ']');
	if (status)
		json_hex(text, "status", status, 3);
}

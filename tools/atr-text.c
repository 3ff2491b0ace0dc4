// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * What an answer to reset says, in words and as JSON.
 */
#include <stdio.h>

#include "atr.h"
#include "json.h"

static const char letters[] = "ABCD";

/* Interface bytes mean what their place says: a line for each */
static void explain(struct text *text, const struct atr *atr, unsigned int g, int letter)
{
	int value = atr->group[g].byte[letter];
	int protocol = atr->group[g].protocol;
	bool first = atr_group(atr, protocol) == (int)g;

	if (letter == ATR_TD) {
		text_printf(text, "T=%d%s", value & 0xf,
			    (value & 0xf) == 15 ? ": bytes for all protocols follow" : "");
	} else if (g == 0 && letter == ATR_TA) {
		unsigned int fi = atr_fi(atr), di = atr_di(atr);

		if (fi && di)
			text_printf(text, "Fi %u, Di %u: up to %u.%02u clock cycles a bit", fi, di,
				    fi / di, fi % di * 100 / di);
		else
			text_printf(text, "reserved speed");
	} else if (g == 0 && letter == ATR_TC) {
		if (value == 255)
			text_printf(text, "the least guard time of the protocol");
		else
			text_printf(text, "%d more bits of guard time", value);
	} else if (g == 1 && letter == ATR_TA) {
		text_printf(text, "T=%d only, %s, speed %s", value & 0xf,
			    value & 0x80 ? "cannot change" : "can change by a reset",
			    value & 0x10 ? "implied" : "by TA1");
	} else if (g == 1 && letter == ATR_TC) {
		text_printf(text, "T=0: waiting time integer %d", value);
	} else if (letter == ATR_TB && g < 2) {
		text_printf(text, "programming voltage, obsolete");
	} else if (first && protocol == 1 && letter == ATR_TA) {
		if (value > 0 && value < 255)
			text_printf(text, "T=1: information fields of %d bytes at most", value);
		else
			text_printf(text, "T=1: reserved size of information fields");
	} else if (first && protocol == 1 && letter == ATR_TB) {
		text_printf(text, "T=1: waiting time integers %d (block), %d (character)",
			    value >> 4, value & 0xf);
	} else if (first && protocol == 1 && letter == ATR_TC) {
		text_printf(text, "T=1: error detection by %s", value & 1 ? "CRC" : "LRC");
	} else if (first && protocol == 15 && letter == ATR_TA) {
		static const char *const stop[] = { "no", "at low level", "at high level", "yes" };

		text_printf(text, "clock stop: %s; supply:%s%s%s", stop[value >> 6],
			    value & 1 ? " 5 V" : "", value & 2 ? " 3 V" : "",
			    value & 4 ? " 1.8 V" : "");
	} else if (first && protocol == 15 && letter == ATR_TB) {
		text_printf(text, "contact C6: %s", value ? "used" : "not used");
	} else {
		text_printf(text, "T=%d", protocol);
	}
}

static void protocols(struct text *text, const struct atr *atr)
{
	int specific = atr_byte(atr, 1, ATR_TA);
	int t;

	text_printf(text, "protocols");
	for (t = 0; t < 15; t++)
		if (atr->protocols & (1u << t))
			text_printf(text, " T=%d", t);
	if (specific >= 0)
		text_printf(text, " (only T=%d at first)", specific & 0xf);
	text_add(text, "\n", 1);
}

void atr_text(struct text *text, const struct atr *atr)
{
	unsigned int g;
	int letter;

	text_printf(text, "ATR ");
	text_hex(text, atr->bytes, atr->len);
	text_add(text, "\n", 1);
	if (atr->len < 2 || (atr->bytes[0] != 0x3b && atr->bytes[0] != 0x3f))
		goto fault;
	text_printf(text, "  TS  %02X  %s convention\n", atr->bytes[0],
		    atr->bytes[0] == 0x3b ? "direct" : "inverse");
	text_printf(text, "  T0  %02X  %d historical bytes\n", atr->bytes[1], atr->bytes[1] & 0xf);
	for (g = 0; g < atr->groups; g++)
		for (letter = ATR_TA; letter <= ATR_TD; letter++) {
			if (atr_byte(atr, g, letter) < 0)
				continue;
			text_printf(text, "  T%c%u %02X  ", letters[letter], g + 1,
				    atr->group[g].byte[letter]);
			explain(text, atr, g, letter);
			text_add(text, "\n", 1);
		}
	atr_history_text(text, atr);
	if (atr->has_check)
		text_printf(text, "  TCK %02X  %s\n",
			    atr->bytes[atr->history_at + atr->history_len],
			    atr->fault ? "check byte" : "right");
	if (!atr->fault)
		protocols(text, atr);
fault:
	if (atr->fault)
		text_printf(text, "wrong: %s, at byte %zu\n", atr->fault, atr->fault_at + 1);
}

void atr_json(struct text *text, const struct atr *atr)
{
	unsigned int g;
	int letter, t, t1 = atr_group(atr, 1);

	json_hex(text, "atr", atr->bytes, atr->len);
	json_bool(text, "valid", !atr->fault);
	if (atr->fault) {
		json_string(text, "fault", atr->fault);
		json_number(text, "fault_at", atr->fault_at + 1);
	}
	if (atr->len < 2 || (atr->bytes[0] != 0x3b && atr->bytes[0] != 0x3f))
		return;
	json_string(text, "convention", atr->bytes[0] == 0x3b ? "direct" : "inverse");
	json_open(text, "interface", '{');
	for (g = 0; g < atr->groups; g++)
		for (letter = ATR_TA; letter <= ATR_TD; letter++)
			if (atr_byte(atr, g, letter) >= 0) {
				char key[16];

				snprintf(key, sizeof(key), "T%c%u", letters[letter], g + 1);
				json_hex(text, key, &atr->group[g].byte[letter], 1);
			}
	json_close(text, '}');
	json_open(text, "protocols", '[');
	for (t = 0; t < 15; t++)
		if (atr->protocols & (1u << t))
			json_number(text, NULL, t);
	json_close(text, ']');
	if (atr_fi(atr) && atr_di(atr)) {
		json_number(text, "fi", atr_fi(atr));
		json_number(text, "di", atr_di(atr));
	}
	if (t1 >= 0 && atr_byte(atr, t1, ATR_TA) > 0)
		json_number(text, "ifsc", atr_byte(atr, t1, ATR_TA));
	atr_history_json(text, atr);
	if (atr->has_check)
		json_hex(text, "tck", &atr->bytes[atr->history_at + atr->history_len], 1);
}

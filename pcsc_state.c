// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The text of a reader's "state" attribute, as users have known it since 2014.
 * Knows no device, so that the unit tests can build it for the host.
 */
#include <linux/kernel.h>
#include <linux/types.h>

#include "pcsc_hex.h"
#include "pcsc_regs.h"
#include "pcsc_state.h"

/*
 * In this order.  PCSC_STATE_CHANGED is not among them: it belongs to the
 * question that SCardGetStatusChange() was asked, not to the reader.
 */
static const struct {
	u32 bit;
	const char *name;
} pcsc_state_names[] = {
	{ PCSC_STATE_PRESENT, "Card inserted" },
	{ PCSC_STATE_EMPTY, "Card removed" },
	{ PCSC_STATE_INUSE, "Shared Mode" },
	{ PCSC_STATE_EXCLUSIVE, "Exclusive Mode" },
	{ PCSC_STATE_MUTE, "Mute" },
	{ PCSC_STATE_UNPOWERED, "Unpowered" },
	{ PCSC_STATE_ATRMATCH, "ATR Match" },
	{ PCSC_STATE_UNAVAILABLE, "Unavailable" },
	{ PCSC_STATE_UNKNOWN, "Unknown" },
	{ PCSC_STATE_IGNORE, "Ignored" },
};

/**
 * pcsc_state_text() - describe a reader
 * @text: where the text goes, with a NUL
 * @size: room there; 512 is enough
 * @state: PCSC_STATE_*
 * @connected: whether the reader's sysfs session is connected
 * @atr: the connected card's answer to reset
 * @atr_len: its length; 0 if there is no card in a connected reader
 *
 * Return: the length of the text.
 */
size_t pcsc_state_text(char *text, size_t size, u32 state, bool connected,
		       const u8 *atr, size_t atr_len)
{
	size_t i, n;

	n = scnprintf(text, size, "Reader State:\n");
	for (i = 0; i < ARRAY_SIZE(pcsc_state_names); i++)
		if (state & pcsc_state_names[i].bit)
			n += scnprintf(text + n, size - n, "  %s\n",
				       pcsc_state_names[i].name);
	if (connected || state & PCSC_STATE_PRESENT)
		n += scnprintf(text + n, size - n, "Card Connected: [%s]\n",
			       connected ? "Yes" : "No");
	else
		n += scnprintf(text + n, size - n, "\n");
	if (connected && atr_len) {
		n += scnprintf(text + n, size - n, "ATR:");
		n += pcsc_hex_encode(atr, atr_len, 0, text + n, size - n - 1);
		text[n] = '\0';
	}
	return n;
}

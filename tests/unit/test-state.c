// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The text of `state`: as users have read it since 2014, byte for byte.
 */
#include <stdio.h>
#include <string.h>

#include "pcsc_regs.h"
#include "pcsc_state.h"
#include "unit.h"

static const u8 atr[] = {
	0x3b, 0x95, 0x13, 0x81, 0x01, 0x80, 0x73, 0xff, 0x01, 0x00, 0x0b
};

static void reads(const char *what, u32 state, bool connected, size_t atr_len,
		  const char *wanted)
{
	char text[512];
	size_t len = pcsc_state_text(text, sizeof(text), state, connected, atr, atr_len);
	bool good = len == strlen(wanted) && !strcmp(text, wanted);

	ok(good, "state: %s", what);
	if (!good)
		diag("got \"%s\"", text);
}

void test_state(void)
{
	static const u8 longest[PCSC_ATR_MAX];
	char text[512];
	size_t len;

	reads("a card", PCSC_STATE_PRESENT, false, 0,
	      "Reader State:\n  Card inserted\nCard Connected: [No]\n");
	reads("a card that is connected", PCSC_STATE_PRESENT | PCSC_STATE_INUSE, true,
	      sizeof(atr),
	      "Reader State:\n  Card inserted\n  Shared Mode\nCard Connected: [Yes]\n"
	      "ATR:3B 95 13 81 01 80 73 FF 01 00 0B\n");
	reads("no card", PCSC_STATE_EMPTY, false, 0, "Reader State:\n  Card removed\n\n");
	reads("a card that somebody else shares", PCSC_STATE_PRESENT | PCSC_STATE_INUSE,
	      false, 0, "Reader State:\n  Card inserted\n  Shared Mode\nCard Connected: [No]\n");
	reads("a card that somebody has for himself",
	      PCSC_STATE_PRESENT | PCSC_STATE_EXCLUSIVE, false, 0,
	      "Reader State:\n  Card inserted\n  Exclusive Mode\nCard Connected: [No]\n");
	reads("a mute card", PCSC_STATE_PRESENT | PCSC_STATE_MUTE, false, 0,
	      "Reader State:\n  Card inserted\n  Mute\nCard Connected: [No]\n");
	reads("an unpowered card", PCSC_STATE_PRESENT | PCSC_STATE_UNPOWERED, false, 0,
	      "Reader State:\n  Card inserted\n  Unpowered\nCard Connected: [No]\n");
	reads("no service", PCSC_STATE_UNAVAILABLE, false, 0,
	      "Reader State:\n  Unavailable\n\n");
	reads("a reader that left", PCSC_STATE_UNKNOWN | PCSC_STATE_UNAVAILABLE, false, 0,
	      "Reader State:\n  Unavailable\n  Unknown\n\n");
	reads("the other bits", PCSC_STATE_IGNORE | PCSC_STATE_ATRMATCH, false, 0,
	      "Reader State:\n  ATR Match\n  Ignored\n\n");
	reads("a bit of the call, not of the reader",
	      PCSC_STATE_PRESENT | PCSC_STATE_CHANGED, false, 0,
	      "Reader State:\n  Card inserted\nCard Connected: [No]\n");
	reads("nothing known", 0, false, 0, "Reader State:\n\n");
	reads("connected with no card, in direct mode", PCSC_STATE_EMPTY, true, 0,
	      "Reader State:\n  Card removed\nCard Connected: [Yes]\n");

	len = pcsc_state_text(text, sizeof(text), 0xffffffff, true, longest, sizeof(longest));
	ok(len < sizeof(text) && strlen(text) == len && text[len - 1] == '\n',
	   "state: all bits and the longest ATR fit");
	len = pcsc_state_text(text, 40, 0xffffffff, true, longest, sizeof(longest));
	ok(len < 40 && strlen(text) == len, "state: cut off where there is no room");
}

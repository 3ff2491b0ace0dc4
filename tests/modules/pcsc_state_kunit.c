// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * What a reader's registers mean, in the kernel.  The text itself is tests/unit's;
 * this adds the kernel's scnprintf(), whose rules for what does not fit are its own,
 * every size under KASAN, and the word that poll(2) compares.
 */
#include <kunit/test.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pcsc_cdev.h"
#include "pcsc_kunit.h"
#include "pcsc_regs.h"
#include "pcsc_state.h"

static const u8 pcsc_longest_atr[PCSC_ATR_MAX] = { 0x3b };

/* All that there can be, in what sysfs gives for it */
static void pcsc_state_all(struct kunit *test)
{
	char *text = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);
	size_t n;

	KUNIT_ASSERT_NOT_NULL(test, text);
	n = pcsc_state_text(text, PAGE_SIZE, U32_MAX, true, pcsc_longest_atr, PCSC_ATR_MAX);
	KUNIT_EXPECT_EQ(test, n, strnlen(text, PAGE_SIZE));
	KUNIT_EXPECT_LT(test, n, (size_t)512);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\nCard Connected: [Yes]\nATR:3B 00 "));
	n = pcsc_state_text(text, PAGE_SIZE, PCSC_STATE_PRESENT, false, NULL, 0);
	KUNIT_EXPECT_EQ(test, n, strnlen(text, PAGE_SIZE));
	KUNIT_EXPECT_STREQ(test, text,
			   "Reader State:\n  Card inserted\nCard Connected: [No]\n");
}

/* In less room it is the beginning of the same, with a NUL and nothing behind. */
static void pcsc_state_cut(struct kunit *test)
{
	char *whole = kunit_kmalloc(test, 512, GFP_KERNEL);
	size_t size, len;

	KUNIT_ASSERT_NOT_NULL(test, whole);
	len = pcsc_state_text(whole, 512, U32_MAX, true, pcsc_longest_atr, PCSC_ATR_MAX);
	for (size = 1; size <= len + 1; size++) {
		char *text = kunit_kmalloc(test, size, GFP_KERNEL);
		size_t n;

		KUNIT_ASSERT_NOT_NULL(test, text);
		n = pcsc_state_text(text, size, U32_MAX, true, pcsc_longest_atr, PCSC_ATR_MAX);
		KUNIT_EXPECT_EQ(test, n, strnlen(text, size));
		KUNIT_EXPECT_LT(test, n, size);
		/* Where the text of the bits does not fit, the ATR may still. */
		if (size > len - PCSC_ATR_MAX * 3)
			KUNIT_EXPECT_EQ(test, memcmp(text, whole, n), 0);
		kunit_kfree(test, text);
	}
}

/* poll(2) sees each change of the reader, and none of what is not the reader's. */
static void pcsc_state_pack(struct kunit *test)
{
	struct pcsc_slot_state st = { .state = PCSC_STATE_PRESENT, .events = 7 };
	u32 was = pcsc_client_pack(&st);
	u32 bit;

	KUNIT_EXPECT_EQ(test, was, 7 << 16 | PCSC_STATE_PRESENT);
	for (bit = 1; bit <= PCSC_STATE_MASK; bit <<= 1) {
		struct pcsc_slot_state other = st;

		other.state ^= bit;
		if (bit == PCSC_STATE_CHANGED)
			KUNIT_EXPECT_EQ(test, pcsc_client_pack(&other), was);
		else if (bit & PCSC_STATE_MASK)
			KUNIT_EXPECT_NE(test, pcsc_client_pack(&other), was);
	}
	st.events++;
	KUNIT_EXPECT_NE(test, pcsc_client_pack(&st), was);
	/* The counter's highest bit, and what a device that lies has above the state */
	st = (struct pcsc_slot_state) { .state = U32_MAX, .events = U16_MAX };
	KUNIT_EXPECT_EQ(test, pcsc_client_pack(&st),
			0xffff0000 | (PCSC_STATE_MASK & ~PCSC_STATE_CHANGED));
	st.generation = 9;
	st.present = true;
	KUNIT_EXPECT_EQ(test, pcsc_client_pack(&st) >> 16, U16_MAX);
}

static struct kunit_case pcsc_state_cases[] = {
	KUNIT_CASE(pcsc_state_all),
	KUNIT_CASE(pcsc_state_cut),
	KUNIT_CASE(pcsc_state_pack),
	{ }
};

struct kunit_suite pcsc_state_suite = {
	.name = "pcsc_state",
	.test_cases = pcsc_state_cases,
};

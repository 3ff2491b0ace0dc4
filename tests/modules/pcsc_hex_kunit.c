// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Hex text in the kernel.  The rules themselves are tests/unit's; this adds the
 * kernel's compiler and flags, and its memory: buffers of just the size that is
 * said, from the slab as sysfs has them and from pages, under KASAN.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pcsc_hex.h"
#include "pcsc_kunit.h"
#include "pcsc_regs.h"

/* As one write(2) of an attribute brings it: all of a page but the NUL */
static void pcsc_hex_page(struct kunit *test)
{
	size_t len = PAGE_SIZE - 1, n = len / 2;
	char *text = kunit_kmalloc(test, len, GFP_KERNEL);
	u8 *bytes = kunit_kmalloc(test, n, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_ASSERT_NOT_NULL(test, bytes);
	memset(text, 'f', len);
	text[len - 1] = '\n';
	KUNIT_EXPECT_EQ(test, pcsc_hex_decode(text, len, bytes, n), (ssize_t)n);
	KUNIT_EXPECT_EQ(test, bytes[n - 1], 0xff);
	KUNIT_EXPECT_EQ(test, pcsc_hex_decode(text, len, bytes, n - 1), -EMSGSIZE);
	/* A digit without its second at the end of the page */
	text[len - 1] = 'f';
	KUNIT_EXPECT_EQ(test, pcsc_hex_decode(text, len, bytes, n), -EINVAL);
	text[len - 1] = 'g';
	KUNIT_EXPECT_EQ(test, pcsc_hex_decode(text, len, bytes, n), -EILSEQ);
}

/* Every length and every room below 40, to the last byte and not past it */
static void pcsc_hex_exact(struct kunit *test)
{
	size_t digits, size;

	for (digits = 0; digits <= 40; digits++) {
		for (size = 0; size <= 20; size++) {
			char *text = kunit_kmalloc(test, max_t(size_t, digits, 1), GFP_KERNEL);
			u8 *bytes = kunit_kmalloc(test, max_t(size_t, size, 1), GFP_KERNEL);
			ssize_t wanted = digits / 2;

			KUNIT_ASSERT_NOT_NULL(test, text);
			KUNIT_ASSERT_NOT_NULL(test, bytes);
			memset(text, '5', digits);
			if (wanted > size)
				wanted = -EMSGSIZE;
			else if (digits % 2)
				wanted = -EINVAL;
			else if (!digits)
				wanted = -ENODATA;
			KUNIT_EXPECT_EQ(test, pcsc_hex_decode(text, digits, bytes, size),
					wanted);
			kunit_kfree(test, text);
			kunit_kfree(test, bytes);
		}
	}
}

/* The longest response, read as `cat` does, from pages and into a page */
static void pcsc_hex_longest(struct kunit *test)
{
	size_t len = PCSC_LENGTH_MAX, total = len * PCSC_HEX_CHARS, pos = 0, n, i;
	u8 *bytes = alloc_pages_exact(len, GFP_KERNEL | __GFP_ZERO);
	char *text = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);
	bool good = true;

	KUNIT_ASSERT_NOT_NULL(test, bytes);
	if (!text) {
		free_pages_exact(bytes, len);
		KUNIT_FAIL(test, "no memory");
		return;
	}
	for (i = 0; i < len; i++)
		bytes[i] = i * 7 + (i >> 8);
	while ((n = pcsc_hex_encode(bytes, len, pos, text, PAGE_SIZE))) {
		for (i = 0; i < n; i++) {
			u8 byte = bytes[(pos + i) / PCSC_HEX_CHARS];
			char want[] = { hex_asc_upper_hi(byte), hex_asc_upper_lo(byte),
					pos + i + 1 < total ? ' ' : '\n' };

			good &= text[i] == want[(pos + i) % PCSC_HEX_CHARS];
		}
		pos += n;
	}
	free_pages_exact(bytes, len);
	KUNIT_EXPECT_EQ(test, pos, total);
	KUNIT_EXPECT_TRUE(test, good);
}

static struct kunit_case pcsc_hex_cases[] = {
	KUNIT_CASE(pcsc_hex_page),
	KUNIT_CASE(pcsc_hex_exact),
	KUNIT_CASE(pcsc_hex_longest),
	{ }
};

struct kunit_suite pcsc_hex_suite = {
	.name = "pcsc_hex",
	.test_cases = pcsc_hex_cases,
};

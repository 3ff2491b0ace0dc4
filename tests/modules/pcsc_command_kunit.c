// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * What goes into a descriptor, and what is believed of what comes back, field by
 * field.  tests/guest/hostile.sh has lies of a whole device; here are their limits.
 */
#include <kunit/test.h>
#include <linux/limits.h>
#include <linux/slab.h>

/* For its static functions */
#include "pcsc_command.c"
#include "pcsc_kunit.h"

static struct pcsc_descriptor *pcsc_answer_new(struct kunit *test, u32 result, u32 rx_len,
					       u32 atr_len)
{
	struct pcsc_descriptor *desc = kunit_kzalloc(test, sizeof(*desc), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, desc);
	desc->result = cpu_to_le32(result);
	desc->rx_len = cpu_to_le32(rx_len);
	desc->atr_len = cpu_to_le32(atr_len);
	desc->protocol = cpu_to_le32(PCSC_PROTOCOL_T1);
	memset(desc->atr, 0x3b, sizeof(desc->atr));
	return desc;
}

static void pcsc_answer_lengths(struct kunit *test)
{
	static const struct {
		u32 result, rx_len, atr_len;
		bool room;
		int ret;
	} rows[] = {
		{ PCSC_S_SUCCESS, 0, 0, true, 0 },
		{ PCSC_S_SUCCESS, 300, PCSC_ATR_MAX, true, 0 },
		{ PCSC_S_SUCCESS, 301, 0, true, -EBADMSG },
		{ PCSC_S_SUCCESS, U32_MAX, 0, true, -EBADMSG },
		{ PCSC_S_SUCCESS, 0, 0, false, 0 },
		{ PCSC_S_SUCCESS, 1, 0, false, -EBADMSG },
		{ PCSC_S_SUCCESS, 0, PCSC_ATR_MAX + 1, true, -EBADMSG },
		{ PCSC_S_SUCCESS, 0, U32_MAX, true, -EBADMSG },
		{ PCSC_E_TIMEOUT, 301, 0, true, 0 },
		{ PCSC_E_TIMEOUT, 0, PCSC_ATR_MAX + 1, true, -EBADMSG },
		{ PCSC_E_INSUFFICIENT_BUFFER, 301, 0, true, 0 },
		{ PCSC_E_INSUFFICIENT_BUFFER, U32_MAX, 0, true, 0 },
	};
	struct pcsc_buffer rx = { };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pcsc_command cmd = { .rx = rows[i].room ? &rx : NULL, .rx_size = 300 };
		struct pcsc_descriptor *desc =
			pcsc_answer_new(test, rows[i].result, rows[i].rx_len, rows[i].atr_len);
		bool good = !rows[i].ret && rows[i].result == PCSC_S_SUCCESS;
		bool told = good || rows[i].result == PCSC_E_INSUFFICIENT_BUFFER;

		KUNIT_EXPECT_EQ_MSG(test, pcsc_v2_answer(desc, &cmd), rows[i].ret, "row %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, cmd.result, rows[i].ret ? 0 : rows[i].result,
				    "row %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, cmd.rx_len, told ? rows[i].rx_len : 0, "row %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, cmd.atr_len, good ? rows[i].atr_len : 0, "row %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, cmd.protocol, good ? PCSC_PROTOCOL_T1 : 0u,
				    "row %zu", i);
	}
}

/* An APDU has an answer of some bytes. */
static void pcsc_answer_empty(struct kunit *test)
{
	struct pcsc_buffer rx = { };
	struct pcsc_command cmd = { .op = PCSC_OP_TRANSMIT, .rx = &rx, .rx_size = 300 };

	KUNIT_EXPECT_EQ(test, pcsc_v2_answer(pcsc_answer_new(test, PCSC_S_SUCCESS, 0, 0), &cmd),
			-EBADMSG);
	KUNIT_EXPECT_EQ(test, pcsc_v2_answer(pcsc_answer_new(test, PCSC_S_SUCCESS, 1, 0), &cmd), 0);
	KUNIT_EXPECT_EQ(test, pcsc_v2_answer(pcsc_answer_new(test, PCSC_E_TIMEOUT, 0, 0), &cmd), 0);
}

static u16 pcsc_raw16(const struct pcsc_descriptor *desc, size_t at)
{
	return le16_to_cpup((const __le16 *)((const u8 *)desc + at));
}

static u32 pcsc_raw32(const struct pcsc_descriptor *desc, size_t at)
{
	return le32_to_cpup((const __le32 *)((const u8 *)desc + at));
}

static u64 pcsc_raw64(const struct pcsc_descriptor *desc, size_t at)
{
	return le64_to_cpup((const __le64 *)((const u8 *)desc + at));
}

/* By the offsets of the specification, not by the structure's names */
static void pcsc_fill_layout(struct kunit *test)
{
	struct pcsc_descriptor *desc = kunit_kzalloc(test, sizeof(*desc), GFP_KERNEL);
	struct pcsc_buffer tx = { .dma = 0x11223344 }, rx = { .dma = 0x55667788 };
	struct pcsc_session session = { .slot = 0x1f, .number = 0x102, .generation = 0x30405 };
	struct pcsc_command cmd = {
		.op = PCSC_OP_TRANSMIT, .timeout_ms = 0x01020304, .share = 2, .protocols = 3,
		.disposition = 1, .code = 0xa0b0c0d0, .tx = &tx, .tx_len = 0x506,
		.rx = &rx, .rx_size = 0x708,
	};

	KUNIT_ASSERT_NOT_NULL(test, desc);
	pcsc_v2_fill(desc, &session, &cmd);
	KUNIT_EXPECT_EQ(test, pcsc_raw32(desc, PCSC_DESC_OPERATION), PCSC_OP_TRANSMIT);
	KUNIT_EXPECT_EQ(test, pcsc_raw16(desc, PCSC_DESC_READER), 0x1f);
	KUNIT_EXPECT_EQ(test, pcsc_raw16(desc, PCSC_DESC_SESSION), 0x102);
	KUNIT_EXPECT_EQ(test, pcsc_raw32(desc, PCSC_DESC_GENERATION), 0x30405u);
	KUNIT_EXPECT_EQ(test, pcsc_raw32(desc, PCSC_DESC_TIMEOUT), 0x01020304u);
	KUNIT_EXPECT_EQ(test, pcsc_raw32(desc, PCSC_DESC_SHARE), 2u);
	KUNIT_EXPECT_EQ(test, pcsc_raw32(desc, PCSC_DESC_PROTOCOLS), 3u);
	KUNIT_EXPECT_EQ(test, pcsc_raw32(desc, PCSC_DESC_DISPOSITION), 1u);
	KUNIT_EXPECT_EQ(test, pcsc_raw32(desc, PCSC_DESC_CODE), 0xa0b0c0d0u);
	KUNIT_EXPECT_EQ(test, pcsc_raw64(desc, PCSC_DESC_TX_ADDR), 0x11223344ull);
	KUNIT_EXPECT_EQ(test, pcsc_raw64(desc, PCSC_DESC_RX_ADDR), 0x55667788ull);
	KUNIT_EXPECT_EQ(test, pcsc_raw32(desc, PCSC_DESC_TX_LEN), 0x506u);
	KUNIT_EXPECT_EQ(test, pcsc_raw32(desc, PCSC_DESC_RX_SIZE), 0x708u);
	KUNIT_EXPECT_EQ(test, pcsc_raw32(desc, PCSC_DESC_FLAGS), 0u);
	/* Without a buffer the device is told of none. */
	memset(desc, 0, sizeof(*desc));
	cmd.tx = NULL;
	cmd.rx = NULL;
	pcsc_v2_fill(desc, &session, &cmd);
	KUNIT_EXPECT_EQ(test, pcsc_raw64(desc, PCSC_DESC_TX_ADDR), 0ull);
	KUNIT_EXPECT_EQ(test, pcsc_raw32(desc, PCSC_DESC_TX_LEN), 0u);
	KUNIT_EXPECT_EQ(test, pcsc_raw32(desc, PCSC_DESC_RX_SIZE), 0u);
}

/* No time-out of a user, or of a device that lies, makes a wait without end. */
static void pcsc_patience_limits(struct kunit *test)
{
	struct pcsc_fake *fake = pcsc_fake_new(test, 2);
	unsigned long grace = msecs_to_jiffies(PCSC_V2_GRACE_MS);
	struct pcsc_controller *pc = &fake->pc;

	KUNIT_EXPECT_EQ(test, pcsc_v2_patience(pc, 0), msecs_to_jiffies(60000) + grace);
	KUNIT_EXPECT_EQ(test, pcsc_v2_patience(pc, 1), msecs_to_jiffies(1) + grace);
	KUNIT_EXPECT_EQ(test, pcsc_v2_patience(pc, 600001), msecs_to_jiffies(600000) + grace);
	KUNIT_EXPECT_EQ(test, pcsc_v2_patience(pc, U32_MAX), msecs_to_jiffies(600000) + grace);
	pc->timeout_max = U32_MAX;
	KUNIT_EXPECT_LE(test, pcsc_v2_patience(pc, U32_MAX), (unsigned long)LONG_MAX);
	KUNIT_EXPECT_GE(test, pcsc_v2_patience(pc, U32_MAX), grace);
}

/* Every byte of a name; nothing behind its end is touched. */
static void pcsc_name_clean(struct kunit *test)
{
	u8 *name = kunit_kmalloc(test, 256, GFP_KERNEL);
	struct pcsc_buffer rx = { .data = name, .size = 256 };
	struct pcsc_command cmd = { .rx = &rx, .rx_len = 255 };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, name);
	for (i = 0; i < 256; i++)
		name[i] = i + 1;
	pcsc_v2_clean_name(&cmd);
	for (i = 0; i < 255; i++) {
		u8 byte = i + 1;

		KUNIT_EXPECT_EQ(test, name[i], byte < ' ' || byte == 0x7f ? '?' : byte);
	}
	KUNIT_EXPECT_EQ(test, name[255], 0);
}

/* What a device owns that ignores its reset is left alone: to unmap this would crash. */
static void pcsc_lost_stays(struct kunit *test)
{
	u8 *data = kunit_kzalloc(test, 16, GFP_KERNEL);
	struct pcsc_buffer buf = { .data = data, .size = 16, .lost = true };

	KUNIT_ASSERT_NOT_NULL(test, data);
	memset(data, 0x42, 16);
	pcsc_buffer_unmap(&buf, 16, DMA_FROM_DEVICE);
	pcsc_buffer_free(&buf);
	KUNIT_EXPECT_PTR_EQ(test, buf.data, (void *)data);
	KUNIT_EXPECT_EQ(test, data[15], 0x42);
}

static struct kunit_case pcsc_command_cases[] = {
	KUNIT_CASE(pcsc_answer_lengths),
	KUNIT_CASE(pcsc_answer_empty),
	KUNIT_CASE(pcsc_fill_layout),
	KUNIT_CASE(pcsc_patience_limits),
	KUNIT_CASE(pcsc_name_clean),
	KUNIT_CASE(pcsc_lost_stays),
	{ }
};

struct kunit_suite pcsc_command_suite = {
	.name = "pcsc_command",
	.exit = pcsc_fake_end,
	.test_cases = pcsc_command_cases,
};

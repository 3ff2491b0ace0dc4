/*
 * Test of the pcsc-passthru device: every access that the bus can make
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The bus cuts what is not aligned into smaller accesses that are: so what
 * has 8 bytes, or is not aligned, may have a good word in it.  Those that have
 * none read as zero and change nothing.
 */

#include "qemu/osdep.h"
#include "pcsc-passthru-util.h"

#define WORDS (PCSC_REG_PAGE_SIZE / 4)

static uint64_t read_bytes(PCSCTest *t, unsigned offset, unsigned width)
{
    uint64_t addr = PCSC_TEST_BASE + offset;

    switch (width) {
    case 1:
        return qtest_readb(t->qts, addr);
    case 2:
        return qtest_readw(t->qts, addr);
    case 4:
        return qtest_readl(t->qts, addr);
    default:
        return qtest_readq(t->qts, addr);
    }
}

static void write_bytes(PCSCTest *t, unsigned offset, unsigned width,
                        uint64_t value)
{
    uint64_t addr = PCSC_TEST_BASE + offset;

    switch (width) {
    case 1:
        qtest_writeb(t->qts, addr, value);
        break;
    case 2:
        qtest_writew(t->qts, addr, value);
        break;
    case 4:
        qtest_writel(t->qts, addr, value);
        break;
    default:
        qtest_writeq(t->qts, addr, value);
        break;
    }
}

static void snapshot(PCSCTest *t, uint32_t *words)
{
    for (unsigned i = 0; i < WORDS; i++) {
        words[i] = pcsc_test_read(t, 4 * i);
    }
}

static bool has_word(unsigned offset, unsigned width)
{
    return width == 8 || (width == 4 && offset % 4 == 0);
}

/* After a reset all is as at first, but for what may happen to the readers. */
static void check_reset(PCSCTest *t, const uint32_t *initial)
{
    qtest_system_reset(t->qts);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_NUM_READERS), ==, initial[0]);
    for (unsigned i = PCSC_REG_ID / 4; i < PCSC_REG_CHANGED / 4; i++) {
        if (i != PCSC_REG_INT_STATUS / 4) {
            g_assert_cmphex(pcsc_test_read(t, 4 * i), ==, initial[i]);
        }
    }
    for (unsigned reg = PCSC_V1_TX_ADDR; reg <= PCSC_V1_ATR_LEN; reg += 4) {
        g_assert_cmphex(pcsc_test_read(t, PCSC_V1_BLOCK + reg), ==, 0);
    }
}

/* A command of version 1 and, if there is one, of version 2 */
static void check_sane(PCSCTest *t, unsigned version)
{
    const uint32_t connect = PCSC_V1_CONNECT | PCSC_V1_PROTOCOL_T1 |
                             PCSC_SHARE_SHARED << PCSC_V1_SHARE_SHIFT;

    pcsc_test_write(t, PCSC_V1_BLOCK + PCSC_V1_CONTROL, connect);
    g_assert_cmpuint(pcsc_test_read(t, PCSC_V1_BLOCK + PCSC_V1_ATR_LEN), ==,
                     14);
    if (version > 1) {
        pcsc_test_write(t, PCSC_REG_CONTROL, PCSC_CONTROL_RESET);
        pcsc_test_enable(t);
        g_assert_cmphex(pcsc_test_open(t, 0, 0), ==, PCSC_S_SUCCESS);
        g_assert_cmphex(pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED), ==,
                        PCSC_S_SUCCESS);
    }
    qtest_system_reset(t->qts);
}

static void check_access(unsigned version)
{
    static const uint64_t values[] = {
        1, 0x8000, 0x80000000, 0x0000000100000001, UINT64_MAX,
    };
    g_autofree char *machine =
        g_strdup_printf(" -global pcsc-passthru.version=%u", version);
    PCSCTest *t = pcsc_test_start("count=2", machine);
    uint32_t initial[WORDS], words[WORDS];

    snapshot(t, initial);
    for (unsigned width = 1; width <= 8; width *= 2) {
        for (unsigned offset = 0; offset < PCSC_REG_PAGE_SIZE; offset++) {
            uint64_t value = read_bytes(t, offset, width);

            if (!has_word(offset, width)) {
                g_assert_cmphex(value, ==, 0);
                write_bytes(t, offset, width, UINT64_MAX);
            }
        }
    }
    snapshot(t, words);
    g_assert_cmpmem(words, sizeof(words), initial, sizeof(initial));

    for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
        for (unsigned offset = 0; offset < PCSC_REG_PAGE_SIZE; offset++) {
            if (offset % 4 == 0) {
                write_bytes(t, offset, 4, values[i]);
            }
            write_bytes(t, offset, 8, values[i]);
        }
        check_reset(t, initial);
        check_sane(t, version);
    }
    pcsc_test_end(t);
}

static void test_version_1(void)
{
    check_access(1);
}

static void test_version_2(void)
{
    check_access(2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/pcsc-passthru/access/version-1", test_version_1);
    qtest_add_func("/pcsc-passthru/access/version-2", test_version_2);
    return g_test_run();
}

/*
 * Test of the pcsc-passthru device: data of any length, from and to anywhere
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/units.h"
#include "pcsc-passthru-util.h"

/* A machine with session 0 connected to reader 0. */
static PCSCTest *start_connected(const char *backend)
{
    PCSCTest *t = pcsc_test_start(backend, NULL);

    pcsc_test_enable(t);
    g_assert_cmphex(pcsc_test_open(t, 0, 0), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED), ==,
                    PCSC_S_SUCCESS);
    return t;
}

/* An answer of @len bytes and a status word, into room for @size. */
static void check_answer(PCSCTest *t, uint32_t len, uint32_t size)
{
    const uint8_t apdu[] = { 0x80, 0xe2, 0, 0, 3, len >> 16, len >> 8, len };
    PCSCTestCommand cmd = pcsc_test_apdu(t, 0, 0, 0, apdu, sizeof(apdu));
    g_autofree uint8_t *rx = g_malloc(size + 16);
    uint32_t filled = size >= len + 2 ? len + 2 : 0;
    PCSCTestAnswer a;

    cmd.rx_size = size;
    qtest_memset(t->qts, PCSC_TEST_RX(0), 0xee, size + 16);
    pcsc_test_run(t, &cmd, &a);
    g_assert_cmphex(a.result, ==, filled ? PCSC_S_SUCCESS
                                         : PCSC_E_INSUFFICIENT_BUFFER);
    g_assert_cmpuint(a.rx_len, ==, len + 2);
    qtest_bufread(t->qts, PCSC_TEST_RX(0), rx, size + 16);
    for (uint32_t i = 0; i < size + 16; i++) {
        uint8_t want = i < len ? i & 0xff : i == len ? 0x90 : 0x00;

        g_assert_cmphex(rx[i], ==, i < filled ? want : 0xee);
    }
}

static void test_answer_lengths(void)
{
    static const uint32_t lengths[] = {
        0, 1, 254, 255, 256, 257, 262, 263, 4096, 65533, 65534, 65535, 65536,
        65545, 65546,
    };
    PCSCTest *t = start_connected(NULL);

    for (unsigned i = 0; i < ARRAY_SIZE(lengths); i++) {
        check_answer(t, lengths[i], lengths[i] + 2);
        check_answer(t, lengths[i], lengths[i] + 1);
        check_answer(t, lengths[i], PCSC_LENGTH_MAX);
    }
    check_answer(t, 100, 0);
    check_answer(t, 100, 1);
    pcsc_test_end(t);
}

/* An extended APDU that carries @lc bytes, echoed. */
static void check_echo(PCSCTest *t, uint32_t lc)
{
    uint32_t len = 7 + lc + 2;
    g_autofree uint8_t *apdu = g_malloc0(len);
    g_autofree uint8_t *rx = g_malloc(lc + 2);
    PCSCTestCommand cmd;
    PCSCTestAnswer a;

    apdu[0] = 0x80;
    apdu[1] = 0xe0;
    stw_be_p(apdu + 5, lc);
    for (uint32_t i = 0; i < lc; i++) {
        apdu[7 + i] = i * 7 + 1;
    }
    qtest_bufwrite(t->qts, PCSC_TEST_TX(0), apdu, len);
    cmd = pcsc_test_apdu(t, 0, 0, 0, apdu, 0);
    cmd.tx_len = len;
    pcsc_test_run(t, &cmd, &a);
    g_assert_cmphex(a.result, ==, PCSC_S_SUCCESS);
    g_assert_cmphex(a.protocol, ==, PCSC_PROTOCOL_T1);
    g_assert_cmpuint(a.rx_len, ==, lc + 2);
    qtest_bufread(t->qts, PCSC_TEST_RX(0), rx, lc + 2);
    g_assert_cmpmem(rx, lc, apdu + 7, lc);
    g_assert_cmphex(lduw_be_p(rx + lc), ==, 0x9000);
}

static void test_command_lengths(void)
{
    static const uint32_t lcs[] = { 1, 255, 256, 4096, 65534, 65535 };
    PCSCTest *t = start_connected(NULL);
    PCSCTestCommand cmd = pcsc_test_apdu(t, 0, 0, 0, NULL, 0);
    PCSCTestAnswer a;

    for (unsigned i = 0; i < ARRAY_SIZE(lcs); i++) {
        check_echo(t, lcs[i]);
    }
    /* every short length, and the longest: the card answers to all */
    qtest_memset(t->qts, PCSC_TEST_TX(0), 0x80, 0x20000);
    for (cmd.tx_len = 1; cmd.tx_len < 20; cmd.tx_len++) {
        pcsc_test_run(t, &cmd, &a);
        g_assert_cmphex(a.result, ==, PCSC_S_SUCCESS);
        g_assert_cmpuint(a.rx_len, ==, 2);
    }
    cmd.tx_len = PCSC_LENGTH_MAX;
    g_assert_cmphex(pcsc_test_run(t, &cmd, &a), ==, PCSC_S_SUCCESS);
    cmd.tx_len = PCSC_LENGTH_MAX + 1;
    g_assert_cmphex(pcsc_test_run(t, &cmd, &a), ==, PCSC_E_INVALID_PARAMETER);
    /* none at all ends one way or the other */
    cmd.tx_len = 0;
    pcsc_test_run(t, &cmd, &a);
    check_echo(t, 10);
    pcsc_test_end(t);
}

static void test_protocol(void)
{
    PCSCTest *t = start_connected(NULL);
    static const uint8_t select[] = { 0x00, 0xa4, 0x04, 0x0c };
    PCSCTestCommand cmd = pcsc_test_apdu(t, 0, 0, 0, select, sizeof(select));

    cmd.protocols = PCSC_PROTOCOL_T1;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_S_SUCCESS);
    cmd.protocols = PCSC_PROTOCOL_T0;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_E_PROTO_MISMATCH);
    pcsc_test_end(t);
}

static void test_bad_addresses(void)
{
    static const uint64_t bad[] = {
        0x0000000040000000,                 /* nothing there */
        PCSC_TEST_BASE,                     /* the device itself */
        PCSC_TEST_BASE + PCSC_REG_TABLE_LO,
        0x0000000008000000,                 /* flash */
        0xfffffffffffffff0,                 /* wraps around */
        PCSC_TEST_RAM - 8,                  /* begins before RAM */
        PCSC_TEST_RAM + 128 * MiB - 8,      /* ends behind it */
    };
    PCSCTest *t = start_connected("allow-control=on");
    static const uint8_t echo[] = { 0x80, 0xe0, 0x00, 0x00 };
    PCSCTestCommand good = pcsc_test_apdu(t, 0, 0, 0, echo, sizeof(echo));

    good.rx_size = 64;
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        PCSCTestCommand cmd = good;

        cmd.tx_addr = bad[i];
        cmd.tx_len = 64;
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==,
                        PCSC_E_INVALID_PARAMETER);
        g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, PCSC_ERROR_DMA);
        pcsc_test_write(t, PCSC_REG_ERROR, PCSC_ERROR_DMA);
        cmd = good;
        cmd.rx_addr = bad[i];
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==,
                        PCSC_E_INVALID_PARAMETER);
        g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, PCSC_ERROR_DMA);
        pcsc_test_write(t, PCSC_REG_ERROR, PCSC_ERROR_DMA);

        /* where nothing is read or written the address does not matter */
        cmd = good;
        cmd.op = PCSC_OP_STATUS;
        cmd.tx_addr = bad[i];
        cmd.rx_addr = bad[i];
        cmd.rx_size = 0;
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_S_SUCCESS);
    }
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, 0);
    g_assert_cmphex(pcsc_test_run(t, &good, NULL), ==, PCSC_S_SUCCESS);
    pcsc_test_end(t);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/pcsc-passthru/data/answers", test_answer_lengths);
    qtest_add_func("/pcsc-passthru/data/commands", test_command_lengths);
    qtest_add_func("/pcsc-passthru/data/protocol", test_protocol);
    qtest_add_func("/pcsc-passthru/data/addresses", test_bad_addresses);
    return g_test_run();
}

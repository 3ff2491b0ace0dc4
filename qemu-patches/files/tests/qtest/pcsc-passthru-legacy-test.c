/*
 * Test of the pcsc-passthru device: version 1, as the clients of 2014 use it
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "pcsc-passthru-util.h"

#define TX PCSC_TEST_TX(0)
#define RX PCSC_TEST_RX(0)

/* The only ways in which the two clients use CONTROL */
#define CONNECT    (PCSC_V1_CONNECT | PCSC_V1_PROTOCOL_T1 | \
                    PCSC_SHARE_SHARED << PCSC_V1_SHARE_SHIFT)
#define DISCONNECT (PCSC_V1_DISCONNECT | \
                    PCSC_RESET_CARD << PCSC_V1_DISPOSITION_SHIFT)

static const uint8_t card_atr[] = {
    0x3b, 0x88, 0x80, 0x11, 0xfe, 0x50, 0x43, 0x53, 0x43, 0x54, 0x45, 0x53,
    0x54, 0xf2,
};

static uint32_t reg_offset(unsigned reader, unsigned reg)
{
    return PCSC_V1_BLOCK + reader * PCSC_V1_BLOCK_SIZE + reg;
}

static uint32_t get(PCSCTest *t, unsigned reader, unsigned reg)
{
    return pcsc_test_read(t, reg_offset(reader, reg));
}

static void set(PCSCTest *t, unsigned reader, unsigned reg, uint32_t value)
{
    pcsc_test_write(t, reg_offset(reader, reg), value);
}

static PCSCTest *start_connected(const char *backend, const char *machine)
{
    PCSCTest *t = pcsc_test_start(backend, machine);

    set(t, 0, PCSC_V1_CONTROL, CONNECT);
    g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, sizeof(card_atr));
    return t;
}

/* Like OP-TEE: write everything, then CONTROL, then read the length at once. */
static uint32_t transmit(PCSCTest *t, unsigned reader, const void *apdu,
                         uint32_t len, uint32_t rx_size)
{
    g_autofree uint8_t *rx = g_malloc(rx_size + 16);
    uint32_t rx_len;

    qtest_memset(t->qts, RX, 0xee, rx_size + 16);
    qtest_memwrite(t->qts, TX, apdu, len);
    set(t, reader, PCSC_V1_TX_ADDR, TX);
    set(t, reader, PCSC_V1_TX_SIZE, len);
    set(t, reader, PCSC_V1_RX_ADDR, RX);
    set(t, reader, PCSC_V1_RX_SIZE, rx_size);
    set(t, reader, PCSC_V1_CONTROL, PCSC_V1_TRANSMIT);
    rx_len = get(t, reader, PCSC_V1_RX_SIZE);

    g_assert_cmpuint(rx_len, <=, rx_size);
    qtest_bufread(t->qts, RX, rx, rx_size + 16);
    for (uint32_t i = rx_len; i < rx_size + 16; i++) {
        g_assert_cmphex(rx[i], ==, 0xee);
    }
    return rx_len;
}

static uint32_t status_word(PCSCTest *t, uint32_t rx_len)
{
    uint8_t sw[2];

    g_assert_cmpuint(rx_len, >=, 2);
    qtest_memread(t->qts, RX + rx_len - 2, sw, 2);
    return lduw_be_p(sw);
}

static void check_failed(PCSCTest *t, uint32_t rx_len)
{
    g_assert_cmpuint(rx_len, ==, 2);
    g_assert_cmphex(status_word(t, rx_len), ==, 0x6f00);
}

static void check_registers(const char *machine, uint32_t version)
{
    static const unsigned writable[] = {
        PCSC_V1_TX_ADDR, PCSC_V1_TX_SIZE, PCSC_V1_RX_ADDR, PCSC_V1_RX_SIZE,
    };
    PCSCTest *t = pcsc_test_start("count=10", machine);
    unsigned errors;

    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_NUM_READERS), ==,
                    version << 24 | 10);
    for (unsigned i = 0; i < 10; i++) {
        g_assert_cmphex(get(t, i, PCSC_V1_STATE) & 0xffff, ==,
                        PCSC_STATE_PRESENT);
        g_assert_cmphex(get(t, i, PCSC_V1_ATR_LEN), ==, 0);
        for (unsigned j = 0; j < ARRAY_SIZE(writable); j++) {
            g_assert_cmphex(get(t, i, writable[j]), ==, 0);
            set(t, i, writable[j], ~i - j);
        }
    }
    for (unsigned i = 0; i < 10; i++) {
        for (unsigned j = 0; j < ARRAY_SIZE(writable); j++) {
            g_assert_cmphex(get(t, i, writable[j]), ==, ~i - j);
        }
    }
    errors = pcsc_test_errors(t);
    set(t, 0, PCSC_V1_STATE, ~0u);
    set(t, 0, PCSC_V1_ATR_LEN, ~0u);
    g_assert_cmphex(get(t, 0, PCSC_V1_CONTROL), ==, 0);
    g_assert_cmpuint(pcsc_test_errors(t), ==, errors + 3);
    g_assert_cmphex(get(t, 0, PCSC_V1_STATE) & 0xffff, ==, PCSC_STATE_PRESENT);
    g_assert_cmphex(get(t, 0, PCSC_V1_ATR_LEN), ==, 0);

    /* what was an unchecked index in 2014 */
    for (unsigned i = 10; i < 32; i++) {
        errors = pcsc_test_errors(t);
        for (unsigned reg = 0; reg < PCSC_V1_BLOCK_SIZE; reg += 4) {
            g_assert_cmphex(get(t, i, reg), ==, 0);
            set(t, i, reg, ~0u);
            g_assert_cmphex(get(t, i, reg), ==, 0);
        }
        g_assert_cmpuint(pcsc_test_errors(t), ==, errors + 21);
    }
    qtest_system_reset(t->qts);
    for (unsigned i = 0; i < 10; i++) {
        for (unsigned j = 0; j < ARRAY_SIZE(writable); j++) {
            g_assert_cmphex(get(t, i, writable[j]), ==, 0);
        }
    }
    pcsc_test_end(t);
}

static void test_registers(void)
{
    check_registers(NULL, 2);
}

static void test_registers_v1(void)
{
    check_registers(" -global pcsc-passthru.version=1", 0);
}

static void check_walkthrough(const char *machine)
{
    static const uint8_t select[] = { 0x00, 0xa4, 0x00, 0x0c, 2, 0x3f, 0x00 };
    static const uint8_t challenge[] = { 0x00, 0x84, 0x00, 0x00, 0x08 };
    PCSCTest *t = start_connected("count=2", machine);
    uint8_t atr[64], data[10];
    uint32_t len;

    /* the ATR, into a buffer of just its length, and into a smaller one */
    for (uint32_t size = sizeof(card_atr); size < 16; size -= 7) {
        qtest_memset(t->qts, RX, 0xee, sizeof(atr));
        set(t, 0, PCSC_V1_RX_ADDR, RX);
        set(t, 0, PCSC_V1_RX_SIZE, size);
        set(t, 0, PCSC_V1_CONTROL, PCSC_V1_READ_ATR);
        g_assert_cmpuint(get(t, 0, PCSC_V1_RX_SIZE), ==, size);
        qtest_memread(t->qts, RX, atr, sizeof(atr));
        g_assert_cmpmem(atr, size, card_atr, size);
        g_assert_cmphex(atr[size], ==, 0xee);
    }
    g_assert_cmphex(get(t, 0, PCSC_V1_STATE) & 0xffff, ==,
                    PCSC_STATE_PRESENT | PCSC_STATE_INUSE);

    g_assert_cmphex(status_word(t, transmit(t, 0, select, sizeof(select), 2)),
                    ==, 0x9000);
    len = transmit(t, 0, challenge, sizeof(challenge), 264);
    g_assert_cmpuint(len, ==, 10);
    qtest_memread(t->qts, RX, data, len);
    for (unsigned i = 0; i < 8; i++) {
        g_assert_cmphex(data[i], ==, 31 + 7 * i + 1);
    }

    set(t, 0, PCSC_V1_CONTROL, DISCONNECT);
    g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, 0);
    g_assert_cmphex(get(t, 0, PCSC_V1_STATE) & 0xffff, ==, PCSC_STATE_PRESENT);
    check_failed(t, transmit(t, 0, select, sizeof(select), 264));
    set(t, 0, PCSC_V1_CONTROL, PCSC_V1_READ_ATR);
    g_assert_cmpuint(get(t, 0, PCSC_V1_RX_SIZE), ==, 0);

    /* again, and the other reader, which never was connected */
    set(t, 0, PCSC_V1_CONTROL, CONNECT);
    set(t, 0, PCSC_V1_CONTROL, CONNECT);
    g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, sizeof(card_atr));
    g_assert_cmphex(status_word(t, transmit(t, 0, select, sizeof(select), 264)),
                    ==, 0x9000);
    check_failed(t, transmit(t, 1, select, sizeof(select), 264));
    set(t, 1, PCSC_V1_CONTROL, DISCONNECT);
    pcsc_test_end(t);
}

static void test_walkthrough(void)
{
    check_walkthrough(NULL);
}

static void test_walkthrough_v1(void)
{
    check_walkthrough(" -global pcsc-passthru.version=1");
}

static void test_lengths(void)
{
    PCSCTest *t = start_connected(NULL, NULL);
    uint8_t apdu[PCSC_V1_APDU_MAX + 1] = { 0x80, 0xe0, 0, 0, 255 };
    static const uint8_t size[] = { 0x80, 0xe2, 0x01, 0x06 };
    unsigned errors;

    /* the longest short APDU: 4 + 1 + 255 + 1; then 264 and 265 bytes */
    g_assert_cmpuint(transmit(t, 0, apdu, 261, 264), ==, 257);
    apdu[4] = 0;
    apdu[5] = 1;
    apdu[6] = 1;
    g_assert_cmpuint(transmit(t, 0, apdu, 264, 264), ==, 259);
    errors = pcsc_test_errors(t);
    check_failed(t, transmit(t, 0, apdu, 265, 264));
    g_assert_cmpuint(pcsc_test_errors(t), ==, errors + 1);
    check_failed(t, transmit(t, 0, apdu, 0, 264));
    set(t, 0, PCSC_V1_TX_SIZE, ~0u);
    set(t, 0, PCSC_V1_RX_SIZE, 264);
    set(t, 0, PCSC_V1_CONTROL, PCSC_V1_TRANSMIT);
    check_failed(t, get(t, 0, PCSC_V1_RX_SIZE));

    /* a response of 264 bytes, in room for it, for less, for none */
    g_assert_cmpuint(transmit(t, 0, size, sizeof(size), 264), ==, 264);
    g_assert_cmpuint(transmit(t, 0, size, sizeof(size), 1000), ==, 264);
    check_failed(t, transmit(t, 0, size, sizeof(size), 263));
    check_failed(t, transmit(t, 0, size, sizeof(size), 2));
    g_assert_cmpuint(transmit(t, 0, size, sizeof(size), 1), ==, 0);
    g_assert_cmpuint(transmit(t, 0, size, sizeof(size), 0), ==, 0);
    pcsc_test_end(t);
}

static void test_parameters(void)
{
    static const uint32_t bad[] = {
        0, PCSC_V1_CONNECT | PCSC_V1_TRANSMIT, 0xf000, 0x10000, 0xffffffff,
        PCSC_V1_CONNECT | 0x40, PCSC_V1_CONNECT | 0x400,
    };
    PCSCTest *t = pcsc_test_start("count=2", NULL);
    unsigned errors;

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        errors = pcsc_test_errors(t);
        set(t, 0, PCSC_V1_CONTROL, bad[i]);
        g_assert_cmpuint(pcsc_test_errors(t), ==, errors + 1);
        g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, 0);
    }
    /* no share mode */
    set(t, 0, PCSC_V1_CONTROL, PCSC_V1_CONNECT | PCSC_V1_PROTOCOL_T1);
    g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, 0);
    /* the card has no T=15, whose bit is the raw protocol's in pcsc-lite */
    set(t, 0, PCSC_V1_CONTROL, PCSC_V1_CONNECT | PCSC_V1_PROTOCOL_T15 |
        PCSC_SHARE_SHARED << PCSC_V1_SHARE_SHIFT);
    g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, 0);
    set(t, 0, PCSC_V1_CONTROL, PCSC_V1_CONNECT | PCSC_V1_PROTOCOL_RAW |
        PCSC_SHARE_DIRECT << PCSC_V1_SHARE_SHIFT);
    g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, sizeof(card_atr));
    set(t, 0, PCSC_V1_CONTROL, DISCONNECT);
    /* exclusive use shows in STATE, and keeps version 2 out */
    set(t, 0, PCSC_V1_CONTROL, PCSC_V1_CONNECT | PCSC_V1_PROTOCOL_T1 |
        PCSC_V1_PROTOCOL_T0 | PCSC_SHARE_EXCLUSIVE << PCSC_V1_SHARE_SHIFT);
    g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, sizeof(card_atr));
    g_assert_cmphex(get(t, 0, PCSC_V1_STATE) & PCSC_STATE_EXCLUSIVE, ==,
                    PCSC_STATE_EXCLUSIVE);
    pcsc_test_enable(t);
    pcsc_test_open(t, 0, 0);
    g_assert_cmphex(pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED), ==,
                    PCSC_E_SHARING_VIOLATION);
    /* a reset of version 2 leaves the connection of version 1 alone */
    pcsc_test_write(t, PCSC_REG_CONTROL, PCSC_CONTROL_RESET);
    g_assert_cmphex(get(t, 0, PCSC_V1_STATE) & PCSC_STATE_EXCLUSIVE, ==,
                    PCSC_STATE_EXCLUSIVE);
    g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, sizeof(card_atr));
    /* one of the machine does not */
    qtest_system_reset(t->qts);
    g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, 0);
    pcsc_test_enable(t);
    pcsc_test_open(t, 0, 0);
    pcsc_test_connect_freed(t, 0, 0);
    pcsc_test_end(t);
}

static void test_addresses(void)
{
    static const uint32_t bad[] = {
        0x40000000, PCSC_TEST_BASE, 0x08000000, 0xfffffffc,
    };
    static const uint8_t select[] = { 0x00, 0xa4, 0x00, 0x0c };
    PCSCTest *t = start_connected(NULL, NULL);

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        set(t, 0, PCSC_V1_TX_ADDR, bad[i]);
        set(t, 0, PCSC_V1_TX_SIZE, 16);
        set(t, 0, PCSC_V1_RX_ADDR, RX);
        set(t, 0, PCSC_V1_RX_SIZE, 16);
        set(t, 0, PCSC_V1_CONTROL, PCSC_V1_TRANSMIT);
        check_failed(t, get(t, 0, PCSC_V1_RX_SIZE));

        set(t, 0, PCSC_V1_TX_ADDR, TX);
        set(t, 0, PCSC_V1_RX_ADDR, bad[i]);
        set(t, 0, PCSC_V1_RX_SIZE, 16);
        set(t, 0, PCSC_V1_CONTROL, PCSC_V1_TRANSMIT);
        g_assert_cmpuint(get(t, 0, PCSC_V1_RX_SIZE), ==, 0);
        set(t, 0, PCSC_V1_RX_SIZE, 16);
        set(t, 0, PCSC_V1_CONTROL, PCSC_V1_READ_ATR);
        g_assert_cmpuint(get(t, 0, PCSC_V1_RX_SIZE), ==, 0);
    }
    g_assert_cmphex(status_word(t, transmit(t, 0, select, sizeof(select), 2)),
                    ==, 0x9000);
    pcsc_test_end(t);
}

/* The answer goes where the command was. */
static void test_overlap(void)
{
    static const uint8_t echo[] = { 0x80, 0xe0, 0, 0, 4, 1, 2, 3, 4 };
    static const uint8_t want[] = { 1, 2, 3, 4, 0x90, 0x00 };
    PCSCTest *t = start_connected(NULL, NULL);
    uint8_t rx[sizeof(want)];

    for (unsigned shift = 0; shift < sizeof(echo); shift++) {
        qtest_memwrite(t->qts, TX, echo, sizeof(echo));
        set(t, 0, PCSC_V1_TX_ADDR, TX);
        set(t, 0, PCSC_V1_TX_SIZE, sizeof(echo));
        set(t, 0, PCSC_V1_RX_ADDR, TX + shift);
        set(t, 0, PCSC_V1_RX_SIZE, 264);
        set(t, 0, PCSC_V1_CONTROL, PCSC_V1_TRANSMIT);
        g_assert_cmpuint(get(t, 0, PCSC_V1_RX_SIZE), ==, sizeof(want));
        qtest_memread(t->qts, TX + shift, rx, sizeof(rx));
        g_assert_cmpmem(rx, sizeof(rx), want, sizeof(want));
    }
    pcsc_test_end(t);
}

/* Cards and readers that go: always an answer that a client can live with. */
static void test_failures(void)
{
    static const uint8_t select[] = { 0x00, 0xa4, 0x00, 0x0c };
    static const uint8_t one_byte[] = { 0x80, 0xe8, 0x02, 0x00 };
    static const uint8_t nothing[] = { 0x80, 0xe8, 0x03, 0x00 };
    static const uint8_t pulled[] = { 0x80, 0xe8, 0x01, 0x00 };
    static const uint8_t never[] = { 0x80, 0xe8, 0x00, 0x00 };
    PCSCTest *t = start_connected("count=2,timeout=200", NULL);

    /* one byte, then none: no response at all */
    check_failed(t, transmit(t, 0, one_byte, sizeof(one_byte), 264));
    check_failed(t, transmit(t, 0, nothing, sizeof(nothing), 264));
    check_failed(t, transmit(t, 0, pulled, sizeof(pulled), 264));
    pcsc_test_wait_reg(t, reg_offset(0, PCSC_V1_STATE), PCSC_STATE_EMPTY,
                       PCSC_STATE_EMPTY);
    check_failed(t, transmit(t, 0, select, sizeof(select), 264));
    set(t, 0, PCSC_V1_CONTROL, CONNECT);
    g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, 0);
    pcsc_test_event(t, "insert 0");
    pcsc_test_wait_reg(t, reg_offset(0, PCSC_V1_STATE), PCSC_STATE_PRESENT,
                       PCSC_STATE_PRESENT);
    set(t, 0, PCSC_V1_CONTROL, CONNECT);
    g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, sizeof(card_atr));
    g_assert_cmphex(status_word(t, transmit(t, 0, select, sizeof(select), 2)),
                    ==, 0x9000);

    /* the reader itself goes and comes */
    pcsc_test_event(t, "unplug 0");
    pcsc_test_wait_reg(t, reg_offset(0, PCSC_V1_STATE),
                       PCSC_STATE_UNAVAILABLE, PCSC_STATE_UNAVAILABLE);
    g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, 0);
    check_failed(t, transmit(t, 0, select, sizeof(select), 264));
    set(t, 0, PCSC_V1_CONTROL, CONNECT);
    g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, 0);
    pcsc_test_event(t, "plug 0");
    pcsc_test_event(t, "insert 0");
    pcsc_test_wait_reg(t, reg_offset(0, PCSC_V1_STATE), PCSC_STATE_PRESENT,
                       PCSC_STATE_PRESENT);
    set(t, 0, PCSC_V1_CONTROL, CONNECT);
    g_assert_cmpuint(get(t, 0, PCSC_V1_ATR_LEN), ==, sizeof(card_atr));

    /* a card that never answers: the default time-out */
    check_failed(t, transmit(t, 0, never, sizeof(never), 264));

    pcsc_test_event(t, "service down");
    pcsc_test_wait_reg(t, reg_offset(1, PCSC_V1_STATE),
                       PCSC_STATE_UNAVAILABLE, PCSC_STATE_UNAVAILABLE);
    set(t, 1, PCSC_V1_CONTROL, CONNECT);
    g_assert_cmpuint(get(t, 1, PCSC_V1_ATR_LEN), ==, 0);
    check_failed(t, transmit(t, 1, select, sizeof(select), 264));
    pcsc_test_end(t);
}

/* Version 2 goes on beside it, on the same reader too. */
static void test_beside(void)
{
    static const uint8_t select[] = { 0x00, 0xa4, 0x00, 0x0c };
    static const uint8_t delay[] = { 0x80, 0xe4, 0x00, 0xc8 };
    PCSCTest *t = start_connected("count=2", NULL);
    PCSCTestCommand cmd;

    pcsc_test_enable(t);
    pcsc_test_open(t, 0, 0);
    g_assert_cmphex(pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED), ==,
                    PCSC_S_SUCCESS);
    for (unsigned i = 0; i < 10; i++) {
        cmd = pcsc_test_apdu(t, 1, 0, 0, select, sizeof(select));
        pcsc_test_ring(t, 1, &cmd);
        g_assert_cmphex(status_word(t, transmit(t, 0, select, sizeof(select),
                                                264)), ==, 0x9000);
        g_assert_cmphex(pcsc_test_wait(t, 1).result, ==, PCSC_S_SUCCESS);
    }
    /* the card is at work for version 2: version 1 has its turn after it */
    cmd = pcsc_test_apdu(t, 1, 0, 0, delay, sizeof(delay));
    pcsc_test_ring(t, 1, &cmd);
    g_usleep(20000);
    g_assert_cmphex(status_word(t, transmit(t, 0, select, sizeof(select), 2)),
                    ==, 0x9000);
    g_assert_cmphex(pcsc_test_wait(t, 1).result, ==, PCSC_S_SUCCESS);
    pcsc_test_end(t);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/pcsc-passthru/v1/registers", test_registers);
    qtest_add_func("/pcsc-passthru/v1/registers-alone", test_registers_v1);
    qtest_add_func("/pcsc-passthru/v1/walkthrough", test_walkthrough);
    qtest_add_func("/pcsc-passthru/v1/walkthrough-alone", test_walkthrough_v1);
    qtest_add_func("/pcsc-passthru/v1/lengths", test_lengths);
    qtest_add_func("/pcsc-passthru/v1/parameters", test_parameters);
    qtest_add_func("/pcsc-passthru/v1/addresses", test_addresses);
    qtest_add_func("/pcsc-passthru/v1/overlap", test_overlap);
    qtest_add_func("/pcsc-passthru/v1/failures", test_failures);
    qtest_add_func("/pcsc-passthru/v1/beside", test_beside);
    return g_test_run();
}

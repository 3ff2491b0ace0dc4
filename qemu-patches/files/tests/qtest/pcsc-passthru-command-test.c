/*
 * Test of the pcsc-passthru device: sessions and operations of version 2
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "pcsc-passthru-util.h"

/* The emulated card's ATR, its control code and an attribute for tests */
static const uint8_t card_atr[] = {
    0x3b, 0x88, 0x80, 0x11, 0xfe, 0x50, 0x43, 0x53, 0x43, 0x54, 0x45, 0x53,
    0x54, 0xf2,
};
#define CONTROL_ECHO        0x42000001
#define ATTR_ATR_STRING     0x00090303
#define ATTR_SETTABLE       0x7fff0007

static PCSCTestCommand command(uint32_t op)
{
    return (PCSCTestCommand) { .op = op };
}

static PCSCTest *start_connected(const char *backend)
{
    PCSCTest *t = pcsc_test_start(backend, NULL);

    pcsc_test_enable(t);
    g_assert_cmphex(pcsc_test_open(t, 0, 0), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED), ==,
                    PCSC_S_SUCCESS);
    return t;
}

static void test_sessions(void)
{
    PCSCTest *t = pcsc_test_start("count=2,max-sessions=4", NULL);
    PCSCTestCommand cmd = command(PCSC_OP_CLOSE);

    pcsc_test_enable(t);
    for (unsigned i = 0; i < 4; i++) {
        g_assert_cmphex(pcsc_test_open(t, 0, i), ==, PCSC_S_SUCCESS);
        g_assert_cmphex(pcsc_test_open(t, 0, i), ==, PCSC_E_INVALID_HANDLE);
        g_assert_cmphex(pcsc_test_open(t, 1, i), ==, PCSC_E_INVALID_HANDLE);
    }
    g_assert_cmphex(pcsc_test_open(t, 0, 4), ==, PCSC_E_INVALID_HANDLE);
    g_assert_cmphex(pcsc_test_open(t, 0, 65535), ==, PCSC_E_INVALID_HANDLE);
    g_assert_cmphex(pcsc_test_open(t, 2, 0), ==, PCSC_E_UNKNOWN_READER);

    /* a session is that of one reader, and of one generation of it */
    g_assert_cmphex(pcsc_test_close(t, 1, 2), ==, PCSC_E_INVALID_HANDLE);
    cmd.session = 2;
    cmd.generation = 2;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_E_INVALID_HANDLE);
    cmd.session = 4;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_E_INVALID_HANDLE);

    /* once closed a number is free; the limit is 4 again and again */
    for (unsigned i = 0; i < 20; i++) {
        g_assert_cmphex(pcsc_test_close(t, 0, 2), ==, PCSC_S_SUCCESS);
        g_assert_cmphex(pcsc_test_close(t, 0, 2), ==, PCSC_E_INVALID_HANDLE);
        g_assert_cmphex(pcsc_test_open(t, 0, 2), ==, PCSC_S_SUCCESS);
    }
    /* version 1 has a session of its own, which counts */
    g_assert_cmphex(pcsc_test_close(t, 0, 3), ==, PCSC_S_SUCCESS);
    pcsc_test_write(t, PCSC_V1_BLOCK + PCSC_V1_CONTROL,
                    PCSC_V1_CONNECT | PCSC_V1_PROTOCOL_T1 |
                    PCSC_SHARE_SHARED << PCSC_V1_SHARE_SHIFT);
    g_assert_cmpuint(pcsc_test_read(t, PCSC_V1_BLOCK + PCSC_V1_ATR_LEN), ==,
                     sizeof(card_atr));
    g_assert_cmphex(pcsc_test_open(t, 0, 3), ==, PCSC_E_NO_MEMORY);
    pcsc_test_end(t);
}

/* Each operation needs a session, but for those that do not. */
static void test_no_session(void)
{
    PCSCTest *t = pcsc_test_start("allow-control=on", NULL);

    pcsc_test_enable(t);
    for (uint32_t op = PCSC_OP_CLOSE; op <= PCSC_OP_SET_ATTRIB; op++) {
        PCSCTestCommand cmd = command(op);

        cmd.share = PCSC_SHARE_SHARED;
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==,
                        PCSC_E_INVALID_HANDLE);
    }
    pcsc_test_open(t, 0, 0);
    for (uint32_t op = PCSC_OP_RECONNECT; op <= PCSC_OP_SET_ATTRIB; op++) {
        PCSCTestCommand cmd = command(op);

        /* a session, but no connection */
        cmd.share = PCSC_SHARE_SHARED;
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==,
                        PCSC_E_INVALID_HANDLE);
    }
    pcsc_test_end(t);
}

static void check_bad(PCSCTest *t, PCSCTestCommand cmd, uint32_t result)
{
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, result);
}

static void test_bad_values(void)
{
    static const uint32_t unknown[] = { 0, 15, 16, 0x80000007, ~0u };
    PCSCTest *t = start_connected(NULL);
    PCSCTestCommand cmd;

    for (unsigned i = 0; i < ARRAY_SIZE(unknown); i++) {
        check_bad(t, command(unknown[i]), PCSC_E_INVALID_PARAMETER);
    }
    for (uint32_t op = PCSC_OP_OPEN; op <= PCSC_OP_READER_ATR; op++) {
        cmd = command(op);
        cmd.flags = 1u << op;
        check_bad(t, cmd, PCSC_E_INVALID_PARAMETER);
        cmd = command(op);
        cmd.tx_len = PCSC_LENGTH_MAX + 1;
        check_bad(t, cmd, PCSC_E_INVALID_PARAMETER);
        cmd.tx_len = ~0u;
        check_bad(t, cmd, PCSC_E_INVALID_PARAMETER);
        cmd = command(op);
        cmd.rx_size = PCSC_LENGTH_MAX + 1;
        check_bad(t, cmd, PCSC_E_INVALID_PARAMETER);
    }
    for (uint32_t op = PCSC_OP_CONNECT; op <= PCSC_OP_RECONNECT; op++) {
        cmd = command(op);
        cmd.protocols = PCSC_PROTOCOL_T1;
        check_bad(t, cmd, PCSC_E_INVALID_VALUE);
        cmd.share = PCSC_SHARE_DIRECT + 1;
        check_bad(t, cmd, PCSC_E_INVALID_VALUE);
        cmd.share = PCSC_SHARE_SHARED;
        cmd.protocols = 0x10;
        check_bad(t, cmd, PCSC_E_INVALID_VALUE);
    }
    cmd = command(PCSC_OP_RECONNECT);
    cmd.share = PCSC_SHARE_SHARED;
    cmd.disposition = PCSC_EJECT_CARD + 1;
    check_bad(t, cmd, PCSC_E_INVALID_VALUE);
    cmd.op = PCSC_OP_DISCONNECT;
    check_bad(t, cmd, PCSC_E_INVALID_VALUE);
    cmd.op = PCSC_OP_END;
    check_bad(t, cmd, PCSC_E_INVALID_VALUE);
    cmd = command(PCSC_OP_TRANSMIT);
    cmd.protocols = PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1;
    check_bad(t, cmd, PCSC_E_INVALID_VALUE);
    cmd.protocols = 0x80000000;
    check_bad(t, cmd, PCSC_E_INVALID_VALUE);
    check_bad(t, command(PCSC_OP_CONTROL), PCSC_E_UNSUPPORTED_FEATURE);
    check_bad(t, command(PCSC_OP_SET_ATTRIB), PCSC_E_UNSUPPORTED_FEATURE);
    pcsc_test_end(t);
}

static void check_connect(PCSCTest *t, unsigned session, uint32_t share,
                          uint32_t protocols, uint32_t result,
                          uint32_t protocol)
{
    PCSCTestAnswer a;

    pcsc_test_run(t, &(PCSCTestCommand) {
        .op = PCSC_OP_CONNECT, .session = session, .share = share,
        .protocols = protocols,
    }, &a);
    g_assert_cmphex(a.result, ==, result);
    if (result == PCSC_S_SUCCESS) {
        g_assert_cmphex(a.protocol, ==, protocol);
        g_assert_cmpmem(a.atr, a.atr_len, card_atr, sizeof(card_atr));
    }
}

static void test_connect(void)
{
    PCSCTest *t = pcsc_test_start("count=2,cards=0", NULL);
    uint32_t both = PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1;

    pcsc_test_enable(t);
    pcsc_test_open(t, 0, 0);
    pcsc_test_open(t, 0, 1);
    check_connect(t, 0, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T0, PCSC_S_SUCCESS,
                  PCSC_PROTOCOL_T0);
    /* the state is that after the command */
    g_assert_cmphex(pcsc_test_slot(t, 0, PCSC_SLOT_STATE) &
                    (PCSC_STATE_INUSE | PCSC_STATE_EXCLUSIVE), ==,
                    PCSC_STATE_INUSE);
    /* T=0 was negotiated already */
    check_connect(t, 1, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1,
                  PCSC_E_PROTO_MISMATCH, 0);
    check_connect(t, 1, PCSC_SHARE_SHARED, both, PCSC_S_SUCCESS,
                  PCSC_PROTOCOL_T0);
    /* on a connected session: in place of the old connection */
    check_connect(t, 1, PCSC_SHARE_EXCLUSIVE, both, PCSC_E_SHARING_VIOLATION,
                  0);
    g_assert_cmphex(pcsc_test_disconnect(t, 0, 0), ==, PCSC_S_SUCCESS);
    check_connect(t, 1, PCSC_SHARE_EXCLUSIVE, both, PCSC_S_SUCCESS,
                  PCSC_PROTOCOL_T0);
    g_assert_cmphex(pcsc_test_slot(t, 0, PCSC_SLOT_STATE) &
                    PCSC_STATE_EXCLUSIVE, ==, PCSC_STATE_EXCLUSIVE);
    check_connect(t, 0, PCSC_SHARE_SHARED, both, PCSC_E_SHARING_VIOLATION, 0);
    g_assert_cmphex(pcsc_test_disconnect(t, 0, 1), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_slot(t, 0, PCSC_SLOT_STATE) &
                    (PCSC_STATE_INUSE | PCSC_STATE_EXCLUSIVE), ==, 0);
    check_connect(t, 0, PCSC_SHARE_SHARED, 0, PCSC_E_PROTO_MISMATCH, 0);
    check_connect(t, 0, PCSC_SHARE_DIRECT, PCSC_PROTOCOL_RAW, PCSC_S_SUCCESS,
                  PCSC_PROTOCOL_RAW);
    g_assert_cmphex(pcsc_test_close(t, 0, 0), ==, PCSC_S_SUCCESS);
    /* the close dropped it */
    check_connect(t, 1, PCSC_SHARE_EXCLUSIVE, PCSC_PROTOCOL_T1, PCSC_S_SUCCESS,
                  PCSC_PROTOCOL_T1);
    pcsc_test_disconnect(t, 0, 1);

    /* another client of the host */
    pcsc_test_event(t, "hold 0");
    check_connect(t, 1, PCSC_SHARE_SHARED, both, PCSC_E_SHARING_VIOLATION, 0);
    pcsc_test_event(t, "release 0");
    check_connect(t, 1, PCSC_SHARE_SHARED, both, PCSC_S_SUCCESS,
                  PCSC_PROTOCOL_T1);

    pcsc_test_open(t, 1, 2);
    g_assert_cmphex(pcsc_test_connect(t, 1, 2, PCSC_SHARE_SHARED), ==,
                    PCSC_E_NO_SMARTCARD);
    g_assert_cmphex(pcsc_test_connect(t, 1, 2, PCSC_SHARE_DIRECT), ==,
                    PCSC_S_SUCCESS);
    pcsc_test_end(t);
}

/* How often the card was reset: the emulated card counts. */
static uint32_t count_resets(PCSCTest *t)
{
    static const uint8_t apdu[] = { 0x80, 0xea, 0x00, 0x00 };
    PCSCTestCommand cmd = pcsc_test_apdu(t, 0, 0, 0, apdu, sizeof(apdu));
    uint8_t rx[4];
    PCSCTestAnswer a;

    g_assert_cmphex(pcsc_test_run(t, &cmd, &a), ==, PCSC_S_SUCCESS);
    g_assert_cmpuint(a.rx_len, ==, 6);
    qtest_memread(t->qts, PCSC_TEST_RX(0), rx, sizeof(rx));
    return ldl_be_p(rx);
}

static void test_reconnect(void)
{
    PCSCTest *t = start_connected(NULL);
    PCSCTestCommand cmd = command(PCSC_OP_RECONNECT);
    uint32_t resets = count_resets(t);
    PCSCTestAnswer a;

    cmd.share = PCSC_SHARE_SHARED;
    cmd.protocols = PCSC_PROTOCOL_T0;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_E_PROTO_MISMATCH);
    cmd.disposition = PCSC_RESET_CARD;
    pcsc_test_run(t, &cmd, &a);
    g_assert_cmphex(a.result, ==, PCSC_S_SUCCESS);
    g_assert_cmphex(a.protocol, ==, PCSC_PROTOCOL_T0);
    g_assert_cmpmem(a.atr, a.atr_len, card_atr, sizeof(card_atr));
    g_assert_cmpuint(count_resets(t), ==, resets + 1);
    cmd.share = PCSC_SHARE_EXCLUSIVE;
    cmd.disposition = PCSC_LEAVE_CARD;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_S_SUCCESS);
    g_assert_cmpuint(count_resets(t), ==, resets + 1);
    g_assert_cmphex(pcsc_test_slot(t, 0, PCSC_SLOT_STATE) &
                    PCSC_STATE_EXCLUSIVE, ==, PCSC_STATE_EXCLUSIVE);

    /* another client resets the card */
    cmd.share = PCSC_SHARE_SHARED;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_S_SUCCESS);
    pcsc_test_event(t, "reset 0");
    g_assert_cmphex(pcsc_test_run(t, &(PCSCTestCommand) {
        .op = PCSC_OP_BEGIN,
    }, NULL), ==, PCSC_W_RESET_CARD);
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_S_SUCCESS);
    resets = count_resets(t);

    /* what a disconnect leaves behind, and what the end of a session does */
    for (uint32_t d = PCSC_LEAVE_CARD; d <= PCSC_EJECT_CARD; d++) {
        PCSCTestCommand dis = command(PCSC_OP_DISCONNECT);

        dis.disposition = d;
        g_assert_cmphex(pcsc_test_run(t, &dis, NULL), ==, PCSC_S_SUCCESS);
        g_assert_cmphex(pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED), ==,
                        PCSC_S_SUCCESS);
        g_assert_cmpuint(count_resets(t), ==, resets + (d >= PCSC_RESET_CARD));
    }
    g_assert_cmphex(pcsc_test_close(t, 0, 0), ==, PCSC_S_SUCCESS);
    pcsc_test_open(t, 0, 0);
    pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED);
    g_assert_cmpuint(count_resets(t), ==, resets + 2);
    pcsc_test_end(t);
}

static void test_status(void)
{
    PCSCTest *t = start_connected(NULL);
    PCSCTestCommand cmd = command(PCSC_OP_STATUS);
    static const char name[] = "Emulated Reader 0";
    char rx[PCSC_NAME_MAX] = "";
    PCSCTestAnswer a;

    pcsc_test_run(t, &cmd, &a);
    g_assert_cmphex(a.result, ==, PCSC_S_SUCCESS);
    g_assert_cmpuint(a.rx_len, ==, 0);
    g_assert_cmphex(a.protocol, ==, PCSC_PROTOCOL_T1);
    g_assert_cmphex(a.card_state, ==, PCSC_CARD_PRESENT | PCSC_CARD_POWERED |
                                      PCSC_CARD_NEGOTIABLE);
    g_assert_cmpmem(a.atr, a.atr_len, card_atr, sizeof(card_atr));

    cmd.rx_size = strlen(name);
    pcsc_test_run(t, &cmd, &a);
    g_assert_cmphex(a.result, ==, PCSC_S_SUCCESS);
    qtest_memread(t->qts, PCSC_TEST_RX(0), rx, a.rx_len);
    g_assert_cmpstr(rx, ==, name);
    cmd.rx_size = strlen(name) - 1;
    pcsc_test_run(t, &cmd, &a);
    g_assert_cmphex(a.result, ==, PCSC_E_INSUFFICIENT_BUFFER);
    g_assert_cmpuint(a.rx_len, ==, strlen(name));
    pcsc_test_end(t);
}

static void test_control(void)
{
    PCSCTest *t = start_connected("allow-control=on");
    PCSCTestCommand cmd = command(PCSC_OP_CONTROL);
    uint8_t rx[64];
    PCSCTestAnswer a;

    cmd.code = CONTROL_ECHO;
    cmd.tx_len = 5;
    cmd.rx_size = 5;
    qtest_memwrite(t->qts, PCSC_TEST_TX(0), "tests", 5);
    pcsc_test_run(t, &cmd, &a);
    g_assert_cmphex(a.result, ==, PCSC_S_SUCCESS);
    qtest_memread(t->qts, PCSC_TEST_RX(0), rx, 5);
    g_assert_cmpmem(rx, a.rx_len, "tests", 5);
    cmd.rx_size = 4;
    pcsc_test_run(t, &cmd, &a);
    g_assert_cmphex(a.result, ==, PCSC_E_INSUFFICIENT_BUFFER);
    g_assert_cmpuint(a.rx_len, ==, 5);
    cmd.code = 1;
    pcsc_test_run(t, &cmd, &a);
    g_assert_cmphex(a.result, ==, PCSC_E_UNSUPPORTED_FEATURE);

    cmd = command(PCSC_OP_GET_ATTRIB);
    cmd.code = ATTR_ATR_STRING;
    cmd.rx_size = sizeof(rx);
    pcsc_test_run(t, &cmd, &a);
    g_assert_cmphex(a.result, ==, PCSC_S_SUCCESS);
    qtest_memread(t->qts, PCSC_TEST_RX(0), rx, sizeof(rx));
    g_assert_cmpmem(rx, a.rx_len, card_atr, sizeof(card_atr));
    cmd.rx_size = sizeof(card_atr) - 1;
    pcsc_test_run(t, &cmd, &a);
    g_assert_cmphex(a.result, ==, PCSC_E_INSUFFICIENT_BUFFER);
    g_assert_cmpuint(a.rx_len, ==, sizeof(card_atr));

    cmd = command(PCSC_OP_SET_ATTRIB);
    cmd.code = ATTR_SETTABLE;
    cmd.tx_len = 1;
    check_bad(t, cmd, PCSC_S_SUCCESS);
    cmd.code = ATTR_ATR_STRING;
    check_bad(t, cmd, PCSC_E_UNSUPPORTED_FEATURE);
    pcsc_test_end(t);
}

static void test_transaction(void)
{
    PCSCTest *t = start_connected(NULL);

    check_bad(t, command(PCSC_OP_END), PCSC_E_NOT_TRANSACTED);
    check_bad(t, command(PCSC_OP_BEGIN), PCSC_S_SUCCESS);
    check_bad(t, command(PCSC_OP_BEGIN), PCSC_S_SUCCESS);
    check_bad(t, command(PCSC_OP_END), PCSC_S_SUCCESS);
    check_bad(t, command(PCSC_OP_END), PCSC_S_SUCCESS);
    check_bad(t, command(PCSC_OP_END), PCSC_E_NOT_TRANSACTED);
    pcsc_test_end(t);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/pcsc-passthru/command/sessions", test_sessions);
    qtest_add_func("/pcsc-passthru/command/no-session", test_no_session);
    qtest_add_func("/pcsc-passthru/command/bad-values", test_bad_values);
    qtest_add_func("/pcsc-passthru/command/connect", test_connect);
    qtest_add_func("/pcsc-passthru/command/reconnect", test_reconnect);
    qtest_add_func("/pcsc-passthru/command/status", test_status);
    qtest_add_func("/pcsc-passthru/command/control", test_control);
    qtest_add_func("/pcsc-passthru/command/transaction", test_transaction);
    return g_test_run();
}

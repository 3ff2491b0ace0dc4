/*
 * The pcsclite back end on a libpcsclite that says what is not true
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Lengths beyond all buffers, lists without an end or of too many readers,
 * calls that succeed and leave their answers as they were.
 */

#include "qemu/osdep.h"
#include "qemu/host-utils.h"
#include "pcsc-stub.h"

static const uint64_t lengths[] = {
    0, 1, 6, 263, 264, 265, PCSC_LENGTH_MAX - 1, PCSC_LENGTH_MAX,
    PCSC_LENGTH_MAX + 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000001,
    UINT64_MAX,
};

/* What is said to be there but is not reads as zero: no byte of QEMU's. */
static void check_data(PCSCTest *t, uint32_t len, unsigned honest)
{
    g_autofree uint8_t *rx = g_malloc(PCSC_LENGTH_MAX);

    qtest_bufread(t->qts, PCSC_TEST_RX(0), rx, PCSC_LENGTH_MAX);
    for (uint32_t i = honest; i < len; i++) {
        g_assert_cmphex(rx[i], ==, 0);
    }
}

static void check_lengths(PCSCTest *t, const char *call, uint32_t op,
                          unsigned honest, uint32_t empty)
{
    for (unsigned i = 0; i < ARRAY_SIZE(lengths); i++) {
        uint32_t want = MIN(lengths[i], PCSC_LENGTH_MAX);
        PCSCTestCommand cmd = stub_apdu(t, 0);
        PCSCTestAnswer a;

        cmd.op = op;
        stub_order("%s length %" PRIu64, call, lengths[i]);
        qtest_memset(t->qts, PCSC_TEST_RX(0), 0xee, PCSC_LENGTH_MAX);
        pcsc_test_run(t, &cmd, &a);
        g_assert_cmphex(a.result, ==, want ? PCSC_S_SUCCESS : empty);
        g_assert_cmpuint(a.rx_len, ==, want);
        check_data(t, want, honest);

        cmd.rx_size = 5;
        pcsc_test_run(t, &cmd, &a);
        if (want > cmd.rx_size) {
            g_assert_cmphex(a.result, ==, PCSC_E_INSUFFICIENT_BUFFER);
            g_assert_cmpuint(a.rx_len, ==, want);
        }
        stub_order("%s", "");
        g_assert_cmphex(stub_transmit(t, 0), ==, PCSC_S_SUCCESS);
    }
}

static void test_lengths(void)
{
    PCSCTest *t = stub_start();

    stub_recover(t);
    check_lengths(t, "SCardTransmit", PCSC_OP_TRANSMIT, 6, PCSC_F_COMM_ERROR);
    check_lengths(t, "SCardControl", PCSC_OP_CONTROL, 4, PCSC_S_SUCCESS);
    check_lengths(t, "SCardGetAttrib", PCSC_OP_GET_ATTRIB, 4, PCSC_S_SUCCESS);
    stub_end(t);
}

static void check_atr(const PCSCTestAnswer *a, uint64_t length)
{
    g_assert_cmphex(a->result, ==, PCSC_S_SUCCESS);
    g_assert_cmpuint(a->atr_len, ==, MIN(length, PCSC_ATR_MAX));
    for (unsigned i = 4; i < a->atr_len; i++) {
        g_assert_cmphex(a->atr[i], ==, 0);
    }
}

static void test_atr(void)
{
    static const uint64_t more[] = { 3, 33, 34, 36, 37, 255 };
    PCSCTestCommand cmd = { .share = PCSC_SHARE_SHARED, .protocols = 3 };
    PCSCTest *t = stub_start();
    PCSCTestAnswer a;

    stub_recover(t);
    for (unsigned i = 0; i < ARRAY_SIZE(lengths) + ARRAY_SIZE(more); i++) {
        uint64_t length = i < ARRAY_SIZE(more) ? more[i] :
                                                 lengths[i - ARRAY_SIZE(more)];

        stub_order("SCardStatus length %" PRIu64, length);
        cmd.op = PCSC_OP_STATUS;
        pcsc_test_run(t, &cmd, &a);
        check_atr(&a, length);

        stub_order("SCardGetStatusChange length %" PRIu64, length);
        cmd.op = PCSC_OP_CONNECT;
        pcsc_test_run(t, &cmd, &a);
        check_atr(&a, length);
        cmd.op = PCSC_OP_READER_ATR;
        pcsc_test_run(t, &cmd, &a);
        check_atr(&a, length);
        stub_order("%s", "");
        g_assert_cmphex(stub_transmit(t, 0), ==, PCSC_S_SUCCESS);
    }
    stub_end(t);
}

static void test_lists(void)
{
    static const struct {
        const char *order;
        unsigned readers;
    } lists[] = {
        { "length 0", 0 },
        { "length 1", 1 },
        { "length 13", 1 },
        { "length 14", 1 },
        { "length 20", 2 },
        { "length 28", 2 },
        { "nothing", 0 },
        { "names 30", 3 },
        { "names 100000", 16 },
        { "names 20000000", 16 },
        { "names long", 1 },
        { "odd", 2 },
    };
    PCSCTest *t = stub_start();

    stub_recover(t);
    for (unsigned i = 0; i < ARRAY_SIZE(lists); i++) {
        int64_t end = g_get_monotonic_time() +
                      PCSC_TEST_PATIENCE * G_USEC_PER_SEC;

        for (unsigned again = 0; again < 3; again++) {
            stub_order("SCardListReaders %s", lists[i].order);
            while (ctpop32(pcsc_test_read(t, PCSC_REG_PRESENT)) !=
                   lists[i].readers) {
                g_assert_cmpint(g_get_monotonic_time(), <, end);
                g_usleep(1000);
            }
        }
        /* as text, for those who manage the machine */
        qtest_qmp_assert_success(t->qts, "{'execute': 'qom-get', 'arguments': "
                                 "{'path': '/machine/pcsc-passthru',"
                                 " 'property': 'readers'}}");
        stub_recover(t);
    }
    stub_end(t);
}

/* Calls that succeed and answer nothing. */
static void test_nothing(void)
{
    static const char * const calls[] = {
        "SCardConnect", "SCardReconnect", "SCardStatus", "SCardTransmit",
        "SCardControl", "SCardGetAttrib", "SCardGetStatusChange",
        "SCardEstablishContext", "SCardReleaseContext", "SCardDisconnect",
    };
    static const uint32_t ops[] = {
        PCSC_OP_CONNECT, PCSC_OP_RECONNECT, PCSC_OP_STATUS, PCSC_OP_TRANSMIT,
        PCSC_OP_CONTROL, PCSC_OP_GET_ATTRIB, PCSC_OP_DISCONNECT,
    };
    PCSCTest *t = stub_start();

    stub_recover(t);
    for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
        stub_order("%s nothing", calls[i]);
        for (unsigned j = 0; j < ARRAY_SIZE(ops); j++) {
            PCSCTestCommand cmd = stub_apdu(t, 0);
            PCSCTestAnswer a;

            cmd.op = ops[j];
            cmd.share = PCSC_SHARE_SHARED;
            pcsc_test_run(t, &cmd, &a);
            if (a.result == PCSC_S_SUCCESS && cmd.op != PCSC_OP_STATUS) {
                check_data(t, a.rx_len, a.rx_len == 6 ? 6 : 4);
            }
        }
        pcsc_test_close(t, 0, 0);
        stub_recover(t);
    }
    stub_end(t);
}

static void add(void)
{
    qtest_add_func("/pcsc-backend-lies/lengths", test_lengths);
    qtest_add_func("/pcsc-backend-lies/atr", test_atr);
    qtest_add_func("/pcsc-backend-lies/lists", test_lists);
    qtest_add_func("/pcsc-backend-lies/nothing", test_nothing);
}

int main(int argc, char **argv)
{
    return stub_main(argc, argv, add);
}

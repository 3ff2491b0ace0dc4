/*
 * The pcsclite back end, and which calls of its library may meet
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pcsc-lite's library does not survive it if a context is released while a
 * card is disconnected, nor, if it comes badly, the first handle of a context
 * when a newer context has one.  The stub ends QEMU in the first case and
 * counts the second.
 */

#include "qemu/osdep.h"
#include "pcsc-stub.h"

/* With these lines the stub's numbers can be asked for. */
#define COUNTS "SCardGetAttrib counts\n"

/* The session that asks, and those that do things */
#define ASKS    9
#define FIRST   1
#define SECOND  2

/* What the stub answers; see its books.h */
typedef struct Counts {
    uint8_t contexts;
    uint8_t disconnects;
    uint8_t overtaken;
} Counts;

static Counts counts(PCSCTest *t)
{
    PCSCTestCommand cmd = stub_apdu(t, ASKS);
    PCSCTestAnswer a;
    Counts c;

    cmd.op = PCSC_OP_GET_ATTRIB;
    g_assert_cmphex(pcsc_test_run(t, &cmd, &a), ==, PCSC_S_SUCCESS);
    g_assert_cmpuint(a.rx_len, ==, sizeof(c));
    qtest_memread(t->qts, PCSC_TEST_RX(0), &c, sizeof(c));
    return c;
}

/* A machine where the session that asks is connected, and no other is. */
static PCSCTest *start(void)
{
    PCSCTest *t = stub_start();

    stub_recover(t);
    pcsc_test_close(t, 0, 0);
    stub_open(t, ASKS);
    stub_order(COUNTS);
    g_assert_cmpuint(counts(t).disconnects, ==, 0);
    return t;
}

static void ring(PCSCTest *t, unsigned session, uint32_t op)
{
    PCSCTestCommand cmd = stub_apdu(t, session);

    cmd.op = op;
    cmd.share = PCSC_SHARE_SHARED;
    cmd.protocols = op == PCSC_OP_CONNECT ? PCSC_PROTOCOL_T1 : 0;
    pcsc_test_ring(t, session, &cmd);
}

/* From here on @op of FIRST runs, in the library's @call, for @ms. */
static void ring_slowly(PCSCTest *t, uint32_t op, const char *call, unsigned ms)
{
    int64_t begin = g_get_monotonic_time();
    Counts before = counts(t);
    Counts now;

    stub_order(COUNTS "%s late %u", call, ms);
    ring(t, FIRST, op);
    do {
        g_assert_cmpint(g_get_monotonic_time() - begin, <,
                        PCSC_TEST_PATIENCE * G_USEC_PER_SEC);
        now = counts(t);
    } while (!memcmp(&now, &before, sizeof(now)));
    /* The call reads its orders right after that. */
    g_usleep(20000);
    stub_order(COUNTS);
}

/* A disconnect, which is counted. */
static void disconnect_slowly(PCSCTest *t, unsigned ms)
{
    ring_slowly(t, PCSC_OP_DISCONNECT, "SCardDisconnect", ms);
    g_assert_cmpuint(counts(t).disconnects, ==, 1);
}

/*
 * Sessions come and go while a disconnect runs: no context does, and the next
 * session uses what the last one left.
 */
static void test_release(void)
{
    PCSCTest *t = start();
    unsigned before;

    g_assert_cmphex(pcsc_test_open(t, 0, FIRST), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_connect(t, 0, FIRST, PCSC_SHARE_SHARED), ==,
                    PCSC_S_SUCCESS);
    before = counts(t).contexts;
    disconnect_slowly(t, 3000);
    for (unsigned i = 0; i < 20; i++) {
        g_assert_cmphex(pcsc_test_open(t, 0, SECOND), ==, PCSC_S_SUCCESS);
        if (i % 2) {
            stub_order(COUNTS "SCardConnect error 0x%x",
                       PCSC_E_NO_SMARTCARD);
            g_assert_cmphex(pcsc_test_connect(t, 0, SECOND,
                                              PCSC_SHARE_SHARED), ==,
                            PCSC_E_NO_SMARTCARD);
            stub_order(COUNTS);
        }
        if (i % 3) {
            g_assert_cmphex(pcsc_test_connect(t, 0, SECOND,
                                              PCSC_SHARE_SHARED), ==,
                            PCSC_S_SUCCESS);
        }
        g_assert_cmphex(pcsc_test_close(t, 0, SECOND), ==, PCSC_S_SUCCESS);
    }
    g_assert_cmpuint(counts(t).disconnects, ==, 1);
    g_assert_cmpuint(counts(t).contexts, ==, before + 1);
    g_assert_cmphex(pcsc_test_wait(t, FIRST).result, ==, PCSC_S_SUCCESS);
    g_assert_cmpuint(counts(t).disconnects, ==, 0);

    /* What nobody needs any more goes: the monitor's and ours are left. */
    g_assert_cmphex(pcsc_test_close(t, 0, FIRST), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_close(t, 0, ASKS), ==, PCSC_S_SUCCESS);
    stub_open(t, ASKS);
    g_assert_cmpuint(counts(t).contexts, ==, 2);
    g_assert_cmpuint(counts(t).overtaken, ==, 0);
    stub_end(t);
}

/* Nor does the monitor's, which finds out that the service went. */
static void test_monitor(void)
{
    PCSCTest *t = start();

    g_assert_cmphex(pcsc_test_open(t, 0, FIRST), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_connect(t, 0, FIRST, PCSC_SHARE_SHARED), ==,
                    PCSC_S_SUCCESS);
    disconnect_slowly(t, 1000);
    stub_order("SCardGetStatusChange dies 0\nSCardEstablishContext error 0x%x",
               PCSC_E_NO_SERVICE);
    pcsc_test_wait_reg(t, PCSC_REG_STATUS, PCSC_STATUS_SERVICE, 0);
    g_assert_false(pcsc_test_done(t, FIRST));
    pcsc_test_wait(t, FIRST);
    stub_recover(t);
    stub_open(t, ASKS);
    stub_order(COUNTS);
    g_assert_cmpuint(counts(t).contexts, ==, 3);
    stub_end(t);
}

/* A connect in a new context, which is counted. */
static void connect_slowly(PCSCTest *t, unsigned ms)
{
    ring_slowly(t, PCSC_OP_CONNECT, "SCardConnect", ms);
}

/* A session that is faster waits for the first handle of an older context. */
static void test_first(void)
{
    PCSCTest *t = start();

    g_assert_cmphex(pcsc_test_open(t, 0, FIRST), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_open(t, 0, SECOND), ==, PCSC_S_SUCCESS);
    connect_slowly(t, 50);
    ring(t, SECOND, PCSC_OP_CONNECT);
    g_assert_cmphex(pcsc_test_wait(t, SECOND).result, ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_wait(t, FIRST).result, ==, PCSC_S_SUCCESS);
    g_assert_cmpuint(counts(t).overtaken, ==, 0);
    stub_end(t);
}

/* But not for ever, and whoever has a context that is not new not at all. */
static void test_first_late(void)
{
    PCSCTest *t = start();

    g_assert_cmphex(pcsc_test_open(t, 0, FIRST), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_open(t, 0, SECOND), ==, PCSC_S_SUCCESS);
    connect_slowly(t, 5000);
    ring(t, SECOND, PCSC_OP_CONNECT);
    g_assert_cmphex(pcsc_test_wait(t, SECOND).result, ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_disconnect(t, 0, SECOND), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_connect(t, 0, SECOND, PCSC_SHARE_SHARED), ==,
                    PCSC_S_SUCCESS);
    g_assert_false(pcsc_test_done(t, FIRST));
    g_assert_cmphex(pcsc_test_wait(t, FIRST).result, ==, PCSC_S_SUCCESS);
    stub_end(t);
}

static void add(void)
{
    qtest_add_func("/pcsc-backend-contexts/release", test_release);
    qtest_add_func("/pcsc-backend-contexts/monitor", test_monitor);
    qtest_add_func("/pcsc-backend-contexts/first", test_first);
    qtest_add_func("/pcsc-backend-contexts/first-late", test_first_late);
}

int main(int argc, char **argv)
{
    return stub_main(argc, argv, add);
}

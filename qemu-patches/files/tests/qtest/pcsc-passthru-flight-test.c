/*
 * Test of the pcsc-passthru device: commands in flight
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "pcsc-passthru-util.h"

static const uint8_t never[] = { 0x80, 0xe8, 0x00, 0x00 };

static PCSCTest *start_sessions(const char *backend, unsigned slots,
                                unsigned per_slot)
{
    PCSCTest *t = pcsc_test_start(backend, NULL);

    pcsc_test_enable(t);
    for (unsigned i = 0; i < slots * per_slot; i++) {
        g_assert_cmphex(pcsc_test_open(t, i / per_slot, i), ==,
                        PCSC_S_SUCCESS);
        g_assert_cmphex(pcsc_test_connect(t, i / per_slot, i,
                                          PCSC_SHARE_SHARED), ==,
                        PCSC_S_SUCCESS);
    }
    return t;
}

static void ring_delay(PCSCTest *t, unsigned index, unsigned slot,
                       unsigned session, unsigned ms)
{
    const uint8_t apdu[] = { 0x80, 0xe4, ms >> 8, ms };
    PCSCTestCommand cmd = pcsc_test_apdu(t, index, slot, session, apdu,
                                         sizeof(apdu));

    pcsc_test_ring(t, index, &cmd);
}

static void test_timeout(void)
{
    PCSCTest *t = start_sessions("timeout=300,timeout-max=900", 1, 1);
    PCSCTestCommand cmd = pcsc_test_apdu(t, 0, 0, 0, never, sizeof(never));
    static const struct {
        uint32_t ask, min, max;
    } cases[] = {
        { 100, 100, 280 }, { 0, 300, 600 }, { 600, 600, 880 },
        { 0xffffffff, 900, 5000 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t start = g_get_monotonic_time();
        int64_t ms;

        /* a card that never answers keeps its session: take another */
        pcsc_test_open(t, 0, 1 + i);
        pcsc_test_connect(t, 0, 1 + i, PCSC_SHARE_DIRECT);
        cmd.timeout_ms = cases[i].ask;
        cmd.session = i ? 1 + i : 0;
        start = g_get_monotonic_time();
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_E_TIMEOUT);
        ms = (g_get_monotonic_time() - start) / 1000;
        g_test_message("asked for %u ms, took %d", cases[i].ask, (int)ms);
        g_assert_cmpint(ms, >=, cases[i].min - 1);
        if (g_test_perf()) { /* a busy host makes it later */
            g_assert_cmpint(ms, <=, cases[i].max);
        }
    }
    pcsc_test_end(t);
}

static void test_cancel(void)
{
    PCSCTest *t = start_sessions("count=2", 1, 2);

    /* one that runs, two that wait behind it on the same session */
    ring_delay(t, 1, 0, 0, 3000);
    ring_delay(t, 2, 0, 0, 1);
    pcsc_test_ring(t, 3, &(PCSCTestCommand) { .op = PCSC_OP_STATUS });
    pcsc_test_write(t, PCSC_REG_CANCEL, 2);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_DONE(0)), ==, 1 << 2);
    g_assert_cmphex(pcsc_test_wait(t, 2).result, ==, PCSC_E_CANCELLED);
    pcsc_test_write(t, PCSC_REG_CANCEL, 1);
    g_assert_true(pcsc_test_done(t, 1));
    g_assert_cmphex(pcsc_test_wait(t, 1).result, ==, PCSC_E_CANCELLED);
    g_assert_cmphex(pcsc_test_wait(t, 3).result, ==, PCSC_S_SUCCESS);

    /* a begin that waits for another session's transaction */
    g_assert_cmphex(pcsc_test_run(t, &(PCSCTestCommand) {
        .op = PCSC_OP_BEGIN, .session = 1,
    }, NULL), ==, PCSC_S_SUCCESS);
    pcsc_test_ring(t, 4, &(PCSCTestCommand) { .op = PCSC_OP_BEGIN });
    g_usleep(50000);
    g_assert_false(pcsc_test_done(t, 4));
    pcsc_test_write(t, PCSC_REG_CANCEL, 4);
    g_assert_cmphex(pcsc_test_wait(t, 4).result, ==, PCSC_E_CANCELLED);
    /* its late success is undone: the other can end and begin again */
    for (unsigned i = 0; i < 10; i++) {
        g_assert_cmphex(pcsc_test_run(t, &(PCSCTestCommand) {
            .op = PCSC_OP_END, .session = 1,
        }, NULL), ==, PCSC_S_SUCCESS);
        g_assert_cmphex(pcsc_test_run(t, &(PCSCTestCommand) {
            .op = PCSC_OP_BEGIN, .session = 1, .timeout_ms = 10000,
        }, NULL), ==, PCSC_S_SUCCESS);
    }

    /* a close that is cancelled closes nevertheless */
    ring_delay(t, 5, 0, 1, 300);
    pcsc_test_ring(t, 6, &(PCSCTestCommand) {
        .op = PCSC_OP_CLOSE, .session = 1,
    });
    g_assert_cmphex(pcsc_test_run(t, &(PCSCTestCommand) {
        .op = PCSC_OP_STATUS, .session = 1,
    }, NULL), ==, PCSC_E_INVALID_HANDLE);
    g_assert_cmphex(pcsc_test_open(t, 0, 1), ==, PCSC_E_INVALID_HANDLE);
    pcsc_test_write(t, PCSC_REG_CANCEL, 6);
    g_assert_cmphex(pcsc_test_wait(t, 6).result, ==, PCSC_E_CANCELLED);
    pcsc_test_wait(t, 5);
    g_assert_cmphex(pcsc_test_open(t, 0, 1), ==, PCSC_S_SUCCESS);
    pcsc_test_end(t);
}

/* All descriptors at once; a session's commands stay in order. */
static void test_many(void)
{
    PCSCTest *t = start_sessions("count=8", 8, 2);

    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 0; i < PCSC_COMMANDS_MAX; i++) {
            const uint8_t apdu[] = { 0x80, 0xe6, 0x90 + round, i };
            unsigned session = i % 16;
            PCSCTestCommand cmd = pcsc_test_apdu(t, i, session / 2, session,
                                                 apdu, sizeof(apdu));

            pcsc_test_ring(t, i, &cmd);
        }
        for (unsigned i = 0; i < PCSC_COMMANDS_MAX; i++) {
            PCSCTestAnswer a = pcsc_test_wait(t, i);
            uint8_t sw[2];

            g_assert_cmphex(a.result, ==, PCSC_S_SUCCESS);
            g_assert_cmpuint(a.rx_len, ==, 2);
            qtest_memread(t->qts, PCSC_TEST_RX(i), sw, 2);
            g_assert_cmphex(sw[0], ==, 0x90 + round);
            g_assert_cmphex(sw[1], ==, i);
        }
    }

    /* in order on a session */
    ring_delay(t, 20, 0, 0, 200);
    ring_delay(t, 10, 0, 0, 0);
    ring_delay(t, 30, 1, 2, 0);
    pcsc_test_wait(t, 30);
    g_assert_false(pcsc_test_done(t, 20));
    g_assert_false(pcsc_test_done(t, 10));
    pcsc_test_wait(t, 10);
    g_assert_true(pcsc_test_done(t, 20));
    pcsc_test_wait(t, 20);
    pcsc_test_end(t);
}

/* A session that waits for a transaction does not keep its owner from work. */
static void test_blocked(void)
{
    PCSCTest *t = start_sessions("count=1", 1, 3);

    g_assert_cmphex(pcsc_test_run(t, &(PCSCTestCommand) {
        .op = PCSC_OP_BEGIN, .session = 0,
    }, NULL), ==, PCSC_S_SUCCESS);
    pcsc_test_ring(t, 1, &(PCSCTestCommand) {
        .op = PCSC_OP_BEGIN, .session = 1,
    });
    ring_delay(t, 2, 0, 2, 0);
    for (unsigned i = 0; i < 20; i++) {
        ring_delay(t, 3, 0, 0, 5);
        g_assert_cmphex(pcsc_test_wait(t, 3).result, ==, PCSC_S_SUCCESS);
    }
    g_assert_false(pcsc_test_done(t, 1));
    g_assert_false(pcsc_test_done(t, 2));
    g_assert_cmphex(pcsc_test_run(t, &(PCSCTestCommand) {
        .op = PCSC_OP_END, .session = 0,
    }, NULL), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_wait(t, 1).result, ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_run(t, &(PCSCTestCommand) {
        .op = PCSC_OP_END, .session = 1,
    }, NULL), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_wait(t, 2).result, ==, PCSC_S_SUCCESS);
    pcsc_test_end(t);
}

/* The card, the reader, the service leave while commands are in flight. */
static void test_departures(void)
{
    PCSCTest *t = start_sessions("count=3", 3, 1);
    PCSCTestCommand cmd = pcsc_test_apdu(t, 0, 0, 0, never, sizeof(never));

    for (unsigned i = 0; i < 3; i++) {
        qtest_memwrite(t->qts, PCSC_TEST_TX(i), never, sizeof(never));
        cmd.slot = i;
        cmd.session = i;
        pcsc_test_ring(t, i, &cmd);
    }
    pcsc_test_event(t, "remove 0");
    g_assert_cmphex(pcsc_test_wait(t, 0).result, ==, PCSC_W_REMOVED_CARD);
    pcsc_test_event(t, "unplug 1");
    g_assert_cmphex(pcsc_test_wait(t, 1).result, ==,
                    PCSC_E_READER_UNAVAILABLE);
    g_assert_false(pcsc_test_done(t, 2));
    pcsc_test_event(t, "service down");
    g_assert_cmphex(pcsc_test_wait(t, 2).result, ==, PCSC_E_NO_SERVICE);
    pcsc_test_event(t, "service up");

    /* the session of the reader that left: only good to be closed */
    cmd = (PCSCTestCommand) {
        .op = PCSC_OP_STATUS, .slot = 1, .session = 1, .generation = 1,
    };
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==,
                    PCSC_E_READER_UNAVAILABLE);
    pcsc_test_event(t, "plug 1");
    pcsc_test_wait_reg(t, PCSC_REG_SLOT(1) + PCSC_SLOT_GENERATION, ~0u, 2);
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==,
                    PCSC_E_READER_UNAVAILABLE);
    cmd.generation = 2;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_E_INVALID_HANDLE);
    cmd.generation = 1;
    cmd.op = PCSC_OP_OPEN;
    cmd.session = 3;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_E_UNKNOWN_READER);
    cmd.op = PCSC_OP_CLOSE;
    cmd.session = 1;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_open(t, 1, 1), ==, PCSC_S_SUCCESS);
    pcsc_test_end(t);
}

/* After a reset memory belongs to the guest: nothing is written any more. */
static void check_reset(bool machine)
{
    PCSCTest *t = start_sessions("count=4", 4, 4);
    uint8_t memory[0x2000];
    uint8_t rx[16];

    for (unsigned i = 0; i < 16; i++) {
        ring_delay(t, i, i / 4, i, i < 4 ? 3000 : 50);
        ring_delay(t, 16 + i, i / 4, i, 0);
    }
    if (machine) {
        qtest_system_reset(t->qts);
    } else {
        pcsc_test_write(t, PCSC_REG_CONTROL, PCSC_CONTROL_RESET);
    }
    qtest_memset(t->qts, PCSC_TEST_TABLE, 0xee, sizeof(memory));
    for (unsigned i = 0; i < 32; i++) {
        qtest_memset(t->qts, PCSC_TEST_RX(i), 0xee, sizeof(rx));
    }
    g_usleep(300000);
    qtest_memread(t->qts, PCSC_TEST_TABLE, memory, sizeof(memory));
    for (unsigned i = 0; i < sizeof(memory); i++) {
        g_assert_cmphex(memory[i], ==, 0xee);
    }
    for (unsigned i = 0; i < 32; i++) {
        qtest_memread(t->qts, PCSC_TEST_RX(i), rx, sizeof(rx));
        for (unsigned n = 0; n < sizeof(rx); n++) {
            g_assert_cmphex(rx[n], ==, 0xee);
        }
    }
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_DONE(0)), ==, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, 0);

    /* all session numbers and descriptors are free, the cards as well */
    pcsc_test_enable(t);
    for (unsigned i = 0; i < 32; i++) {
        pcsc_test_ring(t, i, &(PCSCTestCommand) {
            .op = PCSC_OP_OPEN, .session = i,
        });
        g_assert_cmphex(pcsc_test_wait(t, i).result, ==, PCSC_S_SUCCESS);
    }
    pcsc_test_connect_freed(t, 0, 31);
    pcsc_test_end(t);
}

static void test_reset(void)
{
    check_reset(false);
}

static void test_system_reset(void)
{
    check_reset(true);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/pcsc-passthru/flight/timeout", test_timeout);
    qtest_add_func("/pcsc-passthru/flight/cancel", test_cancel);
    qtest_add_func("/pcsc-passthru/flight/many", test_many);
    qtest_add_func("/pcsc-passthru/flight/blocked", test_blocked);
    qtest_add_func("/pcsc-passthru/flight/departures", test_departures);
    qtest_add_func("/pcsc-passthru/flight/reset", test_reset);
    qtest_add_func("/pcsc-passthru/flight/system-reset", test_system_reset);
    return g_test_run();
}

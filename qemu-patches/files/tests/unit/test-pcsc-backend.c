/*
 * PC/SC back end: the base class, its workers and queues, with emulated cards
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qom/object.h"
#include "system/pcsc-backend.h"

#include "test-pcsc-backend.c.inc"

static void test_transmit(void)
{
    g_autofree Answer *a = g_new0(Answer, 1);
    g_autofree uint8_t *tx = g_malloc(PCSC_LENGTH_MAX);
    PCSCSession *s;
    Fixture f;

    attach(&f, NULL, NULL);
    s = pcsc_session_open(f.be, READER0);
    g_assert_cmphex(call(s, a, PCSC_OP_STATUS, 0), ==, PCSC_E_INVALID_HANDLE);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    g_assert_cmpint(a->protocol, ==, PCSC_PROTOCOL_T1);
    g_assert_cmpint(a->atr_len, ==, 14);
    g_assert_cmphex(transmit(s, a, echo, sizeof(echo)), ==, 0);
    g_assert_cmpmem(a->rx, a->rx_len, "\1\2\3\x90\0", 5);

    /* The longest command: 4 + 3 + 65535 + 2, answered with all of it */
    memset(tx, 0x5a, 65544);
    memcpy(tx, "\x80\xe0\0\0\0\xff\xff", 7);
    tx[65542] = tx[65543] = 0;
    g_assert_cmphex(transmit(s, a, tx, 65544), ==, 0);
    g_assert_cmpint(a->rx_len, ==, 65537);
    g_assert_cmpmem(a->rx, 65535, tx + 7, 65535);
    /* The longest answer */
    g_assert_cmphex(transmit(s, a, "\x80\xe2\0\0\3\1\0\x0a", 8), ==, 0);
    g_assert_cmpint(a->rx_len, ==, 65548);

    /* An answer of nothing */
    g_assert_cmphex(transmit(s, a, "\x80\xe8\3\0", 4), ==,
                    PCSC_F_COMM_ERROR);

    g_assert_cmphex(call(s, a, PCSC_OP_STATUS, 0), ==, 0);
    g_assert_cmphex(a->card_state, ==, 0x34);
    g_assert_cmphex(call(s, a, PCSC_OP_CLOSE, 0), ==, 0);
    detach(&f);
}

static void test_short_buffer(void)
{
    g_autofree Answer *a = g_new0(Answer, 1);
    PCSCRequest *req;
    PCSCSession *s;
    Fixture f;

    attach(&f, NULL, NULL);
    s = pcsc_session_open(f.be, READER0);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    req = pcsc_request_new(sizeof(echo), done, a);
    req->op = PCSC_OP_TRANSMIT;
    req->timeout_ms = 1000;
    req->rx_size = 4;
    memcpy(req->tx, echo, sizeof(echo));
    memset(a, 0, sizeof(*a));
    pcsc_session_submit(s, req);
    g_assert_true(await(a));
    g_assert_cmphex(a->result, ==, PCSC_E_INSUFFICIENT_BUFFER);
    g_assert_cmpint(a->rx_len, ==, 5);
    g_assert_cmpint(a->rx[0], ==, 0);
    pcsc_session_close(s);
    detach(&f);
}

/* A time-out and a cancel complete at once, the call goes on. */
static void test_give_up(void)
{
    g_autofree Answer *a = g_new0(Answer, 1);
    g_autofree Answer *b = g_new0(Answer, 1);
    PCSCRequest *req;
    PCSCSession *s;
    int64_t start;
    Fixture f;

    attach(&f, NULL, NULL);
    s = pcsc_session_open(f.be, READER0);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);

    start = g_get_monotonic_time();
    submit(s, a, PCSC_OP_TRANSMIT, 0, delay300, sizeof(delay300), 50);
    submit(s, b, PCSC_OP_TRANSMIT, 0, echo, sizeof(echo), 5000);
    g_assert_true(await(a));
    g_assert_cmphex(a->result, ==, PCSC_E_TIMEOUT);
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 49000);
    g_assert_cmpint(g_get_monotonic_time() - start, <, 290000);
    g_assert_cmpint(b->count, ==, 0);
    g_assert_true(await(b));
    g_assert_cmphex(b->result, ==, 0);
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 299000);

    req = submit(s, a, PCSC_OP_TRANSMIT, 0, delay300, sizeof(delay300), 5000);
    settle(50);
    pcsc_request_cancel(req, PCSC_E_CANCELLED);
    g_assert_cmpint(a->count, ==, 1);
    g_assert_cmphex(a->result, ==, PCSC_E_CANCELLED);
    /* One that waits in the queue */
    req = submit(s, b, PCSC_OP_TRANSMIT, 0, echo, sizeof(echo), 5000);
    pcsc_request_cancel(req, PCSC_E_CANCELLED);
    g_assert_cmpint(b->count, ==, 1);
    g_assert_cmphex(b->result, ==, PCSC_E_CANCELLED);
    settle(400);
    g_assert_cmpint(a->count, ==, 1);
    g_assert_cmpint(b->count, ==, 1);
    g_assert_cmphex(transmit(s, a, echo, sizeof(echo)), ==, 0);
    pcsc_session_close(s);
    detach(&f);
}

/* What succeeds after its client gave up is taken back. */
static void test_undo(void)
{
    g_autofree Answer *a = g_new0(Answer, 1);
    g_autofree Answer *b = g_new0(Answer, 1);
    PCSCSession *s, *t;
    Fixture f;

    attach(&f, NULL, NULL);
    s = pcsc_session_open(f.be, READER0);
    t = pcsc_session_open(f.be, READER0);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    g_assert_cmphex(call(t, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    g_assert_cmphex(call(s, a, PCSC_OP_BEGIN, 0), ==, 0);

    submit(t, b, PCSC_OP_BEGIN, 0, NULL, 0, 50);
    g_assert_true(await(b));
    g_assert_cmphex(b->result, ==, PCSC_E_TIMEOUT);
    /* The holder goes on, and ends: the late begin must not keep the lock */
    g_assert_cmphex(transmit(s, a, echo, sizeof(echo)), ==, 0);
    g_assert_cmphex(call(s, a, PCSC_OP_END, PCSC_LEAVE_CARD), ==, 0);
    settle(100);
    g_assert_cmphex(call(t, a, PCSC_OP_END, PCSC_LEAVE_CARD), ==,
                    PCSC_E_NOT_TRANSACTED);
    g_assert_cmphex(transmit(s, a, echo, sizeof(echo)), ==, 0);

    /* A connect that came too late is no connection */
    g_assert_cmphex(call(t, a, PCSC_OP_DISCONNECT, PCSC_LEAVE_CARD), ==, 0);
    g_assert_cmphex(call(s, a, PCSC_OP_BEGIN, 0), ==, 0);
    submit(t, b, PCSC_OP_CONNECT, PCSC_SHARE_SHARED, NULL, 0, 50);
    g_assert_true(await(b));
    g_assert_cmphex(b->result, ==, PCSC_E_TIMEOUT);
    g_assert_cmphex(call(s, a, PCSC_OP_END, PCSC_LEAVE_CARD), ==, 0);
    g_assert_cmphex(call(t, a, PCSC_OP_STATUS, 0), ==, PCSC_E_INVALID_HANDLE);
    g_assert_cmphex(call(s, a, PCSC_OP_RECONNECT, PCSC_SHARE_EXCLUSIVE), ==, 0);
    g_assert_cmphex(call(s, a, PCSC_OP_RECONNECT, PCSC_SHARE_SHARED), ==, 0);

    /* Nor does one hold a card that does not know of that */
    g_assert_cmphex(call(t, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    submit(s, b, PCSC_OP_RECONNECT, PCSC_SHARE_EXCLUSIVE, NULL, 0, 50);
    g_assert_true(await(b));
    g_assert_cmphex(b->result, ==, PCSC_E_TIMEOUT);
    g_assert_cmphex(call(t, a, PCSC_OP_DISCONNECT, PCSC_LEAVE_CARD), ==, 0);
    g_assert_cmphex(call(s, a, PCSC_OP_STATUS, 0), ==, 0);
    g_assert_cmphex(call(t, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    pcsc_session_close(s);
    pcsc_session_close(t);
    detach(&f);
}

/* A session that waits keeps no other from working; a verified PIN goes. */
static void test_close_resets(void)
{
    g_autofree Answer *a = g_new0(Answer, 1);
    PCSCSession *s, *t;
    Fixture f;

    attach(&f, NULL, NULL);
    s = pcsc_session_open(f.be, READER0);
    t = pcsc_session_open(f.be, READER0);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    g_assert_cmphex(call(t, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    g_assert_cmphex(transmit(s, a, verify, sizeof(verify)), ==, 0);
    g_assert_cmphex(transmit(t, a, verified, sizeof(verified)), ==, 0);
    g_assert_cmpint(a->rx[0], ==, 1);
    pcsc_session_close(s);
    settle(100);
    g_assert_cmphex(transmit(t, a, verified, sizeof(verified)), ==,
                    PCSC_W_RESET_CARD);
    g_assert_cmphex(call(t, a, PCSC_OP_DISCONNECT, PCSC_LEAVE_CARD), ==, 0);
    g_assert_cmphex(call(t, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    g_assert_cmphex(transmit(t, a, verified, sizeof(verified)), ==, 0);
    g_assert_cmpint(a->rx[0], ==, 0);
    g_assert_cmphex(transmit(t, a, resets, sizeof(resets)), ==, 0);
    g_assert_cmpmem(a->rx, a->rx_len, "\0\0\0\1\x90\0", 6);
    pcsc_session_close(t);
    detach(&f);
}

/* Who connects behind one that leaves has the card to himself, and reset. */
static void test_leave(void)
{
    g_autofree Answer *a = g_new0(Answer, 1);
    g_autofree Answer *b = g_new0(Answer, 1);
    g_autofree Answer *c = g_new0(Answer, 1);
    PCSCSession *s, *t;
    Fixture f;

    attach(&f, NULL, NULL);
    for (unsigned i = 0; i < 300; i++) {
        s = pcsc_session_open(f.be, READER0);
        t = pcsc_session_open(f.be, READER0);
        g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_EXCLUSIVE), ==,
                        0);
        g_assert_cmphex(transmit(s, a, verify, sizeof(verify)), ==, 0);
        if (i % 2) {
            pcsc_session_close(s);
        } else {
            submit(s, b, PCSC_OP_CLOSE, 0, NULL, 0, 5000);
        }
        g_assert_cmphex(call(t, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
        g_assert_cmphex(transmit(t, a, verified, sizeof(verified)), ==, 0);
        g_assert_cmpint(a->rx[0], ==, 0);
        pcsc_session_close(t);
    }
    /* Behind a card that is silent: other readers work, a time-out ends it */
    s = pcsc_session_open(f.be, READER0);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    submit(s, a, PCSC_OP_TRANSMIT, 0, silent, sizeof(silent), 5000);
    settle(50);
    pcsc_session_close(s);
    s = pcsc_session_open(f.be, READER0);
    t = pcsc_session_open(f.be, "Emulated Reader 2");
    submit(s, b, PCSC_OP_CONNECT, PCSC_SHARE_SHARED, NULL, 0, 300);
    g_assert_cmphex(call(t, a, PCSC_OP_CONNECT, PCSC_SHARE_DIRECT), ==, 0);
    g_assert_cmpint(b->count, ==, 0);
    g_assert_true(await(b));
    g_assert_cmphex(b->result, ==, PCSC_E_TIMEOUT);
    pcsc_session_close(t);
    /* Two who wait, and leave then, do not wait for each other */
    t = pcsc_session_open(f.be, READER0);
    submit(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED, NULL, 0, 5000);
    submit(t, b, PCSC_OP_CONNECT, PCSC_SHARE_SHARED, NULL, 0, 5000);
    submit(s, c, PCSC_OP_CLOSE, 0, NULL, 0, 5000);
    submit(t, c, PCSC_OP_CLOSE, 0, NULL, 0, 5000);
    event(&f, "insert 0");
    g_assert_true(await(a) && await(b));
    g_assert_cmphex(a->result | b->result, ==, 0);
    detach(&f);
}

/* But not for ever for one that is stuck: he finds what it holds. */
static void test_leave_stuck(void)
{
    g_autofree Answer *a = g_new0(Answer, 1);
    int64_t begin;
    PCSCSession *s;
    Fixture f;

    attach(&f, NULL, NULL);
    s = pcsc_session_open(f.be, READER0);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_EXCLUSIVE), ==, 0);
    submit(s, a, PCSC_OP_TRANSMIT, 0, silent, sizeof(silent), 60000);
    settle(50);
    pcsc_session_close(s);
    begin = g_get_monotonic_time();
    s = pcsc_session_open(f.be, READER0);
    submit(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED, NULL, 0, 30000);
    while (!a->count) {
        settle(20);
    }
    g_assert_cmphex(a->result, ==, PCSC_E_SHARING_VIOLATION);
    g_assert_cmpint(g_get_monotonic_time() - begin, >=, 9 * G_USEC_PER_SEC);
    pcsc_session_close(s);
    event(&f, "remove 0");
    detach(&f);
}

static void test_limit(void)
{
    g_autofree Answer *a = g_new0(Answer, 1);
    PCSCSession *s, *t;
    Fixture f;
    int64_t start;

    attach(&f, "max-sessions", "2");
    s = pcsc_session_open(f.be, READER0);
    t = pcsc_session_open(f.be, READER0);
    g_assert_null(pcsc_session_open(f.be, READER0));
    /* One that was never used goes at once, one that was when it is done */
    pcsc_session_close(t);
    t = pcsc_session_open(f.be, READER0);
    g_assert_nonnull(t);
    g_assert_cmphex(call(t, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    g_assert_cmphex(call(t, a, PCSC_OP_CLOSE, 0), ==, 0);
    t = pcsc_session_open(f.be, READER0);
    g_assert_nonnull(t);
    /* A worker that is stuck counts on */
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    submit(s, a, PCSC_OP_TRANSMIT, 0, silent, sizeof(silent), 5000);
    settle(50);
    pcsc_session_close(s);
    settle(50);
    g_assert_cmpint(a->count, ==, 0);
    g_assert_null(pcsc_session_open(f.be, READER0));
    event(&f, "remove 0");
    settle(100);
    s = pcsc_session_open(f.be, READER0);
    g_assert_nonnull(s);
    pcsc_session_close(s);
    /* One that is only slow is not */
    s = pcsc_session_open(f.be, READER0);
    event(&f, "insert 0");
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    submit(s, a, PCSC_OP_TRANSMIT, 0, delay10s, sizeof(delay10s), 20000);
    settle(50);
    pcsc_session_close(s);
    settle(100);
    s = pcsc_session_open(f.be, READER0);
    g_assert_nonnull(s);
    pcsc_session_close(s);
    /* And the stuck one does not keep the device */
    event(&f, "insert 0");
    g_assert_cmphex(call(t, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    submit(t, a, PCSC_OP_TRANSMIT, 0, silent, sizeof(silent), 5000);
    settle(50);
    pcsc_session_close(t);
    start = g_get_monotonic_time();
    detach(&f);
    g_assert_cmpint(g_get_monotonic_time() - start, <, 3 * G_USEC_PER_SEC);
    g_assert_cmpint(a->count, ==, 0);
}

/* Closing by command, with commands before it, in all ways it can end. */
static void test_close(void)
{
    g_autofree Answer *a = g_new0(Answer, 1);
    g_autofree Answer *b = g_new0(Answer, 1);
    g_autofree Answer *c = g_new0(Answer, 1);
    PCSCRequest *req;
    PCSCSession *s;
    Fixture f;

    attach(&f, "max-sessions", "1");
    /* Never connected */
    s = pcsc_session_open(f.be, READER0);
    g_assert_cmphex(call(s, a, PCSC_OP_CLOSE, 0), ==, 0);
    /* After a command that takes a while; nothing is taken after it */
    s = pcsc_session_open(f.be, READER0);
    g_assert_nonnull(s);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    submit(s, a, PCSC_OP_TRANSMIT, 0, delay300, sizeof(delay300), 5000);
    submit(s, b, PCSC_OP_CLOSE, 0, NULL, 0, 5000);
    submit(s, c, PCSC_OP_STATUS, 0, NULL, 0, 5000);
    g_assert_true(await(c));
    g_assert_cmphex(c->result, ==, PCSC_E_INVALID_HANDLE);
    g_assert_true(await(b));
    g_assert_cmphex(b->result, ==, 0);
    g_assert_cmpint(a->count, ==, 1);
    g_assert_cmphex(a->result, ==, 0);
    /* Given up while it waits: the commands before it are told */
    s = pcsc_session_open(f.be, READER0);
    g_assert_nonnull(s);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    submit(s, a, PCSC_OP_TRANSMIT, 0, delay300, sizeof(delay300), 5000);
    submit(s, c, PCSC_OP_STATUS, 0, NULL, 0, 5000);
    req = submit(s, b, PCSC_OP_CLOSE, 0, NULL, 0, 5000);
    settle(50);
    pcsc_request_cancel(req, PCSC_E_CANCELLED);
    g_assert_cmpint(a->count + b->count + c->count, ==, 3);
    g_assert_cmphex(a->result, ==, PCSC_E_CANCELLED);
    g_assert_cmphex(b->result, ==, PCSC_E_CANCELLED);
    g_assert_cmphex(c->result, ==, PCSC_E_CANCELLED);
    settle(400);
    s = pcsc_session_open(f.be, READER0);
    g_assert_nonnull(s);
    pcsc_session_close(s);
    detach(&f);
}

/*
 * Sessions whose worker ends at the moment at which the main loop looks: none
 * goes before its last answer is there, and none is counted twice.
 */
static void test_close_often(void)
{
    g_autofree Answer *a = g_new0(Answer, 2);
    PCSCSession *s[2];
    Fixture f;

    attach(&f, "max-sessions", "2");
    for (unsigned i = 0; i < 3000; i++) {
        for (unsigned j = 0; j < 2; j++) {
            s[j] = pcsc_session_open(f.be, READER0);
            g_assert_nonnull(s[j]);
            submit(s[j], &a[j], PCSC_OP_CLOSE, 0, NULL, 0, 10000);
        }
        g_assert_null(pcsc_session_open(f.be, READER0));
        while (!a[0].count || !a[1].count) {
            /* Each is a look at what is done and at who has ended */
            event(&f, "reset 1");
            main_loop_wait(true);
        }
    }
    detach(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init(MODULE_INIT_QOM);
    qemu_init_main_loop(&error_abort);
    g_test_add_func("/pcsc-backend/transmit", test_transmit);
    g_test_add_func("/pcsc-backend/short-buffer", test_short_buffer);
    g_test_add_func("/pcsc-backend/give-up", test_give_up);
    g_test_add_func("/pcsc-backend/undo", test_undo);
    g_test_add_func("/pcsc-backend/close-resets", test_close_resets);
    g_test_add_func("/pcsc-backend/leave", test_leave);
    g_test_add_func("/pcsc-backend/leave-stuck", test_leave_stuck);
    g_test_add_func("/pcsc-backend/limit", test_limit);
    g_test_add_func("/pcsc-backend/close", test_close);
    g_test_add_func("/pcsc-backend/close-often", test_close_often);
    return g_test_run();
}

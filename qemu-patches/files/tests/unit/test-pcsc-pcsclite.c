/*
 * PC/SC back end on pcsc-lite: a pcscd that is not there, and its end
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * No device leaves a machine that runs, so only here is the back end stopped.
 * With PCSC_TEST_STUB set the library is one that misbehaves, and takes orders
 * from the file that PCSC_STUB_ORDERS names.
 */

#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qom/object.h"
#include "system/pcsc-backend.h"

#include "test-pcsc-backend.c.inc"

/* libpcsclite looks once where the socket is: all tests have the same. */
static char *dir, *parent, *run, *sock;

static void start(Fixture *f)
{
    PCSCBackendListener listener = { .changed = changed, .opaque = f };

    f->changes = 0;
    f->be = PCSC_BACKEND(object_new(TYPE_PCSC_BACKEND_PCSCLITE));
    g_assert_true(pcsc_backend_attach(f->be, &listener, 500, &error_abort));
}

static unsigned readers(Fixture *f)
{
    PCSCReader r[PCSC_SLOTS_MAX];
    bool service = true;
    unsigned n = pcsc_backend_get_readers(f->be, r, PCSC_SLOTS_MAX, &service);

    g_assert_false(service);
    return n;
}

/* Nothing there, not even the directory; and that in each step of its life */
static void test_nothing(void)
{
    Fixture f;

    start(&f);
    g_assert_cmpint(readers(&f), ==, 0);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpint(g_mkdir(parent, 0700), ==, 0);
        settle(i * 30);
        g_assert_cmpint(g_mkdir(run, 0700), ==, 0);
        settle(i * 30);
        /* A name, but nobody behind it */
        g_assert_true(g_file_set_contents(sock, "", 0, NULL));
        settle(i * 30);
        g_assert_cmpint(readers(&f), ==, 0);
        g_unlink(sock);
        g_rmdir(run);
        settle(i * 30);
        g_rmdir(parent);
        settle(i * 30);
    }
    detach(&f);
}

/* A session without a service, and one that the end of the back end finds */
static void test_session(void)
{
    g_autofree Answer *a = g_new0(Answer, 1);
    PCSCSession *s;
    Fixture f;

    start(&f);
    s = pcsc_session_open(f.be, READER0);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==,
                    PCSC_E_NO_SERVICE);
    g_assert_cmphex(call(s, a, PCSC_OP_CLOSE, 0), ==, 0);
    s = pcsc_session_open(f.be, READER0);
    submit(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED, NULL, 0, 10000);
    pcsc_session_close(s);
    detach(&f);
    g_assert_cmpint(a->count, ==, 0);
}

/* Again and again, so that the end comes at any moment of the monitor's */
static void test_stop(void)
{
    Fixture f;

    for (unsigned i = 0; i < 50; i++) {
        int64_t begin;

        start(&f);
        settle(i % 10);
        begin = g_get_monotonic_time();
        detach(&f);
        g_assert_cmpint(g_get_monotonic_time() - begin, <, 5 * G_USEC_PER_SEC);
    }
}

/* From here on the library does as @text says. */
static void order(const char *text)
{
    static unsigned serial;
    g_autofree char *orders = g_strdup_printf("%u\n%s\n", ++serial, text);

    g_assert_true(g_file_set_contents(g_getenv("PCSC_STUB_ORDERS"), orders, -1,
                                      NULL));
}

/* Orders wake the monitor, too. */
static gpointer honest_soon(gpointer opaque)
{
    g_usleep(20000);
    order("");
    return NULL;
}

/* Stop the back end while the library does @text.  Return: ms that took. */
static int64_t stop_while(const char *text, bool soon)
{
    GThread *thread = NULL;
    bool service = false;
    PCSCReader r[PCSC_SLOTS_MAX];
    int64_t begin, took;
    Fixture f;

    order("");
    start(&f);
    g_assert_cmpint(pcsc_backend_get_readers(f.be, r, PCSC_SLOTS_MAX,
                                             &service), ==, 2);
    g_assert_true(service);
    order(text);
    /* The monitor looks once more, and a second time, and sleeps. */
    settle(soon ? 0 : 1200);
    if (soon) {
        thread = g_thread_new("honest", honest_soon, NULL);
    }
    begin = g_get_monotonic_time();
    pcsc_backend_detach(f.be, 1000);
    took = (g_get_monotonic_time() - begin) / 1000;
    if (soon) {
        g_thread_join(thread);
    }
    /* What was left behind ends when it can. */
    order("");
    if (g_str_has_suffix(text, "never")) {
        object_unref(OBJECT(f.be));
    } else {
        release(&f);
    }
    return took;
}

/* What SCardCancel() returns makes no difference. */
static void test_cancel_errors(void)
{
    static const uint64_t others[] = {
        1, 0x7fffffff, 0xffffffff, 0x100000000,
    };

    for (uint64_t i = 0; i < 0x75 + ARRAY_SIZE(others); i++) {
        uint64_t code = i < 0x75 ? 0x80100001 + i : others[i - 0x75];
        g_autofree char *text = g_strdup_printf("SCardCancel error 0x%" PRIx64,
                                                code);

        g_assert_cmpint(stop_while(text, true), <, 5000);
    }
}

/* That call wakes the monitor; without it the end comes in a second. */
static void test_cancel_late(void)
{
    static const struct {
        const char *order;
        int at_least;
    } cases[] = {
        { "SCardCancel late 300", 300 },
        { "SCardCancel dies 300", 300 },
        { "SCardCancel nothing", 1000 },
        { "SCardCancel error 0x80100004", 1000 },
        { "SCardCancel late 3000", 1000 },
        { "SCardCancel never", 1000 },
    };

    g_assert_cmpint(stop_while("", false), <, 1000);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t took = stop_while(cases[i].order, false);

        g_assert_cmpint(took, >=, cases[i].at_least);
        g_assert_cmpint(took, <, 5000);
    }
}

int main(int argc, char **argv)
{
    int status;

    dir = g_dir_make_tmp("pcsc-test-XXXXXX", NULL);
    g_assert_nonnull(dir);
    parent = g_build_filename(dir, "run", NULL);
    run = g_build_filename(parent, "pcscd", NULL);
    sock = g_build_filename(run, "pcscd.comm", NULL);
    g_setenv("PCSCLITE_CSOCK_NAME", sock, true);

    g_test_init(&argc, &argv, NULL);
    module_call_init(MODULE_INIT_QOM);
    qemu_init_main_loop(&error_abort);
    if (g_getenv("PCSC_TEST_STUB")) {
        g_test_add_func("/pcsc-pcsclite/cancel-errors", test_cancel_errors);
        g_test_add_func("/pcsc-pcsclite/cancel-late", test_cancel_late);
    } else {
        g_test_add_func("/pcsc-pcsclite/nothing", test_nothing);
        g_test_add_func("/pcsc-pcsclite/session", test_session);
        g_test_add_func("/pcsc-pcsclite/stop", test_stop);
    }
    status = g_test_run();
    g_rmdir(dir);
    return status;
}

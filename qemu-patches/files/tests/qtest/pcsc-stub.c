/*
 * The pcsclite back end on a libpcsclite that does as it is told
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * PCSC_TEST_STUB names a directory with a libpcsclite.so.1 that has two
 * readers with cards, and reads from the file PCSC_STUB_ORDERS what it is to
 * do wrong.
 */

#include "qemu/osdep.h"
#include "pcsc-stub.h"

#define PATIENCE_US (PCSC_TEST_PATIENCE * G_USEC_PER_SEC)

static const uint8_t apdu[] = { 0x00, 0xa4, 0x00, 0x0c };

/* A directory for the orders and the socket that the back end watches */
static char *dir;

void stub_order(const char *fmt, ...)
{
    static unsigned serial;
    g_autofree char *name = g_build_filename(dir, "orders", NULL);
    g_autofree char *new = g_build_filename(dir, "new", NULL);
    FILE *f = fopen(new, "w");
    va_list ap;

    g_assert_nonnull(f);
    fprintf(f, "%u\n", ++serial);
    va_start(ap, fmt);
    vfprintf(f, fmt, ap);
    va_end(ap);
    g_assert_cmpint(fclose(f), ==, 0);
    g_assert_cmpint(rename(new, name), ==, 0);
}

/* The socket appears: the back end is to look for the service. */
static void announce(void)
{
    g_autofree char *name = g_build_filename(dir, "socket", NULL);

    unlink(name);
    g_assert_true(g_file_set_contents(name, "", 0, NULL));
}

PCSCTest *stub_start(void)
{
    int64_t begin = g_get_monotonic_time();
    PCSCTest *t = pcsc_test_start_host();

    g_assert_cmpint(g_get_monotonic_time() - begin, <, PATIENCE_US);
    pcsc_test_enable(t);
    return t;
}

void stub_end(PCSCTest *t)
{
    int64_t begin = g_get_monotonic_time();

    pcsc_test_end(t);
    g_assert_cmpint(g_get_monotonic_time() - begin, <, PATIENCE_US);
    stub_order("%s", "");
}

PCSCTestCommand stub_apdu(PCSCTest *t, unsigned session)
{
    return pcsc_test_apdu(t, 0, 0, session, apdu, sizeof(apdu));
}

uint32_t stub_transmit(PCSCTest *t, unsigned session)
{
    PCSCTestCommand cmd = stub_apdu(t, session);
    PCSCTestAnswer a;

    if (pcsc_test_run(t, &cmd, &a) == PCSC_S_SUCCESS) {
        uint8_t rx[sizeof(apdu) + 2];

        g_assert_cmpuint(a.rx_len, ==, sizeof(rx));
        qtest_memread(t->qts, PCSC_TEST_RX(0), rx, sizeof(rx));
        g_assert_cmpmem(rx, sizeof(apdu), apdu, sizeof(apdu));
    }
    return a.result;
}

void stub_open(PCSCTest *t, unsigned session)
{
    int64_t begin = g_get_monotonic_time();

    pcsc_test_close(t, 0, session);
    while (pcsc_test_open(t, 0, session) != PCSC_S_SUCCESS ||
           pcsc_test_connect(t, 0, session, PCSC_SHARE_SHARED) !=
           PCSC_S_SUCCESS || stub_transmit(t, session) != PCSC_S_SUCCESS) {
        pcsc_test_close(t, 0, session);
        g_assert_cmpint(g_get_monotonic_time() - begin, <, PATIENCE_US);
        g_usleep(1000);
    }
}

void stub_recover(PCSCTest *t)
{
    stub_order("%s", "");
    announce();
    pcsc_test_wait_reg(t, PCSC_REG_STATUS, PCSC_STATUS_SERVICE,
                       PCSC_STATUS_SERVICE);
    pcsc_test_wait_reg(t, PCSC_REG_PRESENT, ~0u, 3);
    pcsc_test_write(t, PCSC_REG_CONTROL, PCSC_CONTROL_RESET);
    pcsc_test_enable(t);
    stub_open(t, 0);
}

static void test_skip(void)
{
    g_test_skip("PCSC_TEST_STUB is not set: no library to test with");
}

int stub_main(int argc, char **argv, void (*add)(void))
{
    const char *stub = g_getenv("PCSC_TEST_STUB");
    g_autofree char *orders = NULL;
    g_autofree char *socket = NULL;
    int rc;

    g_test_init(&argc, &argv, NULL);
    if (!stub) {
        qtest_add_func("/pcsc-backend-pcsclite", test_skip);
        return g_test_run();
    }
    dir = g_dir_make_tmp("pcsc-stub-XXXXXX", NULL);
    g_assert_nonnull(dir);
    orders = g_build_filename(dir, "orders", NULL);
    socket = g_build_filename(dir, "socket", NULL);
    g_setenv("LD_LIBRARY_PATH", stub, true);
    g_setenv("PCSC_STUB_ORDERS", orders, true);
    g_setenv("PCSCLITE_CSOCK_NAME", socket, true);
    stub_order("%s", "");

    add();
    rc = g_test_run();

    unlink(orders);
    unlink(socket);
    rmdir(dir);
    g_free(dir);
    return rc;
}

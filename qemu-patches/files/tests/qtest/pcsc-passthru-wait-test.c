/*
 * Test of the pcsc-passthru device: a vCPU that has nothing else to do
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A vCPU runs the program below, under TCG.  It writes the index that the test
 * puts into the mailbox to DOORBELL and to WAIT, and with its next instructions
 * reads the descriptor's status word and DONE(0).
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qobject/qdict.h"
#include "pcsc-passthru-util.h"

#define MAIL        0x80180000u
#define MAIL_BOX    (MAIL + 0)      /* index + 1; 0 once that is done */
#define MAIL_ADDR   (MAIL + 4)      /* where the status word is */
#define MAIL_STATUS (MAIL + 8)      /* the status word behind WAIT */
#define MAIL_DONE   (MAIL + 12)     /* DONE(0) behind WAIT */

#define APDU_ROUNDS 300

static const uint32_t code[] = {
    0xee100fb0, /*        mrc    p15, 0, r0, c0, c0, 5   which CPU */
    0xe2100003, /*        ands   r0, r0, #3 */
    0xe3a01102, /*        mov    r1, #0x80000000 */
    0xe3811706, /*        orr    r1, r1, #0x180000       MAIL */
    0x1a00000e, /*        bne    idle */
    0xe3a0241f, /*        mov    r2, #0x1f000000         the device */
    0xe5913000, /* wait:  ldr    r3, [r1] */
    0xe3530000, /*        cmp    r3, #0 */
    0x0afffffc, /*        beq    wait */
    0xe2433001, /*        sub    r3, r3, #1 */
    0xe5914004, /*        ldr    r4, [r1, #4] */
    0xe5823480, /*        str    r3, [r2, #0x480]        DOORBELL */
    0xe5823488, /*        str    r3, [r2, #0x488]        WAIT */
    0xe5945000, /*        ldr    r5, [r4] */
    0xe5926450, /*        ldr    r6, [r2, #0x450]        DONE(0) */
    0xe5815008, /*        str    r5, [r1, #8] */
    0xe581600c, /*        str    r6, [r1, #12] */
    0xe3a03000, /*        mov    r3, #0 */
    0xe5813000, /*        str    r3, [r1] */
    0xeafffff1, /*        b      wait */
    0xeafffffe, /* idle:  b      idle */
};

static PCSCTest *start(const void *thread)
{
    g_autofree char *kernel = pcsc_test_kernel(code, ARRAY_SIZE(code));
    g_autofree char *args = g_strdup_printf(" -accel tcg,thread=%s -kernel %s",
                                            (const char *)thread, kernel);
    PCSCTest *t = pcsc_test_start(NULL, args);

    unlink(kernel);
    qtest_writel(t->qts, MAIL_BOX, 0);
    return t;
}

static void connect_card(PCSCTest *t)
{
    pcsc_test_enable(t);
    g_assert_cmphex(pcsc_test_open(t, 0, 0), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED), ==,
                    PCSC_S_SUCCESS);
}

/* The vCPU starts an APDU on descriptor 0. */
static void begin(PCSCTest *t, uint8_t ins, unsigned ms)
{
    const uint8_t apdu[] = { 0x80, ins, ms >> 8, ms };
    PCSCTestCommand cmd = pcsc_test_apdu(t, 0, 0, 0, apdu, sizeof(apdu));

    pcsc_test_fill(t, 0, &cmd);
    qtest_writel(t->qts, MAIL_ADDR, PCSC_TEST_TABLE + PCSC_DESC_STATUS);
    qtest_writel(t->qts, MAIL_BOX, 1);
}

/* It has gone on. */
static void wait_mail(PCSCTest *t)
{
    int64_t end = g_get_monotonic_time() + PCSC_TEST_PATIENCE * G_USEC_PER_SEC;

    while (qtest_readl(t->qts, MAIL_BOX)) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_usleep(200);
    }
}

/*
 * Return: whether the command was done behind the store, and then there is
 * neither a DONE bit nor an interrupt; else both come.
 */
static bool finish(PCSCTest *t)
{
    bool done;

    wait_mail(t);
    done = qtest_readl(t->qts, MAIL_STATUS) & PCSC_DESC_STATUS_DONE;
    if (done && !qtest_readl(t->qts, MAIL_DONE)) {
        g_assert_cmphex(pcsc_test_read(t, PCSC_REG_INT_STATUS) & PCSC_INT_DONE,
                        ==, 0);
        return true;
    }
    g_assert_cmphex(pcsc_test_wait(t, 0).result, ==, PCSC_S_SUCCESS);
    return false;
}

static void test_quick(const void *thread)
{
    PCSCTest *t = start(thread);
    unsigned waited = 0;

    connect_card(t);
    for (unsigned i = 0; i < APDU_ROUNDS; i++) {
        begin(t, 0xe6, 0x9000);
        waited += finish(t);
    }
    g_test_message("%u of %u done behind the store", waited, APDU_ROUNDS);
    /* how many depends on the host, and on what else it has to do */
    g_assert_cmpuint(waited, >, 0);
    pcsc_test_end(t);
}

/* A card that takes seconds holds nobody up. */
static void test_slow(const void *thread)
{
    PCSCTest *t = start(thread);

    connect_card(t);
    for (unsigned i = 0; i < 3; i++) {
        begin(t, 0xe4, 2000);
        wait_mail(t);
        g_assert_false(qtest_readl(t->qts, MAIL_STATUS) &
                       PCSC_DESC_STATUS_DONE);
        g_assert_false(pcsc_test_done(t, 0));
        g_assert_cmphex(pcsc_test_wait(t, 0).result, ==, PCSC_S_SUCCESS);
    }
    pcsc_test_end(t);
}

/* Whatever stops or resets the machine meanwhile: no wait outlives it. */
static void test_stop(const void *thread)
{
    PCSCTest *t = start(thread);

    connect_card(t);
    for (unsigned i = 0; i < 50; i++) {
        begin(t, 0xe6, 0x9000);
        qtest_qmp_assert_success(t->qts, "{'execute': 'stop'}");
        qtest_qmp_assert_success(t->qts, "{'execute': 'cont'}");
        finish(t);
    }
    for (unsigned i = 0; i < 10; i++) {
        begin(t, i % 2 ? 0xe8 : 0xe6, 0x9000);
        /* A vCPU that restarts must not find the mail of before. */
        qtest_qmp_assert_success(t->qts, "{'execute': 'stop'}");
        qtest_system_reset(t->qts);
        qtest_writel(t->qts, MAIL_BOX, 0);
        qtest_qmp_assert_success(t->qts, "{'execute': 'cont'}");
        pcsc_test_enable(t);
        g_assert_cmphex(pcsc_test_open(t, 0, 0), ==, PCSC_S_SUCCESS);
        pcsc_test_connect_freed(t, 0, 0);
        /*
         * The descriptor of before has its DONE bit as any other: this one is
         * not done behind the store, unless the host is so busy that the vCPU's
         * thread was held up there for all that time.
         */
        begin(t, 0xe4, 20);
        finish(t);
        begin(t, 0xe6, 0x9000);
        finish(t);
    }
    pcsc_test_end(t);
}

/* Nothing to wait for, and nothing that could be waited for */
static void test_index(const void *thread)
{
    PCSCTest *t = start(thread);

    connect_card(t);
    pcsc_test_write(t, PCSC_REG_WAIT, 0);
    pcsc_test_write(t, PCSC_REG_WAIT, PCSC_COMMANDS_MAX - 1);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, 0);
    g_assert_cmpuint(pcsc_test_errors(t), ==, 0);
    pcsc_test_write(t, PCSC_REG_WAIT, PCSC_COMMANDS_MAX);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==,
                    PCSC_ERROR_DOORBELL);
    g_assert_cmpuint(pcsc_test_errors(t), ==, 1);
    pcsc_test_write(t, PCSC_REG_ERROR, PCSC_ERROR_DOORBELL);
    pcsc_test_end(t);
}

static void add(const char *name, void (*fn)(const void *))
{
    static const char * const threads[] = { "multi", "single" };

    for (unsigned i = 0; i < ARRAY_SIZE(threads); i++) {
        g_autofree char *path = g_strdup_printf("/pcsc-passthru/wait/%s/%s",
                                                threads[i], name);

        qtest_add_data_func(path, threads[i], fn);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (qtest_has_accel("tcg")) {
        add("quick", test_quick);
        add("slow", test_slow);
        add("stop", test_stop);
        add("index", test_index);
    }
    return g_test_run();
}

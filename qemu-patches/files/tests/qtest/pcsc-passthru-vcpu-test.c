/*
 * Test of the pcsc-passthru device: a vCPU waits for its version 1 command
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Two vCPUs run the program below, under TCG.  The first writes to CONTROL
 * what the test puts into the mailbox, and with its next instructions reads
 * RX_SIZE and ATR_LEN; the second counts.
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qobject/qdict.h"
#include "pcsc-passthru-util.h"

#define MAIL        0x80180000u
#define MAIL_COUNT  (MAIL + 0)      /* the second vCPU's counter */
#define MAIL_BOX    (MAIL + 4)      /* what to write; 0 once that is done */
#define MAIL_RX     (MAIL + 8)      /* RX_SIZE read behind it */
#define MAIL_ATR    (MAIL + 12)     /* ATR_LEN read behind it */
#define MAIL_NEXT   (MAIL + 16)     /* what to write right after, or 0 */
#define MAIL_READ   (MAIL + 20)     /* what was read from the mailbox last */

static const uint32_t code[] = {
    0xee100fb0, /*        mrc    p15, 0, r0, c0, c0, 5   which CPU */
    0xe2100003, /*        ands   r0, r0, #3 */
    0xe3a01102, /*        mov    r1, #0x80000000 */
    0xe3811818, /*        orr    r1, r1, #0x180000       MAIL */
    0x1a00000f, /*        bne    count */
    0xe3a0241f, /*        mov    r2, #0x1f000000         the device */
    0xe5913004, /* wait:  ldr    r3, [r1, #4] */
    0xe3530000, /*        cmp    r3, #0 */
    0x0afffffc, /*        beq    wait */
    0xe5813014, /*        str    r3, [r1, #20] */
    0xe5823008, /*        str    r3, [r2, #0x08]         CONTROL */
    0xe5916010, /*        ldr    r6, [r1, #16] */
    0xe3560000, /*        cmp    r6, #0 */
    0x15826008, /*        strne  r6, [r2, #0x08]         CONTROL again */
    0xe592401c, /*        ldr    r4, [r2, #0x1c]         RX_SIZE */
    0xe5925020, /*        ldr    r5, [r2, #0x20]         ATR_LEN */
    0xe5814008, /*        str    r4, [r1, #8] */
    0xe581500c, /*        str    r5, [r1, #12] */
    0xe3a03000, /*        mov    r3, #0 */
    0xe5813004, /*        str    r3, [r1, #4] */
    0xeafffff0, /*        b      wait */
    0xe5913000, /* count: ldr    r3, [r1] */
    0xe2833001, /*        add    r3, r3, #1 */
    0xe5813000, /*        str    r3, [r1] */
    0xeafffffb, /*        b      count */
};

#define CONNECT (PCSC_V1_CONNECT | PCSC_V1_PROTOCOL_T1 | \
                 PCSC_SHARE_SHARED << PCSC_V1_SHARE_SHIFT)
#define REG(reg) (PCSC_V1_BLOCK + (reg))

static void wait_mail(PCSCTest *t)
{
    int64_t end = g_get_monotonic_time() + PCSC_TEST_PATIENCE * G_USEC_PER_SEC;

    while (qtest_readl(t->qts, MAIL_BOX)) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_usleep(1000);
    }
}

static void connect_card(PCSCTest *t)
{
    g_autofree char *log = NULL;

    qtest_writel(t->qts, MAIL_BOX, CONNECT);
    wait_mail(t);
    if (qtest_readl(t->qts, MAIL_ATR) != 14 &&
        g_file_get_contents(t->log, &log, NULL, NULL)) {
        g_printerr("the device's log:\n%s", log);
    }
    g_assert_cmpuint(qtest_readl(t->qts, MAIL_ATR), ==, 14);
}

static PCSCTest *start(const void *thread)
{
    g_autofree char *kernel = pcsc_test_kernel(code, ARRAY_SIZE(code));
    g_autofree char *args = g_strdup_printf(" -accel tcg,thread=%s -smp 2 "
                                            "-kernel %s -trace 'pcsc_legacy_*'",
                                            (const char *)thread, kernel);
    PCSCTest *t = pcsc_test_start(NULL, args);

    unlink(kernel);
    connect_card(t);
    return t;
}

/*
 * The vCPU begins a TRANSMIT; room for the answer is 264.  On a busy host that
 * takes it a while.
 */
static void begin(PCSCTest *t, uint8_t ins, unsigned ms)
{
    int64_t end = g_get_monotonic_time() + PCSC_TEST_PATIENCE * G_USEC_PER_SEC;
    const uint8_t apdu[] = { 0x80, ins, ms >> 8, ms };

    qtest_memwrite(t->qts, PCSC_TEST_TX(0), apdu, sizeof(apdu));
    pcsc_test_write(t, REG(PCSC_V1_TX_ADDR), PCSC_TEST_TX(0));
    pcsc_test_write(t, REG(PCSC_V1_TX_SIZE), sizeof(apdu));
    pcsc_test_write(t, REG(PCSC_V1_RX_ADDR), PCSC_TEST_RX(0));
    pcsc_test_write(t, REG(PCSC_V1_RX_SIZE), 264);
    qtest_writel(t->qts, MAIL_RX, 0);
    qtest_writel(t->qts, MAIL_READ, 0);
    qtest_writel(t->qts, MAIL_BOX, PCSC_V1_TRANSMIT);
    while (qtest_readl(t->qts, MAIL_READ) != PCSC_V1_TRANSMIT) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_usleep(500);
    }
    g_usleep(50000);
}

/* The instruction behind the store has seen the whole answer. */
static void check_end(PCSCTest *t, uint16_t sw)
{
    uint8_t rx[2];

    wait_mail(t);
    g_assert_cmpuint(qtest_readl(t->qts, MAIL_RX), ==, 2);
    qtest_memread(t->qts, PCSC_TEST_RX(0), rx, 2);
    g_assert_cmphex(lduw_be_p(rx), ==, sw);
}

static void check_waiting(PCSCTest *t)
{
    g_assert_cmphex(qtest_readl(t->qts, MAIL_BOX), ==, PCSC_V1_TRANSMIT);
    g_assert_cmpuint(qtest_readl(t->qts, MAIL_RX), ==, 0);
}

static void qmp(PCSCTest *t, const char *command)
{
    qtest_qmp_assert_success(t->qts, "{'execute': %s}", command);
}

/* The other vCPU and the monitor go on. */
static void test_others(const void *thread)
{
    int64_t end = g_get_monotonic_time() + PCSC_TEST_PATIENCE * G_USEC_PER_SEC;
    PCSCTest *t = start(thread);
    uint32_t count;

    begin(t, 0xe4, 60000);
    count = qtest_readl(t->qts, MAIL_COUNT);
    do {
        qmp(t, "query-status");
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_usleep(5000);
    } while (qtest_readl(t->qts, MAIL_COUNT) - count < 1000);
    check_waiting(t);
    pcsc_test_event(t, "remove 0");
    check_end(t, 0x6f00);
    pcsc_test_event(t, "insert 0");
    connect_card(t);
    pcsc_test_end(t);
}

static void test_stop(const void *thread)
{
    PCSCTest *t = start(thread);

    begin(t, 0xe8, 0);
    for (unsigned i = 0; i < 20; i++) {
        qmp(t, "stop");
        qmp(t, "cont");
        check_waiting(t);
    }
    g_usleep(20000);
    check_waiting(t);
    pcsc_test_event(t, "remove 0");
    check_end(t, 0x6f00);
    pcsc_test_event(t, "insert 0");
    connect_card(t);

    /* done while the machine stands still: the vCPU must, too */
    begin(t, 0xe4, 1000);
    qmp(t, "stop");
    pcsc_test_wait_reg(t, REG(PCSC_V1_RX_SIZE), ~0u, 2);
    g_usleep(50000);
    check_waiting(t);
    qmp(t, "cont");
    check_end(t, 0x9000);
    pcsc_test_end(t);
}

/* A command right behind another that was done at once is not lost. */
static void test_rapid(const void *thread)
{
    const uint8_t apdu[] = { 0x80, 0xe6, 0x90, 0x00 };
    PCSCTest *t = start(thread);

    qtest_memwrite(t->qts, PCSC_TEST_TX(0), apdu, sizeof(apdu));
    pcsc_test_write(t, REG(PCSC_V1_TX_ADDR), PCSC_TEST_TX(0));
    pcsc_test_write(t, REG(PCSC_V1_TX_SIZE), sizeof(apdu));
    pcsc_test_write(t, REG(PCSC_V1_RX_ADDR), PCSC_TEST_RX(0));
    qtest_writel(t->qts, MAIL_NEXT, PCSC_V1_TRANSMIT);
    for (unsigned i = 0; i < 300; i++) {
        pcsc_test_write(t, REG(PCSC_V1_RX_SIZE), 264);
        qtest_writel(t->qts, MAIL_RX, 0);
        qtest_writel(t->qts, MAIL_BOX, i % 2 ? PCSC_V1_TRANSMIT : CONNECT);
        check_end(t, 0x9000);
    }
    pcsc_test_end(t);
}

/* How often the card was reset; a reset costs the connection. */
static uint32_t resets(PCSCTest *t)
{
    int64_t end = g_get_monotonic_time() + PCSC_TEST_PATIENCE * G_USEC_PER_SEC;
    uint8_t rx[6];

    do {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        connect_card(t);
        begin(t, 0xea, 0);
        wait_mail(t);
    } while (qtest_readl(t->qts, MAIL_RX) != sizeof(rx));
    qtest_memread(t->qts, PCSC_TEST_RX(0), rx, sizeof(rx));
    return ldl_be_p(rx);
}

/*
 * A reset ends the wait; the next command is as good as any, once the session
 * of before has ended at the host, which resets the card.
 */
static void test_reset(const void *thread)
{
    PCSCTest *t = start(thread);
    uint32_t count = resets(t);

    for (unsigned i = 0; i < 10; i++) {
        begin(t, 0xe4, 30000);
        check_waiting(t);
        /* which the vCPU finds at once, as it starts anew */
        qtest_writel(t->qts, MAIL_ATR, 0);
        qtest_writel(t->qts, MAIL_BOX, CONNECT);
        qtest_system_reset(t->qts);
        wait_mail(t);
        g_assert_cmpuint(qtest_readl(t->qts, MAIL_ATR), ==, 14);
        for (count++; resets(t) != count; ) {
            g_assert_cmpuint(resets(t), <=, count);
        }
    }
    begin(t, 0xe4, 1);
    check_end(t, 0x9000);
    pcsc_test_end(t);
}

/* A card that never answers is pulled, then its whole reader. */
static void test_departure(const void *thread)
{
    PCSCTest *t = start(thread);

    begin(t, 0xe8, 0);
    check_waiting(t);
    pcsc_test_event(t, "remove 0");
    check_end(t, 0x6f00);
    pcsc_test_event(t, "insert 0");
    connect_card(t);
    begin(t, 0xe8, 0);
    check_waiting(t);
    pcsc_test_event(t, "unplug 0");
    check_end(t, 0x6f00);
    pcsc_test_end(t);
}

/* QEMU ends while the vCPU waits. */
static void test_quit(const void *thread)
{
    PCSCTest *t = start(thread);

    begin(t, 0xe8, 0);
    check_waiting(t);
    pcsc_test_end(t);
}

static void add(const char *name, void (*fn)(const void *))
{
    static const char * const threads[] = { "multi", "single" };

    for (unsigned i = 0; i < ARRAY_SIZE(threads); i++) {
        g_autofree char *path = g_strdup_printf("/pcsc-passthru/vcpu/%s/%s",
                                                threads[i], name);

        qtest_add_data_func(path, threads[i], fn);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (qtest_has_accel("tcg")) {
        add("others", test_others);
        add("rapid", test_rapid);
        add("stop", test_stop);
        add("reset", test_reset);
        add("departure", test_departure);
        add("quit", test_quit);
    }
    return g_test_run();
}

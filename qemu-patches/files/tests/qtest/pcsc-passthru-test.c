/*
 * Test of the pcsc-passthru device: registers, interrupt, reader slots
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "pcsc-passthru-util.h"

#define DEVICE "/machine/pcsc-passthru"

/* Every register that always is there, version 2, and whether it is written */
static const struct {
    uint16_t offset;
    enum { RO, RW, W1C, WO } access;
} registers[] = {
    { PCSC_REG_ID, RO },            { PCSC_REG_VERSION, RO },
    { PCSC_REG_FEATURES, RO },      { PCSC_REG_MAX_READERS, RO },
    { PCSC_REG_MAX_SESSIONS, RO },  { PCSC_REG_MAX_COMMANDS, RO },
    { PCSC_REG_MAX_LENGTH, RO },    { PCSC_REG_TIMEOUT_DEFAULT, RO },
    { PCSC_REG_TIMEOUT_MAX, RO },   { PCSC_REG_CONTROL, RW },
    { PCSC_REG_STATUS, RO },        { PCSC_REG_TABLE_LO, RW },
    { PCSC_REG_TABLE_HI, RW },      { PCSC_REG_INT_STATUS, RO },
    { PCSC_REG_INT_ENABLE, RW },    { PCSC_REG_ERROR, W1C },
    { PCSC_REG_DONE(0), W1C },      { PCSC_REG_DONE(1), W1C },
    { PCSC_REG_PRESENT, RO },       { PCSC_REG_CHANGED, W1C },
    { PCSC_REG_DOORBELL, WO },      { PCSC_REG_CANCEL, WO },
    { PCSC_REG_WAIT, WO },
};

static void check_identity(PCSCTest *t, uint32_t features, uint32_t readers,
                           uint32_t sessions, uint32_t timeout,
                           uint32_t timeout_max)
{
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ID), ==, 0x43534350);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_VERSION), ==, 0x00020000);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_FEATURES), ==,
                    features | PCSC_FEATURE_WAIT);
    g_assert_cmpuint(pcsc_test_read(t, PCSC_REG_MAX_READERS), ==, readers);
    g_assert_cmpuint(pcsc_test_read(t, PCSC_REG_MAX_SESSIONS), ==, sessions);
    g_assert_cmpuint(pcsc_test_read(t, PCSC_REG_MAX_COMMANDS), ==, 64);
    g_assert_cmpuint(pcsc_test_read(t, PCSC_REG_MAX_LENGTH), ==, 65548);
    g_assert_cmpuint(pcsc_test_read(t, PCSC_REG_TIMEOUT_DEFAULT), ==, timeout);
    g_assert_cmpuint(pcsc_test_read(t, PCSC_REG_TIMEOUT_MAX), ==, timeout_max);
}

static void test_identity(void)
{
    PCSCTest *t = pcsc_test_start(NULL, NULL);

    check_identity(t, 0, 32, 64, 60000, 600000);
    pcsc_test_end(t);

    t = pcsc_test_start("max-readers=4,max-sessions=7,timeout=1234,"
                        "timeout-max=5678,allow-control=on", NULL);
    check_identity(t, PCSC_FEATURE_CONTROL | PCSC_FEATURE_SET_ATTRIB, 4, 7,
                   1234, 5678);
    pcsc_test_end(t);
}

static void check_reset_values(PCSCTest *t, unsigned readers)
{
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_NUM_READERS), ==,
                    2u << 24 | readers);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_IRQ_STATUS), ==, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_CONTROL), ==, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_STATUS), ==, 1);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_TABLE_LO), ==, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_TABLE_HI), ==, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_INT_STATUS), ==, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_INT_ENABLE), ==,
                    PCSC_INT_LEGACY);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_DONE(0)), ==, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_DONE(1)), ==, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_PRESENT), ==,
                    (1u << readers) - 1);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_CHANGED), ==, 0);
    for (unsigned i = 0; i < PCSC_SLOTS_MAX; i++) {
        uint32_t state = i < readers ? PCSC_STATE_PRESENT : 0;

        g_assert_cmphex(pcsc_test_slot(t, i, PCSC_SLOT_STATE), ==, state);
        g_assert_cmphex(pcsc_test_slot(t, i, PCSC_SLOT_GENERATION), ==,
                        i < readers);
    }
}

static void test_reset_values(void)
{
    PCSCTest *t = pcsc_test_start("count=10", NULL);

    /* right at the first read, which is all that OP-TEE makes */
    check_reset_values(t, 10);
    qtest_irq_intercept_out_named(t->qts, DEVICE, "sysbus-irq");
    g_assert_false(qtest_get_irq(t->qts, 0));

    pcsc_test_enable(t);
    pcsc_test_write(t, PCSC_REG_DOORBELL, 77);
    pcsc_test_open(t, 3, 5);
    pcsc_test_event(t, "remove 2");
    pcsc_test_wait_reg(t, PCSC_REG_CHANGED, 4, 4);
    pcsc_test_event(t, "insert 2");
    pcsc_test_wait_reg(t, PCSC_REG_SLOT(2), PCSC_STATE_PRESENT,
                       PCSC_STATE_PRESENT);
    g_assert_true(qtest_get_irq(t->qts, 0));
    qtest_system_reset(t->qts);
    g_assert_false(qtest_get_irq(t->qts, 0));
    check_reset_values(t, 10);
    pcsc_test_enable(t);
    g_assert_cmphex(pcsc_test_open(t, 1, 5), ==, PCSC_S_SUCCESS);

    /* CONTROL.RESET does the same for version 2 only */
    pcsc_test_event(t, "remove 2");
    pcsc_test_wait_reg(t, PCSC_REG_CHANGED, 4, 4);
    pcsc_test_write(t, PCSC_REG_DOORBELL, 77);
    pcsc_test_write(t, PCSC_REG_CONTROL,
                    PCSC_CONTROL_RESET | PCSC_CONTROL_ENABLE);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_IRQ_STATUS), ==, 1);
    pcsc_test_write(t, PCSC_REG_IRQ_STATUS, 1);
    pcsc_test_event(t, "insert 2");
    pcsc_test_wait_reg(t, PCSC_REG_CHANGED, 4, 4);
    pcsc_test_write(t, PCSC_REG_IRQ_STATUS, 1);
    pcsc_test_write(t, PCSC_REG_CONTROL, PCSC_CONTROL_RESET);
    check_reset_values(t, 10);
    pcsc_test_end(t);
}

static bool is_register(unsigned offset)
{
    for (unsigned i = 0; i < ARRAY_SIZE(registers); i++) {
        if (registers[i].offset == offset) {
            return true;
        }
    }
    return offset <= PCSC_REG_IRQ_STATUS ||
           (offset >= PCSC_REG_SLOT(0) &&
            offset < PCSC_REG_SLOT(PCSC_SLOTS_MAX) &&
            offset % 0x20 <= PCSC_SLOT_GENERATION);
}

static void check_bad_read(PCSCTest *t, unsigned offset)
{
    unsigned errors = pcsc_test_errors(t);

    g_assert_cmphex(pcsc_test_read(t, offset), ==, 0);
    g_assert_cmpuint(pcsc_test_errors(t), ==, errors + 1);
}

static void check_bad_write(PCSCTest *t, unsigned offset, uint32_t value)
{
    unsigned errors = pcsc_test_errors(t);

    pcsc_test_write(t, offset, value);
    g_assert_cmpuint(pcsc_test_errors(t), ==, errors + 1);
}

/* Reserved offsets read 0 and take no write, both are guest errors. */
static void test_reserved(void)
{
    PCSCTest *t = pcsc_test_start(NULL, NULL);
    unsigned offset;

    for (offset = 8 + PCSC_V1_BLOCK_SIZE; offset < 0x1000; offset += 4) {
        if (!is_register(offset)) {
            check_bad_read(t, offset);
            check_bad_write(t, offset, 0xffffffff);
        }
    }
    check_reset_values(t, 1);
    pcsc_test_end(t);
}

static void test_read_only(void)
{
    PCSCTest *t = pcsc_test_start("count=2", NULL);

    check_bad_write(t, PCSC_REG_NUM_READERS, 0xffffffff);
    for (unsigned i = 0; i < ARRAY_SIZE(registers); i++) {
        if (registers[i].access == RO) {
            check_bad_write(t, registers[i].offset, 0xffffffff);
        } else if (registers[i].access == WO) {
            check_bad_read(t, registers[i].offset);
        } else {
            pcsc_test_read(t, registers[i].offset);
        }
    }
    for (unsigned i = 0; i < PCSC_SLOTS_MAX; i++) {
        for (unsigned reg = 0; reg <= PCSC_SLOT_GENERATION; reg += 4) {
            check_bad_write(t, PCSC_REG_SLOT(i) + reg, 0xffffffff);
        }
    }
    check_reset_values(t, 2);
    check_identity(t, 0, 32, 64, 60000, 600000);
    pcsc_test_end(t);
}

/* Only aligned words; all else is refused, on both sides of the page. */
static void test_access_sizes(void)
{
    static const unsigned offsets[] = {
        PCSC_REG_NUM_READERS, PCSC_V1_BLOCK + PCSC_V1_TX_ADDR,
        PCSC_REG_INT_ENABLE, PCSC_REG_SLOT(0),
    };
    PCSCTest *t = pcsc_test_start(NULL, NULL);

    for (unsigned i = 0; i < ARRAY_SIZE(offsets); i++) {
        uint64_t addr = PCSC_TEST_BASE + offsets[i];
        uint32_t value = pcsc_test_read(t, offsets[i]);
        unsigned errors = pcsc_test_errors(t);

        for (unsigned byte = 0; byte < 4; byte++) {
            g_assert_cmphex(qtest_readb(t->qts, addr + byte), ==, 0);
            qtest_writeb(t->qts, addr + byte, 0xff);
        }
        for (unsigned byte = 0; byte < 4; byte += 2) {
            g_assert_cmphex(qtest_readw(t->qts, addr + byte), ==, 0);
            qtest_writew(t->qts, addr + byte, 0xffff);
        }
        g_assert_cmphex(qtest_readl(t->qts, addr + 2) & 0xffff, ==, 0);
        qtest_writel(t->qts, addr + 2, 0xffffffff);
        g_assert_cmpuint(pcsc_test_errors(t), >=, errors + 14);
        g_assert_cmphex(pcsc_test_read(t, offsets[i]), ==, value);
    }
    check_reset_values(t, 1);
    pcsc_test_end(t);
}

static void test_control(void)
{
    PCSCTest *t = pcsc_test_start(NULL, NULL);

    pcsc_test_write(t, PCSC_REG_TABLE_LO, 0x12345680);
    pcsc_test_write(t, PCSC_REG_TABLE_HI, 0x9abcdef0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_TABLE_LO), ==, 0x12345680);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_TABLE_HI), ==, 0x9abcdef0);
    check_bad_write(t, PCSC_REG_TABLE_LO, 0x8765437f);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_TABLE_LO), ==, 0x87654300);

    pcsc_test_write(t, PCSC_REG_CONTROL, PCSC_CONTROL_ENABLE);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_CONTROL), ==, 1);
    check_bad_write(t, PCSC_REG_TABLE_LO, 0);
    check_bad_write(t, PCSC_REG_TABLE_HI, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_TABLE_LO), ==, 0x87654300);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_TABLE_HI), ==, 0x9abcdef0);
    check_bad_write(t, PCSC_REG_CONTROL, 0xfffffffc);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_CONTROL), ==, 0);

    check_bad_write(t, PCSC_REG_INT_ENABLE, 0xffffffff);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_INT_ENABLE), ==, 0xf);
    check_bad_write(t, PCSC_REG_ERROR, 0xfffffff8);
    check_bad_write(t, PCSC_REG_IRQ_STATUS, 0xfffffffe);
    pcsc_test_end(t);
}

static void test_doorbell(void)
{
    PCSCTest *t = pcsc_test_start(NULL, NULL);
    static const uint8_t delay[] = { 0x80, 0xe4, 0x10, 0x00 };
    PCSCTestCommand cmd;

    check_bad_write(t, PCSC_REG_DOORBELL, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, PCSC_ERROR_DOORBELL);
    pcsc_test_write(t, PCSC_REG_ERROR, PCSC_ERROR_DOORBELL);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, 0);

    pcsc_test_enable(t);
    check_bad_write(t, PCSC_REG_DOORBELL, PCSC_COMMANDS_MAX);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, PCSC_ERROR_DOORBELL);
    pcsc_test_write(t, PCSC_REG_ERROR, PCSC_ERROR_DOORBELL);
    check_bad_write(t, PCSC_REG_DOORBELL, 0x80000000);
    pcsc_test_write(t, PCSC_REG_ERROR, PCSC_ERROR_DOORBELL);
    check_bad_write(t, PCSC_REG_CANCEL, PCSC_COMMANDS_MAX);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, PCSC_ERROR_DOORBELL);
    pcsc_test_write(t, PCSC_REG_ERROR, PCSC_ERROR_DOORBELL);

    /* nothing in flight: no effect, no error */
    pcsc_test_write(t, PCSC_REG_CANCEL, 5);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_DONE(0)), ==, 0);

    /* an index whose command is in flight */
    pcsc_test_open(t, 0, 0);
    pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED);
    cmd = pcsc_test_apdu(t, 63, 0, 0, delay, sizeof(delay));
    pcsc_test_ring(t, 63, &cmd);
    check_bad_write(t, PCSC_REG_DOORBELL, 63);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, PCSC_ERROR_DOORBELL);
    pcsc_test_write(t, PCSC_REG_CANCEL, 63);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_DONE(1)), ==, 0x80000000);
    g_assert_cmphex(pcsc_test_wait(t, 63).result, ==, PCSC_E_CANCELLED);
    pcsc_test_end(t);
}

/* A descriptor that is not in RAM starts nothing, and leaves no trace. */
static void test_table(void)
{
    static const uint64_t tables[] = {
        0x0000000040000000, /* nothing there */
        0x000000001f000000, /* our own registers */
        0x0000000008000000, /* flash */
        0xffffffffffffff80, /* index 1 would wrap around */
    };
    PCSCTest *t = pcsc_test_start(NULL, NULL);

    for (unsigned i = 0; i < ARRAY_SIZE(tables); i++) {
        pcsc_test_write(t, PCSC_REG_CONTROL, 0);
        pcsc_test_write(t, PCSC_REG_TABLE_LO, tables[i]);
        pcsc_test_write(t, PCSC_REG_TABLE_HI, tables[i] >> 32);
        pcsc_test_write(t, PCSC_REG_CONTROL, PCSC_CONTROL_ENABLE);
        pcsc_test_write(t, PCSC_REG_DOORBELL, 1);
        g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==,
                        PCSC_ERROR_TABLE);
        pcsc_test_write(t, PCSC_REG_ERROR, PCSC_ERROR_TABLE);
        g_assert_cmphex(pcsc_test_read(t, PCSC_REG_DONE(0)), ==, 0);
    }
    /* the index is free */
    pcsc_test_write(t, PCSC_REG_CONTROL, PCSC_CONTROL_RESET);
    pcsc_test_enable(t);
    g_assert_cmphex(pcsc_test_open(t, 0, 0), ==, PCSC_S_SUCCESS);
    pcsc_test_end(t);
}

static void check_irq(PCSCTest *t, uint32_t status)
{
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_INT_STATUS), ==, status);
    for (uint32_t enable = 0; enable < 16; enable++) {
        pcsc_test_write(t, PCSC_REG_INT_ENABLE, enable);
        g_assert_cmpint(qtest_get_irq(t->qts, 0), ==, !!(status & enable));
    }
}

static void test_interrupt(void)
{
    PCSCTest *t = pcsc_test_start(NULL, NULL);

    qtest_irq_intercept_out_named(t->qts, DEVICE, "sysbus-irq");
    check_irq(t, 0);
    pcsc_test_enable(t);
    pcsc_test_ring(t, 40, &(PCSCTestCommand) { .op = PCSC_OP_OPEN });
    check_irq(t, PCSC_INT_DONE);
    pcsc_test_wait(t, 40);
    check_irq(t, 0);

    pcsc_test_write(t, PCSC_REG_DOORBELL, 64);
    check_irq(t, PCSC_INT_ERROR);
    pcsc_test_write(t, PCSC_REG_ERROR, 0xf);
    check_irq(t, 0);

    pcsc_test_event(t, "remove 0");
    pcsc_test_wait_reg(t, PCSC_REG_CHANGED, 1, 1);
    check_irq(t, PCSC_INT_CHANGED | PCSC_INT_LEGACY);
    pcsc_test_write(t, PCSC_REG_CHANGED, 1);
    check_irq(t, PCSC_INT_LEGACY);
    pcsc_test_write(t, PCSC_REG_IRQ_STATUS, 0);
    check_irq(t, PCSC_INT_LEGACY);
    pcsc_test_write(t, PCSC_REG_IRQ_STATUS, 1);
    check_irq(t, 0);
    pcsc_test_end(t);
}

static void test_version_1(void)
{
    PCSCTest *t = pcsc_test_start("count=3",
                                  " -global pcsc-passthru.version=1");

    qtest_irq_intercept_out_named(t->qts, DEVICE, "sysbus-irq");
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_NUM_READERS), ==, 3);
    for (unsigned offset = 0x388; offset < 0x1000; offset += 4) {
        check_bad_read(t, offset);
        check_bad_write(t, offset, 1);
    }
    /* its interrupt cannot be masked then */
    pcsc_test_event(t, "remove 1");
    pcsc_test_wait_reg(t, PCSC_REG_IRQ_STATUS, 1, 1);
    g_assert_true(qtest_get_irq(t->qts, 0));
    pcsc_test_write(t, PCSC_REG_IRQ_STATUS, 1);
    g_assert_false(qtest_get_irq(t->qts, 0));
    pcsc_test_end(t);
}

static void wait_migrated(QTestState *qts)
{
    int64_t end = g_get_monotonic_time() + PCSC_TEST_PATIENCE * G_USEC_PER_SEC;
    bool done = false;

    while (!done) {
        QDict *rsp = qtest_qmp_assert_success_ref(qts,
            "{'execute': 'query-migrate'}");
        const char *status = qdict_get_try_str(rsp, "status") ?: "";

        g_assert_cmpstr(status, !=, "failed");
        done = !strcmp(status, "completed");
        qobject_unref(rsp);
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_usleep(10000);
    }
}

static void test_migration(void)
{
    PCSCTest *t = pcsc_test_start(NULL, NULL);
    QTestState *qts;
    QDict *error;

    error = qtest_qmp_assert_failure_ref(t->qts, "{'execute': 'migrate',"
        "'arguments': {'uri': 'exec:cat > /dev/null'}}");
    g_assert_nonnull(strstr(qdict_get_str(error, "desc"), "pcsc-passthru"));
    qobject_unref(error);
    pcsc_test_end(t);

    qts = qtest_init("-machine vexpress-a15,pcsc=off");
    qtest_qmp_assert_success(qts, "{'execute': 'migrate',"
        "'arguments': {'uri': 'exec:cat > /dev/null'}}");
    wait_migrated(qts);
    g_assert_cmphex(qtest_readl(qts, PCSC_TEST_BASE), ==, 0);
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/pcsc-passthru/identity", test_identity);
    qtest_add_func("/pcsc-passthru/reset-values", test_reset_values);
    qtest_add_func("/pcsc-passthru/reserved", test_reserved);
    qtest_add_func("/pcsc-passthru/read-only", test_read_only);
    qtest_add_func("/pcsc-passthru/access-sizes", test_access_sizes);
    qtest_add_func("/pcsc-passthru/control", test_control);
    qtest_add_func("/pcsc-passthru/doorbell", test_doorbell);
    qtest_add_func("/pcsc-passthru/table", test_table);
    qtest_add_func("/pcsc-passthru/interrupt", test_interrupt);
    qtest_add_func("/pcsc-passthru/version-1", test_version_1);
    qtest_add_func("/pcsc-passthru/migration", test_migration);
    return g_test_run();
}

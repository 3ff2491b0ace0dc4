/*
 * Test of the pcsc-passthru device: several of them, and what cannot be done
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Neither the device nor its back end can be taken away or saved; each is
 * refused with a reason, and a command in flight goes on.  Nor does QEMU start
 * with what the device does not understand.  A board that describes itself has
 * each of several devices at a place of its own, and in its ACPI tables.
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/units.h"
#include "libqos/fw_cfg.h"
#include "qobject/qdict.h"
#include "pcsc-passthru-util.h"

/* A machine with a command in flight on descriptor 1 */
static PCSCTest *start(void)
{
    static const uint8_t delay[] = { 0x80, 0xe4, 0x01, 0xf4 };
    PCSCTest *t = pcsc_test_start(NULL, NULL);
    PCSCTestCommand cmd;

    pcsc_test_enable(t);
    g_assert_cmphex(pcsc_test_open(t, 0, 0), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED), ==,
                    PCSC_S_SUCCESS);
    cmd = pcsc_test_apdu(t, 1, 0, 0, delay, sizeof(delay));
    pcsc_test_ring(t, 1, &cmd);
    return t;
}

static void end(PCSCTest *t)
{
    g_assert_cmphex(pcsc_test_wait(t, 1).result, ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_disconnect(t, 0, 0), ==, PCSC_S_SUCCESS);
    pcsc_test_end(t);
}

/* The command fails, and says so with that word. */
static void check_refused(PCSCTest *t, const char *word, const char *fmt, ...)
    G_GNUC_PRINTF(3, 4);
static void check_refused(PCSCTest *t, const char *word, const char *fmt, ...)
{
    const char *text;
    QDict *error;
    va_list ap;

    va_start(ap, fmt);
    error = qtest_vqmp_assert_failure_ref(t->qts, fmt, ap);
    va_end(ap);
    text = qdict_get_str(error, "desc");
    g_test_message("%s", text);
    g_assert_nonnull(strstr(text, word));
    qobject_unref(error);
}

static void test_device_del(void)
{
    PCSCTest *t = start();

    check_refused(t, "hotplug", "{'execute': 'device_del', 'arguments': {"
                  "'id': '/machine/pcsc-passthru'}}");
    end(t);
}

static void test_object_del(void)
{
    PCSCTest *t = start();

    check_refused(t, "in use", "{'execute': 'object-del', 'arguments': {"
                  "'id': 'readers'}}");
    /* one that no device has can go */
    qtest_qmp_assert_success(t->qts, "{'execute': 'object-add', 'arguments': {"
                             "'qom-type': 'pcsc-backend-emulated',"
                             "'id': 'spare'}}");
    qtest_qmp_assert_success(t->qts, "{'execute': 'object-del', 'arguments': {"
                             "'id': 'spare'}}");
    end(t);
}

/* Limits are what the guest was told. */
static void test_properties(void)
{
    PCSCTest *t = start();

    check_refused(t, "max-sessions", "{'execute': 'qom-set', 'arguments': {"
                  "'path': '/objects/readers', 'property': 'max-sessions',"
                  "'value': 1}}");
    end(t);
}

static void test_savevm(void)
{
    PCSCTest *t = start();
    g_autofree char *text = qtest_hmp(t->qts, "savevm x");

    g_test_message("%s", text);
    g_assert_nonnull(strstr(text, "pcsc-passthru"));
    check_refused(t, "pcsc-passthru", "{'execute': 'migrate', 'arguments': {"
                  "'uri': 'exec:cat > /dev/null'}}");
    end(t);
}

/* What ends QEMU before it begins, and the word that says why */
static void test_start(void)
{
    static const struct {
        const char *args, *word;
    } starts[] = {
        { "-machine vexpress-a15,pcsc-backend=nope", "'nope'" },
        { "-machine vexpress-a15,pcsc-backend=readers "
          "-global pcsc-passthru.version=3", "version" },
        { "-machine vexpress-a15,pcsc-backend=cards "
          "-object pcsc-backend-emulated,id=cards,cards=9", "'9'" },
        { "-machine vexpress-a15,pcsc-backend=readers -only-migratable",
          "pcsc=off" },
        /* The board has one, at an address that the guest knows */
        { "-machine vexpress-a15,pcsc-backend=readers -device pcsc-passthru",
          "pcsc-passthru" },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(starts); i++) {
        g_autofree char *line = g_strdup_printf(
            "%s -object pcsc-backend-emulated,id=readers -display none "
            "-audio none -accel qtest %s", g_getenv("QTEST_QEMU_BINARY"),
            starts[i].args);
        g_autofree char *err = NULL;
        int status;

        g_assert_true(g_spawn_command_line_sync(line, NULL, &err, &status,
                                                NULL));
        g_test_message("%s", err);
        g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        g_assert_nonnull(strstr(err, starts[i].word));
    }
}

/* Arm's virt: one at a fixed address, two on the platform bus */
static QTestState *start_three(void)
{
    return qtest_init("-machine virt,pcsc=on,pcsc-backend=a "
                      "-object pcsc-backend-emulated,id=a,count=1 "
                      "-object pcsc-backend-emulated,id=b,count=2 "
                      "-object pcsc-backend-emulated,id=c,count=3 "
                      "-device pcsc-passthru,id=first,backend=b "
                      "-device pcsc-passthru,id=second,backend=c");
}

static void test_three(void)
{
    static const uint64_t bases[] = { 0x09100000, 0x0c000000, 0x0c001000 };
    QTestState *qts = start_three();
    QDict *reply, *error;

    for (unsigned i = 0; i < ARRAY_SIZE(bases); i++) {
        g_assert_cmphex(qtest_readl(qts, bases[i] + PCSC_REG_ID), ==,
                        PCSC_ID);
        g_assert_cmpuint(qtest_readl(qts, bases[i] + PCSC_REG_NUM_READERS) &
                         PCSC_NUM_READERS_COUNT, ==, i + 1);
    }
    g_assert_true(qtest_qom_get_bool(qts, "/machine", "pcsc"));
    reply = qtest_qmp(qts, "{'execute': 'qom-get', 'arguments': {"
                      "'path': '/machine', 'property': 'pcsc-backend'}}");
    g_assert_cmpstr(qdict_get_str(reply, "return"), ==, "a");
    qobject_unref(reply);
    error = qtest_qmp_assert_failure_ref(qts, "{'execute': 'device_del',"
                                         "'arguments': {'id': 'first'}}");
    g_test_message("%s", qdict_get_str(error, "desc"));
    qobject_unref(error);
    g_assert_cmphex(qtest_readl(qts, bases[1] + PCSC_REG_ID), ==,
                    PCSC_ID);
    qtest_quit(qts);
}

/* What one has in flight is nothing to the other. */
static void test_two(void)
{
    static const uint8_t echo[] = { 0x80, 0xe0, 0, 0, 1, 0x42 };
    static const uint8_t delay[] = { 0x80, 0xe4, 0x27, 0x10 };
    PCSCTest *t = pcsc_test_start_board("virt,pcsc=on", 0x09100000, "count=2",
        " -m 2G -object pcsc-backend-emulated,id=others,count=2"
        " -device pcsc-passthru,backend=others");
    PCSCTest other = { .qts = t->qts, .base = 0x0c000000 };
    PCSCTest *both[] = { t, &other };
    PCSCTestCommand cmd;
    uint8_t rx[3];

    for (unsigned i = 0; i < ARRAY_SIZE(both); i++) {
        pcsc_test_enable(both[i]);
        g_assert_cmphex(pcsc_test_open(both[i], 0, 0), ==, PCSC_S_SUCCESS);
        g_assert_cmphex(pcsc_test_connect(both[i], 0, 0, PCSC_SHARE_EXCLUSIVE),
                        ==, PCSC_S_SUCCESS);
        g_assert_cmphex(pcsc_test_open(both[i], 1, 1), ==, PCSC_S_SUCCESS);
        g_assert_cmphex(pcsc_test_connect(both[i], 1, 1, PCSC_SHARE_SHARED),
                        ==, PCSC_S_SUCCESS);
    }
    /* They use the same table, but never the same descriptor */
    for (unsigned i = 0; i < ARRAY_SIZE(both); i++) {
        cmd = pcsc_test_apdu(both[i], 1 + i, 0, 0, delay, sizeof(delay));
        pcsc_test_ring(both[i], 1 + i, &cmd);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(both); i++) {
        cmd = pcsc_test_apdu(both[i], 3 + i, 1, 1, echo, sizeof(echo));
        pcsc_test_ring(both[i], 3 + i, &cmd);
        g_assert_cmphex(pcsc_test_wait(both[i], 3 + i).result, ==,
                        PCSC_S_SUCCESS);
        qtest_memread(t->qts, PCSC_TEST_RX(3 + i), rx, sizeof(rx));
        g_assert_cmpmem(rx, sizeof(rx), "\x42\x90", 3);
        g_assert_cmphex(pcsc_test_read(both[i], PCSC_REG_DONE(0)), ==, 0);
    }
    pcsc_test_write(&other, PCSC_REG_CONTROL, PCSC_CONTROL_RESET);
    g_assert_false(pcsc_test_done(t, 1));
    cmd = pcsc_test_apdu(t, 3, 1, 1, echo, sizeof(echo));
    pcsc_test_ring(t, 3, &cmd);
    g_assert_cmphex(pcsc_test_wait(t, 3).result, ==, PCSC_S_SUCCESS);
    pcsc_test_write(t, PCSC_REG_CANCEL, 1);
    g_assert_cmphex(pcsc_test_wait(t, 1).result, ==, PCSC_E_CANCELLED);
    g_assert_cmphex(pcsc_test_read(&other, PCSC_REG_DONE(0)), ==, 0);
    pcsc_test_enable(&other);
    g_assert_cmphex(pcsc_test_open(&other, 1, 1), ==, PCSC_S_SUCCESS);
    pcsc_test_end(t);
}

/* Arm's virt has data at 0 and the selector, big-endian, at 8. */
static void fw_cfg_select(QFWCFG *fw_cfg, uint16_t key)
{
    qtest_writew(fw_cfg->qts, fw_cfg->base + 8, bswap16(key));
}

static void fw_cfg_read(QFWCFG *fw_cfg, void *data, size_t len)
{
    for (uint8_t *byte = data; len--; byte++) {
        *byte = qtest_readb(fw_cfg->qts, fw_cfg->base);
    }
}

/* The tables name each device, with its address and its interrupt. */
static void test_acpi(void)
{
    static const struct {
        const char *name;
        uint32_t base, irq;
    } devices[] = {
        { "SC2F", 0x09100000, 0x2f },
        { "SC90", 0x0c000000, 0x90 },
        { "SC91", 0x0c001000, 0x91 },
    };
    QTestState *qts = start_three();
    QFWCFG fw_cfg = { 0x09020000, qts, fw_cfg_select, fw_cfg_read };
    size_t size = 256 * KiB;
    g_autofree uint8_t *tables = g_malloc0(size);

    size = qfw_cfg_get_file(&fw_cfg, "etc/acpi/tables", tables, size);
    g_assert_cmpuint(size, >, 0);
    for (unsigned i = 0; i < ARRAY_SIZE(devices); i++) {
        uint32_t base = cpu_to_le32(devices[i].base);
        uint32_t irq = cpu_to_le32(devices[i].irq);
        /* No table names it before its definition, which is short */
        uint8_t *dev = memmem(tables, size, devices[i].name, 4);

        g_assert_nonnull(dev);
        g_assert_cmpuint(dev - tables, <, size - 256);
        g_assert_nonnull(memmem(dev, 128, "PRP0001", 8));
        g_assert_nonnull(memmem(dev, 128, &base, 4));
        g_assert_nonnull(memmem(dev, 128, &irq, 4));
        g_assert_nonnull(memmem(dev, 256, "linaro,pcsc-passthru", 21));
    }
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/pcsc-passthru/manage/start", test_start);
    qtest_add_func("/pcsc-passthru/manage/device-del", test_device_del);
    qtest_add_func("/pcsc-passthru/manage/object-del", test_object_del);
    qtest_add_func("/pcsc-passthru/manage/properties", test_properties);
    qtest_add_func("/pcsc-passthru/manage/savevm", test_savevm);
    if (qtest_has_machine("virt")) {
        qtest_add_func("/pcsc-passthru/manage/two", test_two);
        qtest_add_func("/pcsc-passthru/manage/three", test_three);
        qtest_add_func("/pcsc-passthru/manage/acpi", test_acpi);
    }
    return g_test_run();
}

/*
 * Test of the pcsc-passthru device: readers and cards that come and go
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "pcsc-passthru-util.h"

#define AWAY (PCSC_STATE_UNKNOWN | PCSC_STATE_UNAVAILABLE)

static uint32_t num_readers(PCSCTest *t)
{
    return pcsc_test_read(t, PCSC_REG_NUM_READERS) & PCSC_NUM_READERS_COUNT;
}

/* Wait for a change of slots, clear it. */
static void wait_changed(PCSCTest *t, uint32_t slots)
{
    pcsc_test_wait_reg(t, PCSC_REG_CHANGED, slots, slots);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_IRQ_STATUS), ==, 1);
    pcsc_test_write(t, PCSC_REG_CHANGED, slots);
    pcsc_test_write(t, PCSC_REG_IRQ_STATUS, 1);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_CHANGED), ==, 0);
}

static void check_slot(PCSCTest *t, unsigned slot, bool present,
                       uint32_t state, uint32_t generation)
{
    g_assert_cmpint(pcsc_test_read(t, PCSC_REG_PRESENT) >> slot & 1, ==,
                    present);
    g_assert_cmphex(pcsc_test_slot(t, slot, PCSC_SLOT_STATE), ==, state);
    g_assert_cmpuint(pcsc_test_slot(t, slot, PCSC_SLOT_GENERATION), ==,
                     generation);
}

static uint32_t read_name(PCSCTest *t, unsigned slot, uint32_t generation,
                          uint32_t size, char *name)
{
    PCSCTestAnswer a;
    uint32_t result;

    qtest_memset(t->qts, PCSC_TEST_RX(0), 0xee, PCSC_NAME_MAX);
    result = pcsc_test_run(t, &(PCSCTestCommand) {
        .op = PCSC_OP_READER_NAME, .slot = slot, .rx_size = size,
        .generation = generation, .session = 0xffff,
    }, &a);
    if (result == PCSC_S_SUCCESS) {
        g_assert_cmpuint(a.rx_len, <, PCSC_NAME_MAX);
        qtest_memread(t->qts, PCSC_TEST_RX(0), name, a.rx_len + 1);
        g_assert_cmphex((uint8_t)name[a.rx_len], ==, 0xee);
        name[a.rx_len] = 0;
    }
    return result;
}

static void check_name(PCSCTest *t, unsigned slot, const char *want)
{
    char name[PCSC_NAME_MAX];

    g_assert_cmphex(read_name(t, slot, 0, sizeof(name), name), ==,
                    PCSC_S_SUCCESS);
    g_assert_cmpstr(name, ==, want);
}

static void test_names(void)
{
    PCSCTest *t = pcsc_test_start("count=12,prefix=Probe", NULL);
    char name[PCSC_NAME_MAX];
    PCSCTestAnswer a;

    pcsc_test_enable(t);
    for (unsigned i = 0; i < 12; i++) {
        g_autofree char *want = g_strdup_printf("Probe %u", i);

        check_name(t, i, want);
    }
    /* exact room, less, none */
    g_assert_cmphex(read_name(t, 3, 0, 7, name), ==, PCSC_S_SUCCESS);
    for (unsigned size = 0; size < 7; size++) {
        pcsc_test_run(t, &(PCSCTestCommand) {
            .op = PCSC_OP_READER_NAME, .slot = 3, .rx_size = size,
        }, &a);
        g_assert_cmphex(a.result, ==, PCSC_E_INSUFFICIENT_BUFFER);
        g_assert_cmpuint(a.rx_len, ==, 7);
    }
    /* no such reader */
    g_assert_cmphex(read_name(t, 12, 1, 128, name), ==, PCSC_E_UNKNOWN_READER);
    g_assert_cmphex(read_name(t, 32, 1, 128, name), ==, PCSC_E_UNKNOWN_READER);
    g_assert_cmphex(read_name(t, 65535, 1, 128, name), ==,
                    PCSC_E_UNKNOWN_READER);
    g_assert_cmphex(read_name(t, 3, 2, 128, name), ==, PCSC_E_UNKNOWN_READER);
    pcsc_test_end(t);
}

static void test_cards(void)
{
    PCSCTest *t = pcsc_test_start("count=2,cards=0", NULL);
    PCSCTestCommand atr = { .op = PCSC_OP_READER_ATR };
    static const uint8_t want[] = { 0x3b, 0x02, 0x14, 0x50 };
    uint32_t events;
    PCSCTestAnswer a;

    pcsc_test_enable(t);
    check_slot(t, 0, true, PCSC_STATE_PRESENT, 1);
    check_slot(t, 1, true, PCSC_STATE_EMPTY, 1);

    events = pcsc_test_slot(t, 0, PCSC_SLOT_EVENTS);
    pcsc_test_event(t, "remove 0");
    wait_changed(t, 1);
    check_slot(t, 0, true, PCSC_STATE_EMPTY, 1);
    g_assert_cmpuint(pcsc_test_slot(t, 0, PCSC_SLOT_EVENTS), ==, events + 1);
    pcsc_test_run(t, &atr, &a);
    g_assert_cmphex(a.result, ==, PCSC_S_SUCCESS);
    g_assert_cmpuint(a.atr_len, ==, 0);

    pcsc_test_event(t, "insert 0 3B021450");
    wait_changed(t, 1);
    check_slot(t, 0, true, PCSC_STATE_PRESENT, 1);
    g_assert_cmpuint(pcsc_test_slot(t, 0, PCSC_SLOT_EVENTS), ==, events + 2);
    pcsc_test_run(t, &atr, &a);
    g_assert_cmphex(a.result, ==, PCSC_S_SUCCESS);
    g_assert_cmpmem(a.atr, a.atr_len, want, sizeof(want));

    /* an ATR of the greatest length */
    pcsc_test_event(t, "insert 1 3B1F00010203040506070809101112131415161718"
                       "192021222324252627282930");
    wait_changed(t, 2);
    atr.slot = 1;
    pcsc_test_run(t, &atr, &a);
    g_assert_cmpuint(a.atr_len, ==, PCSC_ATR_MAX);
    g_assert_cmphex(a.atr[32], ==, 0x30);

    /* very many events, none lost: the counter follows */
    events = pcsc_test_slot(t, 0, PCSC_SLOT_EVENTS);
    for (unsigned i = 0; i < 100; i++) {
        pcsc_test_event(t, i % 2 ? "insert 0" : "remove 0");
    }
    pcsc_test_wait_reg(t, PCSC_REG_SLOT(0) + PCSC_SLOT_EVENTS, 0xffff,
                       events + 100);
    pcsc_test_end(t);
}

static void test_hotplug(void)
{
    PCSCTest *t = pcsc_test_start("count=3", NULL);
    char name[PCSC_NAME_MAX];

    pcsc_test_enable(t);
    pcsc_test_event(t, "unplug 1");
    wait_changed(t, 2);
    check_slot(t, 1, false, AWAY, 1);
    check_slot(t, 2, true, PCSC_STATE_PRESENT, 1);
    g_assert_cmpuint(num_readers(t), ==, 3);
    g_assert_cmphex(read_name(t, 1, 1, 128, name), ==, PCSC_E_UNKNOWN_READER);

    /* the same name: the same slot, the next generation */
    pcsc_test_event(t, "plug 1");
    wait_changed(t, 2);
    check_slot(t, 1, true, PCSC_STATE_EMPTY, 2);
    check_name(t, 1, "Emulated Reader 1");
    g_assert_cmphex(read_name(t, 1, 1, 128, name), ==, PCSC_E_UNKNOWN_READER);

    /* NUM_READERS never falls before a reset, and is exact after it */
    pcsc_test_event(t, "unplug 2");
    wait_changed(t, 4);
    pcsc_test_event(t, "unplug 1");
    wait_changed(t, 2);
    g_assert_cmpuint(num_readers(t), ==, 3);
    pcsc_test_event(t, "plug 1");
    wait_changed(t, 2);
    g_assert_cmpuint(num_readers(t), ==, 3);
    pcsc_test_event(t, "unplug 1");
    wait_changed(t, 2);
    qtest_system_reset(t->qts);
    g_assert_cmpuint(num_readers(t), ==, 1);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_PRESENT), ==, 1);
    check_slot(t, 1, false, AWAY, 3);
    pcsc_test_event(t, "plug 2");
    wait_changed(t, 4);
    g_assert_cmpuint(num_readers(t), ==, 3);
    check_slot(t, 2, true, PCSC_STATE_EMPTY, 2);
    pcsc_test_end(t);
}

/* More names than slots: unused ones first, then those whose reader is away. */
static void test_slots_full(void)
{
    PCSCTest *t = pcsc_test_start("count=5,max-readers=3", NULL);

    pcsc_test_enable(t);
    g_assert_cmpuint(num_readers(t), ==, 3);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_PRESENT), ==, 7);
    pcsc_test_event(t, "unplug 1");
    pcsc_test_wait_reg(t, PCSC_REG_SLOT(1) + PCSC_SLOT_GENERATION, ~0u, 2);
    check_name(t, 0, "Emulated Reader 0");
    check_name(t, 1, "Emulated Reader 3");
    check_name(t, 2, "Emulated Reader 2");
    /* its name has lost the slot: it waits like any other */
    pcsc_test_event(t, "unplug 4");
    pcsc_test_event(t, "plug 1");
    pcsc_test_event(t, "unplug 0");
    pcsc_test_wait_reg(t, PCSC_REG_SLOT(0) + PCSC_SLOT_GENERATION, ~0u, 2);
    check_name(t, 0, "Emulated Reader 1");
    pcsc_test_end(t);

    t = pcsc_test_start("count=40", NULL);
    g_assert_cmpuint(num_readers(t), ==, 32);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_PRESENT), ==, 0xffffffff);
    g_assert_cmphex(pcsc_test_read(t, PCSC_V1_BLOCK + 31 * PCSC_V1_BLOCK_SIZE +
                                      PCSC_V1_STATE) & 0xffff, ==,
                    PCSC_STATE_PRESENT);
    pcsc_test_end(t);

    t = pcsc_test_start("count=0", NULL);
    g_assert_cmpuint(num_readers(t), ==, 0);
    pcsc_test_end(t);
}

static void test_allow(void)
{
    PCSCTest *t = pcsc_test_start("count=12,allow=*Reader 1;*Reader 1?", NULL);

    pcsc_test_enable(t);
    g_assert_cmpuint(num_readers(t), ==, 3);
    check_name(t, 0, "Emulated Reader 1");
    check_name(t, 1, "Emulated Reader 10");
    check_name(t, 2, "Emulated Reader 11");
    pcsc_test_end(t);
}

/* The PC/SC service goes away and comes back. */
static void test_service(void)
{
    PCSCTest *t = pcsc_test_start("count=3", NULL);
    uint32_t all = 7;

    pcsc_test_enable(t);
    pcsc_test_open(t, 0, 0);
    g_assert_cmphex(pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED), ==,
                    PCSC_S_SUCCESS);
    pcsc_test_write(t, PCSC_REG_CHANGED, ~0u);

    pcsc_test_event(t, "service down");
    wait_changed(t, all);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_STATUS), ==, 0);
    check_slot(t, 0, true, PCSC_STATE_UNAVAILABLE, 1);
    check_slot(t, 2, true, PCSC_STATE_UNAVAILABLE, 1);
    check_name(t, 2, "Emulated Reader 2");
    g_assert_cmphex(pcsc_test_run(t, &(PCSCTestCommand) {
        .op = PCSC_OP_STATUS,
    }, NULL), ==, PCSC_E_NO_SERVICE);
    g_assert_cmphex(pcsc_test_open(t, 1, 1), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_connect(t, 1, 1, PCSC_SHARE_SHARED), ==,
                    PCSC_E_NO_SERVICE);

    pcsc_test_event(t, "service up");
    wait_changed(t, all);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_STATUS), ==, 1);
    check_slot(t, 0, true, PCSC_STATE_PRESENT, 1);
    /* the sessions are still there, their connections are not */
    g_assert_cmphex(pcsc_test_run(t, &(PCSCTestCommand) {
        .op = PCSC_OP_STATUS,
    }, NULL), ==, PCSC_E_INVALID_HANDLE);
    g_assert_cmphex(pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED), ==,
                    PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_connect(t, 1, 1, PCSC_SHARE_SHARED), ==,
                    PCSC_S_SUCCESS);

    /* one that does not come back leaves then, not before */
    pcsc_test_write(t, PCSC_REG_CHANGED, ~0u);
    pcsc_test_event(t, "service down");
    wait_changed(t, all);
    pcsc_test_event(t, "unplug 1");
    check_slot(t, 1, true, PCSC_STATE_UNAVAILABLE, 1);
    pcsc_test_event(t, "service up");
    wait_changed(t, all);
    check_slot(t, 1, false, AWAY, 1);
    check_slot(t, 2, true, PCSC_STATE_PRESENT, 1);
    pcsc_test_end(t);
}

static void check_property(QDict *reader, int slot, const char *name,
                           int sessions, int commands, bool present)
{
    g_assert_cmpint(qdict_get_int(reader, "slot"), ==, slot);
    g_assert_cmpstr(qdict_get_str(reader, "name"), ==, name);
    g_assert_cmpint(qdict_get_bool(reader, "present"), ==, present);
    g_assert_cmpint(qdict_get_int(reader, "generation"), ==, 1);
    g_assert_cmpint(qdict_get_int(reader, "sessions"), ==, sessions);
    g_assert_cmpint(qdict_get_int(reader, "commands"), ==, commands);
    g_assert_false(qdict_get_bool(reader, "legacy-connected"));
    g_assert_true(qdict_haskey(reader, "state"));
    g_assert_true(qdict_haskey(reader, "events"));
}

static void test_property(void)
{
    static const uint8_t never[] = { 0x80, 0xe8, 0x00, 0x00 };
    PCSCTest *t = pcsc_test_start("count=2", NULL);
    PCSCTestCommand cmd = pcsc_test_apdu(t, 1, 0, 1, never, sizeof(never));
    QDict *rsp;
    QList *list;

    pcsc_test_enable(t);
    pcsc_test_open(t, 0, 1);
    pcsc_test_open(t, 0, 2);
    pcsc_test_connect(t, 0, 1, PCSC_SHARE_SHARED);
    pcsc_test_ring(t, 1, &cmd);
    wait_changed(t, 1);
    pcsc_test_event(t, "unplug 1");
    wait_changed(t, 2);
    rsp = qtest_qmp(t->qts, "{'execute': 'qom-get', 'arguments': {"
                    "'path': '/machine/pcsc-passthru',"
                    "'property': 'readers'}}");
    list = qdict_get_qlist(rsp, "return");
    g_assert_nonnull(list);
    g_assert_cmpuint(qlist_size(list), ==, 2);
    check_property(qobject_to(QDict, qlist_peek(list)), 0,
                   "Emulated Reader 0", 2, 1, true);
    qobject_unref(qlist_pop(list));
    check_property(qobject_to(QDict, qlist_peek(list)), 1,
                   "Emulated Reader 1", 0, 0, false);
    qobject_unref(rsp);
    pcsc_test_end(t);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/pcsc-passthru/slots/names", test_names);
    qtest_add_func("/pcsc-passthru/slots/cards", test_cards);
    qtest_add_func("/pcsc-passthru/slots/hotplug", test_hotplug);
    qtest_add_func("/pcsc-passthru/slots/full", test_slots_full);
    qtest_add_func("/pcsc-passthru/slots/allow", test_allow);
    qtest_add_func("/pcsc-passthru/slots/service", test_service);
    qtest_add_func("/pcsc-passthru/slots/property", test_property);
    return g_test_run();
}

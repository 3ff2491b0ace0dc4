/*
 * PC/SC back end in process: what it refuses, and the answers that no other
 * test of the device asks for
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

/* A property that refuses a value, and says so with that word */
static void refuses(Object *obj, const char *name, const char *value,
                    const char *word)
{
    Error *err = NULL;

    object_property_parse(obj, name, value, &err);
    g_assert_nonnull(err);
    g_test_message("%s=%s: %s", name, value, error_get_pretty(err));
    g_assert_nonnull(strstr(error_get_pretty(err), word));
    error_free(err);
}

/* A property that takes a value and shows it */
static void keeps(Object *obj, const char *name, const char *value)
{
    g_autofree char *text = NULL;

    object_property_parse(obj, name, value, &error_abort);
    text = object_property_print(obj, name, false, &error_abort);
    g_assert_nonnull(strstr(text, value));
}

static void test_properties(void)
{
    static const struct {
        const char *name, *value, *wrong;
    } props[] = {
        { "count", "5", "65" },
        { "prefix", "Some Reader", NULL },
        { "cards", "none", NULL },
        { "allow", "*2", NULL },
        { "allow-control", "true", NULL },
        { "timeout", "100", "0" },
        { "timeout-max", "200", "0" },
        { "max-sessions", "7", "0" },
    };
    PCSCBackendListener listener = { .changed = changed };
    Fixture f = { .be = PCSC_BACKEND(object_new(TYPE_PCSC_BACKEND_EMULATED)) };
    Object *obj = OBJECT(f.be);
    Error *err = NULL;

    listener.opaque = &f;
    refuses(obj, "event", "remove 0", "no device");
    for (unsigned i = 0; i < ARRAY_SIZE(props); i++) {
        if (props[i].wrong) {
            refuses(obj, props[i].name, props[i].wrong, "must be");
        }
        keeps(obj, props[i].name, props[i].value);
    }
    refuses(obj, "count", "many", "");
    refuses(obj, "timeout", "long", "");
    refuses(obj, "allow", "", "no pattern");
    refuses(obj, "allow", ";;", "no pattern");
    g_assert_true(pcsc_backend_attach(f.be, &listener, 1000, &error_abort));
    for (unsigned i = 0; i < ARRAY_SIZE(props); i++) {
        refuses(obj, props[i].name, props[i].value, "cannot change");
    }
    g_assert_false(pcsc_backend_attach(f.be, &listener, 1000, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "has a device"));
    error_free(err);
    detach(&f);
}

/* Cards that are there from the start */
static void test_cards(void)
{
    static const char *const wrong[] = { "3", "x", "0:3b0", "0:zz", "0:3b" };
    PCSCBackendListener listener = { .changed = changed };
    PCSCReader r[PCSC_SLOTS_MAX];
    bool service;
    Fixture f;

    attach(&f, "cards", "1:3B00;;2");
    g_assert_cmpint(pcsc_backend_get_readers(f.be, r, 32, &service), ==, 3);
    g_assert_cmpint(r[0].atr_len, ==, 0);
    g_assert_cmpmem(r[1].atr, r[1].atr_len, "\x3b\0", 2);
    g_assert_cmpint(r[2].atr_len, ==, 14);
    detach(&f);

    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        Object *obj = object_new(TYPE_PCSC_BACKEND_EMULATED);
        Error *err = NULL;

        object_property_set_str(obj, "cards", wrong[i], &error_abort);
        listener.opaque = &f;
        g_assert_false(pcsc_backend_attach(PCSC_BACKEND(obj), &listener, 1000,
                                           &err));
        error_free_or_abort(&err);
        /* Not attached, so there is nothing to undo */
        pcsc_backend_detach(PCSC_BACKEND(obj), 1000);
        g_assert_cmpint(obj->ref, ==, 1);
        object_unref(obj);
    }
}

static void test_events(void)
{
    static const char *const wrong[] = {
        "", "burn 0", "insert", "insert 9", "insert x", "insert 0 3b0",
        "insert 0 3b", "insert 0 xx", "fail 0", "fail 0 x", "service",
        "service soon",
    };
    g_autofree Answer *a = g_new0(Answer, 1);
    PCSCSession *s;
    Fixture f;

    attach(&f, NULL, NULL);
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        Error *err = NULL;

        object_property_set_str(OBJECT(f.be), "event", wrong[i], &err);
        error_free_or_abort(&err);
    }
    s = pcsc_session_open(f.be, READER0);
    event(&f, "fail 0 0x80100065");
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==,
                    PCSC_E_NO_MEMORY + 0x5f);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    event(&f, "unplug 0");
    settle(20);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==,
                    PCSC_E_UNKNOWN_READER);
    event(&f, "plug 0");
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==,
                    PCSC_E_NO_SMARTCARD);
    pcsc_session_close(s);
    detach(&f);
}

/* An APDU to the card of a connected session, and its last two bytes */
static unsigned sw(PCSCSession *s, Answer *a, const char *apdu, size_t len)
{
    g_assert_cmphex(transmit(s, a, apdu, len), ==, 0);
    g_assert_cmpint(a->rx_len, >=, 2);
    return a->rx[a->rx_len - 2] << 8 | a->rx[a->rx_len - 1];
}

#define SW(apdu) sw(s, a, apdu, sizeof(apdu) - 1)

static void test_apdus(void)
{
    g_autofree Answer *a = g_new0(Answer, 1);
    PCSCSession *s;
    Fixture f;

    attach(&f, NULL, NULL);
    s = pcsc_session_open(f.be, READER0);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    /* Class, instruction, and bodies of a wrong length */
    g_assert_cmphex(SW("\x90\x00\0\0"), ==, 0x6e00);
    g_assert_cmphex(SW("\x00\x12\0\0"), ==, 0x6d00);
    g_assert_cmphex(SW("\x80\xff\0\0"), ==, 0x6d00);
    g_assert_cmphex(SW("\x80\xe0\0"), ==, 0x6700);
    g_assert_cmphex(SW("\x80\xe0\0\0\x02\x01"), ==, 0x6700);
    g_assert_cmphex(SW("\x80\xe0\0\0\0\0"), ==, 0x6700);
    g_assert_cmphex(SW("\x80\xe0\0\0\0\0\0\x01"), ==, 0x6700);
    /* Parameters */
    g_assert_cmphex(SW("\x80\xe2\x01\0\x03\0\0\x01"), ==, 0x6a86);
    g_assert_cmphex(SW("\x80\xe2\0\0\x01\0"), ==, 0x6700);
    g_assert_cmphex(SW("\x80\xe2\0\0\x03\x02\0\0"), ==, 0x6700);
    g_assert_cmphex(SW("\x80\xea\x02\0"), ==, 0x6a86);
    g_assert_cmphex(SW("\x80\xec\0\x01"), ==, 0x6a86);
    g_assert_cmphex(SW("\x80\xe8\x09\0"), ==, 0x6a86);
    g_assert_cmphex(SW("\x00\x84\x01\0\x08"), ==, 0x6a86);
    g_assert_cmphex(SW("\x00\x84\0\0"), ==, 0x6700);
    g_assert_cmphex(SW("\x00\x84\0\0\x08"), ==, 0x9000);
    g_assert_cmpint(a->rx_len, ==, 10);
    /* What no reader can hand on */
    g_assert_cmphex(transmit(s, a, "\x80\xe8\x04\0", 4), ==,
                    PCSC_E_NOT_TRANSACTED);
    g_assert_cmphex(transmit(s, a, "\x80\xe8\x03\0", 4), ==, PCSC_F_COMM_ERROR);
    g_assert_cmphex(transmit(s, a, "\x80\xe8\x01\0", 4), ==,
                    PCSC_W_REMOVED_CARD);
    pcsc_session_close(s);
    detach(&f);
}

static void test_refusals(void)
{
    g_autofree Answer *a = g_new0(Answer, 1);
    PCSCSession *s, *t;
    Fixture f;

    attach(&f, NULL, NULL);
    s = pcsc_session_open(f.be, READER0);
    t = pcsc_session_open(f.be, READER0);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    g_assert_cmphex(call(s, a, 99, 0), ==, PCSC_E_UNSUPPORTED_FEATURE);
    g_assert_cmphex(call(s, a, PCSC_OP_DISCONNECT, 4), ==,
                    PCSC_E_INVALID_VALUE);
    g_assert_cmphex(call(s, a, PCSC_OP_END, 4), ==, PCSC_E_INVALID_VALUE);
    g_assert_cmphex(call(s, a, PCSC_OP_END, PCSC_LEAVE_CARD), ==,
                    PCSC_E_NOT_TRANSACTED);
    /* The argument is the share mode and the disposition */
    g_assert_cmphex(call(s, a, PCSC_OP_RECONNECT, 3), ==, PCSC_E_INVALID_VALUE);

    /* A transaction locks out others, and its end can reset or unpower */
    g_assert_cmphex(call(t, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    for (uint32_t way = PCSC_RESET_CARD; way <= PCSC_UNPOWER_CARD; way++) {
        g_assert_cmphex(call(s, a, PCSC_OP_BEGIN, 0), ==, 0);
        g_assert_cmphex(call(t, a, PCSC_OP_END, PCSC_LEAVE_CARD), ==,
                        PCSC_E_SHARING_VIOLATION);
        g_assert_cmphex(call(t, a, PCSC_OP_CONTROL, 0), ==,
                        PCSC_E_SHARING_VIOLATION);
        g_assert_cmphex(call(t, a, PCSC_OP_GET_ATTRIB, 0), ==,
                        PCSC_E_SHARING_VIOLATION);
        g_assert_cmphex(call(s, a, PCSC_OP_END, way), ==, 0);
        g_assert_cmphex(call(t, a, PCSC_OP_STATUS, 0), ==, PCSC_W_RESET_CARD);
        g_assert_cmphex(call(t, a, PCSC_OP_END, PCSC_LEAVE_CARD), ==,
                        PCSC_W_RESET_CARD);
        g_assert_cmphex(call(t, a, PCSC_OP_GET_ATTRIB, 0), ==,
                        PCSC_W_RESET_CARD);
        g_assert_cmphex(call(s, a, PCSC_OP_RECONNECT, PCSC_SHARE_SHARED), ==,
                        0);
        g_assert_cmphex(call(t, a, PCSC_OP_DISCONNECT, PCSC_LEAVE_CARD), ==, 0);
        g_assert_cmphex(call(t, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    }
    event(&f, "remove 0");
    g_assert_cmphex(call(s, a, PCSC_OP_RECONNECT, PCSC_SHARE_SHARED), ==,
                    PCSC_E_NO_SMARTCARD);
    pcsc_session_close(s);
    pcsc_session_close(t);
    detach(&f);
}

/* One that names a code */
static uint32_t ask(PCSCSession *s, Answer *a, uint32_t op, uint32_t code,
                    const char *tx)
{
    submit(s, a, op, code, tx, strlen(tx), 10000);
    g_assert_true(await(a));
    return a->result;
}

/* Attribute and control codes of pcsc-lite's reader.h */
static void test_attributes(void)
{
    g_autofree Answer *a = g_new0(Answer, 1);
    PCSCSession *s;
    Fixture f;

    attach(&f, "allow-control", "true");
    s = pcsc_session_open(f.be, READER0);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_DIRECT), ==, 0);
    g_assert_cmphex(ask(s, a, PCSC_OP_GET_ATTRIB, 0x10100, ""), ==, 0);
    g_assert_cmpmem(a->rx, a->rx_len, "pcsc-passthru", 14);
    g_assert_cmphex(ask(s, a, PCSC_OP_GET_ATTRIB, 0x90303, ""), ==, 0);
    g_assert_cmpint(a->rx_len, ==, 14);
    g_assert_cmphex(ask(s, a, PCSC_OP_GET_ATTRIB, 0x7fff0003, ""), ==, 0);
    g_assert_cmpmem(a->rx, a->rx_len, READER0, sizeof(READER0));
    g_assert_cmphex(ask(s, a, PCSC_OP_GET_ATTRIB, 0x12345, ""), ==,
                    PCSC_E_UNSUPPORTED_FEATURE);
    g_assert_cmphex(ask(s, a, PCSC_OP_SET_ATTRIB, 0x12345, "x"), ==,
                    PCSC_E_UNSUPPORTED_FEATURE);
    g_assert_cmphex(ask(s, a, PCSC_OP_CONTROL, 0x42000d48, ""), ==, 0);
    g_assert_cmpint(a->rx_len, ==, 0);
    g_assert_cmphex(ask(s, a, PCSC_OP_CONTROL, 0x42000001, "abc"), ==, 0);
    g_assert_cmpmem(a->rx, a->rx_len, "abc", 3);
    g_assert_cmphex(ask(s, a, PCSC_OP_CONTROL, 0x42000099, ""), ==,
                    PCSC_E_UNSUPPORTED_FEATURE);

    /* The states of a card: without power, not there */
    g_assert_cmphex(call(s, a, PCSC_OP_DISCONNECT, PCSC_UNPOWER_CARD), ==, 0);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_DIRECT), ==, 0);
    g_assert_cmphex(call(s, a, PCSC_OP_STATUS, 0), ==, 0);
    g_assert_cmphex(a->card_state, ==, PCSC_CARD_PRESENT);
    g_assert_cmphex(call(s, a, PCSC_OP_DISCONNECT, PCSC_LEAVE_CARD), ==, 0);
    event(&f, "remove 0");
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_DIRECT), ==, 0);
    g_assert_cmphex(call(s, a, PCSC_OP_STATUS, 0), ==, 0);
    g_assert_cmphex(a->card_state, ==, PCSC_CARD_ABSENT);
    g_assert_cmphex(ask(s, a, PCSC_OP_GET_ATTRIB, 0x90303, ""), ==,
                    PCSC_E_NOT_TRANSACTED);
    pcsc_session_close(s);
    detach(&f);
}

static void test_readers(void)
{
    PCSCReader r[PCSC_SLOTS_MAX];
    bool service;
    Fixture f;

    attach(&f, NULL, NULL);
    g_assert_cmpint(pcsc_backend_get_readers(f.be, r, 32, &service), ==, 3);
    g_assert_true(service);
    g_assert_cmpstr(r[2].name, ==, "Emulated Reader 2");
    g_assert_cmphex(r[2].state, ==, 0x10020);
    settle(20);
    f.changes = 0;
    event(&f, "remove 1");
    g_assert_cmpint(f.changes, ==, 0);
    settle(20);
    g_assert_cmpint(f.changes, ==, 1);
    pcsc_backend_get_readers(f.be, r, 32, &service);
    g_assert_cmphex(r[1].state, ==, 0x20010);
    g_assert_cmpint(r[1].atr_len, ==, 0);
    event(&f, "insert 1 3B951381018073FF01000B");
    detach(&f);
}

static void test_service(void)
{
    g_autofree Answer *a = g_new0(Answer, 1);
    PCSCReader r[PCSC_SLOTS_MAX];
    PCSCSession *s;
    bool service;
    Fixture f;

    attach(&f, "allow", "*Reader 0;*2");
    g_assert_cmpint(pcsc_backend_get_readers(f.be, r, 32, &service), ==, 2);
    s = pcsc_session_open(f.be, READER0);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    submit(s, a, PCSC_OP_TRANSMIT, 0, silent, sizeof(silent), 5000);
    settle(50);
    event(&f, "service down");
    g_assert_true(await(a));
    g_assert_cmphex(a->result, ==, PCSC_E_NO_SERVICE);
    g_assert_cmpint(pcsc_backend_get_readers(f.be, r, 32, &service), ==, 2);
    g_assert_false(service);
    g_assert_cmphex(r[0].state & PCSC_STATE_MASK, ==, PCSC_STATE_UNAVAILABLE);
    g_assert_cmphex(call(s, a, PCSC_OP_STATUS, 0), ==, PCSC_E_NO_SERVICE);
    event(&f, "service up");
    g_assert_cmphex(call(s, a, PCSC_OP_STATUS, 0), ==, PCSC_E_INVALID_HANDLE);
    g_assert_cmphex(call(s, a, PCSC_OP_CONNECT, PCSC_SHARE_SHARED), ==, 0);
    event(&f, "unplug 0");
    g_assert_cmphex(call(s, a, PCSC_OP_STATUS, 0), ==,
                    PCSC_E_READER_UNAVAILABLE);
    pcsc_session_close(s);
    detach(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init(MODULE_INIT_QOM);
    qemu_init_main_loop(&error_abort);
    g_test_add_func("/pcsc-emulated/properties", test_properties);
    g_test_add_func("/pcsc-emulated/cards", test_cards);
    g_test_add_func("/pcsc-emulated/events", test_events);
    g_test_add_func("/pcsc-emulated/apdus", test_apdus);
    g_test_add_func("/pcsc-emulated/refusals", test_refusals);
    g_test_add_func("/pcsc-emulated/attributes", test_attributes);
    g_test_add_func("/pcsc-emulated/readers", test_readers);
    g_test_add_func("/pcsc-emulated/service", test_service);
    return g_test_run();
}

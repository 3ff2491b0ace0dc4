/*
 * What winscard clients do: scenarios for a client and another in its way
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "pcsc-scenarios.h"

#define T0_T1           (PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1)

/* How long the other client keeps what it has, when it is waited for */
#define HOLD_MS         400

static uint32_t call(Client *c, const char *name, PCSCTestCommand cmd,
                     const void *tx)
{
    return client_call(c, name, &cmd, tx)->result;
}

#define CALL(c, name, ...) \
    call((c), (name), (PCSCTestCommand) { __VA_ARGS__ }, NULL)
#define CALL_TX(c, name, tx, len, ...) \
    call((c), (name), (PCSCTestCommand) { .tx_len = (len), __VA_ARGS__ }, (tx))
#define SETUP(...) g_assert_cmphex(CALL(__VA_ARGS__), ==, PCSC_S_SUCCESS)

static uint32_t apdu(Client *c, const char *name, const void *tx, size_t len)
{
    return CALL_TX(c, name, tx, len, .op = PCSC_OP_TRANSMIT,
                   .rx_size = PCSC_LENGTH_MAX);
}

static uint32_t echo(Client *c, const char *name)
{
    return apdu(c, name, "\x80\xe0\0\0\3\x11\x22\x33", 8);
}

static uint32_t connect_as(Client *c, const char *name, uint32_t share)
{
    return CALL(c, name, .op = PCSC_OP_CONNECT, .share = share,
                .protocols = T0_T1);
}

static uint32_t disconnect(Client *c, const char *name, uint32_t disposition)
{
    return CALL(c, name, .op = PCSC_OP_DISCONNECT, .disposition = disposition);
}

/* Every call of a session that is not connected. */
static void all_calls(Client *c)
{
    CALL(c, "status", .op = PCSC_OP_STATUS, .rx_size = 128);
    echo(c, "transmit");
    CALL(c, "begin", .op = PCSC_OP_BEGIN);
    CALL(c, "end", .op = PCSC_OP_END, .disposition = PCSC_LEAVE_CARD);
    CALL_TX(c, "control", "x", 1, .op = PCSC_OP_CONTROL, .code = 0x42000001,
            .rx_size = 16);
    CALL(c, "get attribute", .op = PCSC_OP_GET_ATTRIB, .code = 0x90303,
         .rx_size = 64);
    CALL_TX(c, "set attribute", "x", 1, .op = PCSC_OP_SET_ATTRIB,
            .code = 0x90303);
}

static void play_unconnected(Stage *s)
{
    all_calls(s->main);
    CALL(s->main, "reconnect", .op = PCSC_OP_RECONNECT,
         .share = PCSC_SHARE_SHARED, .protocols = T0_T1);
    disconnect(s->main, "disconnect", PCSC_LEAVE_CARD);
}

static void play_connect(Stage *s)
{
    static const struct {
        const char *name;
        uint32_t share, protocols;
    } ways[] = {
        { "shared, any", PCSC_SHARE_SHARED, T0_T1 },
        { "shared, T=0", PCSC_SHARE_SHARED, PCSC_PROTOCOL_T0 },
        { "shared, T=1", PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1 },
        { "shared, raw", PCSC_SHARE_SHARED, PCSC_PROTOCOL_RAW },
        { "shared, T=15", PCSC_SHARE_SHARED, PCSC_PROTOCOL_T15 },
        { "shared, none", PCSC_SHARE_SHARED, 0 },
        { "exclusive, any", PCSC_SHARE_EXCLUSIVE, T0_T1 },
        { "exclusive, T=0", PCSC_SHARE_EXCLUSIVE, PCSC_PROTOCOL_T0 },
        { "direct, any", PCSC_SHARE_DIRECT, T0_T1 },
        { "direct, none", PCSC_SHARE_DIRECT, 0 },
        { "direct, raw", PCSC_SHARE_DIRECT, PCSC_PROTOCOL_RAW },
    };

    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        uint32_t result = CALL(s->main, ways[i].name, .op = PCSC_OP_CONNECT,
                               .share = ways[i].share,
                               .protocols = ways[i].protocols);

        if (result == PCSC_S_SUCCESS) {
            CALL(s->main, "status", .op = PCSC_OP_STATUS, .rx_size = 128);
            echo(s->main, "transmit");
            disconnect(s->main, "disconnect", PCSC_RESET_CARD);
        }
    }
}

static void play_no_card(Stage *s)
{
    connect_as(s->main, "shared", PCSC_SHARE_SHARED);
    connect_as(s->main, "exclusive", PCSC_SHARE_EXCLUSIVE);
    SETUP(s->main, "direct", .op = PCSC_OP_CONNECT,
          .share = PCSC_SHARE_DIRECT);
    all_calls(s->main);
    for (uint32_t d = PCSC_LEAVE_CARD; d <= PCSC_UNPOWER_CARD; d++) {
        CALL(s->main, "reconnect", .op = PCSC_OP_RECONNECT, .disposition = d,
             .share = PCSC_SHARE_SHARED, .protocols = T0_T1);
    }
    disconnect(s->main, "disconnect", PCSC_RESET_CARD);
}

static void play_transmit(Stage *s)
{
    static const size_t lengths[] = { 1, 255, 256, 4096, 65528 };
    g_autofree uint8_t *tx = g_malloc(PCSC_LENGTH_MAX);

    connect_as(s->main, "connect", PCSC_SHARE_SHARED);
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        size_t n = lengths[i];

        memcpy(tx, (uint8_t[]) { 0x80, 0xe0, 0, 0, 0, n >> 8, n }, 7);
        for (size_t k = 0; k < n; k++) {
            tx[7 + k] = k * 7 + i;
        }
        apdu(s->main, "echo", tx, 7 + n);
    }
    apdu(s->main, "size 0", "\x80\xe2\0\0", 4);
    apdu(s->main, "size 256", "\x80\xe2\1\0", 4);
    apdu(s->main, "size 65533", "\x80\xe2\xff\xfd", 4);
    apdu(s->main, "status word", "\x80\xe6\x6a\x82", 4);
    apdu(s->main, "class", "\x90\0\0\0", 4);
    apdu(s->main, "three bytes", "\x80\xe0\0", 3);
    apdu(s->main, "one byte for an answer", "\x80\xe8\2\0", 4);
    apdu(s->main, "delay", "\x80\xe4\1\x2c", 4);
    for (uint32_t p = PCSC_PROTOCOL_T0; p <= PCSC_PROTOCOL_T15; p <<= 1) {
        CALL_TX(s->main, "with a protocol", "\x80\xe6\x90\0", 4,
                .op = PCSC_OP_TRANSMIT, .protocols = p, .rx_size = 16);
    }
    CALL_TX(s->main, "just enough room", "\x80\xe2\0\x10", 4,
            .op = PCSC_OP_TRANSMIT, .rx_size = 18);
    CALL_TX(s->main, "too little room", "\x80\xe2\0\x10", 4,
            .op = PCSC_OP_TRANSMIT, .rx_size = 17);
    CALL_TX(s->main, "room for a status word", "\x80\xe2\0\x10", 4,
            .op = PCSC_OP_TRANSMIT, .rx_size = 2);
}

static void play_sharing(Stage *s)
{
    SETUP(s->other, "shared", .op = PCSC_OP_CONNECT,
          .share = PCSC_SHARE_SHARED, .protocols = T0_T1);
    connect_as(s->main, "exclusive, other shared", PCSC_SHARE_EXCLUSIVE);
    connect_as(s->main, "shared, other shared", PCSC_SHARE_SHARED);
    echo(s->main, "transmit");
    disconnect(s->main, "leave", PCSC_LEAVE_CARD);
    disconnect(s->other, "leave", PCSC_LEAVE_CARD);
    SETUP(s->other, "exclusive", .op = PCSC_OP_CONNECT,
          .share = PCSC_SHARE_EXCLUSIVE, .protocols = T0_T1);
    connect_as(s->main, "shared, other exclusive", PCSC_SHARE_SHARED);
    connect_as(s->main, "direct, other exclusive", PCSC_SHARE_DIRECT);
    disconnect(s->other, "leave", PCSC_LEAVE_CARD);

    connect_as(s->main, "exclusive", PCSC_SHARE_EXCLUSIVE);
    g_assert_cmphex(connect_as(s->other, "shared", PCSC_SHARE_SHARED), ==,
                    PCSC_E_SHARING_VIOLATION);
    CALL(s->main, "end, exclusive", .op = PCSC_OP_END,
         .disposition = PCSC_LEAVE_CARD);
    disconnect(s->main, "reset", PCSC_RESET_CARD);
    connect_as(s->main, "shared", PCSC_SHARE_SHARED);
    CALL(s->main, "reconnect exclusive", .op = PCSC_OP_RECONNECT,
         .share = PCSC_SHARE_EXCLUSIVE, .protocols = T0_T1);
    g_assert_cmphex(connect_as(s->other, "shared", PCSC_SHARE_SHARED), ==,
                    PCSC_E_SHARING_VIOLATION);
}

static void play_transaction(Stage *s)
{
    connect_as(s->main, "connect", PCSC_SHARE_SHARED);
    SETUP(s->other, "connect", .op = PCSC_OP_CONNECT,
          .share = PCSC_SHARE_SHARED, .protocols = T0_T1);
    CALL(s->main, "end, none", .op = PCSC_OP_END);
    CALL(s->main, "begin", .op = PCSC_OP_BEGIN);
    CALL(s->main, "begin again", .op = PCSC_OP_BEGIN);
    echo(s->main, "transmit in it");
    CALL(s->main, "end, wrong", .op = PCSC_OP_END, .disposition = 7);
    CALL(s->main, "end", .op = PCSC_OP_END);
    CALL(s->main, "end again", .op = PCSC_OP_END);
    CALL(s->main, "end, too often", .op = PCSC_OP_END);

    SETUP(s->other, "begin", .op = PCSC_OP_BEGIN);
    CALL(s->main, "end, other's", .op = PCSC_OP_END);
    CALL(s->main, "end with reset, other's", .op = PCSC_OP_END,
         .disposition = PCSC_RESET_CARD);
    CALL_TX(s->main, "control, other's", "x", 1, .op = PCSC_OP_CONTROL,
            .code = 0x42000001, .rx_size = 16);
    CALL(s->main, "attribute, other's", .op = PCSC_OP_GET_ATTRIB,
         .code = 0x90303, .rx_size = 64);
    SETUP(s->other, "end", .op = PCSC_OP_END);

    CALL(s->main, "begin", .op = PCSC_OP_BEGIN);
    CALL(s->main, "end with reset", .op = PCSC_OP_END,
         .disposition = PCSC_RESET_CARD);
    echo(s->main, "transmit after it");
    g_assert_cmphex(echo(s->other, "transmit"), ==, PCSC_W_RESET_CARD);
}

/* Calls that wait until the other ends its transaction. */
static void *end_later(void *opaque)
{
    g_usleep(HOLD_MS * 1000);
    SETUP(opaque, "end", .op = PCSC_OP_END);
    return NULL;
}

static void play_waits(Stage *s)
{
    connect_as(s->main, "connect", PCSC_SHARE_SHARED);
    SETUP(s->other, "connect", .op = PCSC_OP_CONNECT,
          .share = PCSC_SHARE_SHARED, .protocols = T0_T1);
    for (int i = 0; i < 5; i++) {
        GPtrArray *history = client_history(s->main);
        ClientAnswer *last;
        GThread *thread;

        if (i == 4) {
            disconnect(s->main, "leave", PCSC_LEAVE_CARD);
        }
        SETUP(s->other, "begin", .op = PCSC_OP_BEGIN);
        thread = g_thread_new("other", end_later, s->other);
        switch (i) {
        case 0:
            echo(s->main, "transmit waits");
            break;
        case 1:
            CALL(s->main, "status waits", .op = PCSC_OP_STATUS,
                 .rx_size = 128);
            break;
        case 2:
            CALL(s->main, "begin waits", .op = PCSC_OP_BEGIN);
            break;
        case 3:
            CALL(s->main, "reconnect waits", .op = PCSC_OP_RECONNECT,
                 .share = PCSC_SHARE_SHARED, .protocols = T0_T1);
            break;
        case 4:
            connect_as(s->main, "connect waits", PCSC_SHARE_SHARED);
            break;
        }
        last = g_ptr_array_index(history, history->len - 1);
        g_assert_cmpint(last->took_ms, >=, HOLD_MS / 2);
        g_thread_join(thread);
        if (i == 2) {
            CALL(s->main, "end", .op = PCSC_OP_END);
        }
    }
}

static void play_reset(Stage *s)
{
    connect_as(s->main, "connect", PCSC_SHARE_SHARED);
    SETUP(s->other, "connect", .op = PCSC_OP_CONNECT,
          .share = PCSC_SHARE_SHARED, .protocols = T0_T1);
    SETUP(s->other, "reset", .op = PCSC_OP_RECONNECT,
          .disposition = PCSC_RESET_CARD, .share = PCSC_SHARE_SHARED,
          .protocols = T0_T1);
    all_calls(s->main);
    CALL(s->main, "reconnect", .op = PCSC_OP_RECONNECT,
         .share = PCSC_SHARE_SHARED, .protocols = T0_T1);
    all_calls(s->main);
    CALL(s->main, "reconnect, unpower", .op = PCSC_OP_RECONNECT,
         .disposition = PCSC_UNPOWER_CARD, .share = PCSC_SHARE_SHARED,
         .protocols = T0_T1);
    echo(s->main, "transmit");
    CALL(s->main, "reconnect, T=0", .op = PCSC_OP_RECONNECT,
         .disposition = PCSC_RESET_CARD, .share = PCSC_SHARE_SHARED,
         .protocols = PCSC_PROTOCOL_T0);
    CALL(s->main, "reconnect, T=1 without reset", .op = PCSC_OP_RECONNECT,
         .share = PCSC_SHARE_SHARED, .protocols = PCSC_PROTOCOL_T1);
    apdu(s->main, "resets", "\x80\xea\0\0", 4);
}

static void play_reconnect(Stage *s)
{
    static const struct {
        const char *name;
        uint32_t share, protocols;
    } ways[] = {
        { "no protocol", PCSC_SHARE_SHARED, 0 },
        { "direct, no protocol", PCSC_SHARE_DIRECT, 0 },
        { "shared after direct", PCSC_SHARE_SHARED, T0_T1 },
        { "direct", PCSC_SHARE_DIRECT, T0_T1 },
        { "exclusive", PCSC_SHARE_EXCLUSIVE, T0_T1 },
        { "exclusive again", PCSC_SHARE_EXCLUSIVE, T0_T1 },
        { "shared", PCSC_SHARE_SHARED, T0_T1 },
    };

    connect_as(s->main, "connect", PCSC_SHARE_SHARED);
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        CALL(s->main, ways[i].name, .op = PCSC_OP_RECONNECT,
             .share = ways[i].share, .protocols = ways[i].protocols);
        echo(s->main, "transmit");
    }
}

static void play_removed(Stage *s)
{
    connect_as(s->main, "connect", PCSC_SHARE_SHARED);
    scenario_move_card(s->slot, false);
    all_calls(s->main);
    CALL(s->main, "reconnect", .op = PCSC_OP_RECONNECT,
         .share = PCSC_SHARE_SHARED, .protocols = T0_T1);
    scenario_move_card(s->slot, true);
    all_calls(s->main);
    CALL(s->main, "reconnect, new card", .op = PCSC_OP_RECONNECT,
         .share = PCSC_SHARE_SHARED, .protocols = T0_T1);
    echo(s->main, "transmit");
}

static void play_attributes(Stage *s)
{
    static const uint32_t attributes[] = {
        0x90303, 0x10100, 0x10101, 0x10102, 0x7fff0003, 0x7fff0004, 0x7fff0005,
        0x20110, 0x80201, 0, UINT32_MAX,
    };

    connect_as(s->main, "connect", PCSC_SHARE_SHARED);
    for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
        CALL(s->main, "get", .op = PCSC_OP_GET_ATTRIB, .code = attributes[i],
             .rx_size = 264);
        CALL_TX(s->main, "set", "1234", 4, .op = PCSC_OP_SET_ATTRIB,
                .code = attributes[i]);
    }
    CALL(s->main, "ATR, just enough", .op = PCSC_OP_GET_ATTRIB,
         .code = 0x90303, .rx_size = 14);
    CALL(s->main, "ATR, no room", .op = PCSC_OP_GET_ATTRIB, .code = 0x90303,
         .rx_size = 13);
    CALL(s->main, "name, no room", .op = PCSC_OP_GET_ATTRIB,
         .code = 0x7fff0003, .rx_size = 4);
    CALL(s->main, "status, no room", .op = PCSC_OP_STATUS, .rx_size = 5);
}

static void play_control(Stage *s)
{
    static const uint32_t codes[] = { 0x42000d48, 0x42000001, 0, UINT32_MAX };

    connect_as(s->main, "connect", PCSC_SHARE_DIRECT);
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        CALL_TX(s->main, "control", "\1\2\3", 3, .op = PCSC_OP_CONTROL,
                .code = codes[i], .rx_size = 264);
        CALL(s->main, "control, empty", .op = PCSC_OP_CONTROL,
             .code = codes[i], .rx_size = 264);
    }
}

static void play_dispositions(Stage *s)
{
    /* pcscd takes the power from a card that nobody uses, in its own time */
    SETUP(s->other, "connect", .op = PCSC_OP_CONNECT,
          .share = PCSC_SHARE_DIRECT);
    for (uint32_t d = PCSC_LEAVE_CARD; d <= PCSC_EJECT_CARD; d++) {
        connect_as(s->main, "connect", PCSC_SHARE_SHARED);
        apdu(s->main, "verify", "\x80\xec\1\0", 4);
        disconnect(s->main, "disconnect", d);
        connect_as(s->main, "connect again", PCSC_SHARE_SHARED);
        apdu(s->main, "verified", "\x80\xec\0\0", 4);
        apdu(s->main, "resets", "\x80\xea\0\0", 4);
        disconnect(s->main, "reset", PCSC_RESET_CARD);
    }
    connect_as(s->main, "connect", PCSC_SHARE_SHARED);
    disconnect(s->main, "disconnect, wrong", 9);
    CALL(s->main, "reconnect, wrong", .op = PCSC_OP_RECONNECT,
         .disposition = PCSC_EJECT_CARD, .share = PCSC_SHARE_SHARED,
         .protocols = T0_T1);
}

const Scenario scenarios[] = {
    { "unconnected", play_unconnected, CARD_SLOT },
    { "connect", play_connect, CARD_SLOT },
    { "no-card", play_no_card, EMPTY_SLOT },
    { "transmit", play_transmit, CARD_SLOT },
    { "sharing", play_sharing, CARD_SLOT },
    { "transaction", play_transaction, CARD_SLOT },
    { "waits", play_waits, CARD_SLOT },
    { "reset", play_reset, CARD_SLOT },
    { "reconnect", play_reconnect, CARD_SLOT },
    { "removed", play_removed, CARD_SLOT },
    { "attributes", play_attributes, CARD_SLOT },
    { "control", play_control, CARD_SLOT },
    { "dispositions", play_dispositions, CARD_SLOT },
    { }
};

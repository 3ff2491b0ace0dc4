/*
 * A winscard client of the guest or of the host, driven in the same way
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include <winscard.h>
#include "pcsc-clients.h"

/**
 * Client: see there
 * @t: the machine of a guest's client, or NULL
 * @slot: number of the reader
 * @session: of a guest's client
 * @reader, @context, @card, @protocol: of a host's client
 * @history: its answers
 */
struct Client {
    PCSCTest *t;
    unsigned slot;
    unsigned session;
    char *reader;
    SCARDCONTEXT context;
    SCARDHANDLE card;
    DWORD protocol;
    GPtrArray *history;
};

static void client_answer_free(void *p)
{
    ClientAnswer *a = p;

    g_free(a->rx);
    g_free(a);
}

static Client *client_new(PCSCTest *t, unsigned slot)
{
    Client *c = g_new0(Client, 1);

    c->t = t;
    c->slot = slot;
    c->history = g_ptr_array_new_with_free_func(client_answer_free);
    return c;
}

Client *client_guest(PCSCTest *t, unsigned slot, unsigned session)
{
    Client *c = client_new(t, slot);

    c->session = session;
    g_assert_cmphex(pcsc_test_open(t, slot, session), ==, PCSC_S_SUCCESS);
    return c;
}

Client *client_host(unsigned slot)
{
    Client *c = client_new(NULL, slot);
    char *names = NULL;
    DWORD length = SCARD_AUTOALLOCATE;
    const char *p;

    g_assert_cmphex(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL,
                                          &c->context), ==, SCARD_S_SUCCESS);
    g_assert_cmphex(SCardListReaders(c->context, NULL, (void *)&names,
                                     &length), ==, SCARD_S_SUCCESS);
    p = names;
    for (unsigned i = 0; i < slot; i++) {
        p += strlen(p) + 1;
        g_assert_cmpint(*p, !=, 0);
    }
    c->reader = g_strdup(p);
    SCardFreeMemory(c->context, names);
    return c;
}

GPtrArray *client_history(Client *c)
{
    return c->history;
}

void client_free(Client *c)
{
    if (c->t) {
        g_assert_cmphex(pcsc_test_close(c->t, c->slot, c->session), ==,
                        PCSC_S_SUCCESS);
    } else {
        if (c->card) {
            SCardDisconnect(c->card, SCARD_RESET_CARD);
        }
        SCardReleaseContext(c->context);
        g_free(c->reader);
    }
    g_ptr_array_unref(c->history);
    g_free(c);
}

/* The guest's way */

static void guest_call(Client *c, const PCSCTestCommand *from, const void *tx,
                       ClientAnswer *a)
{
    PCSCTestCommand cmd = *from;
    PCSCTestAnswer answer;

    cmd.slot = c->slot;
    cmd.session = c->session;
    if (cmd.tx_len) {
        qtest_memwrite(c->t->qts, PCSC_TEST_TX(0), tx, cmd.tx_len);
    }
    a->result = pcsc_test_run(c->t, &cmd, &answer);
    a->protocol = answer.protocol;
    a->card_state = answer.card_state;
    a->atr_len = answer.atr_len;
    memcpy(a->atr, answer.atr, sizeof(a->atr));
    a->rx_len = answer.rx_len;
    if (a->result == PCSC_S_SUCCESS && a->rx_len) {
        a->rx = g_malloc(a->rx_len);
        qtest_memread(c->t->qts, PCSC_TEST_RX(0), a->rx, a->rx_len);
    }
}

/* The host's way: each call plainly */

static void host_atr(Client *c, ClientAnswer *a)
{
    SCARD_READERSTATE state = { .szReader = c->reader };

    g_assert_cmphex(SCardGetStatusChange(c->context, 0, &state, 1), ==,
                    SCARD_S_SUCCESS);
    a->atr_len = state.cbAtr;
    memcpy(a->atr, state.rgbAtr, state.cbAtr);
}

static LONG host_connect(Client *c, const PCSCTestCommand *cmd,
                         ClientAnswer *a)
{
    DWORD protocol = c->protocol;
    LONG rv;

    if (cmd->op == PCSC_OP_CONNECT) {
        g_assert_cmphex(c->card, ==, 0);
        rv = SCardConnect(c->context, c->reader, cmd->share, cmd->protocols,
                          &c->card, &protocol);
    } else {
        rv = SCardReconnect(c->card, cmd->share, cmd->protocols,
                            cmd->disposition, &protocol);
    }
    if (rv == SCARD_S_SUCCESS) {
        c->protocol = protocol;
        a->protocol = protocol;
        host_atr(c, a);
    }
    return rv;
}

static LONG host_disconnect(Client *c, const PCSCTestCommand *cmd)
{
    LONG rv = SCardDisconnect(c->card, cmd->disposition);

    if (rv == SCARD_S_SUCCESS) {
        c->card = 0;
    }
    return rv;
}

static LONG host_status(Client *c, const PCSCTestCommand *cmd, ClientAnswer *a)
{
    char name[256];
    /* the device counts without the NUL, winscard with it */
    DWORD length = cmd->rx_size + 1, state = 0, protocol = 0;
    DWORD atr_len = sizeof(a->atr);
    LONG rv = SCardStatus(c->card, name, &length, &state, &protocol,
                          a->atr, &atr_len);

    if (rv == SCARD_S_SUCCESS) {
        a->card_state = state & 0xffff;
        a->protocol = protocol;
        a->atr_len = atr_len;
        a->rx_len = length - 1;
        a->rx = g_memdup2(name, a->rx_len);
    } else if (rv == SCARD_E_INSUFFICIENT_BUFFER) {
        a->rx_len = length - 1;
    }
    return rv;
}

static LONG host_exchange(Client *c, const PCSCTestCommand *cmd,
                          const void *tx, ClientAnswer *a)
{
    g_autofree uint8_t *rx = g_malloc0(cmd->rx_size + 1);
    SCARD_IO_REQUEST send = {
        cmd->protocols ?: c->protocol, sizeof(send)
    };
    SCARD_IO_REQUEST recv = send;
    DWORD room = cmd->rx_size, length;
    LONG rv;

    if (cmd->op == PCSC_OP_GET_ATTRIB) {
        room = MIN(room, MAX_BUFFER_SIZE);
    }
    length = room;
    switch (cmd->op) {
    case PCSC_OP_TRANSMIT:
        rv = SCardTransmit(c->card, &send, tx, cmd->tx_len, &recv, rx,
                           &length);
        if (rv == SCARD_S_SUCCESS) {
            a->protocol = recv.dwProtocol;
        }
        break;
    case PCSC_OP_CONTROL:
        rv = SCardControl(c->card, cmd->code, tx, cmd->tx_len, rx, length,
                          &length);
        break;
    default:
        rv = SCardGetAttrib(c->card, cmd->code, rx, &length);
        break;
    }
    if (rv == SCARD_S_SUCCESS && length) {
        a->rx = g_memdup2(rx, length);
    }
    /* pcscd may not say how much it is; the device says 0 then */
    if (rv == SCARD_S_SUCCESS ||
        (rv == SCARD_E_INSUFFICIENT_BUFFER && length > room)) {
        a->rx_len = length;
    }
    return rv;
}

static LONG host_call(Client *c, const PCSCTestCommand *cmd, const void *tx,
                      ClientAnswer *a)
{
    switch (cmd->op) {
    case PCSC_OP_CONNECT:
    case PCSC_OP_RECONNECT:
        return host_connect(c, cmd, a);
    case PCSC_OP_DISCONNECT:
        return host_disconnect(c, cmd);
    case PCSC_OP_STATUS:
        return host_status(c, cmd, a);
    case PCSC_OP_TRANSMIT:
    case PCSC_OP_CONTROL:
    case PCSC_OP_GET_ATTRIB:
        return host_exchange(c, cmd, tx, a);
    case PCSC_OP_BEGIN:
        return SCardBeginTransaction(c->card);
    case PCSC_OP_END:
        return SCardEndTransaction(c->card, cmd->disposition);
    case PCSC_OP_SET_ATTRIB:
        return SCardSetAttrib(c->card, cmd->code, tx, cmd->tx_len);
    default:
        g_assert_not_reached();
    }
}

const ClientAnswer *client_call(Client *c, const char *name,
                                const PCSCTestCommand *cmd, const void *tx)
{
    ClientAnswer *a = g_new0(ClientAnswer, 1);
    int64_t start = g_get_monotonic_time();

    a->call = name;
    if (c->t) {
        guest_call(c, cmd, tx, a);
    } else {
        a->result = host_call(c, cmd, tx, a);
    }
    a->took_ms = (g_get_monotonic_time() - start) / 1000;
    g_ptr_array_add(c->history, a);
    g_test_message("%-5s %-32s 0x%08x protocol %x state %x atr %u rx %u %"
                   PRId64 " ms", c->t ? "guest" : "host", name, a->result,
                   a->protocol, a->card_state, a->atr_len, a->rx_len,
                   a->took_ms);
    return a;
}

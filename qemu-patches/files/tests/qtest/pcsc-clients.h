/*
 * A winscard client of the guest or of the host, driven in the same way
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_PCSC_CLIENTS_H
#define TESTS_PCSC_CLIENTS_H

#include "pcsc-passthru-util.h"

/**
 * ClientAnswer: what came of a call
 * @call: what it was, for messages
 * @rx: @rx_len bytes if @result is PCSC_S_SUCCESS
 * @took_ms: how long it took
 */
typedef struct ClientAnswer {
    const char *call;
    uint32_t result;
    uint32_t protocol;
    uint32_t card_state;
    uint32_t atr_len;
    uint32_t rx_len;
    uint8_t atr[PCSC_ATR_MAX];
    uint8_t *rx;
    int64_t took_ms;
} ClientAnswer;

/** Client: opaque; has one session on one reader */
typedef struct Client Client;

/**
 * client_guest: a client in the guest
 * @t: the machine; its readers are in the host's order
 * @slot: the reader
 * @session: a session number that is free
 */
Client *client_guest(PCSCTest *t, unsigned slot, unsigned session);

/** client_host: a client on the host, of the reader number @slot. */
Client *client_host(unsigned slot);

/** client_free: its session ends, with a reset if it is connected. */
void client_free(Client *c);

/**
 * client_call: make a call
 * @c: the client
 * @name: what to call it
 * @cmd: the call, as for a descriptor; slot and session are filled in
 * @tx: @cmd->tx_len bytes to send
 *
 * Return: the answer, valid as long as the client.  The fields that a call
 * does not have are 0; after a failure all are, but for the length needed
 * with PCSC_E_INSUFFICIENT_BUFFER.
 */
const ClientAnswer *client_call(Client *c, const char *name,
                                const PCSCTestCommand *cmd, const void *tx);

/** client_history: all its answers so far, ClientAnswer. */
GPtrArray *client_history(Client *c);

#endif

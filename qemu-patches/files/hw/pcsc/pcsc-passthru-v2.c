/*
 * PC/SC pass-through device: version 2, sessions and commands
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From a doorbell to the DONE bit: read the descriptor once, check the copy,
 * hand a request to the back end, write the answer back.
 */

#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/bswap.h"
#include "qemu/host-utils.h"
#include "trace.h"
#include "pcsc-passthru-internal.h"

/* What an operation uses; for the rest of the request see pcsc_ops[]. */
enum {
    USES_SESSION = 1 << 0,
    USES_TX = 1 << 1,
    USES_RX = 1 << 2,
    USES_SHARE = 1 << 3,
    USES_PROTOCOLS = 1 << 4,        /* a set */
    USES_PROTOCOL = 1 << 5,         /* one, or 0 */
    USES_DISPOSITION = 1 << 6,
    USES_READER = 1 << 7,           /* which must be there */
};

static const struct {
    bool known;
    unsigned uses;
    uint32_t feature;
} pcsc_ops[] = {
    [PCSC_OP_OPEN]        = { true, USES_READER },
    [PCSC_OP_CLOSE]       = { true, USES_SESSION },
    [PCSC_OP_CONNECT]     = { true, USES_SESSION | USES_READER | USES_SHARE |
                                    USES_PROTOCOLS },
    [PCSC_OP_RECONNECT]   = { true, USES_SESSION | USES_READER | USES_SHARE |
                                    USES_PROTOCOLS | USES_DISPOSITION },
    [PCSC_OP_DISCONNECT]  = { true, USES_SESSION | USES_READER |
                                    USES_DISPOSITION },
    [PCSC_OP_STATUS]      = { true, USES_SESSION | USES_READER | USES_RX },
    [PCSC_OP_TRANSMIT]    = { true, USES_SESSION | USES_READER | USES_TX |
                                    USES_RX | USES_PROTOCOL },
    [PCSC_OP_BEGIN]       = { true, USES_SESSION | USES_READER },
    [PCSC_OP_END]         = { true, USES_SESSION | USES_READER |
                                    USES_DISPOSITION },
    [PCSC_OP_CONTROL]     = { true, USES_SESSION | USES_READER | USES_TX |
                                    USES_RX, PCSC_FEATURE_CONTROL },
    [PCSC_OP_GET_ATTRIB]  = { true, USES_SESSION | USES_READER | USES_RX },
    [PCSC_OP_SET_ATTRIB]  = { true, USES_SESSION | USES_READER | USES_TX,
                              PCSC_FEATURE_SET_ATTRIB },
    [PCSC_OP_READER_NAME] = { true, USES_READER | USES_RX },
    [PCSC_OP_READER_ATR]  = { true, USES_READER },
};

#define PCSC_PROTOCOLS_ALL (PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1 | \
                            PCSC_PROTOCOL_RAW | PCSC_PROTOCOL_T15)

/* The request part of a descriptor, in the host's byte order. */
typedef struct PCSCDescriptor {
    uint32_t op;
    uint32_t slot;
    uint32_t session;
    uint32_t generation;
    uint32_t timeout_ms;
    uint32_t share;
    uint32_t protocols;
    uint32_t disposition;
    uint32_t code;
    uint64_t tx_addr;
    uint64_t rx_addr;
    uint32_t tx_len;
    uint32_t rx_size;
    uint32_t tag;
    uint32_t flags;
} PCSCDescriptor;

/* What goes into the answer part; @rx is only looked at. */
typedef struct PCSCAnswer {
    uint32_t result;
    const uint8_t *rx;
    uint32_t rx_len;
    uint32_t protocol;
    uint32_t card_state;
    uint32_t atr_len;
    const uint8_t *atr;
} PCSCAnswer;

static unsigned pcsc_command_index(PCSCCommand *cmd)
{
    return cmd - cmd->s->command;
}

static void pcsc_parse_descriptor(PCSCDescriptor *d, const uint8_t *p)
{
    d->op = ldl_le_p(p + PCSC_DESC_OPERATION);
    d->slot = lduw_le_p(p + PCSC_DESC_READER);
    d->session = lduw_le_p(p + PCSC_DESC_SESSION);
    d->generation = ldl_le_p(p + PCSC_DESC_GENERATION);
    d->timeout_ms = ldl_le_p(p + PCSC_DESC_TIMEOUT);
    d->share = ldl_le_p(p + PCSC_DESC_SHARE);
    d->protocols = ldl_le_p(p + PCSC_DESC_PROTOCOLS);
    d->disposition = ldl_le_p(p + PCSC_DESC_DISPOSITION);
    d->code = ldl_le_p(p + PCSC_DESC_CODE);
    d->tx_addr = ldq_le_p(p + PCSC_DESC_TX_ADDR);
    d->rx_addr = ldq_le_p(p + PCSC_DESC_RX_ADDR);
    d->tx_len = ldl_le_p(p + PCSC_DESC_TX_LEN);
    d->rx_size = ldl_le_p(p + PCSC_DESC_RX_SIZE);
    d->tag = ldl_le_p(p + PCSC_DESC_TAG);
    d->flags = ldl_le_p(p + PCSC_DESC_FLAGS);
}

/* Put the answer into the descriptor, the word with its DONE bit last. */
static bool pcsc_write_answer(PCSCCommand *cmd, const PCSCAnswer *a)
{
    uint8_t p[PCSC_DESC_SIZE] = {};
    const unsigned from = PCSC_DESC_RESULT;

    stl_le_p(p + PCSC_DESC_RESULT, a->result);
    stl_le_p(p + PCSC_DESC_RX_LEN, a->rx_len);
    stl_le_p(p + PCSC_DESC_PROTOCOL, a->protocol);
    stl_le_p(p + PCSC_DESC_CARD_STATE, a->card_state);
    stl_le_p(p + PCSC_DESC_ATR_LEN, a->atr_len);
    if (a->atr_len) {
        memcpy(p + PCSC_DESC_ATR, a->atr, a->atr_len);
    }
    stl_le_p(p + PCSC_DESC_STATUS, PCSC_DESC_STATUS_DONE | cmd->tag);

    if (!pcsc_dma_write(cmd->s, cmd->desc + from, p + from,
                        PCSC_DESC_STATUS - from, cmd->attrs)) {
        return false;
    }
    smp_wmb(); /* the guest's dma_rmb() after it read STATUS */
    return pcsc_dma_write(cmd->s, cmd->desc + PCSC_DESC_STATUS,
                          p + PCSC_DESC_STATUS, 4, cmd->attrs);
}

/* Complete a command: its buffer, its descriptor, its DONE bit, in this order. */
static void pcsc_command_finish(PCSCCommand *cmd, const PCSCAnswer *answer)
{
    PCSCPassthru *s = cmd->s;
    unsigned index = pcsc_command_index(cmd);
    PCSCAnswer a = *answer;

    if (a.result == PCSC_S_SUCCESS && a.rx_len > cmd->rx_size) {
        a.result = PCSC_E_INSUFFICIENT_BUFFER;
    } else if (a.result == PCSC_S_SUCCESS && a.rx_len &&
               !pcsc_dma_write(s, cmd->rx_addr, a.rx, a.rx_len, cmd->attrs)) {
        pcsc_guest_error("descriptor %u: answer not written", index);
        s->error |= PCSC_ERROR_DMA;
        a.result = PCSC_E_INVALID_PARAMETER;
    }
    if (a.result != PCSC_S_SUCCESS) {
        a = (PCSCAnswer) {
            .result = a.result,
            .rx_len = a.result == PCSC_E_INSUFFICIENT_BUFFER ? a.rx_len : 0,
        };
    }

    trace_pcsc_command_done(index, a.result, a.rx_len);
    smp_wmb(); /* the buffer before the descriptor */
    if (pcsc_write_answer(cmd, &a)) {
        smp_wmb(); /* the descriptor before the DONE bit */
        s->done[index / 32] |= 1u << index % 32;
    } else {
        pcsc_guest_error("descriptor %u not written", index);
        s->error |= PCSC_ERROR_TABLE;
    }
    pcsc_update_irq(s);
}

/* PCSCComplete: the back end is done with a command. */
static void pcsc_command_complete(PCSCRequest *req, void *opaque)
{
    PCSCCommand *cmd = opaque;
    PCSCPassthru *s = cmd->s;
    PCSCAnswer a = {
        .result = req->result,
        .rx = req->rx,
        .rx_len = req->rx_len,
        .protocol = req->protocol,
        .card_state = req->card_state,
        .atr_len = MIN(req->atr_len, PCSC_ATR_MAX),
        .atr = req->atr,
    };

    cmd->req = NULL;
    switch (cmd->op) {
    case PCSC_OP_CLOSE:
        /* the back end has dropped the session, whatever the result */
        s->handle[cmd->session] = (PCSCHandle) {};
        break;
    case PCSC_OP_CONNECT:
    case PCSC_OP_RECONNECT:
    case PCSC_OP_DISCONNECT:
        pcsc_slots_refresh(s);
        break;
    case PCSC_OP_STATUS:
        a.rx = (const uint8_t *)s->slot[cmd->slot].name;
        a.rx_len = cmd->rx_size ? strlen(s->slot[cmd->slot].name) : 0;
        break;
    }
    pcsc_command_finish(cmd, &a);
}

/* What is wrong with the values of a request, if anything. */
static uint32_t pcsc_check_values(PCSCPassthru *s, const PCSCDescriptor *d)
{
    unsigned uses;

    if (d->op >= ARRAY_SIZE(pcsc_ops) || !pcsc_ops[d->op].known || d->flags ||
        d->tx_len > PCSC_LENGTH_MAX || d->rx_size > PCSC_LENGTH_MAX) {
        return PCSC_E_INVALID_PARAMETER;
    }
    uses = pcsc_ops[d->op].uses;
    if ((uses & USES_SHARE) && (d->share < PCSC_SHARE_EXCLUSIVE ||
                                d->share > PCSC_SHARE_DIRECT)) {
        return PCSC_E_INVALID_VALUE;
    }
    if ((uses & (USES_PROTOCOLS | USES_PROTOCOL)) &&
        (d->protocols & ~PCSC_PROTOCOLS_ALL)) {
        return PCSC_E_INVALID_VALUE;
    }
    if ((uses & USES_PROTOCOL) && ctpop32(d->protocols) > 1) {
        return PCSC_E_INVALID_VALUE;
    }
    if ((uses & USES_DISPOSITION) && d->disposition > PCSC_EJECT_CARD) {
        return PCSC_E_INVALID_VALUE;
    }
    if (pcsc_ops[d->op].feature & ~s->limits.features) {
        return PCSC_E_UNSUPPORTED_FEATURE;
    }
    return PCSC_S_SUCCESS;
}

static bool pcsc_reader_there(PCSCPassthru *s, const PCSCDescriptor *d)
{
    return d->slot < PCSC_SLOTS_MAX && s->slot[d->slot].present &&
           s->slot[d->slot].generation == d->generation;
}

/* Whether the command names a session of the reader that it names. */
static bool pcsc_session_valid(PCSCPassthru *s, const PCSCDescriptor *d)
{
    PCSCHandle *h;

    if (d->session >= s->num_handles) {
        return false;
    }
    h = &s->handle[d->session];
    return h->session && !h->closing && h->slot == d->slot &&
           h->generation == d->generation;
}

static uint32_t pcsc_check_target(PCSCPassthru *s, const PCSCDescriptor *d)
{
    unsigned uses = pcsc_ops[d->op].uses;

    if (!(uses & USES_SESSION)) {
        return pcsc_reader_there(s, d) ? PCSC_S_SUCCESS
                                       : PCSC_E_UNKNOWN_READER;
    }
    if (!pcsc_session_valid(s, d)) {
        return PCSC_E_INVALID_HANDLE;
    }
    if ((uses & USES_READER) && !pcsc_reader_there(s, d)) {
        return PCSC_E_READER_UNAVAILABLE;
    }
    return PCSC_S_SUCCESS;
}

static uint32_t pcsc_open(PCSCPassthru *s, const PCSCDescriptor *d)
{
    PCSCHandle *h;

    if (d->session >= s->num_handles || s->handle[d->session].session) {
        return PCSC_E_INVALID_HANDLE;
    }
    h = &s->handle[d->session];
    h->session = pcsc_session_open(s->backend, s->slot[d->slot].name);
    if (!h->session) {
        return PCSC_E_NO_MEMORY;
    }
    h->slot = d->slot;
    h->generation = d->generation;
    h->closing = false;
    return PCSC_S_SUCCESS;
}

/* The operations that need no back end. */
static uint32_t pcsc_answer_now(PCSCPassthru *s, const PCSCDescriptor *d,
                                PCSCAnswer *a)
{
    PCSCSlot *slot = &s->slot[d->slot];

    switch (d->op) {
    case PCSC_OP_OPEN:
        return pcsc_open(s, d);
    case PCSC_OP_READER_NAME:
        a->rx = (const uint8_t *)slot->name;
        a->rx_len = strlen(slot->name);
        return PCSC_S_SUCCESS;
    default: /* PCSC_OP_READER_ATR */
        a->atr = slot->atr;
        a->atr_len = slot->atr_len;
        return PCSC_S_SUCCESS;
    }
}

static uint32_t pcsc_timeout(PCSCPassthru *s, uint32_t ms)
{
    return ms ? MIN(ms, s->limits.timeout_max) : s->limits.timeout_default;
}

/* Whether the buffers are RAM: known before anything is sent to a card. */
static bool pcsc_buffers_valid(PCSCCommand *cmd, const PCSCDescriptor *d)
{
    unsigned uses = pcsc_ops[d->op].uses;

    return (!(uses & USES_TX) || pcsc_dma_valid(cmd->s, d->tx_addr, d->tx_len,
                                                false, cmd->attrs)) &&
           (!(uses & USES_RX) || pcsc_dma_valid(cmd->s, d->rx_addr, d->rx_size,
                                                true, cmd->attrs));
}

/* Hand the command over; or the reason why not. */
static uint32_t pcsc_command_submit(PCSCCommand *cmd, const PCSCDescriptor *d)
{
    PCSCPassthru *s = cmd->s;
    bool tx = pcsc_ops[d->op].uses & USES_TX;
    PCSCRequest *req = pcsc_request_new(tx ? d->tx_len : 0,
                                        pcsc_command_complete, cmd);

    if (tx && !pcsc_dma_read(s, d->tx_addr, req->tx, d->tx_len, cmd->attrs)) {
        pcsc_request_free(req);
        return PCSC_E_INVALID_PARAMETER;
    }
    req->op = d->op;
    req->share = d->share;
    req->protocols = d->protocols;
    req->disposition = d->disposition;
    req->code = d->code;
    req->timeout_ms = pcsc_timeout(s, d->timeout_ms);
    req->rx_size = d->rx_size;
    if (d->op == PCSC_OP_CLOSE) {
        s->handle[d->session].closing = true;
    }
    cmd->req = req;
    pcsc_session_submit(s->handle[d->session].session, req);
    return PCSC_S_SUCCESS;
}

static void pcsc_command_start(PCSCCommand *cmd, const PCSCDescriptor *d)
{
    PCSCPassthru *s = cmd->s;
    PCSCAnswer a = {};

    a.result = pcsc_check_values(s, d);
    if (a.result == PCSC_S_SUCCESS) {
        a.result = pcsc_check_target(s, d);
    }
    if (a.result == PCSC_S_SUCCESS && !pcsc_buffers_valid(cmd, d)) {
        pcsc_guest_error("descriptor %u: buffer is not in RAM",
                         pcsc_command_index(cmd));
        s->error |= PCSC_ERROR_DMA;
        a.result = PCSC_E_INVALID_PARAMETER;
    }
    if (a.result == PCSC_S_SUCCESS) {
        if (d->op == PCSC_OP_OPEN || !(pcsc_ops[d->op].uses & USES_SESSION)) {
            a.result = pcsc_answer_now(s, d, &a);
        } else {
            a.result = pcsc_command_submit(cmd, d);
            if (a.result == PCSC_S_SUCCESS) {
                return;
            }
        }
    }
    pcsc_command_finish(cmd, &a);
}

void pcsc_v2_doorbell(PCSCPassthru *s, uint32_t index, MemTxAttrs attrs)
{
    uint8_t request[PCSC_DESC_REQUEST_SIZE];
    PCSCDescriptor d;
    PCSCCommand *cmd;
    uint64_t desc;

    if (!(s->control & PCSC_CONTROL_ENABLE) || index >= PCSC_COMMANDS_MAX ||
        s->command[index].req) {
        pcsc_guest_error("doorbell for descriptor %u: not enabled, out of "
                         "range or in flight", index);
        s->error |= PCSC_ERROR_DOORBELL;
        return;
    }

    cmd = &s->command[index];
    desc = s->table + index * PCSC_DESC_SIZE;
    smp_mb(); /* the descriptor's reads after the doorbell */
    if (desc < s->table ||
        !pcsc_dma_read(s, desc, request, sizeof(request), attrs)) {
        pcsc_guest_error("descriptor %u not read", index);
        s->error |= PCSC_ERROR_TABLE;
        return;
    }
    pcsc_parse_descriptor(&d, request);
    trace_pcsc_command_start(index, d.op, d.slot, d.session, d.tx_len,
                             d.rx_size);
    cmd->desc = desc;
    cmd->attrs = attrs;
    cmd->op = d.op;
    cmd->slot = d.slot;
    cmd->session = d.session;
    cmd->tag = d.tag & PCSC_DESC_STATUS_TAG;
    cmd->rx_addr = d.rx_addr;
    cmd->rx_size = d.rx_size;
    pcsc_command_start(cmd, &d);
}

void pcsc_v2_cancel(PCSCPassthru *s, uint32_t index)
{
    if (index >= PCSC_COMMANDS_MAX) {
        pcsc_guest_error("cancel of descriptor %u: out of range", index);
        s->error |= PCSC_ERROR_DOORBELL;
    } else if (s->command[index].req) {
        trace_pcsc_command_cancel(index);
        pcsc_request_cancel(s->command[index].req, PCSC_E_CANCELLED);
    }
}

/* The reader of a slot has left: its commands end, its sessions stay. */
void pcsc_v2_reader_gone(PCSCPassthru *s, unsigned slot)
{
    for (unsigned i = 0; i < PCSC_COMMANDS_MAX; i++) {
        PCSCCommand *cmd = &s->command[i];

        if (cmd->req && cmd->slot == slot && cmd->op != PCSC_OP_CLOSE) {
            pcsc_request_cancel(cmd->req, PCSC_E_READER_UNAVAILABLE);
        }
    }
}

/** pcsc_v2_reset: end all sessions and commands; also CONTROL.RESET. */
void pcsc_v2_reset(PCSCPassthru *s)
{
    trace_pcsc_v2_reset();
    for (unsigned i = 0; i < s->num_handles; i++) {
        if (s->handle[i].session) {
            pcsc_session_close(s->handle[i].session);
            s->handle[i] = (PCSCHandle) {};
        }
    }
    /* their requests went with the sessions, without a completion */
    for (unsigned i = 0; i < PCSC_COMMANDS_MAX; i++) {
        s->command[i].req = NULL;
    }
    s->control = 0;
    s->table = 0;
    s->int_enable = PCSC_INT_LEGACY;
    s->error = 0;
    memset(s->done, 0, sizeof(s->done));
    s->changed = 0;
    pcsc_update_irq(s);
}

unsigned pcsc_v2_count_sessions(PCSCPassthru *s, unsigned slot)
{
    unsigned n = 0;

    for (unsigned i = 0; i < s->num_handles; i++) {
        n += s->handle[i].session && s->handle[i].slot == slot;
    }
    return n;
}

unsigned pcsc_v2_count_commands(PCSCPassthru *s, unsigned slot)
{
    unsigned n = 0;

    for (unsigned i = 0; i < PCSC_COMMANDS_MAX; i++) {
        n += s->command[i].req && s->command[i].slot == slot;
    }
    return n;
}

void pcsc_v2_init(PCSCPassthru *s)
{
    for (unsigned i = 0; i < PCSC_COMMANDS_MAX; i++) {
        s->command[i].s = s;
    }
}

/*
 * PC/SC pass-through device: the descriptor of a command
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Its layout in guest memory, which operations there are, and which values
 * they take.  What a command means for sessions is in pcsc-passthru-v2.c.
 */

#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/bswap.h"
#include "qemu/host-utils.h"
#include "pcsc-descriptor.h"

#define PCSC_PROTOCOLS_ALL (PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1 | \
                            PCSC_PROTOCOL_RAW | PCSC_PROTOCOL_T15)

/* A call on the handle of a session, for which the reader must be there */
#define CALL        (PCSC_USES_SESSION | PCSC_USES_READER)
#define TX          PCSC_USES_TX
#define RX          PCSC_USES_RX
#define SHARE       PCSC_USES_SHARE
#define PROTOCOLS   PCSC_USES_PROTOCOLS
#define PROTOCOL    PCSC_USES_PROTOCOL
#define DISPOSITION PCSC_USES_DISPOSITION

static const struct {
    unsigned uses;
    uint32_t feature;
} pcsc_ops[] = {
    [PCSC_OP_OPEN]        = { PCSC_USES_READER },
    [PCSC_OP_CLOSE]       = { PCSC_USES_SESSION },
    [PCSC_OP_CONNECT]     = { CALL | SHARE | PROTOCOLS },
    [PCSC_OP_RECONNECT]   = { CALL | SHARE | PROTOCOLS | DISPOSITION },
    [PCSC_OP_DISCONNECT]  = { CALL | DISPOSITION },
    [PCSC_OP_STATUS]      = { CALL | RX },
    [PCSC_OP_TRANSMIT]    = { CALL | TX | RX | PROTOCOL },
    [PCSC_OP_BEGIN]       = { CALL },
    [PCSC_OP_END]         = { CALL | DISPOSITION },
    [PCSC_OP_CONTROL]     = { CALL | TX | RX, PCSC_FEATURE_CONTROL },
    [PCSC_OP_GET_ATTRIB]  = { CALL | RX },
    [PCSC_OP_SET_ATTRIB]  = { CALL | TX, PCSC_FEATURE_SET_ATTRIB },
    [PCSC_OP_READER_NAME] = { PCSC_USES_READER | RX },
    [PCSC_OP_READER_ATR]  = { PCSC_USES_READER },
};

unsigned pcsc_op_uses(uint32_t op)
{
    return op < ARRAY_SIZE(pcsc_ops) ? pcsc_ops[op].uses : 0;
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

bool pcsc_descriptor_read(PCSCPassthru *s, uint64_t addr, MemTxAttrs attrs,
                          PCSCDescriptor *d)
{
    uint8_t request[PCSC_DESC_REQUEST_SIZE];

    if (!pcsc_dma_read(s, addr, request, sizeof(request), attrs)) {
        return false;
    }
    pcsc_parse_descriptor(d, request);
    return true;
}

uint32_t pcsc_descriptor_check(const PCSCDescriptor *d, uint32_t features)
{
    unsigned uses = pcsc_op_uses(d->op);

    if (!uses || d->flags || d->tx_len > PCSC_LENGTH_MAX ||
        d->rx_size > PCSC_LENGTH_MAX) {
        return PCSC_E_INVALID_PARAMETER;
    }
    if ((uses & SHARE) && (d->share < PCSC_SHARE_EXCLUSIVE ||
                           d->share > PCSC_SHARE_DIRECT)) {
        return PCSC_E_INVALID_VALUE;
    }
    if ((uses & (PROTOCOLS | PROTOCOL)) &&
        (d->protocols & ~PCSC_PROTOCOLS_ALL)) {
        return PCSC_E_INVALID_VALUE;
    }
    if ((uses & PROTOCOL) && ctpop32(d->protocols) > 1) {
        return PCSC_E_INVALID_VALUE;
    }
    if ((uses & DISPOSITION) && d->disposition > PCSC_EJECT_CARD) {
        return PCSC_E_INVALID_VALUE;
    }
    if (pcsc_ops[d->op].feature & ~features) {
        return PCSC_E_UNSUPPORTED_FEATURE;
    }
    return PCSC_S_SUCCESS;
}

bool pcsc_descriptor_answer(PCSCPassthru *s, uint64_t addr, MemTxAttrs attrs,
                            uint32_t tag, const PCSCAnswer *a)
{
    const unsigned from = PCSC_DESC_RESULT;
    uint8_t p[PCSC_DESC_SIZE] = {};

    stl_le_p(p + PCSC_DESC_RESULT, a->result);
    stl_le_p(p + PCSC_DESC_RX_LEN, a->rx_len);
    stl_le_p(p + PCSC_DESC_PROTOCOL, a->protocol);
    stl_le_p(p + PCSC_DESC_CARD_STATE, a->card_state);
    stl_le_p(p + PCSC_DESC_ATR_LEN, a->atr_len);
    if (a->atr_len) {
        memcpy(p + PCSC_DESC_ATR, a->atr, a->atr_len);
    }
    stl_le_p(p + PCSC_DESC_STATUS, PCSC_DESC_STATUS_DONE | tag);

    if (!pcsc_dma_write(s, addr + from, p + from, PCSC_DESC_STATUS - from,
                        attrs)) {
        return false;
    }
    smp_wmb(); /* pairs with the guest's dma_rmb() after it read STATUS */
    return pcsc_dma_write(s, addr + PCSC_DESC_STATUS, p + PCSC_DESC_STATUS, 4,
                          attrs);
}

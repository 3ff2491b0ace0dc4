/*
 * PC/SC pass-through device: the descriptor of a command
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_PCSC_DESCRIPTOR_H
#define HW_PCSC_DESCRIPTOR_H

#include "pcsc-passthru-internal.h"

/* What an operation uses of its request */
enum {
    PCSC_USES_SESSION = 1 << 0,
    PCSC_USES_TX = 1 << 1,
    PCSC_USES_RX = 1 << 2,
    PCSC_USES_SHARE = 1 << 3,
    PCSC_USES_PROTOCOLS = 1 << 4,        /* a set */
    PCSC_USES_PROTOCOL = 1 << 5,         /* one, or 0 */
    PCSC_USES_DISPOSITION = 1 << 6,
    PCSC_USES_READER = 1 << 7,           /* which must be there */
};

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

/** pcsc_op_uses: PCSC_USES_* of an operation, 0 if there is no such one. */
unsigned pcsc_op_uses(uint32_t op);

/** pcsc_descriptor_read: fetch a request, once; false if it is not in RAM. */
bool pcsc_descriptor_read(PCSCPassthru *s, uint64_t addr, MemTxAttrs attrs,
                          PCSCDescriptor *d);

/** pcsc_descriptor_check: the result for wrong values, or PCSC_S_SUCCESS. */
uint32_t pcsc_descriptor_check(const PCSCDescriptor *d, uint32_t features);

/**
 * pcsc_descriptor_answer: write an answer, the word with its DONE bit last
 * @s: the device
 * @addr: guest address of the descriptor
 * @attrs: of the doorbell write
 * @tag: goes into the last word
 * @a: the answer
 *
 * Return: false if it could not be written.
 */
bool pcsc_descriptor_answer(PCSCPassthru *s, uint64_t addr, MemTxAttrs attrs,
                            uint32_t tag, const PCSCAnswer *a);

#endif

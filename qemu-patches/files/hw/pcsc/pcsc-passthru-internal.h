/*
 * PC/SC pass-through device: what its files share
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The device core knows no bus.  A shell (pcsc-passthru-sysbus.c) embeds a
 * PCSCPassthru and calls the functions of pcsc-passthru.c.  Everything here
 * is guarded by the big QEMU lock; no function waits for a card.
 */

#ifndef HW_PCSC_PASSTHRU_INTERNAL_H
#define HW_PCSC_PASSTHRU_INTERNAL_H

#include "hw/core/cpu.h"
#include "hw/pcsc/pcsc-compat.h"
#include "hw/pcsc/pcsc_regs.h"
#include "system/pcsc-backend.h"
#include "system/runstate.h"

typedef struct PCSCPassthru PCSCPassthru;

/**
 * PCSCSlot: where the guest sees a reader
 * @name: of the reader that is or was here; empty if there never was one
 * @present: whether it is here now
 * @generation: number of arrivals
 * @state: dwEventState, with the counter in bits 31:16
 * @atr_len: length of @atr
 * @atr: of the card in the reader
 */
typedef struct PCSCSlot {
    char name[PCSC_NAME_MAX];
    bool present;
    uint32_t generation;
    uint32_t state;
    uint32_t atr_len;
    uint8_t atr[PCSC_ATR_MAX];
} PCSCSlot;

/**
 * PCSCLegacy: a reader's block of version 1
 * @s: the device
 * @slot: number of the reader
 * @tx_addr: register
 * @tx_size: register
 * @rx_addr: register
 * @rx_size: register
 * @atr_len: register: length of @atr
 * @atr: of the connection
 * @session: NULL before the first CONNECT
 * @req: the command that runs, or NULL
 * @attrs: of the write that started it
 * @dma_rx_addr: @rx_addr at that write
 * @dma_rx_size: @rx_size at that write
 * @cpu: the vCPU that waits for it, or NULL
 * @parked: @cpu was stopped for that
 */
typedef struct PCSCLegacy {
    PCSCPassthru *s;
    unsigned slot;
    uint32_t tx_addr;
    uint32_t tx_size;
    uint32_t rx_addr;
    uint32_t rx_size;
    uint32_t atr_len;
    uint8_t atr[PCSC_ATR_MAX];
    PCSCSession *session;
    PCSCRequest *req;
    MemTxAttrs attrs;
    uint32_t dma_rx_addr;
    uint32_t dma_rx_size;
    CPUState *cpu;
    bool parked;
} PCSCLegacy;

/**
 * PCSCHandle: a session number of version 2
 * @session: NULL while the number is free
 * @slot: its reader
 * @generation: of the slot at OPEN
 * @closing: CLOSE is under way
 * @latency: what its last command took, ns
 */
typedef struct PCSCHandle {
    PCSCSession *session;
    uint32_t slot;
    uint32_t generation;
    bool closing;
    int64_t latency;
} PCSCHandle;

/**
 * PCSCCommand: a descriptor whose command is in flight
 * @s: the device
 * @req: the request at the back end; NULL if none is in flight
 * @desc: guest address of the descriptor
 * @attrs: of the doorbell write
 * @op: operation
 * @slot: its reader
 * @session: number of its session
 * @tag: to be given back
 * @rx_addr: room for the answer
 * @rx_size: its length
 * @start: when it was started, ns
 * @parker: the vCPU that is about to wait for it, or NULL
 */
typedef struct PCSCCommand {
    PCSCPassthru *s;
    PCSCRequest *req;
    uint64_t desc;
    MemTxAttrs attrs;
    uint32_t op;
    uint32_t slot;
    uint32_t session;
    uint32_t tag;
    uint64_t rx_addr;
    uint32_t rx_size;
    int64_t start;
    CPUState *parker;
} PCSCCommand;

/**
 * PCSCPassthru: the device
 * @dev: the device of the shell
 * @mmio: the page of registers
 * @irq: the interrupt line, set by the shell
 * @as: where DMA goes, set by the shell
 * @secure_as: where it goes for secure clients, set by the shell
 * @backend: property: the readers
 * @version: property: newest interface that is shown, 1 or 2
 * @limits: of the back end, constant
 * @blocker: why there is no migration
 * @vmstate: to make parked vCPUs wait again after a stop
 * @exit: to let the cards go when QEMU ends
 *
 * @slot: reader slots
 * @present: bit per slot
 * @service: whether the PC/SC service answers
 * @num_readers: register, bits 7:0
 *
 * @irq_status: register of version 1
 * @legacy: reader blocks of version 1
 *
 * @control: register (version 2, all below)
 * @table: TABLE_HI and TABLE_LO
 * @int_enable: register
 * @error: register
 * @done: registers
 * @changed: register
 * @handle: sessions, limits->max_sessions of them
 * @num_handles: their number
 * @command: by descriptor index
 * @waited: the one whose end a vCPU waits for, which needs no DONE bit; or NULL
 */
struct PCSCPassthru {
    DeviceState *dev;
    MemoryRegion mmio;
    qemu_irq irq;
    AddressSpace *as;
    AddressSpace *secure_as;
    PCSCBackend *backend;
    uint8_t version;
    PCSCLimits limits;
    Error *blocker;
    VMChangeStateEntry *vmstate;
    Notifier exit;

    PCSCSlot slot[PCSC_SLOTS_MAX];
    uint32_t present;
    bool service;
    uint32_t num_readers;

    uint32_t irq_status;
    PCSCLegacy legacy[PCSC_SLOTS_MAX];

    uint32_t control;
    uint64_t table;
    uint32_t int_enable;
    uint32_t error;
    uint32_t done[PCSC_DONE_WORDS];
    uint32_t changed;
    PCSCHandle *handle;
    unsigned num_handles;
    PCSCCommand command[PCSC_COMMANDS_MAX];
    PCSCCommand *waited;
};

/* pcsc-passthru.c: for the shell */
void pcsc_passthru_init(PCSCPassthru *s, DeviceState *dev);
bool pcsc_passthru_realize(PCSCPassthru *s, Error **errp);
void pcsc_passthru_unrealize(PCSCPassthru *s);
void pcsc_passthru_reset(PCSCPassthru *s);

/* pcsc-passthru.c: for the other files */
void pcsc_update_irq(PCSCPassthru *s);
void pcsc_guest_error(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

/* pcsc-dma.c */
MemTxAttrs pcsc_dma_attrs(MemTxAttrs attrs);
bool pcsc_dma_valid(PCSCPassthru *s, uint64_t addr, uint32_t len, bool write,
                    MemTxAttrs attrs);
bool pcsc_dma_read(PCSCPassthru *s, uint64_t addr, void *buf, uint32_t len,
                   MemTxAttrs attrs);
bool pcsc_dma_write(PCSCPassthru *s, uint64_t addr, const void *buf,
                    uint32_t len, MemTxAttrs attrs);

/* pcsc-passthru-slots.c */
void pcsc_slots_update(PCSCPassthru *s);
void pcsc_slots_refresh(PCSCPassthru *s);
void pcsc_slots_reset(PCSCPassthru *s);
uint32_t pcsc_slots_read(PCSCPassthru *s, hwaddr offset);

/* pcsc-passthru-legacy.c */
void pcsc_legacy_init(PCSCPassthru *s);
uint32_t pcsc_legacy_read(PCSCPassthru *s, hwaddr offset);
void pcsc_legacy_write(PCSCPassthru *s, hwaddr offset, uint32_t value,
                       MemTxAttrs attrs);
void pcsc_legacy_reader_gone(PCSCPassthru *s, unsigned slot);
void pcsc_legacy_reset(PCSCPassthru *s);
void pcsc_legacy_vm_state(void *opaque, bool running, RunState state);

/* pcsc-passthru-v2.c */
void pcsc_v2_init(PCSCPassthru *s);
void pcsc_v2_doorbell(PCSCPassthru *s, uint32_t index, MemTxAttrs attrs);
void pcsc_v2_cancel(PCSCPassthru *s, uint32_t index);
void pcsc_v2_wait(PCSCPassthru *s, uint32_t index);
void pcsc_v2_reader_gone(PCSCPassthru *s, unsigned slot);
void pcsc_v2_reset(PCSCPassthru *s);
unsigned pcsc_v2_count_sessions(PCSCPassthru *s, unsigned slot);
unsigned pcsc_v2_count_commands(PCSCPassthru *s, unsigned slot);

#endif

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
#include "system/cpu-timers.h"
#include "trace.h"
#include "pcsc-descriptor.h"

/* A vCPU waits for no command that may take longer than this */
#define PCSC_WAIT_NS (1 * SCALE_MS)

static unsigned pcsc_command_index(PCSCCommand *cmd)
{
    return cmd - cmd->s->command;
}

/* Complete a command: its buffer, its descriptor, then its DONE bit. */
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
    if (pcsc_descriptor_answer(s, cmd->desc, cmd->attrs, cmd->tag, &a)) {
        smp_wmb(); /* the descriptor before the DONE bit */
        if (cmd == s->waited) {
            s->waited = NULL;
        } else {
            s->done[index / 32] |= 1u << index % 32;
        }
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
    s->handle[cmd->session].latency = get_clock() - cmd->start;
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
    unsigned uses = pcsc_op_uses(d->op);

    if (!(uses & PCSC_USES_SESSION)) {
        return pcsc_reader_there(s, d) ? PCSC_S_SUCCESS
                                       : PCSC_E_UNKNOWN_READER;
    }
    if (!pcsc_session_valid(s, d)) {
        return PCSC_E_INVALID_HANDLE;
    }
    if ((uses & PCSC_USES_READER) && !pcsc_reader_there(s, d)) {
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
    h->latency = 0;
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
    unsigned uses = pcsc_op_uses(d->op);

    if ((uses & PCSC_USES_TX) &&
        !pcsc_dma_valid(cmd->s, d->tx_addr, d->tx_len, false, cmd->attrs)) {
        return false;
    }
    return !(uses & PCSC_USES_RX) ||
           pcsc_dma_valid(cmd->s, d->rx_addr, d->rx_size, true, cmd->attrs);
}

/* Hand the command over; or the reason why not. */
static uint32_t pcsc_command_submit(PCSCCommand *cmd, const PCSCDescriptor *d)
{
    PCSCPassthru *s = cmd->s;
    bool tx = pcsc_op_uses(d->op) & PCSC_USES_TX;
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

    a.result = pcsc_descriptor_check(d, s->limits.features);
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
        if (!(pcsc_op_uses(d->op) & PCSC_USES_SESSION)) {
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
    if (desc < s->table || !pcsc_descriptor_read(s, desc, attrs, &d)) {
        pcsc_guest_error("descriptor %u not read", index);
        s->error |= PCSC_ERROR_TABLE;
        return;
    }
    trace_pcsc_command_start(index, d.op, d.slot, d.session, d.tx_addr,
                             d.tx_len, d.rx_addr, d.rx_size);
    cmd->desc = desc;
    cmd->attrs = attrs;
    cmd->op = d.op;
    cmd->slot = d.slot;
    cmd->session = d.session;
    cmd->tag = d.tag & PCSC_DESC_STATUS_TAG;
    cmd->rx_addr = d.rx_addr;
    cmd->rx_size = d.rx_size;
    cmd->start = get_clock();
    cmd->parker = NULL;
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

/*
 * Runs in the vCPU's thread, outside the guest's code, maybe late: another vCPU
 * may have used the descriptor anew by then, and counts on its DONE bit.
 */
static void pcsc_v2_park(CPUState *cpu, run_on_cpu_data data)
{
    PCSCCommand *cmd = data.host_ptr;
    PCSCPassthru *s = cmd->s;

    if (!cmd->req || cmd->parker != cpu || s->waited) {
        return;
    }
    s->waited = cmd;
    pcsc_backend_linger(s->backend, PCSC_WAIT_NS);
    if (s->waited == cmd) {
        s->waited = NULL;
    }
}

/*
 * The vCPU that writes this has nothing better to do.  If the card is quick it
 * is held behind the store until the command is done, for PCSC_WAIT_NS at most:
 * that spares it an interrupt, and its host a change of threads.
 */
void pcsc_v2_wait(PCSCPassthru *s, uint32_t index)
{
    PCSCCommand *cmd;

    if (index >= PCSC_COMMANDS_MAX) {
        pcsc_guest_error("wait for descriptor %u: out of range", index);
        s->error |= PCSC_ERROR_DOORBELL;
        return;
    }
    cmd = &s->command[index];
    if (cmd->req && s->handle[cmd->session].latency < PCSC_WAIT_NS &&
        current_cpu && !icount_enabled()) {
        cmd->parker = current_cpu;
        async_run_on_cpu(current_cpu, pcsc_v2_park, RUN_ON_CPU_HOST_PTR(cmd));
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
    s->waited = NULL;
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

/*
 * PC/SC pass-through device: version 1, the reader blocks of 2014
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Clients of version 1 expect a command to be done when the store that
 * started it is.  A card takes seconds, and a register access must not, so the
 * vCPU is stopped behind the store, the way the monitor's "stop" does it, and
 * goes on when the command is done:
 *
 *   write to CONTROL   submits the command, queues work for the vCPU
 *   the vCPU's work    runs when the vCPU has left the guest's code (TCG ends
 *                      a block at a device access): stops the vCPU
 *   completion         writes the answer, wakes the vCPU from the main loop
 *
 * No thread waits for a card, also where one thread runs all vCPUs.  A
 * "stop" and "cont" of the machine starts all vCPUs again, so those that have
 * still to wait are stopped once more, by the same work.
 */

#include "qemu/osdep.h"
#include "block/aio.h"
#include "block/aio-wait.h"
#include "hw/core/cpu.h"
#include "qemu/host-utils.h"
#include "system/qtest.h"
#include "system/runstate.h"
#include "trace.h"
#include "pcsc-passthru-internal.h"

#define PCSC_V1_COMMANDS (PCSC_V1_CONNECT | PCSC_V1_DISCONNECT | \
                          PCSC_V1_READ_ATR | PCSC_V1_TRANSMIT)
#define PCSC_V1_FIELDS   (PCSC_V1_COMMANDS | PCSC_V1_PROTOCOL | \
                          PCSC_V1_SHARE | PCSC_V1_DISPOSITION)

static const uint8_t pcsc_status_word_failed[] = { 0x6f, 0x00 };

/* The block that @offset is in, or NULL; @offset becomes that in the block. */
static PCSCLegacy *pcsc_legacy_block(PCSCPassthru *s, hwaddr *offset)
{
    hwaddr n;

    if (*offset < PCSC_V1_BLOCK) {
        return NULL;
    }
    n = (*offset - PCSC_V1_BLOCK) / PCSC_V1_BLOCK_SIZE;
    if (n >= s->num_readers) {
        return NULL;
    }
    *offset = (*offset - PCSC_V1_BLOCK) % PCSC_V1_BLOCK_SIZE;
    return &s->legacy[n];
}

uint32_t pcsc_legacy_read(PCSCPassthru *s, hwaddr offset)
{
    hwaddr reg = offset;
    PCSCLegacy *l = pcsc_legacy_block(s, &reg);

    if (l) {
        switch (reg) {
        case PCSC_V1_STATE:
            return s->slot[l->slot].state;
        case PCSC_V1_TX_ADDR:
            return l->tx_addr;
        case PCSC_V1_TX_SIZE:
            return l->tx_size;
        case PCSC_V1_RX_ADDR:
            return l->rx_addr;
        case PCSC_V1_RX_SIZE:
            return l->rx_size;
        case PCSC_V1_ATR_LEN:
            return l->atr_len;
        }
    }
    pcsc_guest_error("read of write-only or reserved offset 0x%" HWADDR_PRIx,
                     offset);
    return 0;
}

/* Runs in the vCPU's thread, outside the guest's code. */
static void pcsc_legacy_park(CPUState *cpu, run_on_cpu_data data)
{
    PCSCLegacy *l = data.host_ptr;

    if (l->cpu == cpu && l->req) {
        trace_pcsc_legacy_park(l->slot, cpu->cpu_index);
        l->parked = true;
        cpu_pause(cpu);
    }
}

/*
 * Let the vCPU go on.  Only the main loop does this, since it is the one that
 * stops and starts all vCPUs, and would else be misled in the middle of that.
 */
static void pcsc_legacy_resume(void *opaque)
{
    PCSCLegacy *l = opaque;
    CPUState *cpu = l->cpu;

    if (!cpu || l->req) {
        return;
    }
    trace_pcsc_legacy_resume(l->slot, cpu->cpu_index);
    if (l->parked && runstate_is_running()) {
        cpu_resume(cpu);
    } /* else it runs, or "cont" will resume it */
    l->cpu = NULL;
    l->parked = false;
    object_unref(OBJECT(cpu));
}

/* VMChangeStateHandler, the last of all before the vCPUs are started. */
void pcsc_legacy_vm_state(void *opaque, bool running, RunState state)
{
    PCSCPassthru *s = opaque;

    for (unsigned i = 0; running && i < PCSC_SLOTS_MAX; i++) {
        PCSCLegacy *l = &s->legacy[i];

        if (l->cpu) {
            l->parked = false;
            async_run_on_cpu(l->cpu, pcsc_legacy_park,
                             RUN_ON_CPU_HOST_PTR(l));
        }
    }
}

/* Make a command that was just started look synchronous to its client. */
static void pcsc_legacy_wait(PCSCLegacy *l)
{
    if (current_cpu) {
        if (!l->cpu) {
            l->cpu = current_cpu;
            object_ref(OBJECT(l->cpu));
        }
        l->parked = false;
        async_run_on_cpu(l->cpu, pcsc_legacy_park, RUN_ON_CPU_HOST_PTR(l));
    } else if (qtest_enabled()) {
        AIO_WAIT_WHILE(NULL, l->req); /* there is no vCPU to stop */
    }
}

static void pcsc_legacy_finish(PCSCLegacy *l, uint32_t result)
{
    trace_pcsc_legacy_done(l->slot, result);
    l->req = NULL;
    if (l->cpu) {
        aio_bh_schedule_oneshot(qemu_get_aio_context(), pcsc_legacy_resume, l);
    }
}

/* Store a response, or the status word that stands for each failure. */
static void pcsc_legacy_respond(PCSCLegacy *l, const uint8_t *rx, uint32_t len)
{
    const uint32_t sw_len = sizeof(pcsc_status_word_failed);

    if (!rx || len < sw_len || len > l->dma_rx_size) {
        rx = pcsc_status_word_failed;
        len = sw_len;
    }
    if (len > l->dma_rx_size ||
        !pcsc_dma_write(l->s, l->dma_rx_addr, rx, len, l->attrs)) {
        pcsc_guest_error("slot %u: no room for a response", l->slot);
        len = 0;
    }
    l->rx_size = len;
}

/* PCSCComplete */
static void pcsc_legacy_complete(PCSCRequest *req, void *opaque)
{
    PCSCLegacy *l = opaque;
    bool ok = req->result == PCSC_S_SUCCESS;

    switch (req->op) {
    case PCSC_OP_CONNECT:
        l->atr_len = ok ? MIN(req->atr_len, PCSC_ATR_MAX) : 0;
        memcpy(l->atr, req->atr, l->atr_len);
        pcsc_slots_refresh(l->s);
        break;
    case PCSC_OP_DISCONNECT:
        pcsc_slots_refresh(l->s);
        break;
    case PCSC_OP_TRANSMIT:
        pcsc_legacy_respond(l, ok ? req->rx : NULL, req->rx_len);
        break;
    }
    pcsc_legacy_finish(l, req->result);
    pcsc_update_irq(l->s);
}

static void pcsc_legacy_submit(PCSCLegacy *l, PCSCRequest *req)
{
    PCSCPassthru *s = l->s;

    req->timeout_ms = s->limits.timeout_default;
    l->req = req;
    pcsc_session_submit(l->session, req);
    pcsc_legacy_wait(l);
}

/* The protocol bits of CONTROL in pcsc-lite's order. */
static uint32_t pcsc_legacy_protocols(uint32_t control)
{
    return (control & PCSC_V1_PROTOCOL_T0 ? PCSC_PROTOCOL_T0 : 0) |
           (control & PCSC_V1_PROTOCOL_T1 ? PCSC_PROTOCOL_T1 : 0) |
           (control & PCSC_V1_PROTOCOL_T15 ? PCSC_PROTOCOL_T15 : 0) |
           (control & PCSC_V1_PROTOCOL_RAW ? PCSC_PROTOCOL_RAW : 0);
}

static void pcsc_legacy_connect(PCSCLegacy *l, uint32_t control)
{
    PCSCPassthru *s = l->s;
    uint32_t share = (control & PCSC_V1_SHARE) >> PCSC_V1_SHARE_SHIFT;
    PCSCRequest *req;

    l->atr_len = 0;
    if (!share || !s->slot[l->slot].present) {
        pcsc_legacy_finish(l, PCSC_E_INVALID_VALUE);
        return;
    }
    if (!l->session) {
        l->session = pcsc_session_open(s->backend, s->slot[l->slot].name);
    }
    if (!l->session) {
        pcsc_legacy_finish(l, PCSC_E_NO_MEMORY);
        return;
    }
    req = pcsc_request_new(0, pcsc_legacy_complete, l);
    req->op = PCSC_OP_CONNECT;
    req->share = share;
    req->protocols = pcsc_legacy_protocols(control);
    pcsc_legacy_submit(l, req);
}

static void pcsc_legacy_disconnect(PCSCLegacy *l, uint32_t control)
{
    PCSCRequest *req;

    l->atr_len = 0;
    if (!l->session) {
        pcsc_legacy_finish(l, PCSC_E_INVALID_HANDLE);
        return;
    }
    req = pcsc_request_new(0, pcsc_legacy_complete, l);
    req->op = PCSC_OP_DISCONNECT;
    req->disposition = (control & PCSC_V1_DISPOSITION) >>
                       PCSC_V1_DISPOSITION_SHIFT;
    pcsc_legacy_submit(l, req);
}

static void pcsc_legacy_read_atr(PCSCLegacy *l)
{
    uint32_t len = MIN(l->atr_len, l->dma_rx_size);

    if (!pcsc_dma_write(l->s, l->dma_rx_addr, l->atr, len, l->attrs)) {
        pcsc_guest_error("slot %u: ATR not written", l->slot);
        len = 0;
    }
    l->rx_size = len;
    pcsc_legacy_finish(l, PCSC_S_SUCCESS);
}

static void pcsc_legacy_transmit(PCSCLegacy *l)
{
    PCSCPassthru *s = l->s;
    PCSCRequest *req;

    if (!l->tx_size || l->tx_size > PCSC_V1_APDU_MAX ||
        !pcsc_dma_valid(s, l->tx_addr, l->tx_size, false, l->attrs)) {
        pcsc_guest_error("slot %u: no command APDU of 1 to %u bytes in RAM",
                         l->slot, PCSC_V1_APDU_MAX);
        pcsc_legacy_respond(l, NULL, 0);
        pcsc_legacy_finish(l, PCSC_E_INVALID_PARAMETER);
        return;
    }
    if (!l->session || !pcsc_dma_valid(s, l->dma_rx_addr, l->dma_rx_size, true,
                                       l->attrs)) {
        pcsc_legacy_respond(l, NULL, 0);
        pcsc_legacy_finish(l, PCSC_E_INVALID_HANDLE);
        return;
    }

    req = pcsc_request_new(l->tx_size, pcsc_legacy_complete, l);
    if (!pcsc_dma_read(s, l->tx_addr, req->tx, l->tx_size, l->attrs)) {
        pcsc_request_free(req);
        pcsc_legacy_respond(l, NULL, 0);
        pcsc_legacy_finish(l, PCSC_E_INVALID_PARAMETER);
        return;
    }
    req->op = PCSC_OP_TRANSMIT;
    req->rx_size = MIN(l->dma_rx_size, PCSC_LENGTH_MAX);
    pcsc_legacy_submit(l, req);
}

static void pcsc_legacy_control(PCSCLegacy *l, uint32_t control,
                                MemTxAttrs attrs)
{
    if ((control & ~PCSC_V1_FIELDS) ||
        ctpop32(control & PCSC_V1_COMMANDS) != 1) {
        pcsc_guest_error("slot %u: 0x%x is no command", l->slot, control);
        return;
    }
    /*
     * A command that was done before its vCPU was stopped leaves that running,
     * and maybe faster than the main loop, which has yet to let go of it.
     */
    if (l->req || (l->cpu && l->cpu != current_cpu)) {
        pcsc_guest_error("slot %u: command while one is running", l->slot);
        return;
    }

    trace_pcsc_legacy_start(l->slot, control);
    l->attrs = attrs;
    l->dma_rx_addr = l->rx_addr;
    l->dma_rx_size = l->rx_size;
    switch (control & PCSC_V1_COMMANDS) {
    case PCSC_V1_CONNECT:
        pcsc_legacy_connect(l, control);
        break;
    case PCSC_V1_DISCONNECT:
        pcsc_legacy_disconnect(l, control);
        break;
    case PCSC_V1_READ_ATR:
        pcsc_legacy_read_atr(l);
        break;
    case PCSC_V1_TRANSMIT:
        pcsc_legacy_transmit(l);
        break;
    }
}

void pcsc_legacy_write(PCSCPassthru *s, hwaddr offset, uint32_t value,
                       MemTxAttrs attrs)
{
    hwaddr reg = offset;
    PCSCLegacy *l = pcsc_legacy_block(s, &reg);

    if (l) {
        switch (reg) {
        case PCSC_V1_CONTROL:
            pcsc_legacy_control(l, value, attrs);
            return;
        case PCSC_V1_TX_ADDR:
            l->tx_addr = value;
            return;
        case PCSC_V1_TX_SIZE:
            l->tx_size = value;
            return;
        case PCSC_V1_RX_ADDR:
            l->rx_addr = value;
            return;
        case PCSC_V1_RX_SIZE:
            l->rx_size = value;
            return;
        }
    }
    pcsc_guest_error("write to read-only or reserved offset 0x%" HWADDR_PRIx,
                     offset);
}

/* A session, and the command that runs on it, if any, are over. */
static void pcsc_legacy_drop(PCSCLegacy *l)
{
    if (l->session) {
        pcsc_session_close(l->session);
        l->session = NULL;
    }
    l->atr_len = 0;
    memset(l->atr, 0, sizeof(l->atr));
}

/* The reader of a slot has left. */
void pcsc_legacy_reader_gone(PCSCPassthru *s, unsigned slot)
{
    PCSCLegacy *l = &s->legacy[slot];

    if (l->req) {
        pcsc_request_cancel(l->req, PCSC_E_READER_UNAVAILABLE);
    }
    pcsc_legacy_drop(l);
}

void pcsc_legacy_reset(PCSCPassthru *s)
{
    for (unsigned i = 0; i < PCSC_SLOTS_MAX; i++) {
        PCSCLegacy *l = &s->legacy[i];

        pcsc_legacy_drop(l);
        l->req = NULL; /* went with the session, without a completion */
        if (l->cpu) {
            /* the machine's reset starts all vCPUs anew */
            object_unref(OBJECT(l->cpu));
            l->cpu = NULL;
            l->parked = false;
        }
        l->tx_addr = 0;
        l->tx_size = 0;
        l->rx_addr = 0;
        l->rx_size = 0;
    }
}

void pcsc_legacy_init(PCSCPassthru *s)
{
    for (unsigned i = 0; i < PCSC_SLOTS_MAX; i++) {
        s->legacy[i].s = s;
        s->legacy[i].slot = i;
    }
}

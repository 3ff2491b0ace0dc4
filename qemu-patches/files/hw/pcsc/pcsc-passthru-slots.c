/*
 * PC/SC pass-through device: reader slots
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Maps the back end's list of readers, which knows names only, to the slots
 * of the guest, and says what changed.
 */

#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "qemu/host-utils.h"
#include "trace.h"
#include "pcsc-passthru-internal.h"

#define PCSC_STATE_AWAY (PCSC_STATE_UNKNOWN | PCSC_STATE_UNAVAILABLE)

/* What of dwEventState makes a change; its own CHANGED bit is none. */
static uint32_t pcsc_state_significant(uint32_t state)
{
    return state & ~PCSC_STATE_CHANGED;
}

static void pcsc_slot_changed(PCSCPassthru *s, unsigned i)
{
    s->changed |= 1u << i;
    s->irq_status |= PCSC_IRQ_STATUS_CHANGED;
}

static int pcsc_slot_find(PCSCPassthru *s, const char *name)
{
    for (unsigned i = 0; i < s->limits.max_readers; i++) {
        if (s->slot[i].name[0] && !strcmp(s->slot[i].name, name)) {
            return i;
        }
    }
    return -1;
}

/* A slot for a new name: one that was never used, else one that is free. */
static int pcsc_slot_choose(PCSCPassthru *s)
{
    for (unsigned i = 0; i < s->limits.max_readers; i++) {
        if (!s->slot[i].name[0]) {
            return i;
        }
    }
    for (unsigned i = 0; i < s->limits.max_readers; i++) {
        if (!s->slot[i].present) {
            return i;
        }
    }
    return -1;
}

static void pcsc_slot_set_state(PCSCPassthru *s, unsigned i,
                                const PCSCReader *r)
{
    PCSCSlot *slot = &s->slot[i];

    slot->atr_len = MIN(r->atr_len, PCSC_ATR_MAX);
    memcpy(slot->atr, r->atr, slot->atr_len);
    if (pcsc_state_significant(slot->state) !=
        pcsc_state_significant(r->state)) {
        trace_pcsc_slot_state(i, r->state);
        pcsc_slot_changed(s, i);
    }
    slot->state = r->state;
}

static void pcsc_slot_arrive(PCSCPassthru *s, unsigned i, const PCSCReader *r)
{
    PCSCSlot *slot = &s->slot[i];

    pstrcpy(slot->name, sizeof(slot->name), r->name);
    slot->present = true;
    slot->generation++;
    if (!slot->generation) {
        slot->generation = 1; /* 0 means: never used */
    }
    s->present |= 1u << i;
    s->num_readers = MAX(s->num_readers, i + 1);
    trace_pcsc_slot_arrive(i, slot->generation, slot->name);
    pcsc_slot_changed(s, i);
    pcsc_slot_set_state(s, i, r);
}

static void pcsc_slot_leave(PCSCPassthru *s, unsigned i)
{
    PCSCSlot *slot = &s->slot[i];

    trace_pcsc_slot_leave(i, slot->name);
    slot->present = false;
    slot->state = PCSC_STATE_AWAY;
    slot->atr_len = 0;
    s->present &= ~(1u << i);
    pcsc_slot_changed(s, i);
    pcsc_v2_reader_gone(s, i);
    pcsc_legacy_reader_gone(s, i);
}

static unsigned pcsc_slots_fetch(PCSCPassthru *s, PCSCReader *readers)
{
    bool service;
    unsigned n = pcsc_backend_get_readers(s->backend, readers,
                                          PCSC_SLOTS_MAX, &service);

    if (service != s->service) {
        trace_pcsc_service(service);
        s->service = service;
        s->changed |= s->present;
    }
    return MIN(n, PCSC_SLOTS_MAX);
}

/* Readers came, left or changed: the back end says so, or it is the start. */
void pcsc_slots_update(PCSCPassthru *s)
{
    PCSCReader readers[PCSC_SLOTS_MAX];
    unsigned n = pcsc_slots_fetch(s, readers);
    uint32_t listed = 0;

    for (unsigned i = 0; i < n; i++) {
        int slot = pcsc_slot_find(s, readers[i].name);

        if (slot >= 0) {
            listed |= 1u << slot;
        }
    }
    /* first those that leave: their slots may be needed */
    for (unsigned i = 0; i < PCSC_SLOTS_MAX; i++) {
        if (s->slot[i].present && !(listed & (1u << i))) {
            pcsc_slot_leave(s, i);
        }
    }
    for (unsigned i = 0; i < n; i++) {
        int slot;

        if (!readers[i].name[0]) {
            continue; /* the mark of a slot that was never used */
        }
        slot = pcsc_slot_find(s, readers[i].name);
        if (slot < 0) {
            slot = pcsc_slot_choose(s);
        }
        if (slot < 0) {
            trace_pcsc_slot_none(readers[i].name);
        } else if (!s->slot[slot].present) {
            pcsc_slot_arrive(s, slot, &readers[i]);
        } else {
            pcsc_slot_set_state(s, slot, &readers[i]);
        }
    }
    pcsc_update_irq(s);
}

/*
 * A command may have changed a reader's state, and the guest shall see it when
 * the command is done.  Arrivals and departures wait for their own notice,
 * since they end commands, and we may be in the middle of completing one.
 */
void pcsc_slots_refresh(PCSCPassthru *s)
{
    PCSCReader readers[PCSC_SLOTS_MAX];
    unsigned n = pcsc_slots_fetch(s, readers);

    for (unsigned i = 0; i < n; i++) {
        int slot = pcsc_slot_find(s, readers[i].name);

        if (slot >= 0 && s->slot[slot].present) {
            pcsc_slot_set_state(s, slot, &readers[i]);
        }
    }
}

void pcsc_slots_reset(PCSCPassthru *s)
{
    s->num_readers = 32 - clz32(s->present);
}

/* A read in the slot blocks of version 2; @offset counts from the first. */
uint32_t pcsc_slots_read(PCSCPassthru *s, hwaddr offset)
{
    const unsigned size = PCSC_REG_SLOT(1) - PCSC_REG_SLOT(0);
    PCSCSlot *slot = &s->slot[offset / size];

    switch (offset % size) {
    case PCSC_SLOT_STATE:
        return pcsc_state_significant(slot->state) & PCSC_STATE_MASK;
    case PCSC_SLOT_EVENTS:
        return slot->state >> PCSC_STATE_COUNTER_SHIFT;
    case PCSC_SLOT_GENERATION:
        return slot->generation;
    default:
        pcsc_guest_error("read of reserved offset 0x%" HWADDR_PRIx,
                         PCSC_REG_SLOT(0) + offset);
        return 0;
    }
}

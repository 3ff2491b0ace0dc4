/*
 * PC/SC pass-through device: registers, interrupt, reset
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The core of the device, for any bus.  docs/specs/pcsc-passthru.rst says what
 * the registers mean.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/log.h"
#include "qemu/main-loop.h"
#include "migration/blocker.h"
#include "system/runstate.h"
#include "system/system.h"
#include "trace.h"
#include "pcsc-passthru-internal.h"

/* How long the machine's start may wait for the first list of readers. */
#define PCSC_FIRST_LIST_MS 2000

/* How long its end may wait for cards, so that they are reset. */
#define PCSC_EXIT_MS 5000

/* And how long an unplug, which holds up the whole machine */
#define PCSC_UNPLUG_MS 1000

void pcsc_guest_error(const char *fmt, ...)
{
    va_list ap;
    g_autofree char *text = NULL;

    if (!qemu_loglevel_mask(LOG_GUEST_ERROR)) {
        return;
    }
    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    qemu_log("pcsc-passthru: %s\n", text);
}

static uint32_t pcsc_int_status(PCSCPassthru *s)
{
    uint32_t status = 0;

    for (unsigned i = 0; i < PCSC_DONE_WORDS; i++) {
        status |= s->done[i] ? PCSC_INT_DONE : 0;
    }
    status |= s->changed ? PCSC_INT_CHANGED : 0;
    status |= s->error ? PCSC_INT_ERROR : 0;
    status |= s->irq_status ? PCSC_INT_LEGACY : 0;
    return status;
}

/* To be called after each change of what pcsc_int_status() looks at. */
void pcsc_update_irq(PCSCPassthru *s)
{
    uint32_t status = pcsc_int_status(s);
    bool level = status & s->int_enable;

    trace_pcsc_irq(level, status);
    qemu_set_irq(s->irq, level);
}

static uint32_t pcsc_num_readers(PCSCPassthru *s)
{
    uint32_t version = s->version > 1 ? s->version : 0;

    return s->num_readers | version << PCSC_NUM_READERS_VERSION_SHIFT;
}

static uint32_t pcsc_v2_read(PCSCPassthru *s, hwaddr offset)
{
    switch (offset) {
    case PCSC_REG_ID:
        return PCSC_ID;
    case PCSC_REG_VERSION:
        return PCSC_VERSION_2_0;
    case PCSC_REG_FEATURES:
        return s->limits.features | PCSC_FEATURE_WAIT;
    case PCSC_REG_MAX_READERS:
        return s->limits.max_readers;
    case PCSC_REG_MAX_SESSIONS:
        return s->num_handles;
    case PCSC_REG_MAX_COMMANDS:
        return PCSC_COMMANDS_MAX;
    case PCSC_REG_MAX_LENGTH:
        return PCSC_LENGTH_MAX;
    case PCSC_REG_TIMEOUT_DEFAULT:
        return s->limits.timeout_default;
    case PCSC_REG_TIMEOUT_MAX:
        return s->limits.timeout_max;
    case PCSC_REG_CONTROL:
        return s->control;
    case PCSC_REG_STATUS:
        return s->service ? PCSC_STATUS_SERVICE : 0;
    case PCSC_REG_TABLE_LO:
        return s->table;
    case PCSC_REG_TABLE_HI:
        return s->table >> 32;
    case PCSC_REG_INT_STATUS:
        return pcsc_int_status(s);
    case PCSC_REG_INT_ENABLE:
        return s->int_enable;
    case PCSC_REG_ERROR:
        return s->error;
    case PCSC_REG_DONE(0) ... PCSC_REG_DONE(PCSC_DONE_WORDS - 1):
        return s->done[(offset - PCSC_REG_DONE(0)) / 4];
    case PCSC_REG_PRESENT:
        return s->present;
    case PCSC_REG_CHANGED:
        return s->changed;
    case PCSC_REG_SLOT(0) ... PCSC_REG_SLOT(PCSC_SLOTS_MAX) - 1:
        return pcsc_slots_read(s, offset - PCSC_REG_SLOT(0));
    default:
        pcsc_guest_error("read of write-only or reserved offset 0x%"
                         HWADDR_PRIx, offset);
        return 0;
    }
}

/* The part of @value that is in @fields; the rest is a guest's mistake. */
static uint32_t pcsc_fields(hwaddr offset, uint32_t value, uint32_t fields)
{
    if (value & ~fields) {
        pcsc_guest_error("reserved bits 0x%x written at 0x%" HWADDR_PRIx,
                         value & ~fields, offset);
    }
    return value & fields;
}

static void pcsc_write_control(PCSCPassthru *s, uint32_t value)
{
    if (value & PCSC_CONTROL_RESET) {
        pcsc_v2_reset(s);
    } else {
        s->control = value & PCSC_CONTROL_ENABLE;
    }
}

static void pcsc_write_table(PCSCPassthru *s, hwaddr offset, uint32_t value)
{
    if (s->control & PCSC_CONTROL_ENABLE) {
        pcsc_guest_error("table moved while enabled");
    } else if (offset == PCSC_REG_TABLE_LO) {
        value = pcsc_fields(offset, value, -PCSC_DESC_SIZE);
        s->table = deposit64(s->table, 0, 32, value);
    } else {
        s->table = deposit64(s->table, 32, 32, value);
    }
}

static void pcsc_v2_write(PCSCPassthru *s, hwaddr offset, uint32_t value,
                          MemTxAttrs attrs)
{
    const uint32_t interrupts = PCSC_INT_DONE | PCSC_INT_CHANGED |
                                PCSC_INT_ERROR | PCSC_INT_LEGACY;
    const uint32_t errors = PCSC_ERROR_DOORBELL | PCSC_ERROR_TABLE |
                            PCSC_ERROR_DMA;

    switch (offset) {
    case PCSC_REG_CONTROL:
        pcsc_write_control(s, pcsc_fields(offset, value, PCSC_CONTROL_ENABLE |
                                                         PCSC_CONTROL_RESET));
        break;
    case PCSC_REG_TABLE_LO:
    case PCSC_REG_TABLE_HI:
        pcsc_write_table(s, offset, value);
        break;
    case PCSC_REG_INT_ENABLE:
        s->int_enable = pcsc_fields(offset, value, interrupts);
        break;
    case PCSC_REG_ERROR:
        s->error &= ~pcsc_fields(offset, value, errors);
        break;
    case PCSC_REG_DONE(0) ... PCSC_REG_DONE(PCSC_DONE_WORDS - 1):
        s->done[(offset - PCSC_REG_DONE(0)) / 4] &= ~value;
        break;
    case PCSC_REG_CHANGED:
        s->changed &= ~value;
        break;
    case PCSC_REG_DOORBELL:
        pcsc_v2_doorbell(s, value, attrs);
        break;
    case PCSC_REG_CANCEL:
        pcsc_v2_cancel(s, value);
        break;
    case PCSC_REG_WAIT:
        pcsc_v2_wait(s, value);
        break;
    default:
        pcsc_guest_error("write to read-only or reserved offset 0x%"
                         HWADDR_PRIx, offset);
        return;
    }
    pcsc_update_irq(s);
}

static MemTxResult pcsc_mmio_read(void *opaque, hwaddr offset, uint64_t *data,
                                  unsigned size, MemTxAttrs attrs)
{
    PCSCPassthru *s = opaque;

    if (offset == PCSC_REG_NUM_READERS) {
        *data = pcsc_num_readers(s);
    } else if (offset == PCSC_REG_IRQ_STATUS) {
        *data = s->irq_status;
    } else if (offset < PCSC_REG_ID || s->version < 2) {
        *data = pcsc_legacy_read(s, offset);
    } else {
        *data = pcsc_v2_read(s, offset);
    }
    trace_pcsc_read(offset, *data);
    return MEMTX_OK;
}

static MemTxResult pcsc_mmio_write(void *opaque, hwaddr offset, uint64_t value,
                                   unsigned size, MemTxAttrs attrs)
{
    PCSCPassthru *s = opaque;

    trace_pcsc_write(offset, value);
    attrs = pcsc_dma_attrs(attrs);
    if (offset == PCSC_REG_IRQ_STATUS) {
        s->irq_status &= ~pcsc_fields(offset, value, PCSC_IRQ_STATUS_CHANGED);
        pcsc_update_irq(s);
    } else if (offset < PCSC_REG_ID || s->version < 2) {
        pcsc_legacy_write(s, offset, value, attrs);
    } else {
        pcsc_v2_write(s, offset, value, attrs);
    }
    return MEMTX_OK;
}

/* Only aligned words; anything else fails on the bus. */
static bool pcsc_mmio_accepts(void *opaque, hwaddr offset, unsigned size,
                              bool is_write, MemTxAttrs attrs)
{
    if (size == 4 && offset % 4 == 0) {
        return true;
    }
    pcsc_guest_error("access of %u bytes at 0x%" HWADDR_PRIx, size, offset);
    return false;
}

static const MemoryRegionOps pcsc_mmio_ops = {
    .read_with_attrs = pcsc_mmio_read,
    .write_with_attrs = pcsc_mmio_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid.min_access_size = 4,
    .valid.max_access_size = 4,
    .valid.accepts = pcsc_mmio_accepts,
    .impl.min_access_size = 4,
    .impl.max_access_size = 4,
};

/* The property "readers": a list of structs, one for each slot in use. */
static void pcsc_get_readers(Object *obj, Visitor *v, const char *name,
                             void *opaque, Error **errp)
{
    PCSCPassthru *s = opaque;

    if (!visit_start_list(v, name, NULL, 0, errp)) {
        return;
    }
    for (uint32_t i = 0; i < PCSC_SLOTS_MAX; i++) {
        PCSCSlot *slot = &s->slot[i];
        char *reader = slot->name;
        uint32_t state = slot->state & PCSC_STATE_MASK;
        uint32_t events = slot->state >> PCSC_STATE_COUNTER_SHIFT;
        uint32_t sessions = pcsc_v2_count_sessions(s, i);
        uint32_t commands = pcsc_v2_count_commands(s, i);
        bool legacy = s->legacy[i].atr_len;

        if (!slot->name[0]) {
            continue;
        }
        if (!visit_start_struct(v, NULL, NULL, 0, errp)) {
            break;
        }
        if (visit_type_uint32(v, "slot", &i, errp) &&
            visit_type_str(v, "name", &reader, errp) &&
            visit_type_bool(v, "present", &slot->present, errp) &&
            visit_type_uint32(v, "generation", &slot->generation, errp) &&
            visit_type_uint32(v, "state", &state, errp) &&
            visit_type_uint32(v, "events", &events, errp) &&
            visit_type_uint32(v, "sessions", &sessions, errp) &&
            visit_type_uint32(v, "commands", &commands, errp) &&
            visit_type_bool(v, "legacy-connected", &legacy, errp)) {
            visit_check_struct(v, errp);
        }
        visit_end_struct(v, NULL);
    }
    visit_end_list(v, NULL);
}

static void pcsc_backend_changed(void *opaque)
{
    pcsc_slots_update(opaque);
}

static void pcsc_passthru_let_go(PCSCPassthru *s, unsigned wait_ms)
{
    pcsc_v2_reset(s);
    pcsc_legacy_reset(s);
    pcsc_backend_detach(s->backend, wait_ms);
}

/*
 * QEMU ends, whoever asked for that.  pcscd leaves a card that was shared as it
 * is when its client just goes: what the guest verified would stay so.
 */
static void pcsc_passthru_exit(Notifier *n, void *data)
{
    bool locked = bql_locked();

    if (!locked) {
        bql_lock();
    }
    pcsc_passthru_let_go(container_of(n, PCSCPassthru, exit), PCSC_EXIT_MS);
    if (!locked) {
        bql_unlock();
    }
}

/** pcsc_passthru_init: what needs no back end; @dev: the shell's device. */
void pcsc_passthru_init(PCSCPassthru *s, DeviceState *dev)
{
    s->dev = dev;
    memory_region_init_io(&s->mmio, OBJECT(dev), &pcsc_mmio_ops, s,
                          "pcsc-passthru", PCSC_REG_PAGE_SIZE);
    object_property_add(OBJECT(dev), "readers", "list", pcsc_get_readers,
                        NULL, NULL, s);
    object_property_set_description(OBJECT(dev), "readers",
                                    "the reader slots in use");
}

bool pcsc_passthru_realize(PCSCPassthru *s, Error **errp)
{
    const PCSCBackendListener listener = {
        .changed = pcsc_backend_changed,
        .opaque = s,
    };

    if (s->version != 1 && s->version != 2) {
        error_setg(errp, "version must be 1 or 2");
        return false;
    }
    if (!s->backend) {
        error_setg(errp, "property 'backend' is not set");
        return false;
    }

    error_setg(&s->blocker, "pcsc-passthru: connections to smart cards of the "
               "host cannot be migrated (pcsc=off leaves the device out)");
    if (migrate_add_blocker(&s->blocker, errp) < 0) {
        return false;
    }
    if (!pcsc_backend_attach(s->backend, &listener, PCSC_FIRST_LIST_MS, errp)) {
        migrate_del_blocker(&s->blocker);
        return false;
    }

    s->limits = *pcsc_backend_limits(s->backend);
    s->limits.max_readers = MIN(s->limits.max_readers, PCSC_SLOTS_MAX);
    s->num_handles = MIN(s->limits.max_sessions, UINT16_MAX + 1u);
    s->handle = g_new0(PCSCHandle, s->num_handles);
    pcsc_v2_init(s);
    pcsc_legacy_init(s);
    s->vmstate = qemu_add_vm_change_state_handler_prio(pcsc_legacy_vm_state, s,
                                                       INT_MAX);
    s->exit.notify = pcsc_passthru_exit;
    qemu_add_exit_notifier(&s->exit);
    pcsc_slots_update(s);
    return true;
}

void pcsc_passthru_unrealize(PCSCPassthru *s)
{
    qemu_remove_exit_notifier(&s->exit);
    pcsc_passthru_let_go(s, PCSC_UNPLUG_MS);
    qemu_del_vm_change_state_handler(s->vmstate);
    migrate_del_blocker(&s->blocker);
    g_clear_pointer(&s->handle, g_free);
}

/** pcsc_passthru_reset: reset of the machine. */
void pcsc_passthru_reset(PCSCPassthru *s)
{
    trace_pcsc_reset();
    pcsc_legacy_reset(s);
    pcsc_slots_reset(s);
    s->irq_status = 0;
    pcsc_v2_reset(s);
}

/*
 * PC/SC back end in process: readers and cards for tests, and their events
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/lockable.h"
#include "qemu/module.h"
#include "pcsc-emulated.h"

void emu_publish(PCSCBackendEmulated *e)
{
    PCSCBackend *be = PCSC_BACKEND(e);
    g_autofree PCSCReader *list = NULL;
    unsigned n = 0;

    if (!e->running) {
        return;
    }
    if (!e->service) {
        pcsc_backend_publish_away(be);
        return;
    }
    list = g_new0(PCSCReader, e->n_readers + 1);
    for (unsigned i = 0; i < e->n_readers; i++) {
        EmuReader *r = &e->readers[i];
        PCSCReader *p = &list[n];

        if (!r->plugged) {
            continue;
        }
        n++;
        g_strlcpy(p->name, r->name, sizeof(p->name));
        p->state = r->present ? PCSC_STATE_PRESENT : PCSC_STATE_EMPTY;
        p->state |= (uint32_t)r->events << PCSC_STATE_COUNTER_SHIFT;
        if (r->exclusive || r->held) {
            p->state |= PCSC_STATE_EXCLUSIVE;
        } else if (r->connections && r->present) {
            p->state |= PCSC_STATE_INUSE;
        }
        if (r->present) {
            p->atr_len = r->atr_len;
            memcpy(p->atr, r->atr, r->atr_len);
        }
    }
    /* The lock makes this the only one who publishes */
    pcsc_backend_publish(be, list, n, pcsc_backend_seq(be));
}

static bool emu_start(PCSCBackend *be, Error **errp)
{
    PCSCBackendEmulated *e = PCSC_BACKEND_EMULATED(be);

    QEMU_LOCK_GUARD(&e->emu_lock);
    memset(e->readers, 0, sizeof(e->readers));
    e->n_readers = e->count;
    for (unsigned i = 0; i < e->n_readers; i++) {
        snprintf(e->readers[i].name, sizeof(e->readers[i].name), "%.100s %u",
                 e->prefix, i);
        e->readers[i].plugged = true;
    }
    if (!emu_first_cards(e, errp)) {
        return false;
    }
    e->running = true;
    e->service = true;
    emu_publish(e);
    return true;
}

/* The device is gone: so is the service, for workers that still wait for it */
static void emu_stop(PCSCBackend *be)
{
    PCSCBackendEmulated *e = PCSC_BACKEND_EMULATED(be);

    QEMU_LOCK_GUARD(&e->emu_lock);
    emu_service(e, false);
    e->running = false;
    qemu_cond_broadcast(&e->changed);
}

static void emu_wake(PCSCBackend *be)
{
    PCSCBackendEmulated *e = PCSC_BACKEND_EMULATED(be);

    QEMU_LOCK_GUARD(&e->emu_lock);
    qemu_cond_broadcast(&e->changed);
}

static bool emu_fixed(PCSCBackendEmulated *e, const char *name, Error **errp)
{
    if (e->running) {
        error_setg(errp, "'%s' cannot change while a device uses the back end",
                   name);
    }
    return e->running;
}

static void emu_get_count(Object *obj, Visitor *v, const char *name,
                          void *opaque, Error **errp)
{
    visit_type_uint32(v, name, &PCSC_BACKEND_EMULATED(obj)->count, errp);
}

static void emu_set_count(Object *obj, Visitor *v, const char *name,
                          void *opaque, Error **errp)
{
    PCSCBackendEmulated *e = PCSC_BACKEND_EMULATED(obj);
    uint32_t value;

    if (emu_fixed(e, name, errp) || !visit_type_uint32(v, name, &value, errp)) {
        return;
    }
    if (value > EMU_READERS_MAX) {
        error_setg(errp, "'%s' must be 0 to %d", name, EMU_READERS_MAX);
        return;
    }
    e->count = value;
}

static char *emu_get_prefix(Object *obj, Error **errp)
{
    return g_strdup(PCSC_BACKEND_EMULATED(obj)->prefix);
}

static void emu_set_prefix(Object *obj, const char *value, Error **errp)
{
    PCSCBackendEmulated *e = PCSC_BACKEND_EMULATED(obj);

    if (!emu_fixed(e, "prefix", errp)) {
        g_free(e->prefix);
        e->prefix = g_strdup(value);
    }
}

static char *emu_get_cards(Object *obj, Error **errp)
{
    return g_strdup(PCSC_BACKEND_EMULATED(obj)->cards ?: "all");
}

static void emu_set_cards(Object *obj, const char *value, Error **errp)
{
    PCSCBackendEmulated *e = PCSC_BACKEND_EMULATED(obj);

    if (!emu_fixed(e, "cards", errp)) {
        g_free(e->cards);
        e->cards = g_strdup(value);
    }
}

static void emu_init(Object *obj)
{
    PCSCBackendEmulated *e = PCSC_BACKEND_EMULATED(obj);

    e->count = 1;
    e->prefix = g_strdup("Emulated Reader");
    qemu_mutex_init(&e->emu_lock);
    qemu_cond_init(&e->changed);
    QTAILQ_INIT(&e->connected);
}

static void emu_finalize(Object *obj)
{
    PCSCBackendEmulated *e = PCSC_BACKEND_EMULATED(obj);

    qemu_cond_destroy(&e->changed);
    qemu_mutex_destroy(&e->emu_lock);
    g_free(e->prefix);
    g_free(e->cards);
}

static void emu_class_init(ObjectClass *oc, PCSCClassData *data)
{
    PCSCBackendClass *k = PCSC_BACKEND_CLASS(oc);

    k->session_size = sizeof(EmuSession);
    k->start = emu_start;
    k->stop = emu_stop;
    k->session_exec = emu_session_exec;
    k->session_end = emu_session_end;
    k->wake = emu_wake;

    object_class_property_add(oc, "count", "uint32", emu_get_count,
                              emu_set_count, NULL, NULL);
    object_class_property_set_description(oc, "count", "number of readers");
    object_class_property_add_str(oc, "prefix", emu_get_prefix,
                                  emu_set_prefix);
    object_class_property_set_description(oc, "prefix",
        "what the readers' names begin with");
    object_class_property_add_str(oc, "cards", emu_get_cards, emu_set_cards);
    object_class_property_set_description(oc, "cards",
        "readers with a card at first: all, none or N[:ATR];...");
    object_class_property_add_str(oc, "event", NULL, emu_set_event);
    object_class_property_set_description(oc, "event",
        "make something happen, for instance 'remove 0'");
}

static const TypeInfo emu_info = {
    .name = TYPE_PCSC_BACKEND_EMULATED,
    .parent = TYPE_PCSC_BACKEND,
    .instance_size = sizeof(PCSCBackendEmulated),
    .instance_init = emu_init,
    .instance_finalize = emu_finalize,
    .class_init = emu_class_init,
};

static void emu_register_types(void)
{
    type_register_static(&emu_info);
}

type_init(emu_register_types);

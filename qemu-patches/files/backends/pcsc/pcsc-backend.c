/*
 * PC/SC back end: the base object: its properties, and the device that uses it
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
#include "qom/object_interfaces.h"
#include "pcsc-backend-internal.h"
#include "trace.h"

#define PCSC_DEFAULT_SESSIONS   64
#define PCSC_DEFAULT_TIMEOUT    60000
#define PCSC_DEFAULT_TIMEOUT_MAX 600000

/* A session number is a u16 of the descriptor */
#define PCSC_SESSIONS_MAX       65535

const PCSCLimits *pcsc_backend_limits(PCSCBackend *be)
{
    return &be->limits;
}

static void pcsc_backend_bh(void *opaque)
{
    PCSCBackend *be = opaque;
    bool dirty;

    /* A completion may drop the last reference */
    object_ref(OBJECT(be));
    WITH_QEMU_LOCK_GUARD(&be->lock) {
        dirty = be->dirty;
        be->dirty = false;
    }
    /* First the states, so that a completed connect finds its own effect */
    if (dirty && be->listener.changed) {
        be->listener.changed(be->listener.opaque);
    }
    pcsc_backend_deliver(be);
    object_unref(OBJECT(be));
}

void pcsc_backend_notify(PCSCBackend *be)
{
    if (be->lingering) {
        qatomic_set(&be->lingering, false);
        if (be->asleep) {
            event_notifier_set(&be->news);
        }
    } else {
        qemu_bh_schedule(be->bh);
    }
}

/* Until nobody lingers any more: awake if that is no loss, else asleep. */
static void pcsc_backend_await(PCSCBackend *be, int64_t end)
{
    GPollFD fd = {
        .fd = event_notifier_get_fd(&be->news),
        .events = G_IO_IN,
    };

    if (pcsc_spin(&be->spin, &be->lingering, end)) {
        return;
    }
    WITH_QEMU_LOCK_GUARD(&be->lock) {
        be->asleep = be->lingering;
    }
    if (be->asleep) {
        qemu_poll_ns(&fd, 1, MAX(end - get_clock(), 0));
    }
}

void pcsc_backend_linger(PCSCBackend *be, int64_t ns)
{
    bool wait = false;
    bool dirty;

    if (!be->can_linger) {
        return;
    }
    WITH_QEMU_LOCK_GUARD(&be->lock) {
        if (QTAILQ_EMPTY(&be->done)) {
            if (be->lingering) {
                return;
            }
            be->lingering = wait = true;
        }
    }
    object_ref(OBJECT(be));
    if (wait) {
        bql_unlock();
        pcsc_backend_await(be, get_clock() + ns);
        bql_lock();
    }
    WITH_QEMU_LOCK_GUARD(&be->lock) {
        if (wait) {
            qatomic_set(&be->lingering, false);
            if (be->asleep) {
                be->asleep = false;
                event_notifier_test_and_clear(&be->news);
            }
        }
        dirty = be->dirty;
        if (dirty) {
            /* States come first, and the device hears of them elsewhere */
            qemu_bh_schedule(be->bh);
        }
    }
    if (!dirty) {
        pcsc_backend_deliver(be);
    }
    object_unref(OBJECT(be));
}

bool pcsc_backend_wait(PCSCBackend *be, int64_t deadline)
{
    return pcsc_cond_wait(&be->changed, &be->lock, deadline);
}

bool pcsc_backend_attach(PCSCBackend *be, const PCSCBackendListener *listener,
                         unsigned wait_ms, Error **errp)
{
    PCSCBackendClass *k = PCSC_BACKEND_GET_CLASS(be);
    int64_t deadline = g_get_monotonic_time() + wait_ms * (int64_t)1000;

    if (be->attached) {
        error_setg(errp, "PC/SC back end '%s' has a device already",
                   object_get_canonical_path_component(OBJECT(be)));
        return false;
    }

    be->limits.features = be->allow_control ?
        PCSC_FEATURE_CONTROL | PCSC_FEATURE_SET_ATTRIB : 0;
    be->limits.timeout_default = MIN(be->limits.timeout_default,
                                     be->limits.timeout_max);
    g_ptr_array_set_size(be->patterns, 0);
    if (be->allow) {
        g_auto(GStrv) parts = g_strsplit(be->allow, ";", -1);

        for (char **p = parts; *p; p++) {
            if (**p) {
                g_ptr_array_add(be->patterns, g_strdup(*p));
            }
        }
    }

    WITH_QEMU_LOCK_GUARD(&be->lock) {
        be->listed = false;
        be->service = false;
        be->n_readers = 0;
        be->seq++;
    }
    if (!k->start(be, errp)) {
        return false;
    }
    object_ref(OBJECT(be));
    be->attached = true;
    be->listener = *listener;

    WITH_QEMU_LOCK_GUARD(&be->lock) {
        while (!be->listed) {
            if (!pcsc_backend_wait(be, deadline)) {
                break;
            }
        }
        trace_pcsc_backend_attach(be, be->listed);
    }
    return true;
}

void pcsc_backend_detach(PCSCBackend *be, unsigned wait_ms)
{
    PCSCBackendClass *k = PCSC_BACKEND_GET_CLASS(be);
    int64_t deadline;

    if (!be->attached) {
        return;
    }
    memset(&be->listener, 0, sizeof(be->listener));
    k->stop(be);

    deadline = g_get_monotonic_time() + wait_ms * (int64_t)1000;
    WITH_QEMU_LOCK_GUARD(&be->lock) {
        while (be->workers) {
            if (!pcsc_backend_wait(be, deadline)) {
                break;
            }
        }
        trace_pcsc_backend_detach(be, be->workers);
    }
    pcsc_backend_deliver(be);
    be->attached = false;
    object_unref(OBJECT(be));
}

static bool pcsc_backend_fixed(PCSCBackend *be, const char *name, Error **errp)
{
    if (be->attached) {
        error_setg(errp, "'%s' cannot change while a device uses the back end",
                   name);
    }
    return be->attached;
}

static char *pcsc_backend_get_allow(Object *obj, Error **errp)
{
    return g_strdup(PCSC_BACKEND(obj)->allow ?: "");
}

static void pcsc_backend_set_allow(Object *obj, const char *value, Error **errp)
{
    PCSCBackend *be = PCSC_BACKEND(obj);

    if (pcsc_backend_fixed(be, "allow", errp)) {
        return;
    }
    /* As a variable that is not set is: all readers would not be meant. */
    if (strspn(value, ";") == strlen(value)) {
        error_setg(errp, "'allow' has no pattern; '*' is all readers");
        return;
    }
    g_free(be->allow);
    be->allow = g_strdup(value);
}

static bool pcsc_backend_get_allow_control(Object *obj, Error **errp)
{
    return PCSC_BACKEND(obj)->allow_control;
}

static void pcsc_backend_set_allow_control(Object *obj, bool value,
                                           Error **errp)
{
    PCSCBackend *be = PCSC_BACKEND(obj);

    if (!pcsc_backend_fixed(be, "allow-control", errp)) {
        be->allow_control = value;
    }
}

/* A limit as a property: where it is kept and what it may be */
typedef struct PCSCLimitProp {
    const char *name;
    size_t offset;
    uint32_t max;
    const char *description;
} PCSCLimitProp;

static const PCSCLimitProp pcsc_limit_props[] = {
    { "max-readers", offsetof(PCSCBackend, limits.max_readers),
      PCSC_SLOTS_MAX, "most readers that the guest sees" },
    { "max-sessions", offsetof(PCSCBackend, limits.max_sessions),
      PCSC_SESSIONS_MAX, "most sessions at the same time" },
    { "timeout", offsetof(PCSCBackend, limits.timeout_default),
      INT32_MAX, "time-out of a command that names none, in ms" },
    { "timeout-max", offsetof(PCSCBackend, limits.timeout_max),
      INT32_MAX, "longest time-out that a command gets, in ms" },
};

static void pcsc_backend_get_limit(Object *obj, Visitor *v, const char *name,
                                   void *opaque, Error **errp)
{
    const PCSCLimitProp *p = opaque;

    visit_type_uint32(v, name, (void *)obj + p->offset, errp);
}

static void pcsc_backend_set_limit(Object *obj, Visitor *v, const char *name,
                                   void *opaque, Error **errp)
{
    const PCSCLimitProp *p = opaque;
    uint32_t value;

    if (pcsc_backend_fixed(PCSC_BACKEND(obj), name, errp) ||
        !visit_type_uint32(v, name, &value, errp)) {
        return;
    }
    if (value < 1 || value > p->max) {
        error_setg(errp, "'%s' must be 1 to %u", name, p->max);
        return;
    }
    *(uint32_t *)((void *)obj + p->offset) = value;
}

static void pcsc_backend_init(Object *obj)
{
    PCSCBackend *be = PCSC_BACKEND(obj);

    be->limits.max_readers = PCSC_SLOTS_MAX;
    be->limits.max_sessions = PCSC_DEFAULT_SESSIONS;
    be->limits.timeout_default = PCSC_DEFAULT_TIMEOUT;
    be->limits.timeout_max = PCSC_DEFAULT_TIMEOUT_MAX;
    be->patterns = g_ptr_array_new_with_free_func(g_free);
    be->bh = qemu_bh_new(pcsc_backend_bh, be);
    /* A device that waits for a completion polls this context, no other */
    be->timer = aio_timer_new(qemu_get_aio_context(), QEMU_CLOCK_REALTIME,
                              SCALE_MS, pcsc_request_timer, be);
    be->can_linger = !event_notifier_init(&be->news, false);
    qemu_mutex_init(&be->lock);
    qemu_cond_init(&be->changed);
    QTAILQ_INIT(&be->requests);
    QTAILQ_INIT(&be->done);
    QTAILQ_INIT(&be->leaving);
    QTAILQ_INIT(&be->ended);
}

static void pcsc_backend_finalize(Object *obj)
{
    PCSCBackend *be = PCSC_BACKEND(obj);

    /* No device, no session, no monitor: each holds a reference */
    qemu_bh_delete(be->bh);
    timer_free(be->timer);
    if (be->can_linger) {
        event_notifier_cleanup(&be->news);
    }
    qemu_cond_destroy(&be->changed);
    qemu_mutex_destroy(&be->lock);
    g_ptr_array_free(be->patterns, true);
    g_free(be->allow);
}

static bool pcsc_backend_can_be_deleted(UserCreatable *uc)
{
    return !PCSC_BACKEND(uc)->attached;
}

static void pcsc_backend_class_init(ObjectClass *oc, PCSCClassData *data)
{
    UserCreatableClass *ucc = USER_CREATABLE_CLASS(oc);

    ucc->can_be_deleted = pcsc_backend_can_be_deleted;

    object_class_property_add_str(oc, "allow", pcsc_backend_get_allow,
                                  pcsc_backend_set_allow);
    object_class_property_set_description(oc, "allow",
        "readers that the guest may see: name patterns, separated by ';'");
    object_class_property_add_bool(oc, "allow-control",
                                   pcsc_backend_get_allow_control,
                                   pcsc_backend_set_allow_control);
    object_class_property_set_description(oc, "allow-control",
        "let the guest send control codes to readers and set attributes");
    for (size_t i = 0; i < ARRAY_SIZE(pcsc_limit_props); i++) {
        const PCSCLimitProp *p = &pcsc_limit_props[i];

        object_class_property_add(oc, p->name, "uint32",
                                  pcsc_backend_get_limit,
                                  pcsc_backend_set_limit, NULL, (void *)p);
        object_class_property_set_description(oc, p->name, p->description);
    }
}

static const TypeInfo pcsc_backend_info = {
    .name = TYPE_PCSC_BACKEND,
    .parent = TYPE_OBJECT,
    .abstract = true,
    .instance_size = sizeof(PCSCBackend),
    .instance_init = pcsc_backend_init,
    .instance_finalize = pcsc_backend_finalize,
    .class_size = sizeof(PCSCBackendClass),
    .class_init = pcsc_backend_class_init,
    .interfaces = (InterfaceInfo[]) {
        { TYPE_USER_CREATABLE },
        { }
    },
};

static void pcsc_backend_register_types(void)
{
    type_register_static(&pcsc_backend_info);
}

type_init(pcsc_backend_register_types);

/*
 * PC/SC back end on pcsc-lite: the thread that looks after the readers
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It has a context of its own, in which it sleeps in SCardGetStatusChange().
 * What woke it does not matter: it lists the readers, asks for all their
 * states, publishes them, and sleeps again.
 *
 * libpcsclite 1.9.9, things to know:
 * - It cuts an INFINITE time-out in pieces of a minute.  A day is one piece.
 * - A reader that comes between SCardListReaders() and SCardGetStatusChange()
 *   is not noticed by "\\?PnP?\Notification".  So after a change the first
 *   sleep is short, and the readers are listed once more.
 * - SCardCancel() does nothing when it comes too early, and may wait for
 *   pcscd: it has a thread of its own, at tear-down only, and is repeated.
 */

#include "qemu/osdep.h"
#include "block/aio.h"
#include "qemu/error-report.h"
#include "qemu/event_notifier.h"
#include "qemu/lockable.h"
#include "qemu/rcu.h"
#include "pcsc-pcsclite.h"
#include "trace.h"

#define PNP_READER      "\\\\?PnP?\\Notification"

#define SLEEP_MS        (24 * 60 * 60 * 1000)
#define SETTLE_MS       1000

/* No list of readers that is of use is longer */
#define NAMES_MAX       (PCSCLITE_MAX_READERS_CONTEXTS * MAX_READERNAME)

/* So many events at once, each within a moment, are cause for a pause */
#define BURST           16
#define BURST_US        2000
#define BURST_PAUSE_US  50000

/* So many refusals by pcscd are not reported */
#define REFUSALS        3

/**
 * PcscliteMonitor: the monitor
 * @be: where it publishes; a reference
 * @wake: ends its waits for pcscd
 * @refusals: how often pcscd refused, up to the report; its thread only
 * @refs: back end, thread, canceller (atomic)
 *
 * @lock guards:
 * @stop: it is to end
 * @ended: it did
 * @context: that it sleeps in, or 0
 * @changed: @ended was set
 */
struct PcscliteMonitor {
    PCSCBackend *be;
    EventNotifier wake;
    int refusals;
    int refs;

    QemuMutex lock;
    QemuCond changed;
    bool stop;
    bool ended;
    SCARDCONTEXT context;
};

/* Readers and their names, as SCardGetStatusChange() takes them */
typedef struct PcscliteList {
    char *names;
    DWORD length;
    SCARD_READERSTATE states[PCSCLITE_MAX_READERS_CONTEXTS + 1];
    unsigned n;
} PcscliteList;

void pcsclite_reader(PCSCReader *to, const SCARD_READERSTATE *from)
{
    memset(to, 0, sizeof(*to));
    g_strlcpy(to->name, from->szReader, sizeof(to->name));
    to->state = from->dwEventState;
    to->atr_len = MIN(from->cbAtr, PCSC_ATR_MAX);
    memcpy(to->atr, from->rgbAtr, to->atr_len);
}

static void pcsclite_monitor_bh(void *opaque)
{
    PcscliteMonitor *m = opaque;

    event_notifier_cleanup(&m->wake);
    qemu_cond_destroy(&m->changed);
    qemu_mutex_destroy(&m->lock);
    object_unref(OBJECT(m->be));
    g_free(m);
}

static void pcsclite_monitor_unref(PcscliteMonitor *m)
{
    if (qatomic_fetch_dec(&m->refs) == 1) {
        /* The back end's last reference is the main loop's to drop */
        aio_bh_schedule_oneshot(qemu_get_aio_context(), pcsclite_monitor_bh,
                                m);
    }
}

static bool pcsclite_monitor_stopped(PcscliteMonitor *m)
{
    QEMU_LOCK_GUARD(&m->lock);
    return m->stop;
}

/*
 * List the readers.  Sets whether that differs from what @list held.
 *
 * libpcsclite 1.9.9 counts first and copies then, from memory that other
 * threads' calls fill anew: so there is room for what it can ever copy.
 */
static LONG pcsclite_list(SCARDCONTEXT context, PcscliteList *list,
                          bool *differs)
{
    char names[NAMES_MAX + 1] = { 0 };
    DWORD length = sizeof(names);
    LONG rv = SCardListReaders(context, NULL, names, &length);

    if (rv == SCARD_E_NO_READERS_AVAILABLE) {
        length = 0;
    } else if (rv != SCARD_S_SUCCESS) {
        return rv;
    }
    /* No more than readers can have names, and two NULs at the end */
    length = MIN(length, NAMES_MAX);
    *differs = length != list->length ||
               (length && memcmp(names, list->names, length));
    g_free(list->names);
    list->names = g_malloc0(length + 2);
    memcpy(list->names, names, length);
    list->length = length;

    list->n = 0;
    memset(list->states, 0, sizeof(list->states));
    for (const char *p = list->names;
         *p && list->n < PCSCLITE_MAX_READERS_CONTEXTS;
         p += strlen(p) + 1) {
        list->states[list->n++].szReader = p;
    }
    return SCARD_S_SUCCESS;
}

/* Ask for all states and publish them. */
static LONG pcsclite_look(PcscliteMonitor *m, SCARDCONTEXT context,
                          PcscliteList *list, bool *differs)
{
    g_autofree PCSCReader *readers = NULL;
    uint64_t seq;
    LONG rv;

    *differs = false;
    do {
        bool other = false;

        seq = pcsc_backend_seq(m->be);
        rv = pcsclite_list(context, list, &other);
        *differs |= rv == SCARD_S_SUCCESS && other;
        if (rv == SCARD_S_SUCCESS && list->n) {
            /* All are UNAWARE: returns at once */
            rv = SCardGetStatusChange(context, 0, list->states, list->n);
        }
        if (rv == SCARD_E_UNKNOWN_READER || rv == SCARD_E_TIMEOUT) {
            /* One went meanwhile: the next look will tell */
            return SCARD_S_SUCCESS;
        }
        if (rv != SCARD_S_SUCCESS || pcsclite_monitor_stopped(m)) {
            return rv;
        }
        g_free(readers);
        readers = g_new(PCSCReader, list->n + 1);
        for (unsigned i = 0; i < list->n; i++) {
            pcsclite_reader(&readers[i], &list->states[i]);
        }
        /* A worker may have seen something newer in the meantime */
    } while (!pcsc_backend_publish(m->be, readers, list->n, seq));
    return SCARD_S_SUCCESS;
}

/* Sleep until something is different from @list. */
static LONG pcsclite_sleep(SCARDCONTEXT context, PcscliteList *list,
                           DWORD time_ms)
{
    unsigned n = list->n;
    LONG rv;

    for (unsigned i = 0; i < n; i++) {
        /* Never 0, which would be UNAWARE: it has the CHANGED bit */
        list->states[i].dwCurrentState = list->states[i].dwEventState |
                                         SCARD_STATE_CHANGED;
    }
    if (n < PCSCLITE_MAX_READERS_CONTEXTS) {
        list->states[n++].szReader = PNP_READER;
    }
    rv = SCardGetStatusChange(context, time_ms, list->states, n);
    trace_pcsc_pcsclite_monitor("SCardGetStatusChange", rv);
    if (rv == SCARD_E_TIMEOUT || rv == SCARD_E_UNKNOWN_READER ||
        rv == SCARD_E_CANCELLED) {
        rv = SCARD_S_SUCCESS;
    }
    return rv;
}

/* Until pcscd is lost, or the monitor is to stop. */
static void pcsclite_monitor_context(PcscliteMonitor *m, SCARDCONTEXT context,
                                     PcscliteWatch *watch)
{
    PcscliteList list = { 0 };
    int64_t last = 0;
    int burst = 0;
    bool differs;
    LONG rv;

    while (!pcsclite_monitor_stopped(m)) {
        rv = pcsclite_look(m, context, &list, &differs);
        if (rv != SCARD_S_SUCCESS) {
            trace_pcsc_pcsclite_monitor("readers", rv);
            break;
        }
        burst = g_get_monotonic_time() - last < BURST_US ? burst + 1 : 0;
        if (burst > BURST) {
            g_usleep(BURST_PAUSE_US);
        }
        rv = pcsclite_sleep(context, &list, differs ? SETTLE_MS : SLEEP_MS);
        if (rv != SCARD_S_SUCCESS) {
            break;
        }
        last = g_get_monotonic_time();
        pcsclite_watch_reset(watch);
    }
    g_free(list.names);
}

/*
 * Without leave from polkit pcscd hangs up, which is what a pcscd that ends
 * does, too: only a repetition is worth a word, and that once.
 */
static void pcsclite_monitor_refused(PcscliteMonitor *m, LONG rv)
{
    if (rv == SCARD_E_NO_SERVICE || m->refusals > REFUSALS) {
        return;
    }
    m->refusals++;
    if (m->refusals > REFUSALS) {
        warn_report("pcscd refuses this user (%s); does polkit allow "
                    "org.debian.pcsc-lite.access_pcsc? The guest has no "
                    "readers until it does", pcsc_stringify_error(rv));
    }
}

static void *pcsclite_monitor_thread(void *opaque)
{
    PcscliteMonitor *m = opaque;
    PcscliteWatch *watch;
    SCARDCONTEXT context = 0;
    LONG rv;

    rcu_register_thread();
    watch = pcsclite_watch_new(event_notifier_get_fd(&m->wake));
    while (!pcsclite_monitor_stopped(m)) {
        rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
        trace_pcsc_pcsclite_monitor("SCardEstablishContext", rv);
        if (rv == SCARD_S_SUCCESS) {
            WITH_QEMU_LOCK_GUARD(&m->lock) {
                m->context = context;
            }
            pcsclite_monitor_context(m, context, watch);
            WITH_QEMU_LOCK_GUARD(&m->lock) {
                m->context = 0;
            }
            pcsclite_context_release(context);
        } else {
            pcsclite_monitor_refused(m, rv);
        }
        if (!pcsclite_monitor_stopped(m)) {
            pcsc_backend_publish_away(m->be);
            pcsclite_watch_wait(watch);
        }
    }
    pcsclite_watch_free(watch);
    rcu_unregister_thread();

    WITH_QEMU_LOCK_GUARD(&m->lock) {
        m->ended = true;
        qemu_cond_broadcast(&m->changed);
    }
    pcsclite_monitor_unref(m);
    return NULL;
}

/* Wakes the monitor from its sleep, however often that takes. */
static void *pcsclite_canceller_thread(void *opaque)
{
    PcscliteMonitor *m = opaque;
    SCARDCONTEXT context;
    bool ended;

    do {
        WITH_QEMU_LOCK_GUARD(&m->lock) {
            context = m->context;
        }
        if (context) {
            SCardCancel(context);
        }
        WITH_QEMU_LOCK_GUARD(&m->lock) {
            if (!m->ended) {
                qemu_cond_timedwait(&m->changed, &m->lock, 20);
            }
            ended = m->ended;
        }
    } while (!ended);
    pcsclite_monitor_unref(m);
    return NULL;
}

PcscliteMonitor *pcsclite_monitor_start(PCSCBackend *be)
{
    PcscliteMonitor *m = g_new0(PcscliteMonitor, 1);

    if (event_notifier_init(&m->wake, false) < 0) {
        g_free(m);
        return NULL;
    }
    qemu_mutex_init(&m->lock);
    qemu_cond_init(&m->changed);
    m->be = be;
    object_ref(OBJECT(be));
    m->refs = 2;
    if (!pcsc_thread_start("pcsc-mon", pcsclite_monitor_thread, m)) {
        m->refs = 1;
        pcsclite_monitor_unref(m);
        return NULL;
    }
    return m;
}

void pcsclite_monitor_stop(PcscliteMonitor *m)
{
    int64_t end = g_get_monotonic_time() + PCSC_TEARDOWN_MS * 1000;

    WITH_QEMU_LOCK_GUARD(&m->lock) {
        m->stop = true;
    }
    event_notifier_set(&m->wake);
    qatomic_inc(&m->refs);
    if (!pcsc_thread_start("pcsc-cancel", pcsclite_canceller_thread, m)) {
        pcsclite_monitor_unref(m);
    }
    WITH_QEMU_LOCK_GUARD(&m->lock) {
        while (!m->ended && pcsc_cond_wait(&m->changed, &m->lock, end)) {
            /* until it has, or it takes too long */
        }
    }
    pcsclite_monitor_unref(m);
}

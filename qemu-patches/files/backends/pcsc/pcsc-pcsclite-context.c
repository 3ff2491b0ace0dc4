/*
 * PC/SC back end on pcsc-lite: contexts, which come and go with care
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libpcsclite finds a handle by a walk through the handles of all contexts of
 * the process, oldest context first, up to the one that has it.  From 1.9.9 to
 * 2.3.3 at least, two of its calls do not keep the rules of that:
 * - SCardDisconnect() walks once more, with no lock, when pcscd has answered.
 *   A context that is released at that moment is used after it was freed.
 * - SCardConnect() adds the handle without the lock of those who walk.  The
 *   first one of a context is linked before it points to the end of the list;
 *   later ones get the place of the one before, which does.
 *
 * So a context is released only while no SCardDisconnect() runs.  Until then,
 * and as long as other sessions have contexts, it waits for its next user.  Who
 * wants one gets the oldest that had a handle.  If there is none he gets a new
 * one, which no walk to an older one comes by, and for a moment, as long as it
 * has no handle yet, nobody gets a newer one.
 */

#include "qemu/osdep.h"
#include "qemu/lockable.h"
#include "qemu/module.h"
#include "pcsc-pcsclite.h"
#include "trace.h"

/* How long a first handle is waited for: most cards are faster */
#define FIRST_MS        200

/* How long a release is: only a pcscd that stands still takes longer */
#define RELEASE_MS      1000

/**
 * contexts: those of this process, which libpcsclite has in one list
 * @lock: guards all
 * @changed: there are less of @starting or @releases
 * @idle: those that can be used again, oldest first
 * @dead: those that can not
 * @starting: those that sessions have, without a first handle
 * @used: how many sessions have
 * @disconnects: how many SCardDisconnect() run
 * @releases: how many SCardReleaseContext() run
 * @release_end: until when these are waited for, in us of the monotonic time
 * @order: of the next one
 */
static struct {
    QemuMutex lock;
    QemuCond changed;
    QTAILQ_HEAD(, PcscliteContext) idle;
    QTAILQ_HEAD(, PcscliteContext) dead;
    QTAILQ_HEAD(, PcscliteContext) starting;
    unsigned used;
    unsigned disconnects;
    unsigned releases;
    int64_t release_end;
    uint64_t order;
} contexts = {
    .idle = QTAILQ_HEAD_INITIALIZER(contexts.idle),
    .dead = QTAILQ_HEAD_INITIALIZER(contexts.dead),
    .starting = QTAILQ_HEAD_INITIALIZER(contexts.starting),
};

/* Called with the lock.  Return: false once @end is over. */
static bool pcsclite_contexts_wait(int64_t end)
{
    return pcsc_cond_wait(&contexts.changed, &contexts.lock, end);
}

/* Called with the lock: one that is of no more use, or NULL. */
static PcscliteContext *pcsclite_contexts_useless(void)
{
    PcscliteContext *c = QTAILQ_FIRST(&contexts.dead);

    if (c) {
        QTAILQ_REMOVE(&contexts.dead, c, next);
        return c;
    }
    QTAILQ_FOREACH(c, &contexts.idle, next) {
        if (!c->safe || !contexts.used) {
            QTAILQ_REMOVE(&contexts.idle, c, next);
            return c;
        }
    }
    return NULL;
}

/* Called with the lock, which it drops: release what can be released now. */
static void pcsclite_contexts_trim(void)
{
    PcscliteContext *c;
    LONG rv;

    while (!contexts.disconnects && (c = pcsclite_contexts_useless())) {
        contexts.releases++;
        contexts.release_end = g_get_monotonic_time() + RELEASE_MS * 1000;
        qemu_mutex_unlock(&contexts.lock);
        rv = SCardReleaseContext(c->id);
        trace_pcsc_pcsclite_call(c, "SCardReleaseContext", rv);
        g_free(c);
        qemu_mutex_lock(&contexts.lock);
        contexts.releases--;
        qemu_cond_broadcast(&contexts.changed);
    }
}

/* Called with the lock: the idle one that is best to use, or NULL. */
static PcscliteContext *pcsclite_contexts_best(void)
{
    PcscliteContext *c;

    QTAILQ_FOREACH(c, &contexts.idle, next) {
        if (c->safe) {
            return c;
        }
    }
    return QTAILQ_LAST(&contexts.idle);
}

/* Called with the lock: until when first handles are waited for. */
static int64_t pcsclite_contexts_start_end(void)
{
    PcscliteContext *c;
    int64_t end = 0;

    QTAILQ_FOREACH(c, &contexts.starting, next) {
        end = MAX(end, c->start_end);
    }
    return end;
}

/* Called with the lock: a context that has a handle or no user any more. */
static void pcsclite_context_started(PcscliteContext *c)
{
    if (!c->safe) {
        QTAILQ_REMOVE(&contexts.starting, c, next);
        qemu_cond_broadcast(&contexts.changed);
    }
}

LONG pcsclite_context_get(PcscliteContext **context, bool *established)
{
    PcscliteContext *c;
    LONG rv;

    WITH_QEMU_LOCK_GUARD(&contexts.lock) {
        do {
            c = pcsclite_contexts_best();
        } while (!(c && c->safe) &&
                 pcsclite_contexts_wait(pcsclite_contexts_start_end()));
        *established = !c;
        if (c) {
            QTAILQ_REMOVE(&contexts.idle, c, next);
        } else {
            c = g_new0(PcscliteContext, 1);
            c->order = contexts.order++;
        }
        if (!c->safe) {
            c->start_end = g_get_monotonic_time() + FIRST_MS * 1000;
            QTAILQ_INSERT_TAIL(&contexts.starting, c, next);
        }
        contexts.used++;
    }
    *context = c;
    if (!*established) {
        return SCARD_S_SUCCESS;
    }

    rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &c->id);
    trace_pcsc_pcsclite_call(c, "SCardEstablishContext", rv);
    if (rv != SCARD_S_SUCCESS) {
        QEMU_LOCK_GUARD(&contexts.lock);
        pcsclite_context_started(c);
        contexts.used--;
        g_free(c);
        *context = NULL;
    }
    return rv;
}

void pcsclite_context_put(PcscliteContext *c, bool dead)
{
    PcscliteContext *older;

    QEMU_LOCK_GUARD(&contexts.lock);
    pcsclite_context_started(c);
    contexts.used--;
    if (dead) {
        QTAILQ_INSERT_TAIL(&contexts.dead, c, next);
    } else {
        QTAILQ_FOREACH_REVERSE(older, &contexts.idle, next) {
            if (older->order < c->order) {
                break;
            }
        }
        if (older) {
            QTAILQ_INSERT_AFTER(&contexts.idle, older, c, next);
        } else {
            QTAILQ_INSERT_HEAD(&contexts.idle, c, next);
        }
    }
    pcsclite_contexts_trim();
}

void pcsclite_context_release(SCARDCONTEXT id)
{
    PcscliteContext *c = g_new0(PcscliteContext, 1);

    c->id = id;
    QEMU_LOCK_GUARD(&contexts.lock);
    QTAILQ_INSERT_TAIL(&contexts.dead, c, next);
    pcsclite_contexts_trim();
}

LONG pcsclite_context_connect(PcscliteContext *c, const char *reader,
                              DWORD share, DWORD protocols, SCARDHANDLE *card,
                              DWORD *protocol)
{
    LONG rv = SCardConnect(c->id, reader, share, protocols, card, protocol);

    trace_pcsc_pcsclite_call(c, "SCardConnect", rv);
    if (rv == SCARD_S_SUCCESS && !c->safe) {
        QEMU_LOCK_GUARD(&contexts.lock);
        pcsclite_context_started(c);
        c->safe = true;
    }
    return rv;
}

LONG pcsclite_context_disconnect(PcscliteContext *c, SCARDHANDLE card,
                                 DWORD disposition)
{
    LONG rv;

    WITH_QEMU_LOCK_GUARD(&contexts.lock) {
        while (contexts.releases &&
               pcsclite_contexts_wait(contexts.release_end)) {
            /* until there is none, or it takes too long */
        }
        contexts.disconnects++;
    }
    rv = SCardDisconnect(card, disposition);
    trace_pcsc_pcsclite_call(c, "SCardDisconnect", rv);
    WITH_QEMU_LOCK_GUARD(&contexts.lock) {
        contexts.disconnects--;
        pcsclite_contexts_trim();
    }
    return rv;
}

static void pcsclite_contexts_init(void)
{
    qemu_mutex_init(&contexts.lock);
    qemu_cond_init(&contexts.changed);
}

type_init(pcsclite_contexts_init);

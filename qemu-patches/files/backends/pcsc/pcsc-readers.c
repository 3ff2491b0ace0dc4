/*
 * PC/SC back end: the published list of readers
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/lockable.h"
#include "pcsc-backend-internal.h"
#include "trace.h"

uint64_t pcsc_backend_seq(PCSCBackend *be)
{
    QEMU_LOCK_GUARD(&be->lock);
    return be->seq;
}

bool pcsc_backend_service(PCSCBackend *be, unsigned *epoch)
{
    QEMU_LOCK_GUARD(&be->lock);
    if (epoch) {
        *epoch = be->epoch;
    }
    return be->service;
}

static bool pcsc_backend_allowed(PCSCBackend *be, const char *name)
{
    if (!be->patterns->len) {
        return true;
    }
    for (guint i = 0; i < be->patterns->len; i++) {
        if (g_pattern_match_simple(g_ptr_array_index(be->patterns, i), name)) {
            return true;
        }
    }
    return false;
}

/* Called with the lock; returns whether there is news. */
static bool pcsc_backend_set_reader(PCSCReader *to, const PCSCReader *from)
{
    PCSCReader r = *from;

    /* The published state is a level: there is no earlier call to compare to */
    r.state &= ~PCSC_STATE_CHANGED;
    r.name[PCSC_NAME_MAX - 1] = 0;
    r.atr_len = MIN(r.atr_len, PCSC_ATR_MAX);
    if (!strcmp(to->name, r.name) && to->state == r.state &&
        to->atr_len == r.atr_len && !memcmp(to->atr, r.atr, r.atr_len)) {
        return false;
    }
    *to = r;
    return true;
}

/* Called with the lock. */
static void pcsc_backend_news(PCSCBackend *be, bool news)
{
    be->seq++;
    if (news) {
        be->dirty = true;
        qemu_bh_schedule(be->bh);
    }
}

bool pcsc_backend_publish(PCSCBackend *be, const PCSCReader *readers,
                          unsigned n, uint64_t seq)
{
    unsigned count = 0;
    bool news;

    QEMU_LOCK_GUARD(&be->lock);
    if (be->seq != seq) {
        return false;
    }
    news = !be->listed || !be->service;
    for (unsigned i = 0; i < n && count < PCSC_SLOTS_MAX; i++) {
        if (!pcsc_backend_allowed(be, readers[i].name)) {
            continue;
        }
        if (pcsc_backend_set_reader(&be->readers[count], &readers[i])) {
            news = true;
            trace_pcsc_backend_reader(be, be->readers[count].name,
                                      be->readers[count].state);
        }
        count++;
    }
    news |= count != be->n_readers;
    be->n_readers = count;
    be->service = true;
    be->listed = true;
    qemu_cond_broadcast(&be->changed);
    if (news) {
        trace_pcsc_backend_readers(be, count, true);
    }
    pcsc_backend_news(be, news);
    return true;
}

bool pcsc_backend_refresh(PCSCBackend *be, const PCSCReader *reader,
                          uint64_t seq)
{
    QEMU_LOCK_GUARD(&be->lock);
    if (be->seq != seq) {
        return false;
    }
    for (unsigned i = 0; be->service && i < be->n_readers; i++) {
        if (!strcmp(be->readers[i].name, reader->name)) {
            bool news = pcsc_backend_set_reader(&be->readers[i], reader);

            if (news) {
                trace_pcsc_backend_reader(be, reader->name,
                                          be->readers[i].state);
            }
            pcsc_backend_news(be, news);
            break;
        }
    }
    return true;
}

void pcsc_backend_publish_away(PCSCBackend *be)
{
    bool news;

    QEMU_LOCK_GUARD(&be->lock);
    news = !be->listed || be->service;
    for (unsigned i = 0; i < be->n_readers; i++) {
        be->readers[i].state = PCSC_STATE_UNAVAILABLE |
            (be->readers[i].state & ~PCSC_STATE_MASK);
        be->readers[i].atr_len = 0;
    }
    be->epoch += be->service;
    be->service = false;
    be->listed = true;
    qemu_cond_broadcast(&be->changed);
    if (news) {
        trace_pcsc_backend_readers(be, be->n_readers, false);
    }
    pcsc_backend_news(be, news);
}

unsigned pcsc_backend_get_readers(PCSCBackend *be, PCSCReader *readers,
                                  unsigned n, bool *service)
{
    QEMU_LOCK_GUARD(&be->lock);
    n = MIN(n, be->n_readers);
    memcpy(readers, be->readers, n * sizeof(*readers));
    *service = be->service;
    return n;
}

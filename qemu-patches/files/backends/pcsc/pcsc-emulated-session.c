/*
 * PC/SC back end in process: winscard's calls, with pcscd's rules of sharing
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where libpcsclite or pcscd waits for another client, so does this: a
 * connect, a disconnect that resets, a transmit, a status, a reconnect and a
 * begin wait for the end of another's transaction.
 */

#include "qemu/osdep.h"
#include "qemu/lockable.h"
#include "pcsc-emulated.h"

uint32_t emu_gone(EmuCall *c)
{
    if (c->e->epoch != c->epoch) {
        return PCSC_E_NO_SERVICE;
    }
    if (!c->reader->plugged) {
        return PCSC_E_READER_UNAVAILABLE;
    }
    return PCSC_S_SUCCESS;
}

uint32_t emu_wait(EmuCall *c)
{
    uint32_t rv = emu_gone(c);

    if (rv == PCSC_S_SUCCESS && pcsc_session_dropped(&c->s->parent)) {
        rv = PCSC_E_CANCELLED;
    }
    if (rv == PCSC_S_SUCCESS) {
        qemu_cond_wait(&c->e->changed, &c->e->emu_lock);
        rv = emu_gone(c);
    }
    return rv;
}

bool emu_locked(EmuCall *c)
{
    return c->reader->held ||
           (c->reader->owner && c->reader->owner != c->s);
}

uint32_t emu_wait_unlocked(EmuCall *c)
{
    uint32_t rv = PCSC_S_SUCCESS;

    while (emu_locked(c) && rv == PCSC_S_SUCCESS) {
        rv = emu_wait(c);
    }
    return rv;
}

uint32_t emu_wait_idle(EmuCall *c)
{
    uint32_t rv = PCSC_S_SUCCESS;

    while (c->reader->busy && rv == PCSC_S_SUCCESS) {
        rv = emu_wait(c);
    }
    return rv;
}

void emu_answer_atr(EmuCall *c)
{
    if (c->reader->present) {
        c->r->atr_len = c->reader->atr_len;
        memcpy(c->r->atr, c->reader->atr, c->reader->atr_len);
    }
}

static bool emu_known_protocol(uint32_t protocols)
{
    return protocols & (PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1 |
                        PCSC_PROTOCOL_RAW);
}

static uint32_t emu_negotiate(EmuCall *c)
{
    EmuReader *reader = c->reader;
    uint32_t want = c->r->protocols;

    if (want & PCSC_PROTOCOL_RAW) {
        reader->protocol = PCSC_PROTOCOL_RAW;
    } else if (c->r->share != PCSC_SHARE_DIRECT) {
        if (!reader->protocol) {
            want &= emu_atr_protocols(reader->atr, reader->atr_len);
            reader->protocol = want & PCSC_PROTOCOL_T1 ?: want;
        }
        if (!(c->r->protocols & reader->protocol)) {
            return PCSC_E_PROTO_MISMATCH;
        }
    }
    c->r->protocol = reader->protocol;
    return PCSC_S_SUCCESS;
}

static void emu_power_up(EmuReader *reader)
{
    if (!reader->powered) {
        reader->powered = true;
        reader->protocol = 0;
        emu_card_power_up(&reader->card);
    }
}

static void emu_disposition(EmuCall *c, uint32_t disposition)
{
    if (!c->reader->present) {
        return;
    }
    if (disposition == PCSC_RESET_CARD) {
        emu_power_up(c->reader);
        emu_reader_reset(c->e, c->reader);
    } else if (disposition == PCSC_UNPOWER_CARD) {
        emu_reader_event(c->e, c->reader, PCSC_W_RESET_CARD);
        c->reader->powered = false;
        c->reader->protocol = 0;
    }
}

static void emu_own(EmuReader *reader, EmuSession *s)
{
    reader->owner = s;
    reader->depth++;
}

static uint32_t emu_disconnect(EmuCall *c, uint32_t disposition)
{
    uint32_t rv;

    if (disposition > PCSC_EJECT_CARD) {
        return PCSC_E_INVALID_VALUE;
    }
    if (disposition != PCSC_LEAVE_CARD) {
        rv = emu_wait_unlocked(c);
        if (rv == PCSC_S_SUCCESS) {
            rv = emu_wait_idle(c);
        }
        if (rv == PCSC_S_SUCCESS || rv == PCSC_E_CANCELLED) {
            emu_disposition(c, disposition);
        }
    }
    if (c->s->reader) {
        emu_session_lose(c->e, c->s);
    }
    return PCSC_S_SUCCESS;
}

static uint32_t emu_connect(EmuCall *c)
{
    PCSCRequest *r = c->r;
    EmuReader *reader = c->reader;
    uint32_t rv;

    if (r->share != PCSC_SHARE_DIRECT && !emu_known_protocol(r->protocols)) {
        return PCSC_E_PROTO_MISMATCH;
    }
    if (reader->exclusive || reader->held) {
        return PCSC_E_SHARING_VIOLATION;
    }
    rv = emu_wait_unlocked(c);
    if (rv == PCSC_S_SUCCESS) {
        rv = emu_wait_idle(c);
    }
    if (rv != PCSC_S_SUCCESS) {
        return rv;
    }
    if (r->share != PCSC_SHARE_DIRECT) {
        if (!reader->present) {
            return PCSC_E_NO_SMARTCARD;
        }
        emu_power_up(reader);
    }
    rv = emu_negotiate(c);
    if (rv != PCSC_S_SUCCESS) {
        return rv;
    }
    /* Somebody may have been faster while this one waited */
    if (reader->exclusive ||
        (r->share == PCSC_SHARE_EXCLUSIVE && reader->connections)) {
        return PCSC_E_SHARING_VIOLATION;
    }
    if (r->share == PCSC_SHARE_EXCLUSIVE) {
        reader->exclusive = c->s;
        emu_own(reader, c->s);
    }
    reader->connections++;
    c->s->reader = reader;
    c->s->event = 0;
    QTAILQ_INSERT_TAIL(&c->e->connected, c->s, next);
    emu_answer_atr(c);
    return PCSC_S_SUCCESS;
}

static uint32_t emu_reconnect(EmuCall *c)
{
    PCSCRequest *r = c->r;
    EmuReader *reader = c->reader;
    uint32_t rv;

    if (r->disposition > PCSC_UNPOWER_CARD) {
        return PCSC_E_INVALID_VALUE;
    }
    if (r->share != PCSC_SHARE_DIRECT && !emu_known_protocol(r->protocols)) {
        return PCSC_E_PROTO_MISMATCH;
    }
    /* libpcsclite tries again for as long as others are there */
    rv = emu_wait_unlocked(c);
    while (rv == PCSC_S_SUCCESS && r->share == PCSC_SHARE_EXCLUSIVE &&
           reader->connections > 1) {
        rv = emu_wait(c);
    }
    if (rv == PCSC_S_SUCCESS) {
        rv = emu_wait_idle(c);
    }
    if (rv != PCSC_S_SUCCESS) {
        return rv;
    }
    if (!reader->present) {
        return PCSC_E_NO_SMARTCARD;
    }
    emu_disposition(c, r->disposition);
    emu_power_up(reader);
    rv = emu_negotiate(c);
    if (rv != PCSC_S_SUCCESS) {
        return rv;
    }
    if (r->share == PCSC_SHARE_EXCLUSIVE && !reader->exclusive) {
        reader->exclusive = c->s;
        emu_own(reader, c->s);
    } else if (r->share != PCSC_SHARE_EXCLUSIVE && reader->exclusive) {
        reader->exclusive = NULL;
        reader->depth--;
        if (!reader->depth) {
            reader->owner = NULL;
        }
    }
    c->s->event = 0;
    emu_answer_atr(c);
    return PCSC_S_SUCCESS;
}

static uint32_t emu_begin(EmuCall *c)
{
    uint32_t rv = c->s->event;

    if (rv == PCSC_S_SUCCESS) {
        rv = emu_wait_unlocked(c);
    }
    if (rv == PCSC_S_SUCCESS) {
        rv = c->s->event;
    }
    if (rv == PCSC_S_SUCCESS) {
        emu_own(c->reader, c->s);
    }
    return rv;
}

static uint32_t emu_end(EmuCall *c)
{
    EmuReader *reader = c->reader;
    uint32_t rv;

    if (c->r->disposition > PCSC_EJECT_CARD) {
        return PCSC_E_INVALID_VALUE;
    }
    if (c->s->event) {
        return c->s->event;
    }
    if (emu_locked(c)) {
        return PCSC_E_SHARING_VIOLATION;
    }
    if (c->r->disposition != PCSC_LEAVE_CARD) {
        rv = emu_wait_idle(c);
        if (rv != PCSC_S_SUCCESS) {
            return rv;
        }
        emu_disposition(c, c->r->disposition);
        if (c->r->disposition == PCSC_UNPOWER_CARD) {
            emu_power_up(reader);
        }
    }
    /* An exclusive connection keeps one level for itself */
    if (reader->depth <= (reader->exclusive == c->s)) {
        return PCSC_E_NOT_TRANSACTED;
    }
    reader->depth--;
    if (!reader->depth) {
        reader->owner = NULL;
    }
    return PCSC_S_SUCCESS;
}

static EmuReader *emu_find(PCSCBackendEmulated *e, const char *name)
{
    for (unsigned i = 0; i < e->n_readers; i++) {
        if (e->readers[i].plugged && !strcmp(e->readers[i].name, name)) {
            return &e->readers[i];
        }
    }
    return NULL;
}

/* Whether a failure was ordered for this call; it happens once. */
static bool emu_ordered(EmuCall *c, uint32_t *result)
{
    *result = c->reader->fail;
    c->reader->fail = 0;
    return *result != 0;
}

static uint32_t emu_exec(EmuCall *c)
{
    uint32_t result;

    if (c->r->op == PCSC_OP_CONNECT) {
        /* A session has one handle */
        if (c->s->reader) {
            emu_session_lose(c->e, c->s);
        }
        c->reader = emu_find(c->e, c->s->parent.reader);
        if (!c->reader) {
            return PCSC_E_UNKNOWN_READER;
        }
        return emu_ordered(c, &result) ? result : emu_connect(c);
    }
    c->reader = c->s->reader;
    if (!c->reader) {
        return PCSC_E_INVALID_HANDLE;
    }
    if (!c->reader->plugged && c->r->op != PCSC_OP_DISCONNECT) {
        return PCSC_E_READER_UNAVAILABLE;
    }
    switch (c->r->op) {
    case PCSC_OP_RECONNECT:
        return emu_reconnect(c);
    case PCSC_OP_DISCONNECT:
        return emu_disconnect(c, c->r->disposition);
    case PCSC_OP_STATUS:
        return emu_status(c);
    case PCSC_OP_TRANSMIT:
        return emu_ordered(c, &result) ? result : emu_transmit(c);
    case PCSC_OP_BEGIN:
        return emu_begin(c);
    case PCSC_OP_END:
        return emu_end(c);
    case PCSC_OP_CONTROL:
        return emu_control(c);
    case PCSC_OP_GET_ATTRIB:
    case PCSC_OP_SET_ATTRIB:
        return emu_attribute(c);
    default:
        return PCSC_E_UNSUPPORTED_FEATURE;
    }
}

static void emu_run(PCSCSession *ps, PCSCRequest *r, bool end)
{
    EmuCall c = {
        .e = PCSC_BACKEND_EMULATED(ps->be),
        .s = container_of(ps, EmuSession, parent),
        .r = r,
    };

    QEMU_LOCK_GUARD(&c.e->emu_lock);
    c.epoch = c.e->epoch;
    if (end && c.s->event) {
        /* Another client reset the card since, or it is gone: nothing to do */
        r->disposition = PCSC_LEAVE_CARD;
    }
    r->result = c.e->service ? emu_exec(&c) : PCSC_E_NO_SERVICE;
    qemu_cond_broadcast(&c.e->changed);
    emu_publish(c.e);
}

void emu_session_exec(PCSCSession *ps, PCSCRequest *r)
{
    emu_run(ps, r, false);
}

void emu_session_end(PCSCSession *ps)
{
    PCSCRequest r = {
        .op = PCSC_OP_DISCONNECT,
        .disposition = PCSC_RESET_CARD,
    };

    emu_run(ps, &r, true);
}

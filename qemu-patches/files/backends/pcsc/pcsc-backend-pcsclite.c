/*
 * PC/SC back end on pcsc-lite: a context and a worker for each session
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libpcsclite serialises the calls of one context, and holds a lock of the
 * whole library while it waits for a context that is in use: so each session
 * has one from its first connection on, and only its worker uses it.
 *
 * After connect, reconnect and disconnect the worker asks pcscd for the
 * reader's state and publishes it, before the command completes.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "pcsc-pcsclite.h"
#include "trace.h"

/* More than pcscd's polling interval of 0.4 s */
#define NO_ANSWER_MS    1000

/* From this length on, a new buffer costs less than to copy an answer */
#define RX_COPY_MAX     4096

OBJECT_DECLARE_SIMPLE_TYPE(PCSCBackendPcsclite, PCSC_BACKEND_PCSCLITE)

/**
 * PCSCBackendPcsclite: the back end
 * @monitor: BQL: while a device is attached
 */
struct PCSCBackendPcsclite {
    PCSCBackend parent_obj;

    PcscliteMonitor *monitor;
};

/**
 * PcscliteSession: a session; its worker's only
 * @parent: the base's part
 * @context: NULL before the first connection, and after pcscd was lost
 * @card: the handle, 0 if not connected
 * @protocol: the active one
 * @exclusive: the handle has the card for itself
 * @begun: its transactions that did not end
 * @epoch: pcscd that @context is of, see pcsc_backend_service()
 * @rx: room for the longest answer, or NULL; all zeroes between two calls
 */
typedef struct PcscliteSession {
    PCSCSession parent;
    PcscliteContext *context;
    SCARDHANDLE card;
    DWORD protocol;
    bool exclusive;
    unsigned begun;
    unsigned epoch;
    uint8_t *rx;
} PcscliteSession;

/* The connection to pcscd broke: context and handle are worth nothing. */
static bool pcsclite_lost(LONG rv)
{
    return rv == SCARD_F_COMM_ERROR || rv == SCARD_E_NO_SERVICE ||
           rv == SCARD_E_SERVICE_STOPPED;
}

static void pcsclite_put(PcscliteSession *s, bool dead)
{
    if (s->context) {
        pcsclite_context_put(s->context, dead);
    }
    s->context = NULL;
    s->card = 0;
}

/*
 * Publish the reader's state, and answer the ATR.  @held is what the session
 * knows better than a pcscd that publishes sharing with its next poll only.
 */
static void pcsclite_refresh(PcscliteSession *s, PCSCRequest *r, uint32_t held)
{
    SCARD_READERSTATE state;
    PCSCReader reader;
    uint64_t seq;
    LONG rv;

    do {
        seq = pcsc_backend_seq(s->parent.be);
        memset(&state, 0, sizeof(state));
        state.szReader = s->parent.reader;
        rv = SCardGetStatusChange(s->context->id, 0, &state, 1);
        if (rv != SCARD_S_SUCCESS) {
            trace_pcsc_pcsclite_call(s, "SCardGetStatusChange", rv);
            return;
        }
        pcsclite_reader(&reader, &state);
        if ((reader.state & PCSC_STATE_PRESENT) &&
            !(reader.state & (PCSC_STATE_EXCLUSIVE | PCSC_STATE_INUSE))) {
            reader.state |= held;
        }
    } while (!pcsc_backend_refresh(s->parent.be, &reader, seq));
    r->atr_len = reader.atr_len;
    memcpy(r->atr, reader.atr, reader.atr_len);
}

static uint32_t pcsclite_held(uint32_t share)
{
    return share == PCSC_SHARE_EXCLUSIVE ? PCSC_STATE_EXCLUSIVE :
                                           PCSC_STATE_INUSE;
}

static LONG pcsclite_connect(PcscliteSession *s, PCSCRequest *r)
{
    bool fresh = false;
    LONG rv;

    if (s->card) {
        /* A session has one handle */
        rv = pcsclite_context_disconnect(s->context, s->card,
                                         SCARD_LEAVE_CARD);
        s->card = 0;
        if (rv != SCARD_S_SUCCESS) {
            pcsclite_put(s, true);
        }
    }
    for (;;) {
        if (!s->context) {
            pcsc_backend_service(s->parent.be, &s->epoch);
            rv = pcsclite_context_get(&s->context, &fresh);
            if (rv != SCARD_S_SUCCESS) {
                return rv;
            }
        }
        rv = pcsclite_context_connect(s->context, s->parent.reader, r->share,
                                      r->protocols, &s->card, &s->protocol);
        if (rv != SCARD_S_SUCCESS) {
            s->card = 0;
        }
        if (!pcsclite_lost(rv)) {
            break;
        }
        /* An old context may be of a pcscd that was restarted since */
        pcsclite_put(s, true);
        if (fresh) {
            return rv;
        }
    }
    if (rv == SCARD_S_SUCCESS) {
        s->exclusive = r->share == PCSC_SHARE_EXCLUSIVE;
        s->begun = 0;
        r->protocol = s->protocol;
        pcsclite_refresh(s, r, pcsclite_held(r->share));
    } else if (rv == SCARD_E_SHARING_VIOLATION) {
        PCSCRequest unused = { 0 };

        /* pcsc-lite wakes no monitor when a reader stops being free */
        pcsclite_refresh(s, &unused, r->share == PCSC_SHARE_EXCLUSIVE ?
                                     0 : PCSC_STATE_EXCLUSIVE);
    }
    if (rv != SCARD_S_SUCCESS) {
        pcsclite_put(s, false);
    }
    return rv;
}

/*
 * Who is exclusive holds a lock as in a transaction.  pcsc-lite 1.9.9 to 2.3.3
 * keep that after a reconnect that shares the card, and whoever connects then
 * waits for its end.
 */
static void pcsclite_share(PcscliteSession *s, uint32_t share)
{
    bool exclusive = share == PCSC_SHARE_EXCLUSIVE;

    if (s->exclusive && !exclusive && !s->begun) {
        SCardEndTransaction(s->card, SCARD_LEAVE_CARD);
    }
    s->exclusive = exclusive;
}

static LONG pcsclite_reconnect(PcscliteSession *s, PCSCRequest *r)
{
    DWORD protocol = s->protocol;
    LONG rv = SCardReconnect(s->card, r->share, r->protocols, r->disposition,
                             &protocol);

    if (rv == SCARD_S_SUCCESS) {
        s->protocol = protocol;
        r->protocol = protocol;
        pcsclite_share(s, r->share);
    }
    if (!pcsclite_lost(rv)) {
        PCSCRequest unused = { 0 };

        /* Even a failed one may have reset the card */
        pcsclite_refresh(s, rv == SCARD_S_SUCCESS ? r : &unused,
                         pcsclite_held(r->share));
    }
    return rv;
}

static LONG pcsclite_disconnect(PcscliteSession *s, uint32_t disposition)
{
    PCSCRequest unused = { 0 };
    LONG rv = pcsclite_context_disconnect(s->context, s->card, disposition);

    if (rv == SCARD_S_SUCCESS) {
        s->card = 0;
        pcsclite_refresh(s, &unused, 0);
    }
    return rv;
}

static LONG pcsclite_status(PcscliteSession *s, PCSCRequest *r)
{
    DWORD state = 0;
    DWORD protocol = 0;
    BYTE atr[MAX_ATR_SIZE] = { 0 };
    DWORD atr_len = sizeof(atr);
    LONG rv = SCardStatus(s->card, NULL, NULL, &state, &protocol, atr,
                          &atr_len);

    if (rv == SCARD_S_SUCCESS) {
        r->card_state = state & 0xffff;
        r->protocol = protocol;
        r->atr_len = MIN(atr_len, PCSC_ATR_MAX);
        memcpy(r->atr, atr, r->atr_len);
    }
    return rv;
}

/*
 * Some readers' drivers report an empty answer when the card left during the
 * command.  pcscd finds out with its next poll: wait a little for the truth.
 */
static LONG pcsclite_no_answer(PcscliteSession *s)
{
    SCARD_READERSTATE state = {
        .szReader = s->parent.reader,
        .dwCurrentState = SCARD_STATE_PRESENT,
    };
    LONG rv = SCardGetStatusChange(s->context->id, 0, &state, 1);

    if (rv == SCARD_S_SUCCESS || rv == SCARD_E_TIMEOUT) {
        state.dwCurrentState = state.dwEventState | SCARD_STATE_CHANGED;
        if (state.dwEventState & SCARD_STATE_PRESENT) {
            rv = SCardGetStatusChange(s->context->id, NO_ANSWER_MS, &state, 1);
        }
    }
    trace_pcsc_pcsclite_call(s, "empty answer", rv);
    if (pcsclite_lost(rv)) {
        return rv;
    }
    return SCardStatus(s->card, NULL, NULL, NULL, NULL, NULL, NULL);
}

/* What is in the session's buffer becomes the request's. */
static void pcsclite_take_answer(PcscliteSession *s, PCSCRequest *r, DWORD len)
{
    r->rx_len = len;
    if (len > RX_COPY_MAX) {
        r->rx = g_steal_pointer(&s->rx);
    } else {
        r->rx = g_memdup2(s->rx, len);
        pcsc_wipe(s->rx, len);
    }
}

/*
 * Always with room for the longest answer: what a reader's driver does with
 * less is not one and the same, and the base tells the client how much it
 * would have needed.
 */
static LONG pcsclite_exchange(PcscliteSession *s, PCSCRequest *r)
{
    DWORD rx_len = r->op == PCSC_OP_GET_ATTRIB ? MAX_BUFFER_SIZE :
                                                 MAX_BUFFER_SIZE_EXTENDED;
    SCARD_IO_REQUEST tx_pci = { r->protocols ?: s->protocol, sizeof(tx_pci) };
    SCARD_IO_REQUEST rx_pci = tx_pci;
    LONG rv;

    if (!s->rx) {
        s->rx = g_malloc0(MAX_BUFFER_SIZE_EXTENDED);
    }
    if (r->op == PCSC_OP_TRANSMIT) {
        rv = SCardTransmit(s->card, &tx_pci, r->tx, r->tx_len, &rx_pci, s->rx,
                           &rx_len);
        r->protocol = rx_pci.dwProtocol;
    } else if (r->op == PCSC_OP_CONTROL) {
        rv = SCardControl(s->card, r->code, r->tx, r->tx_len, s->rx, rx_len,
                          &rx_len);
    } else {
        rv = SCardGetAttrib(s->card, r->code, s->rx, &rx_len);
    }
    if (rv != SCARD_S_SUCCESS) {
        /* Part of an answer may be there */
        pcsc_wipe(s->rx, MAX_BUFFER_SIZE_EXTENDED);
    } else {
        pcsclite_take_answer(s, r, MIN(rx_len, MAX_BUFFER_SIZE_EXTENDED));
        if (r->op == PCSC_OP_TRANSMIT && !r->rx_len) {
            rv = pcsclite_no_answer(s);
        }
    }
    return rv;
}

static LONG pcsclite_transaction(PcscliteSession *s, PCSCRequest *r)
{
    bool begin = r->op == PCSC_OP_BEGIN;
    LONG rv = begin ? SCardBeginTransaction(s->card) :
                      SCardEndTransaction(s->card, r->disposition);

    if (rv == SCARD_S_SUCCESS && begin) {
        s->begun++;
    } else if (rv == SCARD_S_SUCCESS && s->begun) {
        s->begun--;
    }
    return rv;
}

static LONG pcsclite_call(PcscliteSession *s, PCSCRequest *r)
{
    switch (r->op) {
    case PCSC_OP_RECONNECT:
        return pcsclite_reconnect(s, r);
    case PCSC_OP_DISCONNECT:
        return pcsclite_disconnect(s, r->disposition);
    case PCSC_OP_STATUS:
        return pcsclite_status(s, r);
    case PCSC_OP_TRANSMIT:
    case PCSC_OP_CONTROL:
    case PCSC_OP_GET_ATTRIB:
        return pcsclite_exchange(s, r);
    case PCSC_OP_BEGIN:
    case PCSC_OP_END:
        return pcsclite_transaction(s, r);
    case PCSC_OP_SET_ATTRIB:
        return SCardSetAttrib(s->card, r->code, r->tx, r->tx_len);
    default:
        return SCARD_E_UNSUPPORTED_FEATURE;
    }
}

static void pcsclite_session_exec(PCSCSession *ps, PCSCRequest *r)
{
    PcscliteSession *s = container_of(ps, PcscliteSession, parent);
    unsigned epoch;
    bool service = pcsc_backend_service(ps->be, &epoch);
    LONG rv;

    if (s->context && epoch != s->epoch) {
        pcsclite_put(s, true);
    }
    if (r->op == PCSC_OP_CONNECT) {
        rv = pcsclite_connect(s, r);
    } else if (!s->card) {
        rv = service ? SCARD_E_INVALID_HANDLE : SCARD_E_NO_SERVICE;
    } else {
        rv = pcsclite_call(s, r);
        trace_pcsc_pcsclite_call(s, "call", rv);
        if (pcsclite_lost(rv)) {
            /* libpcsclite says whether it read or wrote when pcscd went */
            pcsclite_put(s, true);
            rv = SCARD_E_NO_SERVICE;
        }
    }
    /* What is a failure here is one to the guest, too */
    r->result = rv && !(uint32_t)rv ? PCSC_F_INTERNAL_ERROR : rv;
}

/* As pcscd does for a client that dies. */
static void pcsclite_session_end(PCSCSession *ps)
{
    PcscliteSession *s = container_of(ps, PcscliteSession, parent);
    DWORD disposition = SCARD_RESET_CARD;
    LONG rv;

    if (s->card) {
        rv = SCardStatus(s->card, NULL, NULL, NULL, NULL, NULL, NULL);
        if (rv == SCARD_W_RESET_CARD || rv == SCARD_W_REMOVED_CARD) {
            /* Nothing of this session is left in the card */
            disposition = SCARD_LEAVE_CARD;
        }
        if (!pcsclite_lost(rv)) {
            rv = pcsclite_disconnect(s, disposition);
        }
        trace_pcsc_pcsclite_call(s, "end", rv);
    }
    pcsclite_put(s, s->card);
    pcsc_buffer_free(s->rx, MAX_BUFFER_SIZE_EXTENDED);
    s->rx = NULL;
}

static bool pcsclite_start(PCSCBackend *be, Error **errp)
{
    PCSCBackendPcsclite *p = PCSC_BACKEND_PCSCLITE(be);

    p->monitor = pcsclite_monitor_start(be);
    if (!p->monitor) {
        error_setg(errp, "no thread for the PC/SC monitor");
    }
    return p->monitor;
}

static void pcsclite_stop(PCSCBackend *be)
{
    PCSCBackendPcsclite *p = PCSC_BACKEND_PCSCLITE(be);

    pcsclite_monitor_stop(p->monitor);
    p->monitor = NULL;
}

static void pcsclite_class_init(ObjectClass *oc, PCSCClassData *data)
{
    PCSCBackendClass *k = PCSC_BACKEND_CLASS(oc);

    k->session_size = sizeof(PcscliteSession);
    k->start = pcsclite_start;
    k->stop = pcsclite_stop;
    k->session_exec = pcsclite_session_exec;
    k->session_end = pcsclite_session_end;
}

static const TypeInfo pcsclite_info = {
    .name = TYPE_PCSC_BACKEND_PCSCLITE,
    .parent = TYPE_PCSC_BACKEND,
    .instance_size = sizeof(PCSCBackendPcsclite),
    .class_init = pcsclite_class_init,
};

static void pcsclite_register_types(void)
{
    type_register_static(&pcsclite_info);
}

type_init(pcsclite_register_types);

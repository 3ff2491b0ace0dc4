/*
 * PC/SC back end: the readers and cards behind a pcsc-passthru device
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The device (hw/pcsc/) knows a back end by this file only.  Functions and
 * callbacks marked "BQL" run under the big QEMU lock and never wait.
 */

#ifndef SYSTEM_PCSC_BACKEND_H
#define SYSTEM_PCSC_BACKEND_H

#include "qom/object.h"
#include "hw/pcsc/pcsc_regs.h"

#define TYPE_PCSC_BACKEND "pcsc-backend"
OBJECT_DECLARE_TYPE(PCSCBackend, PCSCBackendClass, PCSC_BACKEND)

#define TYPE_PCSC_BACKEND_EMULATED "pcsc-backend-emulated"
#define TYPE_PCSC_BACKEND_PCSCLITE "pcsc-backend-pcsclite"

typedef struct PCSCSession PCSCSession;
typedef struct PCSCRequest PCSCRequest;

/**
 * PCSCReader: a reader as the back end last saw it
 * @name: its name at the host, at most PCSC_NAME_MAX - 1 bytes and a NUL
 * @state: dwEventState of SCardGetStatusChange(), PCSC_STATE_*, with the
 *         card event counter in bits 31:16
 * @atr_len: length of @atr, at most PCSC_ATR_MAX; 0 without a card
 * @atr: the card's answer to reset
 */
typedef struct PCSCReader {
    char name[PCSC_NAME_MAX];
    uint32_t state;
    uint32_t atr_len;
    uint8_t atr[PCSC_ATR_MAX];
} PCSCReader;

/**
 * PCSCLimits: what the user allowed on the back end's command line
 * @max_readers: slots, 1 to PCSC_SLOTS_MAX
 * @max_sessions: sessions at the same time, those included whose worker is
 *                still stuck in a call that was given up
 * @timeout_default: for a request that names none, ms
 * @timeout_max: longest time-out that a request can ask for, ms
 * @features: PCSC_FEATURE_*
 */
typedef struct PCSCLimits {
    uint32_t max_readers;
    uint32_t max_sessions;
    uint32_t timeout_default;
    uint32_t timeout_max;
    uint32_t features;
} PCSCLimits;

/**
 * PCSCBackendListener: the device's side of a back end
 * @changed: BQL, from the main loop, never from within a call into the back
 *           end: readers came or went, a state changed, or the service did.
 *           The device then calls pcsc_backend_get_readers().
 * @opaque: passed to @changed
 */
typedef struct PCSCBackendListener {
    void (*changed)(void *opaque);
    void *opaque;
} PCSCBackendListener;

/**
 * PCSCComplete: a request is done
 * @req: the request with its answer; freed by the back end on return
 * @opaque: as given to pcsc_request_new()
 *
 * BQL, exactly once for each submitted request that was not abandoned, never
 * from within pcsc_session_submit(): from the main loop, pcsc_request_cancel()
 * or pcsc_backend_linger().
 */
typedef void PCSCComplete(PCSCRequest *req, void *opaque);

/**
 * PCSCRequest: one PC/SC call on a session
 *
 * The device fills the request part before pcsc_session_submit(), and owns
 * nothing after it.  All buffers are copies, wiped before they are freed.
 *
 * @op: PCSC_OP_CONNECT to PCSC_OP_SET_ATTRIB, or PCSC_OP_CLOSE, which
 *      disconnects with PCSC_RESET_CARD if the session is connected and
 *      after which the session takes no further request
 * @share: PCSC_SHARE_*, for CONNECT and RECONNECT
 * @protocols: PCSC_PROTOCOL_*, for CONNECT and RECONNECT a set; for TRANSMIT
 *             the one of the sent PCI, 0 for the active one
 * @disposition: for RECONNECT (initialization), DISCONNECT and END
 * @code: control code (CONTROL) or attribute (GET_ATTRIB, SET_ATTRIB)
 * @timeout_ms: from submission to completion; the back end completes the
 *              request with PCSC_E_TIMEOUT then; never 0
 * @tx: what to send, allocated by pcsc_request_new()
 * @tx_len: its length
 * @rx_size: room the client has; a longer answer is
 *           PCSC_E_INSUFFICIENT_BUFFER with @rx_len the length needed
 *
 * @result: pcsc-lite's code, PCSC_S_SUCCESS, ...
 * @rx: the answer, allocated by the back end, or NULL
 * @rx_len: its length
 * @protocol: active protocol, or that of the received PCI
 * @card_state: STATUS: bits 15:0 of SCardStatus()'s dwState
 * @atr_len: CONNECT, RECONNECT, STATUS: length of @atr
 * @atr: the card's answer to reset
 */
struct PCSCRequest {
    uint32_t op;
    uint32_t share;
    uint32_t protocols;
    uint32_t disposition;
    uint32_t code;
    uint32_t timeout_ms;
    uint8_t *tx;
    uint32_t tx_len;
    uint32_t rx_size;

    uint32_t result;
    uint8_t *rx;
    uint32_t rx_len;
    uint32_t protocol;
    uint32_t card_state;
    uint32_t atr_len;
    uint8_t atr[PCSC_ATR_MAX];

    /* the back end's own: backends/pcsc/ */
    struct PCSCRequestPrivate *priv;
};

/**
 * pcsc_backend_attach: make a device the back end's only user
 * @be: the back end
 * @listener: copied
 * @wait_ms: wait at most so long for the first list of readers
 * @errp: set if the back end has a user already
 *
 * BQL.  Takes a reference, so that object-del of a back end in use is refused.
 */
bool pcsc_backend_attach(PCSCBackend *be, const PCSCBackendListener *listener,
                         unsigned wait_ms, Error **errp);

/**
 * pcsc_backend_detach: undo attach
 * @be: the back end
 * @wait_ms: how long it may wait until the sessions have let their cards go
 *
 * BQL; sessions are closed before.
 */
void pcsc_backend_detach(PCSCBackend *be, unsigned wait_ms);

/** pcsc_backend_limits: the limits, constant once attached; BQL. */
const PCSCLimits *pcsc_backend_limits(PCSCBackend *be);

/**
 * pcsc_backend_get_readers: the readers the guest may see, in the host's order
 * @be: the back end
 * @readers: room for @n
 * @n: PCSC_SLOTS_MAX or more
 * @service: set to whether the PC/SC service answers.  While it does not, the
 *           list keeps the readers of before, in state UNAVAILABLE.
 *
 * BQL.  Return: their number.
 */
unsigned pcsc_backend_get_readers(PCSCBackend *be, PCSCReader *readers,
                                  unsigned n, bool *service);

/**
 * pcsc_session_open: make a session, which is one winscard handle
 * @be: the back end
 * @reader: name of its reader
 *
 * BQL.  Nothing is said to the PC/SC service before the first CONNECT.
 *
 * Return: the session, or NULL when @max_sessions are there already.
 */
PCSCSession *pcsc_session_open(PCSCBackend *be, const char *reader);

/**
 * pcsc_session_close: drop a session
 * @s: the session
 *
 * BQL.  Abandons its requests; its worker disconnects with PCSC_RESET_CARD if
 * it is connected, whenever its running call returns.  Not to be used after a
 * PCSC_OP_CLOSE completed (that has dropped the session already).
 */
void pcsc_session_close(PCSCSession *s);

/** pcsc_request_new: an empty request with room for @tx_len bytes in tx. */
PCSCRequest *pcsc_request_new(uint32_t tx_len, PCSCComplete *complete,
                              void *opaque);

/** pcsc_request_free: wipe and free a request that was never submitted. */
void pcsc_request_free(PCSCRequest *req);

/**
 * pcsc_session_submit: queue a request
 *
 * BQL.  A session's requests run in the order of submission; sessions are
 * independent of each other.
 */
void pcsc_session_submit(PCSCSession *s, PCSCRequest *req);

/**
 * pcsc_request_cancel: complete a submitted request now
 * @result: usually PCSC_E_CANCELLED
 *
 * BQL.  Calls the completion before it returns.  A call that already runs at
 * the service goes on with its own copies; a late success is undone.
 */
void pcsc_request_cancel(PCSCRequest *req, uint32_t result);

/**
 * pcsc_backend_linger: give submitted requests a moment to complete
 * @be: the back end
 * @ns: at most so long
 *
 * BQL, which is released while this waits, so the caller holds a reference and
 * looks at everything anew.  Completions run in here.  Returns after the first
 * of them, and at once if somebody else lingers.
 */
void pcsc_backend_linger(PCSCBackend *be, int64_t ns);

#endif /* SYSTEM_PCSC_BACKEND_H */

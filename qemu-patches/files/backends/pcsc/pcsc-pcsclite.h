/*
 * PC/SC back end on pcsc-lite: what its files share
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef BACKENDS_PCSC_PCSCLITE_H
#define BACKENDS_PCSC_PCSCLITE_H

#include "pcsc-backend-internal.h"
#include <winscard.h>

/**
 * PcscliteContext: a context of a session
 * @id: libpcsclite's
 * @order: contexts were established in this one
 * @safe: it had a handle, so that the next one is added without danger
 * @start_end: until when its first handle is waited for
 * @next: in one of the lists of pcsc-pcsclite-context.c
 *
 * But for @id its file's own.
 */
typedef struct PcscliteContext {
    SCARDCONTEXT id;
    uint64_t order;
    bool safe;
    int64_t start_end;
    QTAILQ_ENTRY(PcscliteContext) next;
} PcscliteContext;

typedef struct PcscliteMonitor PcscliteMonitor;
typedef struct PcscliteWatch PcscliteWatch;

/**
 * pcsclite_reader: what libpcsclite says of a reader, as the base wants it
 * @to: to fill
 * @from: after SCardGetStatusChange()
 */
void pcsclite_reader(PCSCReader *to, const SCARD_READERSTATE *from);

/**
 * pcsclite_context_get: get a context for a handle
 * @context: set to it, or to NULL
 * @established: set to whether it is a new one: pcscd may have ended since
 *               another one was established
 *
 * To be given back, in any case if the connect fails, so that others need
 * not wait for its first handle.
 *
 * Return: as SCardEstablishContext()
 */
LONG pcsclite_context_get(PcscliteContext **context, bool *established);

/**
 * pcsclite_context_put: give back a context
 * @c: the context
 * @dead: it is of no more use, or has a handle, that goes with it
 */
void pcsclite_context_put(PcscliteContext *c, bool dead);

/**
 * pcsclite_context_release: as SCardReleaseContext(), now or later
 * @id: a context that had no handle
 */
void pcsclite_context_release(SCARDCONTEXT id);

/** pcsclite_context_connect: SCardConnect() in a context that has no handle */
LONG pcsclite_context_connect(PcscliteContext *c, const char *reader,
                              DWORD share, DWORD protocols, SCARDHANDLE *card,
                              DWORD *protocol);

/** pcsclite_context_disconnect: SCardDisconnect() of the context's handle */
LONG pcsclite_context_disconnect(PcscliteContext *c, SCARDHANDLE card,
                                 DWORD disposition);

/**
 * pcsclite_monitor_start: start the thread that looks after the readers
 * @be: where it publishes; it takes a reference
 *
 * BQL.  Return: the monitor, or NULL if there is no thread for it.
 */
PcscliteMonitor *pcsclite_monitor_start(PCSCBackend *be);

/**
 * pcsclite_monitor_stop: stop it, and forget it
 *
 * BQL.  Waits PCSC_TEARDOWN_MS at most.  A thread that does not end by then
 * does so when its call returns, and gives back its reference.
 */
void pcsclite_monitor_stop(PcscliteMonitor *m);

/**
 * pcsclite_watch_new: watch for the socket of pcscd
 * @wake_fd: a descriptor that ends waits when it can be read
 */
PcscliteWatch *pcsclite_watch_new(int wake_fd);

/**
 * pcsclite_watch_wait: wait until it is worth to try pcscd again
 * @w: the watch
 *
 * That is when its socket appears, and besides after a delay that grows with
 * each call, to 5 s.  What happened between two calls is not missed.
 */
void pcsclite_watch_wait(PcscliteWatch *w);

/** pcsclite_watch_reset: pcscd answered: the delays start anew. */
void pcsclite_watch_reset(PcscliteWatch *w);

/** pcsclite_watch_free: stop to watch. */
void pcsclite_watch_free(PcscliteWatch *w);

#endif /* BACKENDS_PCSC_PCSCLITE_H */

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

typedef struct PcscliteMonitor PcscliteMonitor;
typedef struct PcscliteWatch PcscliteWatch;

/**
 * pcsclite_reader: what libpcsclite says of a reader, as the base wants it
 * @to: to fill
 * @from: after SCardGetStatusChange()
 */
void pcsclite_reader(PCSCReader *to, const SCARD_READERSTATE *from);

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

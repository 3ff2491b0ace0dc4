/*
 * The pcsclite back end on a libpcsclite that does as it is told
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_PCSC_STUB_H
#define TESTS_PCSC_STUB_H

#include "pcsc-passthru-util.h"

/**
 * stub_order: lines "CALL VERB ARGUMENT", as the library's README explains
 *
 * They replace those of before; none are for a library that is honest.
 */
void stub_order(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

/** stub_start: a machine on that library; it has to be there in time. */
PCSCTest *stub_start(void);

/** stub_end: end it, also in time; the orders end, too. */
void stub_end(PCSCTest *t);

/** stub_transmit: send an APDU to reader 0, which echoes it; the result. */
uint32_t stub_transmit(PCSCTest *t, unsigned session);

/** stub_apdu: that APDU, as a command on descriptor 0 */
PCSCTestCommand stub_apdu(PCSCTest *t, unsigned session);

/** stub_open: connect a session of reader 0, as soon as that can be. */
void stub_open(PCSCTest *t, unsigned session);

/**
 * stub_recover: from now on the library is honest, and all has to work
 *
 * There are two readers, and session 0 is connected to the first, no other is.
 */
void stub_recover(PCSCTest *t);

/** stub_main: run tests, or skip them all if there is no such library. */
int stub_main(int argc, char **argv, void (*add)(void));

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of winscard's numbers, as pcsc-lite's headers spell them.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef PCSC_NAMES_H
#define PCSC_NAMES_H

#include <stdio.h>
#include <winscard.h>

/**
 * pcsc_error_name() - the macro's name of a winscard result
 * @rv: the result
 *
 * Return: "SCARD_E_TIMEOUT" and so on; for an unknown one its number in hex, in
 * a buffer that the next call overwrites.
 */
const char *pcsc_error_name(LONG rv);

/**
 * pcsc_print_event_state() - write the bits of a dwEventState by name
 * @f: where to
 * @state: the state; the event counter in bits 31:16 is left out
 */
void pcsc_print_event_state(FILE *f, DWORD state);

/* "T=0", "T=1", "RAW", "T=15"; "none" for 0 and "unknown" for anything else. */
const char *pcsc_protocol_name(DWORD protocol);

#endif

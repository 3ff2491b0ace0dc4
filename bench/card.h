/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cards of the peers: what their parts share.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef CARD_H
#define CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * T=0 alone, as usb-ccid knows no other: TD1 is absent. Eight historical bytes,
 * "PCSCBNCH".
 */
#define CARD_ATR	"\x3b\x08PCSCBNCH"
#define CARD_ATR_LEN	10u

/* Reads all of @len bytes; false at the end of the connection. */
bool read_all(int fd, void *data, size_t len);

/* Sends all of @len bytes; false if that does not work. */
bool write_all(int fd, const void *data, size_t len);

/* What a slow card does. */
void card_wait(uint32_t ms);

/* A card at the VSC protocol's far end, until the connection ends. */
void vscard_serve(int fd);

/* A card on a connection that vpcd made, until it ends. */
void vpcd_serve(int fd);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a reader is asked about itself: control codes and attributes.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef IFD_CONTROL_H
#define IFD_CONTROL_H

#include "slot.h"

/**
 * control() - a control code
 * @s: the slot
 * @code: passed on if the host allows that; the reader's features and their
 *        properties are answered in any case
 * @tx: what goes with it
 * @tx_len: bytes there
 * @rx: place for the answer
 * @rx_len: room there
 * @done: answer: bytes at @rx
 *
 * Return: an IFD code.
 */
RESPONSECODE control(struct slot *s, DWORD code, const void *tx, DWORD tx_len,
		     void *rx, DWORD rx_len, DWORD *done);

/**
 * attribute_get() - an attribute of the reader's or the card's
 * @s: the slot
 * @tag: SCARD_ATTR_*, or TAG_IFD_ATR
 * @value: place for it
 * @length: room there; answer: bytes
 *
 * Return: an IFD code; IFD_ERROR_TAG leaves the answer to pcscd.
 */
RESPONSECODE attribute_get(struct slot *s, DWORD tag, uint8_t *value,
			   DWORD *length);

/* attribute_set() - sets one, if the host allows that */
RESPONSECODE attribute_set(struct slot *s, DWORD tag, const uint8_t *value,
			   DWORD length);

#endif /* IFD_CONTROL_H */

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The session at the host: from power up to power down.
 *
 * These functions wait for the card, and hold no lock that another slot or the
 * polling thread needs.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef IFD_CARD_H
#define IFD_CARD_H

#include "slot.h"

/* What a session is asked for, beside the card's own commands. */
struct card_request {
	unsigned long request;	/* PCSC_IOC_CONTROL, _GET_ATTRIB, _SET_ATTRIB */
	uint32_t code;
	const void *tx;
	DWORD tx_len;
	void *rx;
	DWORD rx_len;		/* room; after it, bytes there */
};

RESPONSECODE card_power_up(struct slot *s, uint8_t *atr, DWORD *atr_len);
RESPONSECODE card_reset(struct slot *s, uint8_t *atr, DWORD *atr_len);
RESPONSECODE card_power_down(struct slot *s);
RESPONSECODE card_protocol(struct slot *s, DWORD protocol);

/**
 * card_transmit() - one command APDU and its response
 * @s: the slot
 * @raw: whether it goes out as SCARD_PROTOCOL_RAW, not in the active protocol
 * @tx: command
 * @tx_len: its length
 * @rx: place for the response
 * @rx_len: room there; after it, the length of the response.  If that is more
 *          than the room, there is none, and pcscd tells its client so
 */
RESPONSECODE card_transmit(struct slot *s, bool raw, const void *tx,
			   DWORD tx_len, void *rx, DWORD *rx_len);

/* card_ask() - a request to the reader; connects for it if nobody powered the card */
RESPONSECODE card_ask(struct slot *s, struct card_request *r);

/* card_tidy() - give up the session with a card that left */
void card_tidy(struct slot *s);

/* card_release() - end everything; for the last user of a slot */
void card_release(struct slot *s);

#endif /* IFD_CARD_H */

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single commands of a session; @card_lock is held for all of them.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef IFD_SESSION_H
#define IFD_SESSION_H

#include "slot.h"

/* Begins and ends the use of a slot's session. */
void session_lock(struct slot *s);
void session_unlock(struct slot *s);

/**
 * session_connect() - connect, shared or exclusive, in any protocol
 * @s: the slot, not connected
 * @share: SCARD_SHARE_*
 */
RESPONSECODE session_connect(struct slot *s, uint32_t share);

/**
 * session_reconnect() - reset the card, or find out what another made of it
 * @s: the slot, connected
 * @protocols: set of SCARD_PROTOCOL_*
 * @disposition: what happens to the card
 */
RESPONSECODE session_reconnect(struct slot *s, uint32_t protocols,
			       uint32_t disposition);

/* session_end() - disconnect; where even that fails, close */
void session_end(struct slot *s, uint32_t disposition);

/**
 * session_transfer() - a command with data in one or both directions
 * @s: the slot, connected
 * @request: PCSC_IOC_*
 * @t: the rest of it
 *
 * Waits for the end of another client's transaction at the host.
 */
RESPONSECODE session_transfer(struct slot *s, unsigned long request,
			      struct pcsc_ioc_transfer *t);

#endif /* IFD_SESSION_H */

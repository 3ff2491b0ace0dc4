// SPDX-License-Identifier: BSD-2-Clause
/*
 * What pcscd wants of a card, in terms of a session at the host.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <string.h>

#include <reader.h>

#include "card.h"
#include "session.h"

/* What a client may send and get: pcsc-lite's limit, and the device's. */
#define LENGTH_MAX MAX_BUFFER_SIZE_EXTENDED

static uint32_t share(const struct slot *s)
{
	return s->exclusive ? SCARD_SHARE_EXCLUSIVE : SCARD_SHARE_SHARED;
}

/* pcscd knows one failure of powering up; what it was is in its log, if at all. */
static RESPONSECODE powered(struct slot *s, RESPONSECODE rc, uint8_t *atr,
			    DWORD *atr_len)
{
	if (rc == IFD_SUCCESS && s->atr_len <= *atr_len) {
		memcpy(atr, s->atr, s->atr_len);
		*atr_len = s->atr_len;
		return IFD_SUCCESS;
	}
	*atr_len = 0;
	return IFD_ERROR_POWER_ACTION;
}

RESPONSECODE card_power_up(struct slot *s, uint8_t *atr, DWORD *atr_len)
{
	RESPONSECODE rc;

	session_lock(s);
	/* Power on what is powered already: a cold reset. */
	if (s->connected)
		rc = session_reconnect(s, 0, SCARD_UNPOWER_CARD);
	else
		rc = session_connect(s, share(s));
	rc = powered(s, rc, atr, atr_len);
	session_unlock(s);
	return rc;
}

RESPONSECODE card_reset(struct slot *s, uint8_t *atr, DWORD *atr_len)
{
	RESPONSECODE rc = IFD_SUCCESS;

	session_lock(s);
	if (!s->connected)
		rc = session_connect(s, share(s));
	if (rc == IFD_SUCCESS)
		rc = session_reconnect(s, 0, SCARD_RESET_CARD);
	rc = powered(s, rc, atr, atr_len);
	session_unlock(s);
	return rc;
}

/*
 * Nothing that a client in the guest unlocked stays so.  A card that the guest
 * did nothing with is left as it is: pcscd powers each card up to read its ATR,
 * which is no reason to reset one that the host works with.  Whether the power
 * goes off is the host's to say, unless the card is ours alone: a client of the
 * host's could not get at a card without power before it connects anew.
 */
static uint32_t farewell(const struct slot *s)
{
	if (!s->touched)
		return SCARD_LEAVE_CARD;
	return s->exclusive ? SCARD_UNPOWER_CARD : SCARD_RESET_CARD;
}

RESPONSECODE card_power_down(struct slot *s)
{
	session_lock(s);
	session_end(s, farewell(s));
	session_unlock(s);
	return IFD_SUCCESS;
}

void card_release(struct slot *s)
{
	session_end(s, farewell(s));
	device_close(&s->card_fd);
}

RESPONSECODE card_protocol(struct slot *s, DWORD protocol)
{
	RESPONSECODE rc = IFD_SUCCESS;

	if (protocol != SCARD_PROTOCOL_T0 && protocol != SCARD_PROTOCOL_T1)
		return IFD_PROTOCOL_NOT_SUPPORTED;
	session_lock(s);
	if (!s->connected)
		rc = IFD_COMMUNICATION_ERROR;
	else if (s->protocol != protocol)
		/* A card has one protocol from one reset to the next. */
		rc = session_reconnect(s, protocol, SCARD_RESET_CARD);
	if (rc == IFD_SUCCESS && s->protocol != protocol)
		rc = IFD_PROTOCOL_NOT_SUPPORTED;
	session_unlock(s);
	return rc;
}

static RESPONSECODE send(struct slot *s, bool raw, const void *tx,
			 DWORD tx_len, void *rx, DWORD room, DWORD *rx_len)
{
	struct pcsc_ioc_transfer t = {
		.size = sizeof(t),
		.protocol = raw ? SCARD_PROTOCOL_RAW : 0,
		.tx_len = tx_len,
		.rx_len = room,
		.tx = (uintptr_t)tx,
		.rx = (uintptr_t)rx,
	};
	RESPONSECODE rc = session_transfer(s, PCSC_IOC_TRANSMIT, &t);

	if (rc == IFD_ERROR_INSUFFICIENT_BUFFER && t.rx_len > room &&
	    t.rx_len <= LENGTH_MAX) {
		*rx_len = t.rx_len;
		return IFD_SUCCESS;
	}
	if (rc != IFD_SUCCESS)
		return rc == IFD_ICC_NOT_PRESENT || rc == IFD_RESPONSE_TIMEOUT ?
			rc : IFD_COMMUNICATION_ERROR;
	if (t.rx_len > room) {
		memset(rx, 0, room);
		return IFD_COMMUNICATION_ERROR;
	}
	*rx_len = t.rx_len;
	return IFD_SUCCESS;
}

RESPONSECODE card_transmit(struct slot *s, bool raw, const void *tx,
			   DWORD tx_len, void *rx, DWORD *rx_len)
{
	DWORD room = *rx_len < LENGTH_MAX ? *rx_len : LENGTH_MAX;
	RESPONSECODE rc = IFD_COMMUNICATION_ERROR;

	*rx_len = 0;
	if (!tx || !rx || !tx_len || tx_len > LENGTH_MAX)
		return IFD_COMMUNICATION_ERROR;
	session_lock(s);
	if (s->connected) {
		s->touched = true;
		rc = send(s, raw, tx, tx_len, rx, room, rx_len);
	}
	session_unlock(s);
	return rc;
}

/* Called with a session, which may be one for this request only. */
static RESPONSECODE ask(struct slot *s, struct card_request *r)
{
	struct pcsc_ioc_transfer t = {
		.size = sizeof(t),
		.code = r->code,
		.tx_len = r->tx_len,
		.rx_len = r->rx_len,
		.tx = (uintptr_t)(r->tx_len ? r->tx : NULL),
		.rx = (uintptr_t)(r->rx_len ? r->rx : NULL),
	};
	DWORD room = r->rx_len;
	RESPONSECODE rc = session_transfer(s, r->request, &t);

	r->rx_len = 0;
	if (rc == IFD_ERROR_INSUFFICIENT_BUFFER)
		r->rx_len = t.rx_len;
	if (rc != IFD_SUCCESS)
		return rc;
	if (t.rx_len > room) {
		memset(r->rx, 0, room);
		return IFD_COMMUNICATION_ERROR;
	}
	r->rx_len = t.rx_len;
	return IFD_SUCCESS;
}

RESPONSECODE card_ask(struct slot *s, struct card_request *r)
{
	RESPONSECODE rc = IFD_SUCCESS;
	bool ours;

	if ((r->tx_len && !r->tx) || (r->rx_len && !r->rx) ||
	    r->tx_len > LENGTH_MAX)
		return IFD_COMMUNICATION_ERROR;
	if (r->rx_len > LENGTH_MAX)
		r->rx_len = LENGTH_MAX;
	session_lock(s);
	ours = !s->connected;
	if (ours)
		rc = session_connect(s, SCARD_SHARE_DIRECT);
	else if (r->request == PCSC_IOC_CONTROL)
		s->touched = true;
	if (rc == IFD_SUCCESS)
		rc = ask(s, r);
	else
		r->rx_len = 0;
	if (ours)
		session_end(s, SCARD_LEAVE_CARD);
	session_unlock(s);
	return rc;
}

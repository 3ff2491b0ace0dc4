// SPDX-License-Identifier: BSD-2-Clause
/*
 * Commands of a session, and what a failure means for pcscd.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>
#include <string.h>

#include "card.h"
#include "log.h"
#include "session.h"

#define ANY_PROTOCOL (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)

static bool take_stale(struct slot *s)
{
	bool stale;

	pthread_mutex_lock(&s->lock);
	stale = s->stale;
	s->stale = false;
	pthread_mutex_unlock(&s->lock);
	return stale;
}

/* The card left; what lies in the reader now may be another's. */
static void end_stale(struct slot *s)
{
	if (take_stale(s))
		session_end(s, SCARD_LEAVE_CARD);
}

void session_lock(struct slot *s)
{
	pthread_mutex_lock(&s->card_lock);
	end_stale(s);
}

void session_unlock(struct slot *s)
{
	pthread_mutex_unlock(&s->card_lock);
	card_tidy(s);
}

void card_tidy(struct slot *s)
{
	bool stale;

	pthread_mutex_lock(&s->lock);
	stale = s->stale;
	pthread_mutex_unlock(&s->lock);
	/* Who holds the lock comes here when it has let go. */
	if (stale && !pthread_mutex_trylock(&s->card_lock)) {
		end_stale(s);
		pthread_mutex_unlock(&s->card_lock);
	}
}

static void forget(struct slot *s)
{
	s->connected = false;
	s->touched = false;
	s->protocol = 0;
	s->atr_len = 0;
	memset(s->atr, 0, sizeof(s->atr));
}

/* A closed descriptor ends its session at the host, with a reset of the card. */
static void cut(struct slot *s)
{
	device_close(&s->card_fd);
	forget(s);
}

void session_end(struct slot *s, uint32_t disposition)
{
	struct pcsc_ioc_end end = {
		.size = sizeof(end),
		.disposition = disposition,
	};

	if (s->connected &&
	    device_ioctl(s->card_fd, PCSC_IOC_DISCONNECT, &end))
		cut(s);
	forget(s);
}

/*
 * What a failed command says, by the host's code, or else by errno.  Where the
 * session's card is lost to it, pcscd sees that card leave and powers up what is
 * there then: its clients know that nothing they had unlocked still is.
 */
static RESPONSECODE verdict(struct slot *s, int error, uint32_t result)
{
	log_error("%s: errno %d, host's result 0x%08X", s->path, -error, result);
	if (error == -ENODEV) {
		cut(s);
		slot_moved(s);
		return IFD_ICC_NOT_PRESENT;
	}
	switch (result) {
	case (uint32_t)SCARD_E_NO_SMARTCARD:
	case (uint32_t)SCARD_W_REMOVED_CARD:
		session_end(s, SCARD_LEAVE_CARD);
		slot_moved(s);
		return IFD_ICC_NOT_PRESENT;
	case (uint32_t)SCARD_W_RESET_CARD:
	case (uint32_t)SCARD_W_UNPOWERED_CARD:
	case (uint32_t)SCARD_E_INVALID_HANDLE:
	case (uint32_t)SCARD_E_NO_SERVICE:
	case (uint32_t)SCARD_E_SERVICE_STOPPED:
	case (uint32_t)SCARD_E_READER_UNAVAILABLE:
	case (uint32_t)SCARD_E_UNKNOWN_READER:
		session_end(s, SCARD_LEAVE_CARD);
		slot_moved(s);
		return IFD_COMMUNICATION_ERROR;
	case (uint32_t)SCARD_E_TIMEOUT:
	case (uint32_t)SCARD_E_CANCELLED:
		/* Nobody knows how far the card got. */
		cut(s);
		slot_moved(s);
		return IFD_RESPONSE_TIMEOUT;
	case (uint32_t)SCARD_E_INSUFFICIENT_BUFFER:
		return IFD_ERROR_INSUFFICIENT_BUFFER;
	case (uint32_t)SCARD_E_UNSUPPORTED_FEATURE:
		return IFD_NOT_SUPPORTED;
	case (uint32_t)SCARD_E_PROTO_MISMATCH:
		return IFD_PROTOCOL_NOT_SUPPORTED;
	default:
		return IFD_COMMUNICATION_ERROR;
	}
}

/* Stores what a connect or reconnect says, if it makes sense. */
static RESPONSECODE accept_answer(struct slot *s,
				  const struct pcsc_ioc_connect *c)
{
	if (c->atr_len > MAX_ATR_SIZE) {
		cut(s);
		return IFD_COMMUNICATION_ERROR;
	}
	s->protocol = c->protocol;
	s->atr_len = c->atr_len;
	memcpy(s->atr, c->atr, c->atr_len);
	return IFD_SUCCESS;
}

RESPONSECODE session_connect(struct slot *s, uint32_t share)
{
	struct pcsc_ioc_connect c;
	int tries = 2, error = -ENODEV;

	/* The descriptor may still be that of a reader that left. */
	while (error == -ENODEV && tries--) {
		if (s->card_fd < 0)
			s->card_fd = device_open(s->path);
		if (s->card_fd < 0) {
			s->card_fd = -1;
			return IFD_ICC_NOT_PRESENT;
		}
		c = (struct pcsc_ioc_connect){ .size = sizeof(c) };
		c.share = share;
		if (share != SCARD_SHARE_DIRECT)
			c.protocols = ANY_PROTOCOL;
		error = device_ioctl(s->card_fd, PCSC_IOC_CONNECT, &c);
		if (error == -ENODEV)
			device_close(&s->card_fd);
	}
	if (error) {
		if (share != SCARD_SHARE_DIRECT &&
		    c.result == (uint32_t)SCARD_E_SHARING_VIOLATION)
			slot_refused(s);
		return verdict(s, error, c.result);
	}
	if (share != SCARD_SHARE_DIRECT)
		slot_granted(s);
	s->connected = true;
	s->touched = false;
	return accept_answer(s, &c);
}

static RESPONSECODE transaction(struct slot *s, unsigned long request)
{
	struct pcsc_ioc_end e = { .size = sizeof(e) };
	int error = device_ioctl(s->card_fd, request, &e);

	return error ? verdict(s, error, e.result) : IFD_SUCCESS;
}

/*
 * A command, again in a transaction of its own if another client has one now:
 * to begin it is to wait for the end of the other.
 */
static RESPONSECODE run(struct slot *s, unsigned long request, void *argument,
			uint32_t *result)
{
	const uint32_t busy = (uint32_t)SCARD_E_SHARING_VIOLATION;
	int error = device_ioctl(s->card_fd, request, argument);
	RESPONSECODE rc;

	if (!error || *result != busy)
		return error ? verdict(s, error, *result) : IFD_SUCCESS;
	rc = transaction(s, PCSC_IOC_BEGIN);
	if (rc != IFD_SUCCESS)
		return rc;
	*result = 0;
	error = device_ioctl(s->card_fd, request, argument);
	rc = error ? verdict(s, error, *result) : IFD_SUCCESS;
	if (s->connected)
		transaction(s, PCSC_IOC_END);
	return rc;
}

RESPONSECODE session_reconnect(struct slot *s, uint32_t protocols,
			       uint32_t disposition)
{
	struct pcsc_ioc_connect c = {
		.size = sizeof(c),
		.share = s->exclusive ? SCARD_SHARE_EXCLUSIVE :
					SCARD_SHARE_SHARED,
		.protocols = protocols ? protocols : ANY_PROTOCOL,
		.disposition = disposition,
	};
	RESPONSECODE rc = run(s, PCSC_IOC_RECONNECT, &c, &c.result);

	if (rc != IFD_SUCCESS)
		return rc;
	s->touched = false;
	return accept_answer(s, &c);
}

RESPONSECODE session_transfer(struct slot *s, unsigned long request,
			      struct pcsc_ioc_transfer *t)
{
	return run(s, request, t, &t->result);
}

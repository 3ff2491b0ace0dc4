// SPDX-License-Identifier: BSD-2-Clause
/*
 * A libpcsclite that has two readers with a card each, and misbehaves on order.
 *
 * It has what QEMU's back end calls, and is as honest as that needs: any reader has
 * a card, which echoes what it is sent.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <winscard.h>

#include "books.h"
#include "orders.h"

/* Contexts and handles are of one life of the service each. */
#define LIFE_SHIFT	16

static const unsigned char atr[] = { 0x3b, 0x02, 0x14, 0x50 };
static const unsigned char status_word[] = { 0x90, 0x00 };

static atomic_ulong life = 1;
static atomic_ulong objects;
static atomic_ulong cancelled;

/* The orders that the readers were last listed by */
static atomic_ulong listed;

static unsigned long new_object(void)
{
	return life << LIFE_SHIFT | (++objects & ((1UL << LIFE_SHIFT) - 1));
}

static void sleep_ms(unsigned long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts))
		;
}

static bool is(const struct order *order, const char *verb)
{
	return !strcmp(order->verb, verb);
}

/* obey() - do what is ordered; true if @rv is all there is to the call then */
static bool obey(const char *call, unsigned long object, struct order *order, LONG *rv)
{
	*order = order_for(call);
	*rv = SCARD_S_SUCCESS;
	if (is(order, "late"))
		sleep_ms(order->number);
	while (is(order, "never"))
		pause();
	if (is(order, "dies")) {
		sleep_ms(order->number);
		life++;
	}
	if (is(order, "error"))
		*rv = order->number;
	else if (object >> LIFE_SHIFT != life)
		*rv = SCARD_F_COMM_ERROR;
	return *rv != SCARD_S_SUCCESS || is(order, "nothing");
}

static void lie(const struct order *order, DWORD *length)
{
	if (is(order, "length"))
		*length = order->number;
}

/* answer() - as much as the caller has room for, and how long it is, or is said to be */
static LONG answer(const struct order *order, const void *data, size_t len, unsigned char *to,
		   DWORD room, DWORD *length)
{
	if (len > room)
		return SCARD_E_INSUFFICIENT_BUFFER;
	memcpy(to, data, len);
	*length = len;
	lie(order, length);
	return SCARD_S_SUCCESS;
}

const char *pcsc_stringify_error(LONG rv)
{
	return rv == SCARD_S_SUCCESS ? "success" : "some error";
}

LONG SCardEstablishContext(DWORD scope, const void *reserved1, const void *reserved2,
			   SCARDCONTEXT *context)
{
	struct order order;
	LONG rv;

	(void)scope;
	(void)reserved1;
	(void)reserved2;
	if (!obey(__func__, life << LIFE_SHIFT, &order, &rv)) {
		*context = new_object();
		books_establish(*context);
	}
	return rv;
}

LONG SCardReleaseContext(SCARDCONTEXT context)
{
	struct order order;
	LONG rv;

	books_release(context);
	obey(__func__, context, &order, &rv);
	return rv;
}

LONG SCardCancel(SCARDCONTEXT context)
{
	struct order order;
	LONG rv;

	if (!obey(__func__, context, &order, &rv))
		cancelled = context;
	return rv;
}

/* list() - as many names as there is room for, and how many bytes they are, or are said to be */
static LONG list(const struct order *order, const char *names, DWORD len, char *to, DWORD *length)
{
	DWORD room = *length;

	*length = len;
	if (is(order, "length") && order->number < len)
		*length = order->number;
	memcpy(to, names, *length < room ? *length : room);
	return SCARD_S_SUCCESS;
}

LONG SCardListReaders(SCARDCONTEXT context, const char *groups, char *readers, DWORD *length)
{
	static const char honest[] = "Stub Reader 0\0Stub Reader 1\0";
	static const char odd[] = "\xff\xfe\x01%s%n\"\\\n\0Twin\0Twin\0";
	struct order order;
	char *names;
	DWORD len;
	LONG rv;

	(void)groups;
	listed = orders_serial();
	if (obey(__func__, context, &order, &rv))
		return rv;
	if (*length == SCARD_AUTOALLOCATE)
		return SCARD_E_INVALID_PARAMETER;
	if (is(&order, "odd"))
		return list(&order, odd, sizeof(odd), readers, length);
	if (!is(&order, "names"))
		return list(&order, honest, sizeof(honest), readers, length);

	/* so many bytes of names, or of one name without an end to speak of */
	len = order.number ? order.number : 1000;
	names = malloc(len + 1);
	memset(names, 'n', len);
	for (DWORD i = 0; order.number && i + 10 <= len; i += 10)
		snprintf(&names[i], 10, "%09u", (unsigned int)(i / 10 % 1000000000));
	names[len - 1] = 0;
	rv = list(&order, names, len, readers, length);
	free(names);
	return rv;
}

/* look() - fill the states; true if one is not as the caller knows it */
static bool look(const struct order *order, SCARD_READERSTATE *states, DWORD n)
{
	bool news = false;

	for (DWORD i = 0; i < n; i++) {
		SCARD_READERSTATE *s = &states[i];
		DWORD known = s->dwCurrentState & ~(DWORD)SCARD_STATE_CHANGED;

		if (s->szReader[0] == '\\') {
			s->dwEventState = known;
			continue;
		}
		s->dwEventState = SCARD_STATE_PRESENT;
		if (known != SCARD_STATE_PRESENT) {
			s->dwEventState |= SCARD_STATE_CHANGED;
			news = true;
		}
		s->cbAtr = sizeof(atr);
		memcpy(s->rgbAtr, atr, sizeof(atr));
		lie(order, &s->cbAtr);
	}
	return news;
}

/*
 * To look at one reader, as QEMU does after a connect, may have orders of its own.
 * Nothing ever happens to the cards; but new orders wake who waits for readers.
 */
LONG SCardGetStatusChange(SCARDCONTEXT context, DWORD timeout, SCARD_READERSTATE *states, DWORD n)
{
	const char *call = "OneStatusChange";
	struct order order;
	LONG rv;

	if (n != 1 || states->szReader[0] == '\\' || !order_for(call).verb[0])
		call = __func__;
	if (obey(call, context, &order, &rv) || look(&order, states, n))
		return rv;
	for (DWORD ms = 0; ms < timeout; ms += 5) {
		sleep_ms(5);
		if (context >> LIFE_SHIFT != (long)life)
			return SCARD_F_COMM_ERROR;
		if (cancelled == (unsigned long)context)
			return SCARD_E_CANCELLED;
		if (states[n - 1].szReader[0] == '\\' && orders_serial() != listed)
			return SCARD_S_SUCCESS;
	}
	return SCARD_E_TIMEOUT;
}

LONG SCardConnect(SCARDCONTEXT context, const char *reader, DWORD share, DWORD protocols,
		  SCARDHANDLE *card, DWORD *protocol)
{
	struct order order;
	LONG rv;

	(void)reader;
	(void)share;
	(void)protocols;
	if (!obey(__func__, context, &order, &rv)) {
		*card = new_object();
		*protocol = SCARD_PROTOCOL_T1;
		books_connect(context, *card);
	}
	return rv;
}

LONG SCardReconnect(SCARDHANDLE card, DWORD share, DWORD protocols, DWORD initialization,
		    DWORD *protocol)
{
	struct order order;
	LONG rv;

	(void)share;
	(void)protocols;
	(void)initialization;
	if (!obey(__func__, card, &order, &rv))
		*protocol = SCARD_PROTOCOL_T1;
	return rv;
}

/* simple() - a call that has nothing to say but its result */
static LONG simple(const char *call, SCARDHANDLE card)
{
	struct order order;
	LONG rv;

	obey(call, card, &order, &rv);
	return rv;
}

LONG SCardDisconnect(SCARDHANDLE card, DWORD disposition)
{
	LONG rv;

	(void)disposition;
	books_disconnect();
	rv = simple(__func__, card);
	books_disconnected(card);
	return rv;
}

LONG SCardBeginTransaction(SCARDHANDLE card)
{
	return simple(__func__, card);
}

LONG SCardEndTransaction(SCARDHANDLE card, DWORD disposition)
{
	(void)disposition;
	return simple(__func__, card);
}

LONG SCardSetAttrib(SCARDHANDLE card, DWORD id, const unsigned char *attr, DWORD len)
{
	(void)id;
	(void)attr;
	(void)len;
	return simple(__func__, card);
}

LONG SCardStatus(SCARDHANDLE card, char *name, DWORD *name_len, DWORD *state, DWORD *protocol,
		 unsigned char *to, DWORD *to_len)
{
	struct order order;
	LONG rv;

	(void)name;
	(void)name_len;
	if (obey(__func__, card, &order, &rv))
		return rv;
	if (state)
		*state = SCARD_PRESENT | SCARD_POWERED | SCARD_SPECIFIC;
	if (protocol)
		*protocol = SCARD_PROTOCOL_T1;
	if (to && to_len)
		rv = answer(&order, atr, sizeof(atr), to, *to_len, to_len);
	return rv;
}

LONG SCardTransmit(SCARDHANDLE card, const SCARD_IO_REQUEST *send_pci, const unsigned char *send,
		   DWORD send_len, SCARD_IO_REQUEST *recv_pci, unsigned char *recv, DWORD *recv_len)
{
	DWORD room = *recv_len;
	struct order order;
	LONG rv;

	(void)send_pci;
	(void)recv_pci;
	if (obey(__func__, card, &order, &rv))
		return rv;
	if (send_len + sizeof(status_word) > room)
		return SCARD_E_INSUFFICIENT_BUFFER;
	memcpy(recv, send, send_len);
	memcpy(recv + send_len, status_word, sizeof(status_word));
	*recv_len = send_len + sizeof(status_word);
	lie(&order, recv_len);
	return rv;
}

LONG SCardControl(SCARDHANDLE card, DWORD code, const void *send, DWORD send_len, void *recv,
		  DWORD recv_size, DWORD *recv_len)
{
	struct order order;
	LONG rv;

	(void)code;
	if (obey(__func__, card, &order, &rv))
		return rv;
	return answer(&order, send, send_len, recv, recv_size, recv_len);
}

LONG SCardGetAttrib(SCARDHANDLE card, DWORD id, unsigned char *attr, DWORD *attr_len)
{
	struct order order;
	LONG rv;

	(void)id;
	if (obey(__func__, card, &order, &rv))
		return rv;
	if (is(&order, "counts")) {
		struct counts counts = books_counts();

		return answer(&order, &counts, sizeof(counts), attr, *attr_len, attr_len);
	}
	return answer(&order, atr, sizeof(atr), attr, *attr_len, attr_len);
}

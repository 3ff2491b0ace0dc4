// SPDX-License-Identifier: BSD-2-Clause
/*
 * The way to a card by winscard on the guest's own pcscd. See soak.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <winscard.h>

#include "soak.h"

#define PROTOCOLS	(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
#define ANY		(SOAK_CARD | SOAK_PCSCD | SOAK_RELOAD)

/* To the guest's pcscd, which stays, all disasters are a card that goes or a bad reader. */
static const struct code results[] = {
	{ (uint32_t)SCARD_E_PROTO_MISMATCH, ANY },
	{ (uint32_t)SCARD_E_NO_SMARTCARD, ANY },
	{ (uint32_t)SCARD_W_REMOVED_CARD, ANY },
	{ (uint32_t)SCARD_W_RESET_CARD, ANY },
	{ (uint32_t)SCARD_E_NOT_TRANSACTED, ANY },
	{ (uint32_t)SCARD_W_UNPOWERED_CARD, ANY },
	{ (uint32_t)SCARD_W_UNRESPONSIVE_CARD, ANY },
	{ (uint32_t)SCARD_E_READER_UNAVAILABLE, SOAK_PCSCD | SOAK_RELOAD },
	{ 0, 0 },
};

/* The guest's pcscd calls reader N "... NN 00", NN in hex. */
static uint32_t find_reader(const struct worker *w, char *name, size_t room)
{
	DWORD size = SCARD_AUTOALLOCATE;
	char end[16], *names = NULL;
	LONG rv = SCardListReaders(w->context, NULL, (char *)&names, &size);

	if (rv != SCARD_S_SUCCESS)
		return (uint32_t)rv;
	snprintf(end, sizeof(end), " %02X 00", w->reader);
	rv = SCARD_E_UNKNOWN_READER;
	for (char *p = names; *p; p += strlen(p) + 1) {
		size_t len = strlen(p);

		if (len < strlen(end) || strcmp(p + len - strlen(end), end))
			continue;
		snprintf(name, room, "%s", p);
		rv = SCARD_S_SUCCESS;
	}
	SCardFreeMemory(w->context, names);
	return (uint32_t)rv;
}

static uint32_t leave(long *card)
{
	LONG rv = *card ? SCardDisconnect(*card, SCARD_LEAVE_CARD) : SCARD_S_SUCCESS;

	*card = 0;
	return (uint32_t)rv;
}

static uint32_t winscard_connect(struct worker *w)
{
	char name[MAX_READERNAME];
	DWORD protocol, state, len = sizeof(w->atr);
	SCARDHANDLE card;
	uint32_t code;
	LONG rv;

	if (!w->context) {
		SCARDCONTEXT context;

		rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL,
					   &context);
		if (rv != SCARD_S_SUCCESS)
			return (uint32_t)rv;
		w->context = context;
	}
	code = find_reader(w, name, sizeof(name));
	if (code)
		return code;
	rv = SCardConnect(w->context, name, SCARD_SHARE_SHARED, PROTOCOLS, &card,
			  &protocol);
	if (rv != SCARD_S_SUCCESS)
		return (uint32_t)rv;
	w->card = card;
	rv = SCardStatus(w->card, NULL, NULL, &state, &protocol, w->atr, &len);
	w->atr_len = rv == SCARD_S_SUCCESS ? len : 0;
	if (rv != SCARD_S_SUCCESS)
		return (uint32_t)rv;
	return leave(&w->left);
}

static uint32_t winscard_apdu(struct worker *w, const uint8_t *tx,
			      size_t tx_len, uint8_t *rx, size_t *rx_len)
{
	DWORD len = SOAK_APDU_MAX;
	LONG rv = SCardTransmit(w->card, SCARD_PCI_T0, tx, tx_len, NULL, rx,
				&len);

	*rx_len = len;
	return (uint32_t)rv;
}

static uint32_t winscard_begin(struct worker *w)
{
	return (uint32_t)SCardBeginTransaction(w->card);
}

static uint32_t winscard_end(struct worker *w)
{
	return (uint32_t)SCardEndTransaction(w->card, SCARD_LEAVE_CARD);
}

static uint32_t winscard_reconnect(struct worker *w, bool reset)
{
	DWORD protocol;

	return (uint32_t)SCardReconnect(w->card, SCARD_SHARE_SHARED, PROTOCOLS,
					reset ? SCARD_RESET_CARD : SCARD_LEAVE_CARD,
					&protocol);
}

/*
 * Not before the next connection is there: pcscd powers a card down, and so resets it for
 * all others, some time after the last client left, and at once if one comes and leaves
 * again before its thread for the reader has run.
 */
static uint32_t winscard_disconnect(struct worker *w)
{
	w->left = w->card;
	w->card = 0;
	return 0;
}

static void winscard_drop(struct worker *w, uint32_t code)
{
	(void)code;
	leave(&w->card);
	leave(&w->left);
}

const struct way way_winscard = {
	.name = "winscard", .data_max = SOAK_DATA_MAX, .connect = winscard_connect,
	.apdu = winscard_apdu, .begin = winscard_begin, .end = winscard_end,
	.reconnect = winscard_reconnect, .disconnect = winscard_disconnect,
	.drop = winscard_drop, .codes = results,
};

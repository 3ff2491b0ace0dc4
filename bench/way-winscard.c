// SPDX-License-Identifier: BSD-2-Clause
/*
 * The way by winscard: whatever libpcsclite.so.1 the program finds.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stdio.h>
#include <string.h>

#include <winscard.h>

#include "client.h"

#define NAMES_ROOM	(32 * MAX_READERNAME)

static SCARDCONTEXT context;
static SCARDHANDLE card;
static SCARD_IO_REQUEST pci;
static const uint8_t *tx;
static DWORD tx_len;
static uint8_t rx[APDU_ROOM];
static DWORD rx_len;

/* The name of the reader of that number, or NULL */
static const char *nth(const char *names, unsigned int reader)
{
	while (*names && reader--)
		names += strlen(names) + 1;
	return *names ? names : NULL;
}

static LONG connect_to(unsigned int reader)
{
	static char names[NAMES_ROOM];
	DWORD room = sizeof(names), protocol;
	const char *name;
	LONG rc;

	rc = SCardListReaders(context, NULL, names, &room);
	if (rc != SCARD_S_SUCCESS)
		return rc;
	name = nth(names, reader);
	if (!name)
		return SCARD_E_UNKNOWN_READER;
	rc = SCardConnect(context, name, SCARD_SHARE_SHARED,
			  SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card,
			  &protocol);
	pci = protocol == SCARD_PROTOCOL_T0 ? *SCARD_PCI_T0 : *SCARD_PCI_T1;
	return rc;
}

static bool winscard_open(unsigned int reader, bool quiet)
{
	LONG rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL,
					&context);

	if (rc == SCARD_S_SUCCESS) {
		rc = connect_to(reader);
		if (rc == SCARD_S_SUCCESS)
			return true;
		SCardReleaseContext(context);
	}
	if (!quiet)
		fprintf(stderr, "client: reader %u in winscard: %s\n", reader,
			pcsc_stringify_error(rc));
	return false;
}

static void winscard_prepare(const uint8_t *apdu, size_t len)
{
	tx = apdu;
	tx_len = len;
}

static bool winscard_exchange(void)
{
	rx_len = sizeof(rx);
	return SCardTransmit(card, &pci, tx, tx_len, NULL, rx, &rx_len) ==
	       SCARD_S_SUCCESS;
}

static size_t winscard_answer(const uint8_t **data)
{
	*data = rx;
	return rx_len;
}

static void winscard_close(void)
{
	SCardDisconnect(card, SCARD_LEAVE_CARD);
	SCardReleaseContext(context);
}

const struct way way_winscard = {
	.name = "winscard",
	.max = APDU_ROOM,
	.open = winscard_open,
	.prepare = winscard_prepare,
	.exchange = winscard_exchange,
	.answer = winscard_answer,
	.close = winscard_close,
};

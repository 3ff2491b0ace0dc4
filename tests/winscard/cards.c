// SPDX-License-Identifier: BSD-2-Clause
/*
 * One card and one client: connect, status, transmit, attributes, control.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stdlib.h>
#include <string.h>

#include <reader.h>

#include "test.h"

static const BYTE test_atr[] = {
	0x3b, 0x88, 0x80, 0x11, 0xfe, 'P', 'C', 'S', 'C', 'T', 'E', 'S', 'T', 0xf2
};

static LONG connect_as(const char *name, DWORD share, DWORD protocols, DWORD *protocol)
{
	SCARDHANDLE card = NOBODY;
	LONG rv = SCardConnect(context, name, share, protocols, &card, protocol);

	if (rv != SCARD_S_SUCCESS)
		return card ? SCARD_F_INTERNAL_ERROR : rv;
	return SCardDisconnect(card, SCARD_RESET_CARD);
}

void test_connect(void)
{
	SCARDHANDLE card;
	DWORD p = 0;
	char longest[MAX_READERNAME + 10];

	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	returns(SCardConnect(context, names[CARD], SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY,
			     NULL, &p), SCARD_E_INVALID_PARAMETER, "a handle to nowhere");
	returns(SCardConnect(context, names[CARD], SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY,
			     &card, NULL), SCARD_E_INVALID_PARAMETER, "nor a protocol");
	returns(connect_as(NULL, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, &p),
		SCARD_E_UNKNOWN_READER, "no name");
	returns(connect_as("No such reader", SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, &p),
		SCARD_E_UNKNOWN_READER, "a name of no reader");
	returns(connect_as(longest, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, &p),
		SCARD_E_INVALID_VALUE, "a name that is too long");
	returns(SCardConnect(NOBODY, names[CARD], SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY,
			     &card, &p), SCARD_E_INVALID_HANDLE, "no context");
	returns(connect_as(names[EMPTY], SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, &p),
		SCARD_E_NO_SMARTCARD, "no card");
	returns(connect_as(names[EMPTY], SCARD_SHARE_DIRECT, 0, &p), SCARD_S_SUCCESS,
		"but its reader");
	returns(connect_as(names[CARD], SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, &p),
		SCARD_S_SUCCESS, "any protocol");
	ok(p == SCARD_PROTOCOL_T1, "T=1 is taken");
	returns(connect_as(names[CARD], SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T0, &p),
		SCARD_S_SUCCESS, "T=0");
	ok(p == SCARD_PROTOCOL_T0, "T=0 is taken");
	returns(connect_as(names[CARD], SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T1, &p),
		SCARD_S_SUCCESS, "T=1");
	ok(p == SCARD_PROTOCOL_T1, "T=1 is taken");
	returns(connect_as(names[CARD], SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_RAW, &p),
		SCARD_S_SUCCESS, "raw");
	ok(p == SCARD_PROTOCOL_RAW, "raw is taken");
	returns(connect_as(names[CARD], SCARD_SHARE_SHARED, 0, &p),
		SCARD_E_PROTO_MISMATCH, "no protocol");
	returns(connect_as(names[CARD], 9, SCARD_PROTOCOL_ANY, &p), SCARD_E_INVALID_VALUE,
		"a share mode that there is not");

	card = card_connect(context, CARD, SCARD_SHARE_SHARED);
	returns(SCardDisconnect(card, 9), SCARD_E_INVALID_VALUE,
		"a disposition that there is not");
	returns(card_echo(card), SCARD_S_SUCCESS, "the handle is good yet");
	returns(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS, "its end");
	returns(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_E_INVALID_HANDLE, "again");
	returns(card_echo(card), SCARD_E_INVALID_HANDLE, "a command then");
	card = card_connect(context, CARD, SCARD_SHARE_SHARED);
	returns(SCardDisconnect(card, SCARD_UNPOWER_CARD), SCARD_S_SUCCESS, "unpower");
	returns(SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY,
			       SCARD_LEAVE_CARD, &p), SCARD_E_INVALID_HANDLE,
		"no handle to reconnect");
	returns(SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY,
			       SCARD_LEAVE_CARD, NULL), SCARD_E_INVALID_PARAMETER,
		"nor a protocol to tell");
	returns(SCardBeginTransaction(card), SCARD_E_INVALID_HANDLE, "nor to begin");
	returns(SCardEndTransaction(card, 0), SCARD_E_INVALID_HANDLE, "nor to end");
}

void test_status(void)
{
	SCARDHANDLE card = card_connect(context, CARD, SCARD_SHARE_SHARED);
	char name[MAX_READERNAME], *allocated = NULL;
	DWORD name_len = sizeof(name), atr_len, state, protocol;
	BYTE atr[MAX_ATR_SIZE], *allocated_atr = NULL;

	atr_len = sizeof(atr);
	returns(SCardStatus(card, name, &name_len, &state, &protocol, atr, &atr_len),
		SCARD_S_SUCCESS, "status");
	ok(name_len == strlen(names[CARD]) + 1 && !strcmp(name, names[CARD]), "name");
	ok(atr_len == sizeof(test_atr) && !memcmp(atr, test_atr, atr_len), "ATR");
	ok(protocol == SCARD_PROTOCOL_T1, "protocol");
	ok((state & 0xffff) == (SCARD_PRESENT | SCARD_POWERED | SCARD_NEGOTIABLE) ||
	   (state & 0xffff) == (SCARD_PRESENT | SCARD_POWERED | SCARD_SPECIFIC), "state");
	returns(SCardStatus(card, NULL, NULL, NULL, NULL, NULL, NULL), SCARD_S_SUCCESS,
		"of no interest");
	name_len = 3;
	atr_len = sizeof(atr);
	returns(SCardStatus(card, name, &name_len, NULL, NULL, atr, &atr_len),
		SCARD_E_INSUFFICIENT_BUFFER, "no room for the name");
	ok(name_len == strlen(names[CARD]) + 1, "it says what it takes");
	name_len = sizeof(name);
	atr_len = 2;
	returns(SCardStatus(card, name, &name_len, NULL, NULL, atr, &atr_len),
		SCARD_E_INSUFFICIENT_BUFFER, "no room for the ATR");
	ok(atr_len == sizeof(test_atr), "it says what it takes");
	name_len = SCARD_AUTOALLOCATE;
	atr_len = SCARD_AUTOALLOCATE;
	returns(SCardStatus(card, (LPSTR)&allocated, &name_len, NULL, NULL,
			    (LPBYTE)&allocated_atr, &atr_len), SCARD_S_SUCCESS,
		"allocated");
	ok(!strcmp(allocated, names[CARD]) &&
	   !memcmp(allocated_atr, test_atr, sizeof(test_atr)), "they are the same");
	SCardFreeMemory(context, allocated);
	SCardFreeMemory(context, allocated_atr);
	returns(SCardStatus(NOBODY, NULL, NULL, NULL, NULL, NULL, NULL),
		SCARD_E_INVALID_HANDLE, "of nobody");
	SCardDisconnect(card, SCARD_RESET_CARD);
}

/* An ECHO in extended length; whether it came back as it was */
static bool echoes(SCARDHANDLE card, const SCARD_IO_REQUEST *pci, DWORD n)
{
	BYTE *tx = malloc(n + 7), *rx = malloc(LONGEST);
	DWORD i, len = LONGEST;
	bool good;

	memcpy(tx, "\x80\xe0\0\0\0", 5);
	tx[5] = n >> 8;
	tx[6] = n;
	for (i = 0; i < n; i++)
		tx[7 + i] = i * 7 + n;
	good = !SCardTransmit(card, pci, tx, n + 7, NULL, rx, &len) && len == n + 2 &&
	       !memcmp(rx, tx + 7, n) && rx[n] == 0x90;
	free(tx);
	free(rx);
	return good;
}

void test_transmit(void)
{
	static const DWORD sizes[] = { 1, 255, 256, 4000, 32768, 65528 };
	SCARDHANDLE card = card_connect(context, CARD, SCARD_SHARE_SHARED);
	SCARD_IO_REQUEST pci = { SCARD_PROTOCOL_T1, sizeof(pci) };
	BYTE rx[300], *huge;
	DWORD len = sizeof(rx);

	ok(g_rgSCardT0Pci.dwProtocol == SCARD_PROTOCOL_T0 &&
	   g_rgSCardT1Pci.dwProtocol == SCARD_PROTOCOL_T1 &&
	   g_rgSCardRawPci.dwProtocol == SCARD_PROTOCOL_RAW &&
	   g_rgSCardT1Pci.cbPciLength == sizeof(pci), "the constants");
	returns(SCardTransmit(card, SCARD_PCI_T1, (LPCBYTE)ECHO, ECHO_LEN, &pci, rx, &len),
		SCARD_S_SUCCESS, "an APDU");
	ok(len == 3 && !memcmp(rx, "\x42\x90", 3), "its answer");
	ok(pci.cbPciLength == sizeof(pci), "its protocol information");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		ok(echoes(card, SCARD_PCI_T1, sizes[i]), "%u bytes and back",
		   (unsigned int)sizes[i]);
	len = sizeof(rx);
	returns(SCardTransmit(card, SCARD_PCI_T0, (LPCBYTE)ECHO, ECHO_LEN, NULL, rx, &len),
		SCARD_E_PROTO_MISMATCH, "the other protocol");
	len = 2;
	returns(card_send(card, ECHO, ECHO_LEN, rx, &len), SCARD_E_INSUFFICIENT_BUFFER,
		"no room for the answer");
	returns(card_echo(card), SCARD_S_SUCCESS, "the next one");
	len = sizeof(rx);
	returns(SCardTransmit(card, NULL, (LPCBYTE)ECHO, ECHO_LEN, NULL, rx, &len),
		SCARD_E_INVALID_PARAMETER, "no protocol");
	returns(card_send(card, NULL, ECHO_LEN, rx, &len), SCARD_E_INVALID_PARAMETER,
		"no command");
	returns(card_send(card, ECHO, ECHO_LEN, NULL, &len), SCARD_E_INVALID_PARAMETER,
		"no room");
	returns(card_send(card, ECHO, ECHO_LEN, rx, NULL), SCARD_E_INVALID_PARAMETER,
		"no length");
	huge = calloc(1, LONGEST + 1);
	len = sizeof(rx);
	returns(card_send(card, huge, LONGEST + 1, rx, &len), SCARD_E_INSUFFICIENT_BUFFER,
		"a command that is too long");
	free(huge);
	returns(card_send(NOBODY, ECHO, ECHO_LEN, rx, &len), SCARD_E_INVALID_HANDLE,
		"nobody's card");
	ok(!len, "which says nothing");
	SCardDisconnect(card, SCARD_RESET_CARD);
}

void test_attributes(void)
{
	SCARDHANDLE card = card_connect(context, CARD, SCARD_SHARE_SHARED);
	BYTE value[MAX_BUFFER_SIZE], *allocated = NULL;
	DWORD len = sizeof(value), id = SCARD_ATTR_ATR_STRING;
	LONG rv;

	/* vpcd knows it by the number of the interface of IFD handlers. */
	if (SCardGetAttrib(card, id, value, &len) != SCARD_S_SUCCESS)
		id = 0x0303;
	len = sizeof(value);
	returns(SCardGetAttrib(card, id, value, &len), SCARD_S_SUCCESS,
		"the ATR as an attribute");
	ok(len == sizeof(test_atr) && !memcmp(value, test_atr, len), "it is that");
	len = 0;
	returns(SCardGetAttrib(card, id, NULL, &len), SCARD_S_SUCCESS,
		"its length");
	ok(len == sizeof(test_atr), "it is that");
	len = 3;
	returns(SCardGetAttrib(card, id, value, &len),
		SCARD_E_INSUFFICIENT_BUFFER, "no room for it");
	ok(len == sizeof(test_atr), "it says what it takes");
	len = SCARD_AUTOALLOCATE;
	returns(SCardGetAttrib(card, id, (LPBYTE)&allocated, &len),
		SCARD_S_SUCCESS, "allocated");
	ok(len == sizeof(test_atr) && !memcmp(allocated, test_atr, len), "it is the same");
	SCardFreeMemory(context, allocated);
	returns(SCardGetAttrib(card, id, value, NULL),
		SCARD_E_INVALID_PARAMETER, "no length");
	len = sizeof(value);
	returns(SCardGetAttrib(card, 0x12345, value, &len),
		SCARD_E_UNSUPPORTED_FEATURE, "an attribute that there is not");
	returns(SCardGetAttrib(NOBODY, id, value, &len),
		SCARD_E_INVALID_HANDLE, "nobody's");
	/* vpcd has none that can be set. */
	rv = SCardSetAttrib(card, SCARD_ATTR_SUPRESS_T1_IFS_REQUEST, value, 1);
	ok(rv == SCARD_E_NOT_TRANSACTED || rv == SCARD_E_UNSUPPORTED_FEATURE,
	   "to set one: 0x%08X", (unsigned int)rv);
	returns(SCardSetAttrib(card, SCARD_ATTR_SUPRESS_T1_IFS_REQUEST, NULL, 1),
		SCARD_E_INVALID_PARAMETER, "to nothing");
	returns(SCardSetAttrib(NOBODY, SCARD_ATTR_SUPRESS_T1_IFS_REQUEST, value, 1),
		SCARD_E_INVALID_HANDLE, "nobody's");
	SCardDisconnect(card, SCARD_RESET_CARD);
}

void test_control(void)
{
	SCARDHANDLE card = card_connect(context, CARD, SCARD_SHARE_SHARED);
	static const BYTE huge[LONGEST + 1];
	BYTE value[300];
	DWORD len = 77;
	LONG rv;

	/* vpcd knows none, and who forbids them says the same. */
	rv = SCardControl(card, SCARD_CTL_CODE(1), "", 0, value, sizeof(value), &len);
	ok(rv != SCARD_S_SUCCESS && !len, "a control code: 0x%08X", (unsigned int)rv);
	returns(SCardControl(card, SCARD_CTL_CODE(1), huge, sizeof(huge), value,
			     sizeof(value), &len), SCARD_E_INSUFFICIENT_BUFFER,
		"one that is too long");
	returns(SCardControl(NOBODY, SCARD_CTL_CODE(1), "", 0, value, sizeof(value), &len),
		SCARD_E_INVALID_HANDLE, "nobody's");
	SCardDisconnect(card, SCARD_RESET_CARD);
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * A driver that lies about lengths.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <string.h>

#include <reader.h>

#include "test.h"

/* Of names: no NUL, and any length */
static uint32_t name_len;
static int lie_of_names(unsigned int number, unsigned long request, void *argument)
{
	struct pcsc_ioc_info *info = argument;

	(void)number;
	if (request == PCSC_IOC_INFO) {
		memset(info->name, 'n', sizeof(info->name));
		info->name_len = name_len;
	}
	return 0;
}

static void names(void)
{
	static const uint32_t lens[] = { PCSC_NAME_SIZE - 1, PCSC_NAME_SIZE, 0xffffffff };
	SCARDCONTEXT context;
	char all[1000];
	DWORD len;

	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		fake_reset();
		fake_add(2);
		name_len = lens[i];
		fake_hook(lie_of_names);
		SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
		len = sizeof(all);
		returns(SCardListReaders(context, NULL, all, &len), SCARD_S_SUCCESS,
			"a name of any length, without an end");
		ok(len == PCSC_NAME_SIZE + 1 && strlen(all) == PCSC_NAME_SIZE - 1,
		   "it ends where the structure does");
		SCardReleaseContext(context);
	}
}

static void no_name(void)
{
	SCARDCONTEXT context;
	char all[100];
	DWORD len = sizeof(all);

	fake_reset();
	fake_add(3);
	name_len = 0;
	fake_hook(lie_of_names);
	SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
	returns(SCardListReaders(context, NULL, all, &len), SCARD_S_SUCCESS,
		"a reader without a name");
	ok(!strcmp(all, "pcsc_reader3"), "is called as its node");
	SCardReleaseContext(context);
}

/* Of the lengths of answers */
static uint32_t length;
static int lie_of_lengths(unsigned int number, unsigned long request, void *argument)
{
	struct pcsc_ioc_state *state = argument;
	struct pcsc_ioc_status *status = argument;
	struct pcsc_ioc_transfer *t = argument;

	(void)number;
	switch (request) {
	case PCSC_IOC_STATE:
		state->atr_len = length;
		break;
	case PCSC_IOC_STATUS:
		status->atr_len = length;
		break;
	case PCSC_IOC_TRANSMIT:
	case PCSC_IOC_CONTROL:
	case PCSC_IOC_GET_ATTRIB:
		t->rx_len = length;
		break;
	}
	return 0;
}

static void lie_about_lengths(uint32_t lie)
{
	SCARDCONTEXT context = test_context();
	SCARDHANDLE card = test_connect(context, "Fake 0");
	SCARD_READERSTATE s = { .szReader = "Fake 0" };
	BYTE rx[16], atr[MAX_ATR_SIZE];
	DWORD len, state, protocol;

	length = lie;
	fake_hook(lie_of_lengths);
	diag("lengths of %u", lie);
	returns(SCardGetStatusChange(context, 0, &s, 1), SCARD_S_SUCCESS,
		"a state with that ATR");
	ok(!s.cbAtr && s.dwEventState & SCARD_STATE_UNAVAILABLE, "is none");
	len = sizeof(atr);
	returns(SCardStatus(card, NULL, NULL, &state, &protocol, atr, &len),
		SCARD_F_COMM_ERROR, "a status with that ATR");
	len = sizeof(rx);
	returns(SCardTransmit(card, SCARD_PCI_T1, (LPCBYTE)"\1\2\3\4", 4, NULL, rx, &len),
		SCARD_F_COMM_ERROR, "a response of that length");
	returns(SCardControl(card, 1, "", 0, rx, sizeof(rx), &len), SCARD_F_COMM_ERROR,
		"an answer to a control code");
	len = SCARD_AUTOALLOCATE;
	returns(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, (LPBYTE)rx, &len),
		SCARD_F_COMM_ERROR, "an attribute of that length");
	SCardReleaseContext(context);
}

void test_lies(void)
{
	names();
	no_name();
	lie_about_lengths(265);
	lie_about_lengths(0xffffffff);
	ok(!fake_open_files(), "no file stays open");
}

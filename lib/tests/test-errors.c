// SPDX-License-Identifier: BSD-2-Clause
/*
 * Errors of the driver, results of the host, and readers that leave.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>
#include <string.h>

#include "test.h"

static const struct {
	int error;
	LONG rv;
} table[] = {
	{ -ENODEV, SCARD_E_READER_UNAVAILABLE },
	{ -EACCES, SCARD_W_SECURITY_VIOLATION },
	{ -ENOMEM, SCARD_E_NO_MEMORY },
	{ -EMFILE, SCARD_E_NO_MEMORY },
	{ -EUSERS, SCARD_E_SERVER_TOO_BUSY },
	{ -EMSGSIZE, SCARD_E_INSUFFICIENT_BUFFER },
	{ -EINVAL, SCARD_E_INVALID_PARAMETER },
	{ -EOPNOTSUPP, SCARD_E_UNSUPPORTED_FEATURE },
	{ -ECONNRESET, SCARD_W_RESET_CARD },
	{ -ETIMEDOUT, SCARD_E_TIMEOUT },
	{ -EBADMSG, SCARD_F_COMM_ERROR },
	{ -EIO, SCARD_F_COMM_ERROR },
};

/* What commands but the first of these answer */
static int error;
static uint32_t result;
static int fail(unsigned int number, unsigned long request, void *argument)
{
	struct pcsc_ioc_end *end = argument;

	(void)number;
	if (request == PCSC_IOC_INFO || request == PCSC_IOC_STATE ||
	    request == PCSC_IOC_DISCONNECT)
		return 0;
	end->result = result;
	return error;
}

static LONG transmit(SCARDHANDLE card)
{
	BYTE rx[16];
	DWORD len = sizeof(rx);

	return SCardTransmit(card, SCARD_PCI_T1, (LPCBYTE)"\1\2\3\4", 4, NULL, rx, &len);
}

static void codes(void)
{
	SCARDCONTEXT context = test_context();
	SCARDHANDLE card = test_connect(context, "Fake 0");

	fake_hook(fail);
	result = 0;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		error = table[i].error;
		returns(transmit(card), table[i].rv, strerror(-error));
	}
	/* The host's word comes first. */
	error = -EIO;
	result = (uint32_t)SCARD_W_REMOVED_CARD;
	returns(transmit(card), SCARD_W_REMOVED_CARD, "the host's result");
	SCardReleaseContext(context);
}

/* A transaction that does not get its turn within the time-out, twice */
static int late;
static int time_out(unsigned int number, unsigned long request, void *argument)
{
	struct pcsc_ioc_end *end = argument;

	(void)number;
	if (request != PCSC_IOC_BEGIN || !late)
		return 0;
	late--;
	end->result = (uint32_t)SCARD_E_TIMEOUT;
	return -ETIMEDOUT;
}

static void patience(void)
{
	SCARDCONTEXT context = test_context();
	SCARDHANDLE card = test_connect(context, "Fake 0");

	late = 2;
	fake_hook(time_out);
	returns(SCardBeginTransaction(card), SCARD_S_SUCCESS, "a late transaction");
	ok(!late, "was asked for again");
	SCardReleaseContext(context);
}

/* Names move: what was known as reader 0 is now reader 2, and 0 is another. */
static int renamed(unsigned int number, unsigned long request, void *argument)
{
	struct pcsc_ioc_info *info = argument;

	if (request == PCSC_IOC_INFO)
		info->name[5] = number == 0 ? 'x' : number == 2 ? '0' : '0' + number;
	return 0;
}

static void leaving(void)
{
	SCARDCONTEXT context = test_context();
	SCARDHANDLE card = test_connect(context, "Fake 0");
	BYTE atr[MAX_ATR_SIZE];
	DWORD protocol, len = sizeof(atr);

	fake_remove(0);
	returns(transmit(card), SCARD_E_READER_UNAVAILABLE, "a command after the reader");
	returns(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_E_READER_UNAVAILABLE,
		"to disconnect then");
	returns(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_E_INVALID_HANDLE,
		"to do so twice");
	returns(SCardConnect(context, "Fake 0", SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY,
			     &card, &protocol), SCARD_E_UNKNOWN_READER, "to connect");
	SCardReleaseContext(context);

	context = test_context();
	fake_remove(0);
	fake_add(0);
	fake_add(2);
	fake_hook(renamed);
	returns(SCardConnect(context, "Fake 0", SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY,
			     &card, &protocol), SCARD_S_SUCCESS,
		"to connect to what has the name now");
	returns(SCardStatus(card, NULL, NULL, NULL, NULL, atr, &len), SCARD_S_SUCCESS,
		"its status");
	ok(len == 3 && atr[2] == 2, "is that of reader 2");
	SCardReleaseContext(context);
	ok(!fake_open_files(), "no file stays open");
}

static void services(void)
{
	SCARDCONTEXT context;
	DWORD len = 0;

	fake_reset();
	fake_service(false);
	returns(SCardEstablishContext(0, NULL, NULL, &context), SCARD_E_NO_SERVICE,
		"without the driver");
	ok(!context, "there is no context");
	fake_service(true);
	returns(SCardEstablishContext(0, NULL, NULL, &context), SCARD_S_SUCCESS,
		"without readers");
	returns(SCardListReaders(context, NULL, NULL, &len), SCARD_E_NO_READERS_AVAILABLE,
		"their list");
	fake_add(1);
	fake_open_error(-EACCES);
	returns(SCardListReaders(context, NULL, NULL, &len), SCARD_W_SECURITY_VIOLATION,
		"a reader that is not for this user");
	SCardReleaseContext(context);
	returns(SCardEstablishContext(0, NULL, NULL, &context), SCARD_W_SECURITY_VIOLATION,
		"and a context on it");
	fake_open_error(-EMFILE);
	returns(SCardEstablishContext(0, NULL, NULL, &context), SCARD_E_NO_MEMORY,
		"too many open files");
	fake_open_error(0);
}

void test_errors(void)
{
	codes();
	patience();
	leaving();
	services();
}

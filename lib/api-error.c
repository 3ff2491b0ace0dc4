// SPDX-License-Identifier: BSD-2-Clause
/*
 * pcsc_stringify_error.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stddef.h>
#include <stdio.h>

#include <winscard.h>

static const struct {
	LONG code;
	const char *text;
} texts[] = {
	{ SCARD_S_SUCCESS, "Success." },
	{ SCARD_F_INTERNAL_ERROR, "Something that cannot happen did." },
	{ SCARD_E_CANCELLED, "Cancelled." },
	{ SCARD_E_INVALID_HANDLE, "No such context or handle." },
	{ SCARD_E_INVALID_PARAMETER, "A parameter makes no sense." },
	{ SCARD_E_INVALID_TARGET, "Bad start-up information." },
	{ SCARD_E_NO_MEMORY, "Out of memory." },
	{ SCARD_F_WAITED_TOO_LONG, "An internal wait took too long." },
	{ SCARD_E_INSUFFICIENT_BUFFER, "The buffer is too small." },
	{ SCARD_E_UNKNOWN_READER, "There is no reader of that name." },
	{ SCARD_E_TIMEOUT, "Timed out." },
	{ SCARD_E_SHARING_VIOLATION, "Somebody else uses the card." },
	{ SCARD_E_NO_SMARTCARD, "There is no card in the reader." },
	{ SCARD_E_UNKNOWN_CARD, "There is no card of that name." },
	{ SCARD_E_CANT_DISPOSE, "The card cannot be left that way." },
	{ SCARD_E_PROTO_MISMATCH, "The card does not speak that protocol." },
	{ SCARD_E_NOT_READY, "Reader or card are not ready." },
	{ SCARD_E_INVALID_VALUE, "A value is not allowed." },
	{ SCARD_E_SYSTEM_CANCELLED, "Cancelled by the system." },
	{ SCARD_F_COMM_ERROR, "The communication failed." },
	{ SCARD_F_UNKNOWN_ERROR, "Failed for an unknown reason." },
	{ SCARD_E_INVALID_ATR, "That is no answer to reset." },
	{ SCARD_E_NOT_TRANSACTED, "There is no such transaction." },
	{ SCARD_E_READER_UNAVAILABLE, "The reader is not there any more." },
	{ SCARD_P_SHUTDOWN, "The service shuts down." },
	{ SCARD_E_PCI_TOO_SMALL, "The protocol information is too small." },
	{ SCARD_E_READER_UNSUPPORTED, "The reader is not supported." },
	{ SCARD_E_DUPLICATE_READER, "There are two readers of that name." },
	{ SCARD_E_CARD_UNSUPPORTED, "The card is not supported." },
	{ SCARD_E_NO_SERVICE, "There is no smart card service." },
	{ SCARD_E_SERVICE_STOPPED, "The smart card service has stopped." },
	{ SCARD_E_UNSUPPORTED_FEATURE, "Not supported." },
	{ SCARD_E_ICC_INSTALLATION, "The card has no provider." },
	{ SCARD_E_ICC_CREATEORDER, "Objects cannot be made in that order." },
	{ SCARD_E_DIR_NOT_FOUND, "The card lacks that directory." },
	{ SCARD_E_FILE_NOT_FOUND, "The card lacks that file." },
	{ SCARD_E_NO_DIR, "That is not a directory of the card." },
	{ SCARD_E_NO_FILE, "That is not a file of the card." },
	{ SCARD_E_NO_ACCESS, "The card allows no access to the file." },
	{ SCARD_E_WRITE_TOO_MANY, "The card is full." },
	{ SCARD_E_BAD_SEEK, "There is no such place in the file." },
	{ SCARD_E_INVALID_CHV, "That cannot be the PIN." },
	{ SCARD_E_UNKNOWN_RES_MNG, "An unknown error of a lower layer." },
	{ SCARD_E_NO_SUCH_CERTIFICATE, "There is no such certificate." },
	{ SCARD_E_CERTIFICATE_UNAVAILABLE, "The certificate cannot be read." },
	{ SCARD_E_NO_READERS_AVAILABLE, "There are no readers." },
	{ SCARD_E_COMM_DATA_LOST, "Data were lost on the way." },
	{ SCARD_E_NO_KEY_CONTAINER, "There is no such key." },
	{ SCARD_E_SERVER_TOO_BUSY, "Too many connections." },
	{ SCARD_W_UNSUPPORTED_CARD, "Reader and card do not fit together." },
	{ SCARD_W_UNRESPONSIVE_CARD, "The card is mute." },
	{ SCARD_W_UNPOWERED_CARD, "The card has no power." },
	{ SCARD_W_RESET_CARD, "The card was reset." },
	{ SCARD_W_REMOVED_CARD, "The card was removed." },
	{ SCARD_W_SECURITY_VIOLATION, "Access denied." },
	{ SCARD_W_WRONG_CHV, "Wrong PIN." },
	{ SCARD_W_CHV_BLOCKED, "The PIN is blocked." },
	{ SCARD_W_EOF, "The file ends there." },
	{ SCARD_W_CANCELLED_BY_USER, "Cancelled by the user." },
	{ SCARD_W_CARD_NOT_AUTHENTICATED, "The card wants its PIN." },
};

/* What is returned is valid until the thread's next call, as on pcsc-lite. */
const char *pcsc_stringify_error(const LONG code)
{
	static __thread char unknown[sizeof("Unknown result 0x12345678")];
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].code == code)
			return texts[i].text;
	snprintf(unknown, sizeof(unknown), "Unknown result 0x%08X", (unsigned int)code);
	return unknown;
}

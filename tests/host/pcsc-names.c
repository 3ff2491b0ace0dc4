// SPDX-License-Identifier: BSD-2-Clause
/*
 * Names of winscard's numbers, as pcsc-lite's headers spell them.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stdint.h>

#include "pcsc-names.h"
#include "util.h"

#define NAMED(n)	{ (uint32_t)(n), #n }

struct name {
	uint32_t value;
	const char *text;
};

static const struct name errors[] = {
	NAMED(SCARD_S_SUCCESS),
	NAMED(SCARD_F_INTERNAL_ERROR),
	NAMED(SCARD_E_CANCELLED),
	NAMED(SCARD_E_INVALID_HANDLE),
	NAMED(SCARD_E_INVALID_PARAMETER),
	NAMED(SCARD_E_INVALID_TARGET),
	NAMED(SCARD_E_NO_MEMORY),
	NAMED(SCARD_F_WAITED_TOO_LONG),
	NAMED(SCARD_E_INSUFFICIENT_BUFFER),
	NAMED(SCARD_E_UNKNOWN_READER),
	NAMED(SCARD_E_TIMEOUT),
	NAMED(SCARD_E_SHARING_VIOLATION),
	NAMED(SCARD_E_NO_SMARTCARD),
	NAMED(SCARD_E_UNKNOWN_CARD),
	NAMED(SCARD_E_CANT_DISPOSE),
	NAMED(SCARD_E_PROTO_MISMATCH),
	NAMED(SCARD_E_NOT_READY),
	NAMED(SCARD_E_INVALID_VALUE),
	NAMED(SCARD_E_SYSTEM_CANCELLED),
	NAMED(SCARD_F_COMM_ERROR),
	NAMED(SCARD_F_UNKNOWN_ERROR),
	NAMED(SCARD_E_INVALID_ATR),
	NAMED(SCARD_E_NOT_TRANSACTED),
	NAMED(SCARD_E_READER_UNAVAILABLE),
	NAMED(SCARD_P_SHUTDOWN),
	NAMED(SCARD_E_PCI_TOO_SMALL),
	NAMED(SCARD_E_READER_UNSUPPORTED),
	NAMED(SCARD_E_DUPLICATE_READER),
	NAMED(SCARD_E_CARD_UNSUPPORTED),
	NAMED(SCARD_E_NO_SERVICE),
	NAMED(SCARD_E_SERVICE_STOPPED),
	/* The same number as SCARD_E_UNEXPECTED; pcscd means this one. */
	NAMED(SCARD_E_UNSUPPORTED_FEATURE),
	NAMED(SCARD_E_NO_ACCESS),
	NAMED(SCARD_E_NO_READERS_AVAILABLE),
	NAMED(SCARD_E_COMM_DATA_LOST),
	NAMED(SCARD_E_SERVER_TOO_BUSY),
	NAMED(SCARD_W_UNSUPPORTED_CARD),
	NAMED(SCARD_W_UNRESPONSIVE_CARD),
	NAMED(SCARD_W_UNPOWERED_CARD),
	NAMED(SCARD_W_RESET_CARD),
	NAMED(SCARD_W_REMOVED_CARD),
	NAMED(SCARD_W_SECURITY_VIOLATION),
};

static const struct name states[] = {
	NAMED(SCARD_STATE_IGNORE),
	NAMED(SCARD_STATE_CHANGED),
	NAMED(SCARD_STATE_UNKNOWN),
	NAMED(SCARD_STATE_UNAVAILABLE),
	NAMED(SCARD_STATE_EMPTY),
	NAMED(SCARD_STATE_PRESENT),
	NAMED(SCARD_STATE_ATRMATCH),
	NAMED(SCARD_STATE_EXCLUSIVE),
	NAMED(SCARD_STATE_INUSE),
	NAMED(SCARD_STATE_MUTE),
	NAMED(SCARD_STATE_UNPOWERED),
};

const char *pcsc_error_name(LONG rv)
{
	static char number[2 + 8 + 1];

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].value == (uint32_t)rv)
			return errors[i].text;
	snprintf(number, sizeof(number), "0x%08X", (unsigned int)(uint32_t)rv);
	return number;
}

void pcsc_print_event_state(FILE *f, DWORD state)
{
	const char *gap = "";

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (state & states[i].value) {
			fprintf(f, "%s%s", gap, states[i].text);
			gap = " ";
		}
	}
}

const char *pcsc_protocol_name(DWORD protocol)
{
	switch (protocol) {
	case SCARD_PROTOCOL_UNDEFINED:
		return "none";
	case SCARD_PROTOCOL_T0:
		return "T=0";
	case SCARD_PROTOCOL_T1:
		return "T=1";
	case SCARD_PROTOCOL_RAW:
		return "RAW";
	case SCARD_PROTOCOL_T15:
		return "T=15";
	default:
		return "unknown";
	}
}

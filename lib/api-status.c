// SPDX-License-Identifier: BSD-2-Clause
/*
 * SCardStatus.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <string.h>

#include "context.h"
#include "result.h"

/* Asks again if another client of the card keeps it longer than a time-out. */
static LONG ask_status(struct handle *handle, struct pcsc_ioc_status *status)
{
	LONG rv;

	do {
		*status = (struct pcsc_ioc_status){ 0 };
		rv = COMMAND(handle, PCSC_IOC_STATUS, status);
	} while (rv == SCARD_E_TIMEOUT);
	if (rv == SCARD_S_SUCCESS && status->atr_len > MAX_ATR_SIZE)
		rv = SCARD_F_COMM_ERROR;
	return rv;
}

LONG SCardStatus(SCARDHANDLE card, LPSTR name, LPDWORD name_len, LPDWORD state,
		 LPDWORD protocol, LPBYTE atr, LPDWORD atr_len)
{
	DWORD no_name = 0, no_atr = 0, room_name, room_atr;
	struct pcsc_ioc_status status;
	struct handle *handle;
	LONG rv, rv_atr;

	if (!name_len)
		name_len = &no_name;
	if (!atr_len)
		atr_len = &no_atr;
	room_name = *name_len;
	room_atr = *atr_len;
	*name_len = 0;
	*atr_len = 0;
	if (state)
		*state = 0;
	if (protocol)
		*protocol = 0;

	handle = handle_get(card);
	if (!handle)
		return SCARD_E_INVALID_HANDLE;
	rv = ask_status(handle, &status);
	if (rv != SCARD_S_SUCCESS)
		goto put;
	if (state)
		*state = status.state;
	if (protocol)
		*protocol = status.protocol;
	*name_len = room_name;
	rv = give(name, name_len, handle->name, strlen(handle->name) + 1);
	*atr_len = room_atr;
	rv_atr = give(atr, atr_len, status.atr, status.atr_len);
	if (rv == SCARD_S_SUCCESS)
		rv = rv_atr;
put:
	handle_put(handle);
	return rv;
}

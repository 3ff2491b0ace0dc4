// SPDX-License-Identifier: BSD-2-Clause
/*
 * SCardTransmit, SCardControl, SCardGetAttrib, SCardSetAttrib. The kernel reads
 * and writes the program's buffers itself.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "result.h"

const SCARD_IO_REQUEST g_rgSCardT0Pci = { SCARD_PROTOCOL_T0, sizeof(SCARD_IO_REQUEST) };
const SCARD_IO_REQUEST g_rgSCardT1Pci = { SCARD_PROTOCOL_T1, sizeof(SCARD_IO_REQUEST) };
const SCARD_IO_REQUEST g_rgSCardRawPci = { SCARD_PROTOCOL_RAW, sizeof(SCARD_IO_REQUEST) };

static uint32_t room(DWORD length)
{
	return length < MAX_BUFFER_SIZE_EXTENDED ? length : MAX_BUFFER_SIZE_EXTENDED;
}

/* @rx_len is set to the length of the answer, or to what it takes. */
static LONG transfer(const struct handle *handle, unsigned long request,
		     struct pcsc_ioc_transfer *t, LPDWORD rx_len)
{
	uint32_t size = t->rx_len;
	LONG rv = COMMAND(handle, request, t);

	if (rv == SCARD_S_SUCCESS && t->rx_len > size)
		return SCARD_F_COMM_ERROR;
	if (rv == SCARD_S_SUCCESS || rv == SCARD_E_INSUFFICIENT_BUFFER)
		*rx_len = t->rx_len;
	return rv;
}

LONG SCardTransmit(SCARDHANDLE card, const SCARD_IO_REQUEST *send_pci, LPCBYTE tx,
		   DWORD tx_len, SCARD_IO_REQUEST *recv_pci, LPBYTE rx, LPDWORD rx_len)
{
	struct pcsc_ioc_transfer t = { 0 };
	struct handle *handle;
	LONG rv;

	if (!tx || !rx || !rx_len || !send_pci)
		return SCARD_E_INVALID_PARAMETER;
	handle = handle_get(card);
	if (!handle) {
		*rx_len = 0;
		return SCARD_E_INVALID_HANDLE;
	}
	t.protocol = send_pci->dwProtocol;
	t.tx = (uintptr_t)tx;
	t.tx_len = tx_len;
	t.rx = (uintptr_t)rx;
	t.rx_len = room(*rx_len);
	if (tx_len > MAX_BUFFER_SIZE_EXTENDED)
		rv = SCARD_E_INSUFFICIENT_BUFFER;
	else
		rv = transfer(handle, PCSC_IOC_TRANSMIT, &t, rx_len);
	if (rv == SCARD_S_SUCCESS && recv_pci)
		recv_pci->dwProtocol = t.protocol;
	handle_put(handle);
	return rv;
}

LONG SCardControl(SCARDHANDLE card, DWORD code, LPCVOID tx, DWORD tx_len, LPVOID rx,
		  DWORD rx_size, LPDWORD rx_len)
{
	struct pcsc_ioc_transfer t = { .code = code };
	struct handle *handle;
	DWORD ignored;
	LONG rv;

	if (!rx_len)
		rx_len = &ignored;
	*rx_len = 0;
	handle = handle_get(card);
	if (!handle)
		return SCARD_E_INVALID_HANDLE;
	if (tx && tx_len <= MAX_BUFFER_SIZE_EXTENDED) {
		t.tx = (uintptr_t)tx;
		t.tx_len = tx_len;
	}
	if (rx) {
		t.rx = (uintptr_t)rx;
		t.rx_len = room(rx_size);
	}
	if (tx_len > MAX_BUFFER_SIZE_EXTENDED || rx_size > MAX_BUFFER_SIZE_EXTENDED)
		rv = SCARD_E_INSUFFICIENT_BUFFER;
	else if ((tx_len && !tx) || (rx_size && !rx))
		rv = SCARD_E_INVALID_PARAMETER;
	else
		rv = transfer(handle, PCSC_IOC_CONTROL, &t, rx_len);
	handle_put(handle);
	return rv;
}

/* An attribute is as long as it is; what the program has room for comes after. */
LONG SCardGetAttrib(SCARDHANDLE card, DWORD attribute, LPBYTE buffer, LPDWORD length)
{
	uint8_t value[MAX_BUFFER_SIZE];
	struct pcsc_ioc_transfer t = {
		.code = attribute,
		.rx = (uintptr_t)value,
		.rx_len = sizeof(value),
	};
	struct handle *handle;
	DWORD size;
	LONG rv;

	if (!length || (*length == SCARD_AUTOALLOCATE && !buffer))
		return SCARD_E_INVALID_PARAMETER;
	handle = handle_get(card);
	if (!handle)
		return SCARD_E_INVALID_HANDLE;
	rv = transfer(handle, PCSC_IOC_GET_ATTRIB, &t, &size);
	if (rv == SCARD_S_SUCCESS)
		rv = give(buffer, length, value, size);
	explicit_bzero(value, sizeof(value));
	handle_put(handle);
	return rv;
}

LONG SCardSetAttrib(SCARDHANDLE card, DWORD attribute, LPCBYTE buffer, DWORD length)
{
	struct pcsc_ioc_transfer t = {
		.code = attribute,
		.tx = (uintptr_t)buffer,
		.tx_len = length,
	};
	struct handle *handle;
	LONG rv;

	if (!buffer || !length)
		return SCARD_E_INVALID_PARAMETER;
	handle = handle_get(card);
	if (!handle)
		return SCARD_E_INVALID_HANDLE;
	if (length > MAX_BUFFER_SIZE)
		rv = SCARD_E_INSUFFICIENT_BUFFER;
	else
		rv = COMMAND(handle, PCSC_IOC_SET_ATTRIB, &t);
	handle_put(handle);
	return rv;
}

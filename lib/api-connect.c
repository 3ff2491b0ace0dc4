// SPDX-License-Identifier: BSD-2-Clause
/*
 * SCardConnect, SCardReconnect, SCardDisconnect, SCardBeginTransaction,
 * SCardEndTransaction.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "context.h"
#include "result.h"

/*
 * pcsc-lite has no time-outs.  What did not get its turn until the device's runs
 * again, where that does no harm.
 */
static LONG patiently(const struct handle *handle, unsigned long request,
		      struct command_head *head, size_t size)
{
	LONG rv;

	do
		rv = command_run(handle, request, head, size);
	while (rv == SCARD_E_TIMEOUT);
	return rv;
}

static LONG connect_reader(struct context *context, LPCSTR name,
			   struct pcsc_ioc_connect *c, LPSCARDHANDLE id)
{
	struct pcsc_ioc_info info;
	struct handle *handle, raw;
	LONG rv;
	int fd;

	fd = readers_open(&context->readers, name, &info);
	if (fd < 0)
		return fd == -ENOENT ? SCARD_E_UNKNOWN_READER : result_of(fd);
	raw = (struct handle){ .fd = fd, .timeout_ms = info.timeout_max };
	rv = patiently(&raw, PCSC_IOC_CONNECT, (struct command_head *)c, sizeof(*c));
	if (rv == SCARD_S_SUCCESS) {
		handle = handle_add(context, fd, &info);
		if (handle) {
			*id = handle->id;
			return SCARD_S_SUCCESS;
		}
		rv = SCARD_E_NO_MEMORY;
	}
	close(fd);
	return rv;
}

LONG SCardConnect(SCARDCONTEXT id, LPCSTR reader, DWORD share, DWORD protocols,
		  LPSCARDHANDLE card, LPDWORD protocol)
{
	struct pcsc_ioc_connect c = { .share = share, .protocols = protocols };
	struct context *context;
	LONG rv;

	if (!card || !protocol)
		return SCARD_E_INVALID_PARAMETER;
	*card = 0;
	if (!reader)
		return SCARD_E_UNKNOWN_READER;
	if (strlen(reader) > MAX_READERNAME)
		return SCARD_E_INVALID_VALUE;
	context = context_get(id);
	if (!context)
		return SCARD_E_INVALID_HANDLE;
	rv = connect_reader(context, reader, &c, card);
	*protocol = rv == SCARD_S_SUCCESS ? c.protocol : SCARD_PROTOCOL_UNDEFINED;
	context_put(context);
	return rv;
}

LONG SCardReconnect(SCARDHANDLE card, DWORD share, DWORD protocols,
		    DWORD initialization, LPDWORD protocol)
{
	struct pcsc_ioc_connect c = { .share = share, .protocols = protocols,
				      .disposition = initialization };
	struct handle *handle;
	LONG rv;

	if (!protocol)
		return SCARD_E_INVALID_PARAMETER;
	handle = handle_get(card);
	if (!handle)
		return SCARD_E_INVALID_HANDLE;
	rv = patiently(handle, PCSC_IOC_RECONNECT, (struct command_head *)&c, sizeof(c));
	if (rv == SCARD_S_SUCCESS)
		*protocol = c.protocol;
	handle_put(handle);
	return rv;
}

/* A handle ends when the host has let it go, or has none any more. */
LONG SCardDisconnect(SCARDHANDLE card, DWORD disposition)
{
	struct pcsc_ioc_end end = { .disposition = disposition };
	struct handle *handle = handle_get(card);
	LONG rv;

	if (!handle)
		return SCARD_E_INVALID_HANDLE;
	rv = COMMAND(handle, PCSC_IOC_DISCONNECT, &end);
	switch (rv) {
	case SCARD_S_SUCCESS:
	case SCARD_E_INVALID_HANDLE:
	case SCARD_E_READER_UNAVAILABLE:
	case SCARD_E_NO_SERVICE:
		handle_end(handle);
		break;
	default:
		handle_put(handle);
	}
	return rv;
}

LONG SCardBeginTransaction(SCARDHANDLE card)
{
	struct pcsc_ioc_end begin = { 0 };
	struct handle *handle = handle_get(card);
	LONG rv;

	if (!handle)
		return SCARD_E_INVALID_HANDLE;
	rv = patiently(handle, PCSC_IOC_BEGIN, (struct command_head *)&begin,
		       sizeof(begin));
	handle_put(handle);
	return rv;
}

LONG SCardEndTransaction(SCARDHANDLE card, DWORD disposition)
{
	struct pcsc_ioc_end end = { .disposition = disposition };
	struct handle *handle = handle_get(card);
	LONG rv;

	if (!handle)
		return SCARD_E_INVALID_HANDLE;
	rv = COMMAND(handle, PCSC_IOC_END, &end);
	handle_put(handle);
	return rv;
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * SCardEstablishContext, SCardReleaseContext, SCardIsValidContext, SCardCancel,
 * SCardFreeMemory.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stdlib.h>

#include "context.h"

/* The scope has no meaning here, nor on pcsc-lite. */
LONG SCardEstablishContext(DWORD scope, LPCVOID reserved1, LPCVOID reserved2,
			   LPSCARDCONTEXT context)
{
	(void)scope;
	(void)reserved1;
	(void)reserved2;
	if (!context)
		return SCARD_E_INVALID_PARAMETER;
	*context = 0;
	return context_new(context);
}

/* A SCardGetStatusChange() of another thread ends; other calls are waited for. */
LONG SCardReleaseContext(SCARDCONTEXT id)
{
	struct context *context;

	context_cancel(id);
	context = context_get(id);
	if (!context)
		return SCARD_E_INVALID_HANDLE;
	context_end(context);
	return SCARD_S_SUCCESS;
}

LONG SCardIsValidContext(SCARDCONTEXT id)
{
	return context_valid(id) ? SCARD_S_SUCCESS : SCARD_E_INVALID_HANDLE;
}

LONG SCardCancel(SCARDCONTEXT id)
{
	return context_cancel(id) ? SCARD_S_SUCCESS : SCARD_E_INVALID_HANDLE;
}

LONG SCardFreeMemory(SCARDCONTEXT id, LPCVOID memory)
{
	if (!context_valid(id))
		return SCARD_E_INVALID_HANDLE;
	free((void *)memory);
	return SCARD_S_SUCCESS;
}

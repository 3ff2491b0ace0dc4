// SPDX-License-Identifier: BSD-2-Clause
/*
 * Commands and answers. See result.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"

LONG result_of(int error)
{
	switch (error) {
	case -ENODEV:
	case -ENOENT:
	case -ENXIO:
		return SCARD_E_READER_UNAVAILABLE;
	case -EACCES:
	case -EPERM:
		return SCARD_W_SECURITY_VIOLATION;
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
		return SCARD_E_NO_MEMORY;
	case -EUSERS:
		return SCARD_E_SERVER_TOO_BUSY;
	case -EMSGSIZE:
	case -EOVERFLOW:
		return SCARD_E_INSUFFICIENT_BUFFER;
	case -EFAULT:
	case -EINVAL:
		return SCARD_E_INVALID_PARAMETER;
	case -EOPNOTSUPP:
	case -ENOTTY:
		return SCARD_E_UNSUPPORTED_FEATURE;
	case -ECONNRESET:
		/* The device was reset: as good as a reset by somebody else. */
		return SCARD_W_RESET_CARD;
	case -ENOTCONN:
		return SCARD_E_INVALID_HANDLE;
	case -ETIMEDOUT:
		return SCARD_E_TIMEOUT;
	case -ECANCELED:
		return SCARD_E_CANCELLED;
	default:
		return SCARD_F_COMM_ERROR;
	}
}

LONG command_run(const struct handle *handle, unsigned long request,
		 struct command_head *head, size_t size)
{
	int error;

	head->size = size;
	head->flags = PCSC_KILLABLE;
	head->timeout_ms = handle->timeout_ms;
	error = device_ioctl(handle->fd, request, head);
	if (!error)
		return SCARD_S_SUCCESS;
	return head->result ? (LONG)head->result : result_of(error);
}

LONG give(void *buffer, DWORD *length, const void *data, size_t size)
{
	DWORD room = *length;

	*length = size;
	if (room == SCARD_AUTOALLOCATE) {
		void *copy;

		if (!buffer)
			return SCARD_E_INVALID_PARAMETER;
		copy = malloc(size ? size : 1);
		if (!copy)
			return SCARD_E_NO_MEMORY;
		memcpy(copy, data, size);
		*(void **)buffer = copy;
		return SCARD_S_SUCCESS;
	}
	if (!buffer)
		return SCARD_S_SUCCESS;
	if (room < size)
		return SCARD_E_INSUFFICIENT_BUFFER;
	memcpy(buffer, data, size);
	return SCARD_S_SUCCESS;
}

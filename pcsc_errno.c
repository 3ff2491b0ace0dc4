// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * From a result of the device, which is a code of pcsc-lite, to an errno.  The
 * table that users read is in Documentation/ABI/testing; a unit test compares
 * the two.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>

#include "pcsc_errno.h"
#include "pcsc_regs.h"

/* Failures a user can tell apart have values of their own. */
static const struct {
	u32 result;
	int error;
} pcsc_errnos[] = {
	{ PCSC_S_SUCCESS, 0 },
	{ PCSC_F_INTERNAL_ERROR, -EIO },
	{ PCSC_E_CANCELLED, -ECANCELED },
	{ PCSC_E_INVALID_HANDLE, -ENOTCONN },
	{ PCSC_E_INVALID_PARAMETER, -EINVAL },
	{ PCSC_E_NO_MEMORY, -ENOMEM },
	{ PCSC_E_INSUFFICIENT_BUFFER, -EOVERFLOW },
	{ PCSC_E_UNKNOWN_READER, -ENODEV },
	{ PCSC_E_TIMEOUT, -ETIMEDOUT },
	{ PCSC_E_SHARING_VIOLATION, -EBUSY },
	{ PCSC_E_NO_SMARTCARD, -ENOMEDIUM },
	{ PCSC_E_PROTO_MISMATCH, -EPROTO },
	{ PCSC_E_NOT_READY, -EAGAIN },
	{ PCSC_E_INVALID_VALUE, -EINVAL },
	{ PCSC_F_COMM_ERROR, -ECOMM },
	{ PCSC_E_NOT_TRANSACTED, -EREMOTEIO },
	{ PCSC_E_READER_UNAVAILABLE, -ENODEV },
	{ PCSC_E_READER_UNSUPPORTED, -EOPNOTSUPP },
	{ PCSC_E_NO_SERVICE, -EHOSTDOWN },
	{ PCSC_E_SERVICE_STOPPED, -EHOSTDOWN },
	{ PCSC_E_UNSUPPORTED_FEATURE, -EOPNOTSUPP },
	{ PCSC_E_NO_READERS_AVAILABLE, -ENODEV },
	{ PCSC_W_UNSUPPORTED_CARD, -EMEDIUMTYPE },
	{ PCSC_W_UNRESPONSIVE_CARD, -ETIME },
	{ PCSC_W_UNPOWERED_CARD, -ESHUTDOWN },
	{ PCSC_W_RESET_CARD, -ECONNRESET },
	{ PCSC_W_REMOVED_CARD, -ENOLINK },
	{ PCSC_W_SECURITY_VIOLATION, -EACCES },
};

/**
 * pcsc_errno() - what a result means to a user of the kernel
 * @result: from the device
 *
 * Return: 0 for PCSC_S_SUCCESS, a negative errno for all else, -EIO for codes
 * that the table does not know.
 */
int pcsc_errno(u32 result)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pcsc_errnos); i++)
		if (pcsc_errnos[i].result == result)
			return pcsc_errnos[i].error;
	return -EIO;
}

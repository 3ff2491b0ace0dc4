// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the driver may say of a disaster. See soak.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>

#include "errnos.h"

#define ANY		(SOAK_CARD | SOAK_PCSCD | SOAK_RELOAD)

const struct code soak_errnos[] = {
	/* The card went, is not there, or is another one. */
	{ ENOMEDIUM, ANY },
	{ ENOLINK, ANY },
	/*
	 * It was reset: by a connection that the reload closed, or by the guest's pcscd,
	 * which powers up a card that it has not seen before.
	 */
	{ ECONNRESET, ANY },
	/* It is there, but has no power yet. */
	{ ESHUTDOWN, ANY },
	/*
	 * While a card goes, pcscd forgets its protocol a moment before it forgets the
	 * card, and compares that of an APDU with none (SCARD_E_PROTO_MISMATCH,
	 * pcsc-lite 1.9.9), or it finds that the reader does not answer.
	 */
	{ EPROTO, ANY },
	{ EREMOTEIO, ANY },
	{ ECOMM, ANY },
	/* pcscd is away, or came back and knows no handle of before. */
	{ EHOSTDOWN, SOAK_PCSCD },
	{ ENOTCONN, SOAK_PCSCD | SOAK_RELOAD },
	/* While it ends it cannot tell any more who is allowed (SCARD_W_SECURITY_VIOLATION). */
	{ EACCES, SOAK_PCSCD },
	/* The reader's device is away, or is another one. */
	{ ENODEV, SOAK_RELOAD },
	{ ENXIO, SOAK_RELOAD },
	{ ENOENT, SOAK_RELOAD },
	{ 0, 0 },
};

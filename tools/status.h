/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * What pcsc-reader's exit status says.  The manual page has the same table.
 */
#ifndef STATUS_H
#define STATUS_H

enum status {
	STATUS_OK = 0,
	STATUS_MISMATCH = 1,	/* not the status word, or not an ATR, as it should be */
	STATUS_USAGE = 2,
	STATUS_NO_READER = 3,
	STATUS_NO_CARD = 4,
	STATUS_BUSY = 5,
	STATUS_CARD_LOST = 6,	/* removed, or reset by somebody else, meanwhile */
	STATUS_TIMEOUT = 7,
	STATUS_NO_SERVICE = 8,
	STATUS_PERMISSION = 9,
	STATUS_OTHER = 10,
};

#endif /* STATUS_H */

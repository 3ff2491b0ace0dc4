/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A word in pcscd's log, where there is one.  Never a byte of what a card is
 * told or says.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef IFD_LOG_H
#define IFD_LOG_H

#include <debuglog.h>

/* pcscd exports it to its handlers; other programs that load one do not. */
#pragma weak log_msg

#define log_error(...) do {					\
	if (log_msg)						\
		log_msg(PCSC_LOG_ERROR, __VA_ARGS__);		\
} while (0)

#endif /* IFD_LOG_H */

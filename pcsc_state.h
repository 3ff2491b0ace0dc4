/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The text of a reader's "state" attribute.
 */
#ifndef PCSC_STATE_H
#define PCSC_STATE_H

#include <linux/types.h>

size_t pcsc_state_text(char *text, size_t size, u32 state, bool connected,
		       const u8 *atr, size_t atr_len);

#endif /* PCSC_STATE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The one table from pcsc-lite's codes to errno values.
 */
#ifndef PCSC_ERRNO_H
#define PCSC_ERRNO_H

#include <linux/types.h>

int pcsc_errno(u32 result);

#endif /* PCSC_ERRNO_H */

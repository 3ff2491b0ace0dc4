/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The pcsc-passthru authors */
#ifndef SHIM_LINUX_MINMAX_H
#define SHIM_LINUX_MINMAX_H

#include <stddef.h>

static inline size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

#endif /* SHIM_LINUX_MINMAX_H */

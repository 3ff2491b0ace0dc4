/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The pcsc-passthru authors */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef unsigned char u8;
typedef unsigned int u32;

#endif /* SHIM_LINUX_TYPES_H */

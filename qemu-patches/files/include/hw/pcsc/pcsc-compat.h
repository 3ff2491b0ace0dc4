/*
 * PC/SC pass-through device: what differs between versions of QEMU
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The same files are built with each QEMU that there is a series of patches
 * for; what they see differently is here, and nowhere else.
 */

#ifndef HW_PCSC_COMPAT_H
#define HW_PCSC_COMPAT_H

#include "hw/irq.h"
#include "hw/qdev-properties.h"
#include "hw/sysbus.h"

/* Since 10.1 some headers are elsewhere, and class data is constant. */
#if QEMU_VERSION_MAJOR > 10 || QEMU_VERSION_MINOR > 0
#include "exec/icount.h"
#include "system/address-spaces.h"
#include "system/memory.h"
typedef const void PCSCClassData;
#else
#include "exec/address-spaces.h"
#include "exec/memory.h"
typedef void PCSCClassData;
#endif

#endif

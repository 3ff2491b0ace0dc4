/*
 * PC/SC pass-through device: what differs between versions of QEMU
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The same files are built with each QEMU that there is a series of patches
 * for; what they see differently is here, and nowhere else.  Headers that have
 * moved are told by where they are.
 */

#ifndef HW_PCSC_COMPAT_H
#define HW_PCSC_COMPAT_H

/* 10.1 moved the memory API to system/, 11.0 that of devices to hw/core/. */
#if __has_include("system/memory.h")
#include "system/address-spaces.h"
#include "system/memory.h"
/* Since 10.1 class data is constant. */
typedef const void PCSCClassData;
#else
#include "exec/address-spaces.h"
#include "exec/memory.h"
typedef void PCSCClassData;
#endif

#if __has_include("hw/core/sysbus.h")
#include "hw/core/irq.h"
#include "hw/core/qdev-properties.h"
#include "hw/core/sysbus.h"
#else
#include "hw/irq.h"
#include "hw/qdev-properties.h"
#include "hw/sysbus.h"
#endif

#endif

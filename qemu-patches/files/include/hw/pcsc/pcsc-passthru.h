/*
 * PC/SC pass-through device: what a board needs to know
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_PCSC_PASSTHRU_H
#define HW_PCSC_PASSTHRU_H

#include "exec/hwaddr.h"

#define TYPE_PCSC_PASSTHRU "pcsc-passthru"

/** pcsc_passthru_available: whether the device is built in. */
bool pcsc_passthru_available(void);

/**
 * pcsc_passthru_create: put a device on a board
 * @base: address of its page
 * @irq: its interrupt, level sensitive
 * @backend: id of the back end object, or NULL: the device gets one of its
 *           own, for the host's PC/SC service
 * @errp: set if there is no such back end, or it has a user already
 *
 * Return: whether it worked.
 */
bool pcsc_passthru_create(hwaddr base, qemu_irq irq, const char *backend,
                          Error **errp);

/**
 * pcsc_passthru_add_fdt_node: describe a device in the guest's device tree
 * @fdt: the tree
 * @base: address of the device's page
 * @intc: phandle of the ARM GIC
 * @spi: number of its shared peripheral interrupt
 *
 * Does nothing if the tree has such a node already.
 *
 * Return: 0, or a negative error code of libfdt.
 */
int pcsc_passthru_add_fdt_node(void *fdt, hwaddr base, uint32_t intc,
                               uint32_t spi);

#endif

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
#include "qom/object.h"

#define TYPE_PCSC_PASSTHRU "pcsc-passthru"

/* What a device tree calls it */
#define PCSC_COMPATIBLE "linaro,pcsc-passthru"

/**
 * PCSCBoard: a device that a machine has by itself; part of its state
 * @present: whether it has one
 * @backend: id of the back end object, or NULL: the device gets one of its
 *           own, for the host's PC/SC service
 */
typedef struct PCSCBoard {
    bool present;
    char *backend;
} PCSCBoard;

/** pcsc_passthru_available: whether the device is built in. */
bool pcsc_passthru_available(void);

/**
 * pcsc_board_add_properties: let the user set a PCSCBoard
 * @oc: class of the machine; it gets the properties "pcsc" and "pcsc-backend",
 *      or neither if the device is not built in
 * @offset: of the PCSCBoard in an instance
 */
void pcsc_board_add_properties(ObjectClass *oc, size_t offset);

/**
 * pcsc_board_create: put a device on a board, if it shall have one
 * @board: what the user wants
 * @base: address of its page
 * @irq: its interrupt, level sensitive
 * @memory: where DMA goes, or NULL: the system's memory
 * @secure_memory: where DMA for secure clients goes, or NULL: the same
 * @errp: set if there is no such back end, or it has a user already
 *
 * Return: whether it worked.
 */
bool pcsc_board_create(const PCSCBoard *board, hwaddr base, qemu_irq irq,
                       MemoryRegion *memory, MemoryRegion *secure_memory,
                       Error **errp);

/**
 * pcsc_board_add_fdt_node: describe such a device in the guest's device tree
 * @board: nothing is done if it has none
 * @fdt: the tree; nothing is done if it has a node of this kind already
 * @base: address of the device's page
 * @intc: phandle of the interrupt controller
 * @irq: its number there; of a shared peripheral interrupt, for a GIC
 *
 * Return: 0, or a negative error code of libfdt.
 */
int pcsc_board_add_fdt_node(const PCSCBoard *board, void *fdt, hwaddr base,
                            uint32_t intc, uint32_t irq);

/**
 * pcsc_passthru_add_fdt_node: describe one more device
 * @fdt: the tree
 * @bus: path of the node for the bus that it is on
 * @base: address of the device's page on this bus
 * @intc: as above
 * @irq: as above
 *
 * Return: 0, or a negative error code of libfdt.
 */
int pcsc_passthru_add_fdt_node(void *fdt, const char *bus, hwaddr base,
                               uint32_t intc, uint32_t irq);

/**
 * pcsc_board_add_aml: describe the board's own device in the ACPI tables
 * @board: nothing is done if it has none
 * @scope: \_SB
 * @base: address of the device's page, below 4 GiB
 * @irq: global system interrupt, below 256
 */
void pcsc_board_add_aml(const PCSCBoard *board, Aml *scope, hwaddr base,
                        uint32_t irq);

/**
 * pcsc_bus_add_aml: describe the devices of a platform bus
 * @scope: \_SB
 * @bus: the bus; users have put devices on it
 * @base: its address
 * @irq: the first of its global system interrupts, all below 256
 */
void pcsc_bus_add_aml(Aml *scope, DeviceState *bus, hwaddr base, uint32_t irq);

#endif

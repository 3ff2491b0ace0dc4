/*
 * PC/SC pass-through device: what boards use, when it is not built in
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pcsc/pcsc-passthru.h"

bool pcsc_passthru_available(void)
{
    return false;
}

void pcsc_board_add_properties(ObjectClass *oc, size_t offset)
{
}

bool pcsc_board_create(const PCSCBoard *board, hwaddr base, qemu_irq irq,
                       MemoryRegion *memory, MemoryRegion *secure_memory,
                       Error **errp)
{
    return true;
}

int pcsc_board_add_fdt_node(const PCSCBoard *board, void *fdt, hwaddr base,
                            uint32_t intc, uint32_t irq)
{
    return 0;
}

void pcsc_board_add_aml(const PCSCBoard *board, Aml *scope, hwaddr base,
                        uint32_t irq)
{
}

void pcsc_bus_add_aml(Aml *scope, DeviceState *bus, hwaddr base, uint32_t irq)
{
}

int pcsc_passthru_add_fdt_node(void *fdt, const char *bus, hwaddr base,
                               uint32_t intc, uint32_t irq)
{
    return 0;
}

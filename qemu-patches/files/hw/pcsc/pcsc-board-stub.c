/*
 * PC/SC pass-through device: what boards use, when it is not built in
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "hw/pcsc/pcsc-passthru.h"

bool pcsc_passthru_available(void)
{
    return false;
}

bool pcsc_passthru_create(hwaddr base, qemu_irq irq, const char *backend,
                          Error **errp)
{
    error_setg(errp, "this QEMU was built without " TYPE_PCSC_PASSTHRU);
    return false;
}

int pcsc_passthru_add_fdt_node(void *fdt, hwaddr base, uint32_t intc,
                               uint32_t spi)
{
    return 0;
}

/*
 * PC/SC pass-through device: putting one on a board
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "hw/pcsc/pcsc-passthru.h"
#include "hw/pcsc/pcsc_regs.h"
#include "hw/qdev-properties.h"
#include "hw/sysbus.h"
#include "qom/object_interfaces.h"
#include "system/device_tree.h"
#include "system/pcsc-backend.h"
#include <libfdt.h>

#define PCSC_COMPATIBLE "linaro,pcsc-passthru"

bool pcsc_passthru_available(void)
{
    return true;
}

/* The user's back end, or a new one that belongs to @dev. */
static Object *pcsc_find_backend(DeviceState *dev, const char *id, Error **errp)
{
    Object *obj;

    if (!id) {
        /* The device holds it, as its child */
        return object_new_with_props(TYPE_PCSC_BACKEND_PCSCLITE, OBJECT(dev),
                                     "default-backend", errp, NULL);
    }

    obj = object_resolve_path_component(object_get_objects_root(), id);
    if (!obj || !object_dynamic_cast(obj, TYPE_PCSC_BACKEND)) {
        error_setg(errp, "pcsc-backend '%s' is not the id of a PC/SC back end",
                   id);
        return NULL;
    }
    return obj;
}

bool pcsc_passthru_create(hwaddr base, qemu_irq irq, const char *backend,
                          Error **errp)
{
    DeviceState *dev = qdev_new(TYPE_PCSC_PASSTHRU);
    SysBusDevice *sbd = SYS_BUS_DEVICE(dev);
    Object *obj;

    /* First of all: a link is kept as a path, which starts at the root */
    object_property_add_child(qdev_get_machine(), TYPE_PCSC_PASSTHRU,
                              OBJECT(dev));
    obj = pcsc_find_backend(dev, backend, errp);
    if (!obj ||
        !object_property_set_link(OBJECT(dev), "backend", obj, errp)) {
        object_unparent(OBJECT(dev));
        object_unref(OBJECT(dev));
        return false;
    }
    if (!sysbus_realize_and_unref(sbd, errp)) {
        return false;
    }
    sysbus_mmio_map(sbd, 0, base);
    sysbus_connect_irq(sbd, 0, irq);
    return true;
}

int pcsc_passthru_add_fdt_node(void *fdt, hwaddr base, uint32_t intc,
                               uint32_t spi)
{
    g_autofree char *node = g_strdup_printf("/pcsc@%" HWADDR_PRIx, base);
    uint32_t acells, scells;
    int rc;

    if (fdt_node_offset_by_compatible(fdt, -1, PCSC_COMPATIBLE) >= 0) {
        return 0;
    }

    acells = qemu_fdt_getprop_cell(fdt, "/", "#address-cells", NULL,
                                   &error_fatal);
    scells = qemu_fdt_getprop_cell(fdt, "/", "#size-cells", NULL,
                                   &error_fatal);
    qemu_fdt_add_subnode(fdt, node);
    qemu_fdt_setprop_string(fdt, node, "compatible", PCSC_COMPATIBLE);
    rc = qemu_fdt_setprop_sized_cells(fdt, node, "reg", acells, base,
                                      scells, PCSC_REG_PAGE_SIZE);
    qemu_fdt_setprop_cell(fdt, node, "interrupt-parent", intc);
    qemu_fdt_setprop_cells(fdt, node, "interrupts", 0, spi, 4);
    qemu_fdt_setprop(fdt, node, "dma-coherent", NULL, 0);
    return rc;
}

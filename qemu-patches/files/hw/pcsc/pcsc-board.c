/*
 * PC/SC pass-through device: putting one on a board
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "hw/pcsc/pcsc-passthru.h"
#include "hw/pcsc/pcsc_regs.h"
#include "hw/pcsc/pcsc-compat.h"
#include "qom/object_interfaces.h"
#include "system/device_tree.h"
#include "system/pcsc-backend.h"
#include <libfdt.h>

bool pcsc_passthru_available(void)
{
    return true;
}

/* @opaque of a property is where its machine has the PCSCBoard. */
static PCSCBoard *pcsc_board(Object *obj, void *opaque)
{
    return (void *)obj + (uintptr_t)opaque;
}

static void pcsc_board_get_present(Object *obj, Visitor *v, const char *name,
                                   void *opaque, Error **errp)
{
    visit_type_bool(v, name, &pcsc_board(obj, opaque)->present, errp);
}

static void pcsc_board_set_present(Object *obj, Visitor *v, const char *name,
                                   void *opaque, Error **errp)
{
    visit_type_bool(v, name, &pcsc_board(obj, opaque)->present, errp);
}

static void pcsc_board_get_backend(Object *obj, Visitor *v, const char *name,
                                   void *opaque, Error **errp)
{
    g_autofree char *id = g_strdup(pcsc_board(obj, opaque)->backend ?: "");

    visit_type_str(v, name, &id, errp);
}

static void pcsc_board_set_backend(Object *obj, Visitor *v, const char *name,
                                   void *opaque, Error **errp)
{
    PCSCBoard *board = pcsc_board(obj, opaque);
    char *id;

    if (visit_type_str(v, name, &id, errp)) {
        g_free(board->backend);
        board->backend = id;
    }
}

void pcsc_board_add_properties(ObjectClass *oc, size_t offset)
{
    void *opaque = (void *)(uintptr_t)offset;

    object_class_property_add(oc, "pcsc", "bool", pcsc_board_get_present,
                              pcsc_board_set_present, NULL, opaque);
    object_class_property_set_description(oc, "pcsc",
                                          "Set on/off to have the host's "
                                          "smart card readers or not");
    object_class_property_add(oc, "pcsc-backend", "string",
                              pcsc_board_get_backend, pcsc_board_set_backend,
                              NULL, opaque);
    object_class_property_set_description(oc, "pcsc-backend",
                                          "id of the PC/SC back end to use");
}

static bool pcsc_set_backend(DeviceState *dev, const char *id, Error **errp)
{
    Object *obj = object_resolve_path_component(object_get_objects_root(), id);

    if (!obj || !object_dynamic_cast(obj, TYPE_PCSC_BACKEND)) {
        error_setg(errp, "pcsc-backend '%s' is not the id of a PC/SC back end",
                   id);
        return false;
    }
    return object_property_set_link(OBJECT(dev), "backend", obj, errp);
}

static bool pcsc_set_memory(DeviceState *dev, const char *property,
                            MemoryRegion *memory, Error **errp)
{
    return !memory ||
           object_property_set_link(OBJECT(dev), property, OBJECT(memory),
                                    errp);
}

bool pcsc_board_create(const PCSCBoard *board, hwaddr base, qemu_irq irq,
                       MemoryRegion *memory, MemoryRegion *secure_memory,
                       Error **errp)
{
    DeviceState *dev;
    SysBusDevice *sbd;

    if (!board->present) {
        return true;
    }
    dev = qdev_new(TYPE_PCSC_PASSTHRU);
    sbd = SYS_BUS_DEVICE(dev);
    /* First of all: a link is kept as a path, which starts at the root */
    object_property_add_child(qdev_get_machine(), TYPE_PCSC_PASSTHRU,
                              OBJECT(dev));
    if ((board->backend && !pcsc_set_backend(dev, board->backend, errp)) ||
        !pcsc_set_memory(dev, "memory", memory, errp) ||
        !pcsc_set_memory(dev, "secure-memory", secure_memory, errp)) {
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

/* How @intc wants a level high interrupt described, by the size of that. */
static int pcsc_set_fdt_interrupt(void *fdt, const char *node, uint32_t intc,
                                  uint32_t irq)
{
    const fdt32_t spi[] = {
        cpu_to_fdt32(0), cpu_to_fdt32(irq), cpu_to_fdt32(4 /* level high */)
    };
    int offset = fdt_node_offset_by_phandle(fdt, intc);
    const fdt32_t *cells;

    if (offset < 0) {
        return offset;
    }
    cells = fdt_getprop(fdt, offset, "#interrupt-cells", NULL);
    switch (cells ? fdt32_to_cpu(*cells) : 0) {
    case 1: /* RISC-V PLIC */
        return qemu_fdt_setprop(fdt, node, "interrupts", &spi[1], 4);
    case 2: /* RISC-V APLIC */
        return qemu_fdt_setprop(fdt, node, "interrupts", &spi[1], 8);
    case 3: /* ARM GIC */
        return qemu_fdt_setprop(fdt, node, "interrupts", spi, 12);
    default:
        return -FDT_ERR_BADVALUE;
    }
}

int pcsc_passthru_add_fdt_node(void *fdt, const char *bus, hwaddr base,
                               uint32_t intc, uint32_t irq)
{
    g_autofree char *node = g_strdup_printf("%s/pcsc@%" HWADDR_PRIx,
                                            strcmp(bus, "/") ? bus : "", base);
    uint32_t acells = qemu_fdt_getprop_cell(fdt, bus, "#address-cells", NULL,
                                            &error_fatal);
    uint32_t scells = qemu_fdt_getprop_cell(fdt, bus, "#size-cells", NULL,
                                            &error_fatal);

    qemu_fdt_add_subnode(fdt, node);
    qemu_fdt_setprop_string(fdt, node, "compatible", PCSC_COMPATIBLE);
    qemu_fdt_setprop_sized_cells(fdt, node, "reg", acells, base,
                                 scells, PCSC_REG_PAGE_SIZE);
    qemu_fdt_setprop_cell(fdt, node, "interrupt-parent", intc);
    qemu_fdt_setprop(fdt, node, "dma-coherent", NULL, 0);
    return pcsc_set_fdt_interrupt(fdt, node, intc, irq);
}

int pcsc_board_add_fdt_node(const PCSCBoard *board, void *fdt, hwaddr base,
                            uint32_t intc, uint32_t irq)
{
    if (!board->present ||
        fdt_node_offset_by_compatible(fdt, -1, PCSC_COMPATIBLE) >= 0) {
        return 0;
    }
    return pcsc_passthru_add_fdt_node(fdt, "/", base, intc, irq);
}

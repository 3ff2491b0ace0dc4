/*
 * PC/SC pass-through device: its description in ACPI tables
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The device has no ACPI id of its own.  PRP0001 with a "compatible" property
 * in _DSD makes Linux use the driver that the device tree would name.  Boards
 * call for this, since they alone know where the bus and its interrupts are.
 */

#include "qemu/osdep.h"
#include "hw/acpi/aml-build.h"
#include "hw/pcsc/pcsc-passthru.h"
#include "hw/pcsc/pcsc_regs.h"
#include "hw/pcsc/pcsc-compat.h"
#include "hw/platform-bus.h"

/* What _DSD calls a list of properties: ACPI's "Device Properties UUID" */
#define DEVICE_PROPERTIES "DAFFD814-6EBA-4D8C-8A91-BC9BBF4AA301"

/**
 * PCSCAml: where the devices of a bus are described
 * @scope: what gets them
 * @bus: where they are
 * @base: the address of that
 * @irq: the first interrupt of that
 */
typedef struct PCSCAml {
    Aml *scope;
    PlatformBusDevice *bus;
    hwaddr base;
    uint32_t irq;
} PCSCAml;

/* _DSD with one property: compatible */
static Aml *pcsc_build_dsd(void)
{
    Aml *property = aml_package(2);
    Aml *properties = aml_package(1);
    Aml *dsd = aml_package(2);

    aml_append(property, aml_string("compatible"));
    aml_append(property, aml_string(PCSC_COMPATIBLE));
    aml_append(properties, property);
    aml_append(dsd, aml_touuid(DEVICE_PROPERTIES));
    aml_append(dsd, properties);
    return dsd;
}

/* The interrupt tells one device from another. */
static void pcsc_add_aml(Aml *scope, hwaddr base, uint32_t irq)
{
    Aml *dev = aml_device("SC%.02X", irq);
    Aml *crs = aml_resource_template();

    assert(base <= UINT32_MAX - PCSC_REG_PAGE_SIZE && irq <= UINT8_MAX);
    aml_append(crs, aml_memory32_fixed(base, PCSC_REG_PAGE_SIZE,
                                       AML_READ_WRITE));
    aml_append(crs, aml_interrupt(AML_CONSUMER, AML_LEVEL, AML_ACTIVE_HIGH,
                                  AML_EXCLUSIVE, &irq, 1));
    aml_append(dev, aml_name_decl("_HID", aml_string("PRP0001")));
    aml_append(dev, aml_name_decl("_UID", aml_int(irq)));
    aml_append(dev, aml_name_decl("_CCA", aml_int(1)));
    aml_append(dev, aml_name_decl("_CRS", crs));
    aml_append(dev, aml_name_decl("_DSD", pcsc_build_dsd()));
    aml_append(scope, dev);
}

static void pcsc_add_device_aml(SysBusDevice *sbdev, void *opaque)
{
    const PCSCAml *aml = opaque;
    hwaddr offset;
    int irq;

    if (!object_dynamic_cast(OBJECT(sbdev), TYPE_PCSC_PASSTHRU)) {
        return;
    }
    offset = platform_bus_get_mmio_addr(aml->bus, sbdev, 0);
    irq = platform_bus_get_irqn(aml->bus, sbdev, 0);
    assert(offset != -1 && irq >= 0);
    pcsc_add_aml(aml->scope, aml->base + offset, aml->irq + irq);
}

void pcsc_bus_add_aml(Aml *scope, DeviceState *bus, hwaddr base, uint32_t irq)
{
    PCSCAml aml = {
        .scope = scope,
        .bus = PLATFORM_BUS_DEVICE(bus),
        .base = base,
        .irq = irq,
    };

    foreach_dynamic_sysbus_device(pcsc_add_device_aml, &aml);
}

void pcsc_board_add_aml(const PCSCBoard *board, Aml *scope, hwaddr base,
                        uint32_t irq)
{
    if (board->present) {
        pcsc_add_aml(scope, base, irq);
    }
}

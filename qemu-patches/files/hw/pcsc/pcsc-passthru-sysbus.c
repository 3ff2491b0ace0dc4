/*
 * PC/SC pass-through device: on the system bus
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pcsc/pcsc-passthru.h"
#include "hw/pcsc/pcsc-compat.h"
#include "qom/object_interfaces.h"
#include "pcsc-passthru-internal.h"

OBJECT_DECLARE_SIMPLE_TYPE(PCSCPassthruSysBus, PCSC_PASSTHRU)

/**
 * PCSCPassthruSysBus: the device on the system bus
 * @core: what it does
 * @memory: property: where DMA goes; NULL: the system's memory
 * @secure_memory: property: where that of secure clients goes; NULL: the same
 * @as: of @memory
 * @secure_as: of @secure_memory
 */
struct PCSCPassthruSysBus {
    SysBusDevice parent_obj;

    PCSCPassthru core;
    MemoryRegion *memory;
    MemoryRegion *secure_memory;
    AddressSpace as;
    AddressSpace secure_as;
};

static void pcsc_sysbus_init(Object *obj)
{
    PCSCPassthruSysBus *d = PCSC_PASSTHRU(obj);

    pcsc_passthru_init(&d->core, DEVICE(obj));
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &d->core.mmio);
    sysbus_init_irq(SYS_BUS_DEVICE(obj), &d->core.irq);
}

/* For a user who names no back end: the host's PC/SC service. */
static bool pcsc_sysbus_default_backend(PCSCPassthruSysBus *d, Error **errp)
{
    Object *backend;

    if (d->core.backend) {
        return true;
    }
    /* The device holds it, as its child */
    backend = object_new_with_props(TYPE_PCSC_BACKEND_PCSCLITE, OBJECT(d),
                                    "default-backend", errp, NULL);
    return backend && object_property_set_link(OBJECT(d), "backend", backend,
                                               errp);
}

static void pcsc_sysbus_realize(DeviceState *dev, Error **errp)
{
    PCSCPassthruSysBus *d = PCSC_PASSTHRU(dev);

    if (!pcsc_sysbus_default_backend(d, errp) ||
        !pcsc_passthru_realize(&d->core, errp)) {
        return;
    }
    d->core.as = &address_space_memory;
    if (d->memory) {
        address_space_init(&d->as, d->memory, "pcsc-passthru");
        d->core.as = &d->as;
    }
    d->core.secure_as = d->core.as;
    if (d->secure_memory) {
        address_space_init(&d->secure_as, d->secure_memory,
                           "pcsc-passthru-secure");
        d->core.secure_as = &d->secure_as;
    }
}

static void pcsc_sysbus_unrealize(DeviceState *dev)
{
    PCSCPassthruSysBus *d = PCSC_PASSTHRU(dev);

    pcsc_passthru_unrealize(&d->core);
    if (d->memory) {
        address_space_destroy(&d->as);
    }
    if (d->secure_memory) {
        address_space_destroy(&d->secure_as);
    }
}

/* The hold phase: ending the sessions affects the back end. */
static void pcsc_sysbus_reset_hold(Object *obj, ResetType type)
{
    pcsc_passthru_reset(&PCSC_PASSTHRU(obj)->core);
}

static const Property pcsc_sysbus_properties[] = {
    DEFINE_PROP_LINK("backend", PCSCPassthruSysBus, core.backend,
                     TYPE_PCSC_BACKEND, PCSCBackend *),
    DEFINE_PROP_LINK("memory", PCSCPassthruSysBus, memory,
                     TYPE_MEMORY_REGION, MemoryRegion *),
    DEFINE_PROP_LINK("secure-memory", PCSCPassthruSysBus, secure_memory,
                     TYPE_MEMORY_REGION, MemoryRegion *),
    DEFINE_PROP_UINT8("version", PCSCPassthruSysBus, core.version, 2),
};

static void pcsc_sysbus_class_init(ObjectClass *oc, PCSCClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    ResettableClass *rc = RESETTABLE_CLASS(oc);

    dc->desc = "PC/SC smart card pass-through";
    dc->realize = pcsc_sysbus_realize;
    dc->unrealize = pcsc_sysbus_unrealize;
    rc->phases.hold = pcsc_sysbus_reset_hold;
    device_class_set_props(dc, pcsc_sysbus_properties);
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
}

static const TypeInfo pcsc_sysbus_types[] = {
    {
        .name = TYPE_PCSC_PASSTHRU,
        .parent = TYPE_DYNAMIC_SYS_BUS_DEVICE,
        .instance_size = sizeof(PCSCPassthruSysBus),
        .instance_init = pcsc_sysbus_init,
        .class_init = pcsc_sysbus_class_init,
    },
};

DEFINE_TYPES(pcsc_sysbus_types)

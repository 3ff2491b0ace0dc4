/*
 * PC/SC pass-through device: on the system bus
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "exec/address-spaces.h"
#include "hw/pcsc/pcsc-passthru.h"
#include "hw/qdev-properties.h"
#include "hw/sysbus.h"
#include "pcsc-passthru-internal.h"

OBJECT_DECLARE_SIMPLE_TYPE(PCSCPassthruSysBus, PCSC_PASSTHRU)

struct PCSCPassthruSysBus {
    SysBusDevice parent_obj;

    PCSCPassthru core;
};

static void pcsc_sysbus_init(Object *obj)
{
    PCSCPassthruSysBus *d = PCSC_PASSTHRU(obj);

    pcsc_passthru_init(&d->core, DEVICE(obj));
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &d->core.mmio);
    sysbus_init_irq(SYS_BUS_DEVICE(obj), &d->core.irq);
}

static void pcsc_sysbus_realize(DeviceState *dev, Error **errp)
{
    PCSCPassthruSysBus *d = PCSC_PASSTHRU(dev);

    d->core.as = &address_space_memory;
    pcsc_passthru_realize(&d->core, errp);
}

static void pcsc_sysbus_unrealize(DeviceState *dev)
{
    pcsc_passthru_unrealize(&PCSC_PASSTHRU(dev)->core);
}

/* The hold phase: ending the sessions affects the back end. */
static void pcsc_sysbus_reset_hold(Object *obj, ResetType type)
{
    pcsc_passthru_reset(&PCSC_PASSTHRU(obj)->core);
}

static const Property pcsc_sysbus_properties[] = {
    DEFINE_PROP_LINK("backend", PCSCPassthruSysBus, core.backend,
                     TYPE_PCSC_BACKEND, PCSCBackend *),
    DEFINE_PROP_UINT8("version", PCSCPassthruSysBus, core.version, 2),
};

static void pcsc_sysbus_class_init(ObjectClass *oc, void *data)
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
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(PCSCPassthruSysBus),
        .instance_init = pcsc_sysbus_init,
        .class_init = pcsc_sysbus_class_init,
    },
};

DEFINE_TYPES(pcsc_sysbus_types)

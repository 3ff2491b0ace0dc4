/*
 * PC/SC pass-through device: access to guest memory
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Guest memory means RAM here.  A descriptor or buffer in some device's
 * registers (our own, at worst) would make us re-enter device code with
 * addresses of the guest's choice; so it is an error.
 */

#include "qemu/osdep.h"
#include "qemu/rcu.h"
#include "pcsc-passthru-internal.h"

/*
 * The attributes for the DMA that a register write with @attrs starts: those
 * of the write, so that what a secure client asks for reaches secure RAM, and
 * what another one asks for does not.
 */
MemTxAttrs pcsc_dma_attrs(MemTxAttrs attrs)
{
    attrs.memory = 1;
    attrs.debug = 0;
    return attrs;
}

static AddressSpace *pcsc_dma_as(PCSCPassthru *s, MemTxAttrs attrs)
{
    return attrs.secure ? s->secure_as : s->as;
}

/* Whether all of a buffer is RAM that can be read or written now. */
bool pcsc_dma_valid(PCSCPassthru *s, uint64_t addr, uint32_t len, bool write,
                    MemTxAttrs attrs)
{
    if (len && addr + (len - 1) < addr) {
        return false;
    }

    RCU_READ_LOCK_GUARD();
    while (len) {
        hwaddr xlat, l = len;
        MemoryRegion *mr = address_space_translate(pcsc_dma_as(s, attrs), addr,
                                                   &xlat, &l, write, attrs);

        if (!l || !memory_region_is_ram(mr) ||
            !memory_access_is_direct(mr, write, attrs)) {
            return false;
        }
        addr += l;
        len -= l;
    }
    return true;
}

bool pcsc_dma_read(PCSCPassthru *s, uint64_t addr, void *buf, uint32_t len,
                   MemTxAttrs attrs)
{
    return pcsc_dma_valid(s, addr, len, false, attrs) &&
           address_space_read(pcsc_dma_as(s, attrs), addr, attrs, buf,
                              len) == MEMTX_OK;
}

bool pcsc_dma_write(PCSCPassthru *s, uint64_t addr, const void *buf,
                    uint32_t len, MemTxAttrs attrs)
{
    return pcsc_dma_valid(s, addr, len, true, attrs) &&
           address_space_write(pcsc_dma_as(s, attrs), addr, attrs, buf,
                               len) == MEMTX_OK;
}

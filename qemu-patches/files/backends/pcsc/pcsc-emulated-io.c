/*
 * PC/SC back end in process: the calls that a connected session is for
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "pcsc-emulated.h"

#define EMU_CONTROL_ECHO        0x42000001 /* SCARD_CTL_CODE(1) */
#define EMU_CONTROL_FEATURES    0x42000d48 /* CM_IOCTL_GET_FEATURE_REQUEST */

#define EMU_ATTR_VENDOR_NAME    0x00010100
#define EMU_ATTR_PROTOCOL_TYPE  0x00080201
#define EMU_ATTR_ATR_STRING     0x00090303
#define EMU_ATTR_FRIENDLY_NAME  0x7fff0003
#define EMU_ATTR_SYSTEM_NAME    0x7fff0004
#define EMU_ATTR_NO_T1_IFS      0x7fff0007

/* The card thinks: until then, for ever, or until it leaves. */
static uint32_t emu_wait_card(EmuCall *c, bool forever, uint32_t ms)
{
    int64_t end = g_get_monotonic_time() + ms * (int64_t)1000;
    int64_t left;

    for (;;) {
        uint32_t rv = emu_gone(c);

        if (rv != PCSC_S_SUCCESS) {
            return rv;
        }
        if (c->s->event == PCSC_W_REMOVED_CARD) {
            return PCSC_W_REMOVED_CARD;
        }
        if (forever) {
            /* Not even a dropped session gets its worker back: as in life */
            qemu_cond_wait(&c->e->changed, &c->e->emu_lock);
            continue;
        }
        left = end - g_get_monotonic_time();
        if (left <= 0) {
            return PCSC_S_SUCCESS;
        }
        if (pcsc_session_dropped(&c->s->parent)) {
            return PCSC_E_CANCELLED;
        }
        qemu_cond_timedwait(&c->e->changed, &c->e->emu_lock,
                            DIV_ROUND_UP(left, 1000));
    }
}

static void emu_answer_data(PCSCRequest *r, const void *data, size_t len)
{
    r->rx = g_memdup2(data, len);
    r->rx_len = len;
}

uint32_t emu_status(EmuCall *c)
{
    EmuReader *reader = c->reader;
    uint32_t rv = emu_wait_unlocked(c);

    if (rv != PCSC_S_SUCCESS || c->s->event) {
        return rv ?: c->s->event;
    }
    if (!reader->present) {
        c->r->card_state = PCSC_CARD_ABSENT;
    } else if (reader->powered) {
        c->r->card_state = PCSC_CARD_PRESENT | PCSC_CARD_POWERED |
                           PCSC_CARD_NEGOTIABLE;
    } else {
        c->r->card_state = PCSC_CARD_PRESENT;
    }
    c->r->protocol = reader->protocol;
    emu_answer_atr(c);
    return PCSC_S_SUCCESS;
}

/* The card has the APDU; the reader is busy. */
static uint32_t emu_transmit_card(EmuCall *c)
{
    PCSCRequest *r = c->r;
    g_autoptr(GByteArray) data = g_byte_array_new();
    EmuAnswer a = { .data = data };
    uint32_t rv;

    emu_card_process(&c->reader->card, r->tx, r->tx_len, &a);
    if (a.verdict == EMU_PULL) {
        emu_reader_remove(c->e, c->reader);
        emu_publish(c->e);
        return PCSC_W_REMOVED_CARD;
    }
    rv = emu_wait_card(c, a.verdict == EMU_SILENT, a.delay_ms);
    if (rv == PCSC_S_SUCCESS && a.verdict == EMU_FAIL) {
        rv = PCSC_E_NOT_TRANSACTED;
    }
    if (rv == PCSC_S_SUCCESS) {
        r->protocol = c->reader->protocol;
        emu_answer_data(r, data->data, data->len);
    }
    pcsc_wipe(data->data, data->len);
    return rv;
}

uint32_t emu_transmit(EmuCall *c)
{
    PCSCRequest *r = c->r;
    EmuReader *reader = c->reader;
    uint32_t rv = emu_wait_unlocked(c);

    if (rv == PCSC_S_SUCCESS) {
        rv = c->s->event;
    }
    if (rv == PCSC_S_SUCCESS && r->protocols != PCSC_PROTOCOL_RAW) {
        if (!reader->present) {
            rv = PCSC_E_NO_SMARTCARD;
        } else if (r->protocols && r->protocols != reader->protocol) {
            rv = PCSC_E_PROTO_MISMATCH;
        }
    }
    if (rv == PCSC_S_SUCCESS) {
        rv = emu_wait_idle(c);
    }
    if (rv != PCSC_S_SUCCESS) {
        return rv;
    }
    if (!reader->present || !reader->powered || c->s->event) {
        return PCSC_E_NOT_TRANSACTED;
    }
    reader->busy = true;
    rv = emu_transmit_card(c);
    reader->busy = false;
    qemu_cond_broadcast(&c->e->changed);
    return rv;
}

uint32_t emu_control(EmuCall *c)
{
    if (emu_locked(c)) {
        return PCSC_E_SHARING_VIOLATION;
    }
    switch (c->r->code) {
    case EMU_CONTROL_ECHO:
        emu_answer_data(c->r, c->r->tx, c->r->tx_len);
        return PCSC_S_SUCCESS;
    case EMU_CONTROL_FEATURES:
        return PCSC_S_SUCCESS;
    default:
        return PCSC_E_UNSUPPORTED_FEATURE;
    }
}

uint32_t emu_attribute(EmuCall *c)
{
    static const char vendor[] = "pcsc-passthru";
    EmuReader *reader = c->reader;
    PCSCRequest *r = c->r;
    uint32_t protocol = cpu_to_le32(reader->protocol);

    if (emu_locked(c)) {
        return PCSC_E_SHARING_VIOLATION;
    }
    if (c->s->event) {
        return c->s->event;
    }
    if (r->op == PCSC_OP_SET_ATTRIB) {
        if (!r->tx_len) {
            return PCSC_E_INVALID_PARAMETER;
        }
        return r->code == EMU_ATTR_NO_T1_IFS ? PCSC_S_SUCCESS :
                                               PCSC_E_UNSUPPORTED_FEATURE;
    }
    switch (r->code) {
    case EMU_ATTR_VENDOR_NAME:
        emu_answer_data(r, vendor, sizeof(vendor));
        return PCSC_S_SUCCESS;
    case EMU_ATTR_PROTOCOL_TYPE:
        emu_answer_data(r, &protocol, sizeof(protocol));
        return PCSC_S_SUCCESS;
    case EMU_ATTR_ATR_STRING:
        if (!reader->present) {
            return PCSC_E_NOT_TRANSACTED;
        }
        emu_answer_data(r, reader->atr, reader->atr_len);
        return PCSC_S_SUCCESS;
    case EMU_ATTR_FRIENDLY_NAME:
    case EMU_ATTR_SYSTEM_NAME:
        emu_answer_data(r, reader->name, strlen(reader->name) + 1);
        return PCSC_S_SUCCESS;
    default:
        return PCSC_E_UNSUPPORTED_FEATURE;
    }
}

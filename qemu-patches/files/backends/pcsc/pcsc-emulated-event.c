/*
 * PC/SC back end in process: what happens to readers and cards
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What happens to the readers is said by qom-set of the property "event":
 *
 *   insert N [ATRHEX]   a card is put into reader N
 *   remove N            and taken out
 *   plug N, unplug N    the reader comes and goes
 *   reset N             another client resets the card
 *   hold N, release N   another client has it exclusively, or no more
 *   fail N CODE         the next connect or transmit ends with this result
 *   service down|up     the PC/SC service goes and comes
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/cutils.h"
#include "qemu/lockable.h"
#include "pcsc-emulated.h"
#include "trace.h"

/* T=0 and T=1, "PCSCTEST": as the project's test card for vpcd */
static const uint8_t emu_default_atr[] = {
    0x3b, 0x88, 0x80, 0x11, 0xfe,
    0x50, 0x43, 0x53, 0x43, 0x54, 0x45, 0x53, 0x54,
    0xf2
};

void emu_reader_event(PCSCBackendEmulated *e, EmuReader *r, uint32_t event)
{
    EmuSession *s;

    QTAILQ_FOREACH(s, &e->connected, next) {
        if (s->reader == r && s->event != PCSC_W_REMOVED_CARD) {
            s->event = event;
        }
    }
}

void emu_session_lose(PCSCBackendEmulated *e, EmuSession *s)
{
    EmuReader *r = s->reader;

    if (r->owner == s) {
        r->owner = NULL;
        r->depth = 0;
    }
    if (r->exclusive == s) {
        r->exclusive = NULL;
    }
    r->connections--;
    s->reader = NULL;
    QTAILQ_REMOVE(&e->connected, s, next);
}

void emu_reader_remove(PCSCBackendEmulated *e, EmuReader *r)
{
    if (r->present) {
        emu_reader_event(e, r, PCSC_W_REMOVED_CARD);
        r->present = false;
        r->powered = false;
        r->protocol = 0;
        r->events++;
    }
}

static void emu_reader_insert(PCSCBackendEmulated *e, EmuReader *r,
                              const uint8_t *atr, size_t atr_len)
{
    emu_reader_remove(e, r);
    memcpy(r->atr, atr, atr_len);
    r->atr_len = atr_len;
    memset(&r->card, 0, sizeof(r->card));
    r->present = true;
    r->powered = true;
    emu_card_power_up(&r->card);
    r->events++;
}

void emu_reader_reset(PCSCBackendEmulated *e, EmuReader *r)
{
    if (r->present) {
        emu_reader_event(e, r, PCSC_W_RESET_CARD);
        r->protocol = 0;
        emu_card_reset(&r->card);
    }
}

/* An ATR in hexadecimal digits, or NULL for the default one. */
static bool emu_parse_atr(const char *hex, uint8_t *atr, size_t *len,
                          Error **errp)
{
    if (!hex) {
        memcpy(atr, emu_default_atr, sizeof(emu_default_atr));
        *len = sizeof(emu_default_atr);
        return true;
    }
    for (*len = 0; *len < PCSC_ATR_MAX && hex[0] && hex[1]; hex += 2) {
        int high = g_ascii_xdigit_value(hex[0]);
        int low = g_ascii_xdigit_value(hex[1]);

        if (high < 0 || low < 0) {
            break;
        }
        atr[(*len)++] = high << 4 | low;
    }
    if (*hex || *len < 2) {
        error_setg(errp, "an ATR is 2 to %d bytes in hexadecimal digits",
                   PCSC_ATR_MAX);
        return false;
    }
    return true;
}

static EmuReader *emu_parse_reader(PCSCBackendEmulated *e, const char *text,
                                   Error **errp)
{
    unsigned n;

    if (!text || qemu_strtoui(text, NULL, 10, &n) || n >= e->n_readers) {
        error_setg(errp, "no reader '%s': they are 0 to %d", text ?: "",
                   (int)e->n_readers - 1);
        return NULL;
    }
    return &e->readers[n];
}

void emu_service(PCSCBackendEmulated *e, bool up)
{
    EmuSession *s, *next;

    if (!up && e->service) {
        e->epoch++;
        QTAILQ_FOREACH_SAFE(s, &e->connected, next, next) {
            emu_session_lose(e, s);
        }
    }
    e->service = up;
}

static bool emu_event(PCSCBackendEmulated *e, char **word, Error **errp)
{
    const char *verb = word[0] ?: "";
    const char *arg = word[0] ? word[1] : NULL;
    uint8_t atr[PCSC_ATR_MAX];
    size_t atr_len;
    EmuReader *r;

    if (!strcmp(verb, "service")) {
        if (!arg || (strcmp(arg, "up") && strcmp(arg, "down"))) {
            error_setg(errp, "service is 'up' or 'down'");
            return false;
        }
        emu_service(e, !strcmp(arg, "up"));
        return true;
    }
    r = emu_parse_reader(e, arg, errp);
    if (!r) {
        return false;
    }
    if (!strcmp(verb, "insert")) {
        if (!emu_parse_atr(word[2], atr, &atr_len, errp)) {
            return false;
        }
        emu_reader_insert(e, r, atr, atr_len);
    } else if (!strcmp(verb, "remove")) {
        emu_reader_remove(e, r);
    } else if (!strcmp(verb, "plug")) {
        r->plugged = true;
    } else if (!strcmp(verb, "unplug")) {
        emu_reader_remove(e, r);
        r->plugged = false;
    } else if (!strcmp(verb, "reset")) {
        emu_reader_reset(e, r);
    } else if (!strcmp(verb, "hold")) {
        r->held = true;
    } else if (!strcmp(verb, "release")) {
        r->held = false;
    } else if (!strcmp(verb, "fail")) {
        if (!word[2] || qemu_strtoui(word[2], NULL, 0, &r->fail)) {
            error_setg(errp, "fail takes a reader and a result");
            return false;
        }
    } else {
        error_setg(errp, "no event '%s'", verb);
        return false;
    }
    return true;
}

void emu_set_event(Object *obj, const char *value, Error **errp)
{
    PCSCBackendEmulated *e = PCSC_BACKEND_EMULATED(obj);
    g_auto(GStrv) words = g_strsplit(value, " ", 3);

    trace_pcsc_emulated_event(value);
    QEMU_LOCK_GUARD(&e->emu_lock);
    if (!e->running) {
        error_setg(errp, "no device uses the back end");
        return;
    }
    if (emu_event(e, words, errp)) {
        qemu_cond_broadcast(&e->changed);
        emu_publish(e);
    }
}

/* "all", "none", or "N[:ATRHEX];..." */
bool emu_first_cards(PCSCBackendEmulated *e, Error **errp)
{
    const char *cards = e->cards ?: "all";
    g_auto(GStrv) parts = g_strsplit(cards, ";", -1);
    uint8_t atr[PCSC_ATR_MAX];
    size_t atr_len;
    EmuReader *r;

    if (!strcmp(cards, "all")) {
        for (unsigned i = 0; i < e->n_readers; i++) {
            emu_reader_insert(e, &e->readers[i], emu_default_atr,
                              sizeof(emu_default_atr));
        }
        return true;
    }
    for (char **p = parts; *p && strcmp(cards, "none"); p++) {
        char *colon = strchr(*p, ':');

        if (!**p) {
            continue;
        }
        if (colon) {
            *colon++ = 0;
        }
        r = emu_parse_reader(e, *p, errp);
        if (!r || !emu_parse_atr(colon, atr, &atr_len, errp)) {
            return false;
        }
        emu_reader_insert(e, r, atr, atr_len);
    }
    return true;
}

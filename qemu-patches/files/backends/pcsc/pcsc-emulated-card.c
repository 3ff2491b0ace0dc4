/*
 * PC/SC back end in process: the card
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It understands what the project's test card for vpcd understands, so that
 * a test runs on either.
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/host-utils.h"
#include "pcsc-emulated.h"

#define SW_OK           0x9000
#define SW_LENGTH       0x6700
#define SW_PARAMETERS   0x6a86
#define SW_INS          0x6d00
#define SW_CLA          0x6e00

/* Later than the default time-out */
#define EMU_LATE_MS     70000

/* Longest answer, status word included */
#define EMU_ANSWER_MAX  PCSC_LENGTH_MAX

/* An APDU taken apart; le is what it stands for, 0 if there is none */
typedef struct EmuCommand {
    uint8_t cla, ins, p1, p2;
    const uint8_t *data;
    size_t lc;
    size_t le;
} EmuCommand;

/* The body of a command in one of the forms of ISO 7816-4, or false. */
static bool emu_parse_body(EmuCommand *cmd, const uint8_t *p, size_t len)
{
    size_t wide;

    if (!len) {
        return true;
    }
    wide = !p[0] && len > 1 ? 2 : 1;
    if (len == 1 || (wide == 2 && len == 3)) {
        cmd->le = wide == 2 ? lduw_be_p(p + 1) : p[0];
        cmd->le = cmd->le ?: (wide == 2 ? 0x10000 : 0x100);
        return true;
    }
    if (wide == 2) {
        if (len < 3 || !lduw_be_p(p + 1)) {
            return false;
        }
        cmd->lc = lduw_be_p(p + 1);
        p += 3;
        len -= 3;
    } else {
        cmd->lc = p[0];
        p += 1;
        len -= 1;
    }
    cmd->data = p;
    if (len == cmd->lc) {
        return true;
    }
    if (len != cmd->lc + wide) {
        return false;
    }
    cmd->le = wide == 2 ? lduw_be_p(p + cmd->lc) : p[cmd->lc];
    cmd->le = cmd->le ?: (wide == 2 ? 0x10000 : 0x100);
    return true;
}

static void emu_append(EmuAnswer *a, uint8_t byte)
{
    g_byte_array_append(a->data, &byte, 1);
}

static void emu_append_sw(EmuAnswer *a, unsigned sw)
{
    emu_append(a, sw >> 8);
    emu_append(a, sw);
}

static bool emu_fits(size_t len)
{
    return len + 2 <= EMU_ANSWER_MAX;
}

static unsigned emu_do_size(const EmuCommand *cmd, EmuAnswer *a)
{
    size_t len = cmd->p1 << 8 | cmd->p2;

    if (cmd->lc == 3) {
        if (len) {
            return SW_PARAMETERS;
        }
        len = cmd->data[0] << 16 | lduw_be_p(cmd->data + 1);
    } else if (cmd->lc) {
        return SW_LENGTH;
    }
    if (!emu_fits(len)) {
        return SW_LENGTH;
    }
    g_byte_array_set_size(a->data, len);
    for (size_t i = 0; i < len; i++) {
        a->data->data[i] = i;
    }
    return SW_OK;
}

static unsigned emu_do_count(EmuCard *card, const EmuCommand *cmd,
                             EmuAnswer *a)
{
    uint32_t count;

    if (cmd->p1 > 1 || cmd->p2) {
        return SW_PARAMETERS;
    }
    count = cpu_to_be32(cmd->p1 ? card->power_ups : card->resets);
    g_byte_array_append(a->data, (uint8_t *)&count, sizeof(count));
    return SW_OK;
}

static unsigned emu_do_verified(EmuCard *card, const EmuCommand *cmd,
                                EmuAnswer *a)
{
    if (cmd->p1 > 1 || cmd->p2) {
        return SW_PARAMETERS;
    }
    if (cmd->p1) {
        card->verified = true;
    } else {
        emu_append(a, card->verified);
    }
    return SW_OK;
}

static unsigned emu_do_challenge(EmuCard *card, const EmuCommand *cmd,
                                 EmuAnswer *a)
{
    if (cmd->p1 || cmd->p2) {
        return SW_PARAMETERS;
    }
    if (cmd->lc || !cmd->le || !emu_fits(cmd->le)) {
        return SW_LENGTH;
    }
    card->challenges++;
    for (size_t i = 0; i < cmd->le; i++) {
        emu_append(a, card->challenges * 31 + i * 7 + 1);
    }
    return SW_OK;
}

/* Answers without a status word of their own, or none. */
static void emu_misbehave(const EmuCommand *cmd, EmuAnswer *a)
{
    switch (cmd->p2 ? 0xff : cmd->p1) {
    case 0:
        a->verdict = EMU_SILENT;
        break;
    case 1:
        a->verdict = EMU_PULL;
        break;
    case 2:
        emu_append(a, SW_OK >> 8);
        break;
    case 3:
        break;
    case 4:
        a->verdict = EMU_FAIL;
        break;
    case 5:
        a->delay_ms = EMU_LATE_MS;
        emu_append_sw(a, SW_OK);
        break;
    default:
        emu_append_sw(a, SW_PARAMETERS);
        break;
    }
}

static void emu_process_own(EmuCard *card, const EmuCommand *cmd, EmuAnswer *a)
{
    unsigned sw = SW_OK;

    switch (cmd->ins) {
    case 0xe0:
        if (!emu_fits(cmd->lc)) {
            sw = SW_LENGTH;
            break;
        }
        g_byte_array_append(a->data, cmd->data, cmd->lc);
        break;
    case 0xe2:
        sw = emu_do_size(cmd, a);
        break;
    case 0xe4:
        a->delay_ms = cmd->p1 << 8 | cmd->p2;
        break;
    case 0xe6:
        sw = cmd->p1 << 8 | cmd->p2;
        break;
    case 0xe8:
        emu_misbehave(cmd, a);
        return;
    case 0xea:
        sw = emu_do_count(card, cmd, a);
        break;
    case 0xec:
        sw = emu_do_verified(card, cmd, a);
        break;
    default:
        sw = SW_INS;
        break;
    }
    emu_append_sw(a, sw);
}

void emu_card_process(EmuCard *card, const uint8_t *apdu, size_t len,
                      EmuAnswer *a)
{
    EmuCommand cmd = { 0 };

    a->verdict = EMU_ANSWER;
    a->delay_ms = 0;
    if (len < 4) {
        emu_append_sw(a, SW_LENGTH);
        return;
    }
    cmd.cla = apdu[0];
    cmd.ins = apdu[1];
    cmd.p1 = apdu[2];
    cmd.p2 = apdu[3];
    if (cmd.cla != 0x00 && cmd.cla != 0x80) {
        emu_append_sw(a, SW_CLA);
    } else if (!emu_parse_body(&cmd, apdu + 4, len - 4)) {
        emu_append_sw(a, SW_LENGTH);
    } else if (cmd.cla) {
        emu_process_own(card, &cmd, a);
    } else if (cmd.ins == 0xa4) {
        emu_append_sw(a, SW_OK);
    } else if (cmd.ins == 0x84) {
        emu_append_sw(a, emu_do_challenge(card, &cmd, a));
    } else {
        emu_append_sw(a, SW_INS);
    }
}

void emu_card_power_up(EmuCard *card)
{
    card->power_ups++;
    card->challenges = 0;
    card->verified = false;
}

void emu_card_reset(EmuCard *card)
{
    card->resets++;
    card->challenges = 0;
    card->verified = false;
}

uint32_t emu_atr_protocols(const uint8_t *atr, size_t len)
{
    uint32_t protocols = 0;
    size_t i = 1;
    uint8_t y;

    /* T0, then TA TB TC TD as the upper half of T0 or the TD before says */
    while (i < len && i < PCSC_ATR_MAX) {
        y = atr[i] >> 4;
        if (i > 1 && (atr[i] & 0xf) < 2) {
            protocols |= 1u << (atr[i] & 0xf);
        }
        if (!(y & 8)) {
            break;
        }
        i += ctpop8(y);
    }
    return protocols ?: PCSC_PROTOCOL_T0;
}

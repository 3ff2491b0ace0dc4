/*
 * PC/SC pass-through device: one that lies, for tests of drivers
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * "-device pcsc-hostile,id=ID" puts itself between the guest and the machine's
 * pcsc-passthru device: over its page, and into its interrupt line.  It passes
 * on all accesses until it is told to lie, by qom-set of the property "lie".
 * That is a list of words; a new list replaces the one before, an empty one
 * makes the device honest again, but for what is to come late.
 *
 *   read:OFFSET:VALUE     the register reads as VALUE
 *   count:OFFSET:VALUE    likewise, and as 1 more each time
 *   line:high, line:low   the interrupt line does not move
 *   done:INDEX            once, now: the DONE bit of this descriptor
 *
 * What follows is about commands, which the device behind does not see then:
 *   op:NUMBER             only those of this operation, instead of all
 *   answer                are answered at once
 *   twice                 and once more after PCSC_HOSTILE_LATER_MS
 *   early                 have the answer's STATUS and DONE bit at once, the
 *                         rest of it later
 *   stale                 are answered with the tag before theirs; the device
 *                         behind gets them, too
 *   drop                  never end
 *   word:OFFSET:VALUE     the answer has VALUE there
 *   data:HEX              the answer has these bytes, and RX_LEN says so
 *
 * It needs CONFIG_PCSC_HOSTILE, which nothing selects.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/cutils.h"
#include "qemu/module.h"
#include "qemu/timer.h"
#include "hw/pcsc/pcsc-compat.h"
#include "hw/pcsc/pcsc-passthru.h"
#include "hw/pcsc/pcsc_regs.h"
#include "hw/qdev-core.h"
#include "system/reset.h"

#define TYPE_PCSC_HOSTILE "pcsc-hostile"
OBJECT_DECLARE_SIMPLE_TYPE(PCSCHostile, PCSC_HOSTILE)

/* When what comes late comes */
#define PCSC_HOSTILE_LATER_MS 500

#define PCSC_HOSTILE_DATA_MAX 256
#define WORDS(size) ((size) / sizeof(uint32_t))

/* What is said about a register */
typedef enum PCSCHostileReads {
    READS_TRUE,
    READS_VALUE,
    READS_COUNT,
} PCSCHostileReads;

/* What happens to commands */
typedef enum PCSCHostileCommands {
    COMMANDS_PASS,
    COMMANDS_ANSWER,
    COMMANDS_TWICE,
    COMMANDS_EARLY,
    COMMANDS_STALE,
    COMMANDS_DROP,
} PCSCHostileCommands;

/**
 * PCSCHostileLie: all that a list of words says
 * @reads: for each register
 * @value: for each register that does not read true
 * @line: -1: as it is, 0 or 1: always so
 * @commands: what happens to commands
 * @op: to those of this operation; 0: to all
 * @given: which words of a descriptor the list gives
 * @word: these
 * @data_len: bytes in @data
 * @data: what the answers carry
 */
typedef struct PCSCHostileLie {
    PCSCHostileReads reads[WORDS(PCSC_REG_PAGE_SIZE)];
    uint32_t value[WORDS(PCSC_REG_PAGE_SIZE)];
    int line;
    PCSCHostileCommands commands;
    uint32_t op;
    uint32_t given;
    uint32_t word[WORDS(PCSC_DESC_SIZE)];
    size_t data_len;
    uint8_t data[PCSC_HOSTILE_DATA_MAX];
} PCSCHostileLie;

/**
 * PCSCHostile: the device
 * @mmio: lies over @behind
 * @behind: the page of the honest device
 * @victim: the honest device
 * @out: where its interrupt line went
 * @level: what it says there
 * @lie: the present one
 * @done: DONE bits that are ours
 * @int_enable: copy of the register
 * @table: likewise, TABLE_LO and TABLE_HI
 * @later: runs once for what comes late
 * @late_index: the descriptor of that
 * @late_tag: and its tag
 */
struct PCSCHostile {
    DeviceState parent_obj;

    MemoryRegion mmio;
    MemoryRegion *behind;
    DeviceState *victim;
    qemu_irq out;
    bool level;
    PCSCHostileLie lie;
    uint32_t done[PCSC_DONE_WORDS];
    uint32_t int_enable;
    uint64_t table;
    QEMUTimer *later;
    unsigned late_index;
    uint32_t late_tag;
};

static bool hostile_has_done(PCSCHostile *s)
{
    return s->done[0] || s->done[1];
}

static void hostile_update_line(PCSCHostile *s)
{
    bool level = s->level ||
                 (hostile_has_done(s) && (s->int_enable & PCSC_INT_DONE));

    qemu_set_irq(s->out, s->lie.line < 0 ? level : s->lie.line);
}

/* The honest device moves its line. */
static void hostile_line(void *opaque, int n, int level)
{
    PCSCHostile *s = opaque;

    s->level = level;
    hostile_update_line(s);
}

static void hostile_done(PCSCHostile *s, unsigned index)
{
    s->done[index / 32] |= 1u << index % 32;
    hostile_update_line(s);
}

static hwaddr hostile_desc(PCSCHostile *s, unsigned index)
{
    return s->table + index * PCSC_DESC_SIZE;
}

static uint32_t hostile_load(hwaddr addr)
{
    return address_space_ldl_le(&address_space_memory, addr,
                                MEMTXATTRS_UNSPECIFIED, NULL);
}

static void hostile_store(hwaddr addr, uint32_t value)
{
    address_space_stl_le(&address_space_memory, addr, value,
                         MEMTXATTRS_UNSPECIFIED, NULL);
}

/* Bytes of the buffer, which is the guest's own memory and stays so */
static void hostile_write_data(PCSCHostile *s, hwaddr desc)
{
    uint64_t addr = hostile_load(desc + PCSC_DESC_RX_ADDR) |
                    (uint64_t)hostile_load(desc + PCSC_DESC_RX_ADDR + 4) << 32;
    size_t len = MIN(hostile_load(desc + PCSC_DESC_RX_SIZE), s->lie.data_len);

    address_space_write(&address_space_memory, addr, MEMTXATTRS_UNSPECIFIED,
                        s->lie.data, len);
}

static void hostile_answer(PCSCHostile *s, unsigned index, uint32_t tag)
{
    hwaddr desc = hostile_desc(s, index);

    hostile_write_data(s, desc);
    for (unsigned i = WORDS(PCSC_DESC_RESULT); i < WORDS(PCSC_DESC_STATUS);
         i++) {
        uint32_t value = i == WORDS(PCSC_DESC_RX_LEN) ? s->lie.data_len : 0;

        hostile_store(desc + 4 * i,
                      s->lie.given & (1u << i) ? s->lie.word[i] : value);
    }
    smp_wmb(); /* the answer before its status, as the honest device does */
    hostile_store(desc + PCSC_DESC_STATUS, PCSC_DESC_STATUS_DONE | tag);
}

static void hostile_later(void *opaque)
{
    PCSCHostile *s = opaque;

    hostile_answer(s, s->late_index, s->late_tag);
    hostile_done(s, s->late_index);
}

/* Whether the command is not for the honest device. */
static bool hostile_doorbell(PCSCHostile *s, uint32_t index)
{
    hwaddr desc = hostile_desc(s, index);
    uint32_t tag;

    if (s->lie.commands == COMMANDS_PASS || index >= PCSC_COMMANDS_MAX ||
        (s->lie.op && hostile_load(desc + PCSC_DESC_OPERATION) != s->lie.op)) {
        return false;
    }
    tag = hostile_load(desc + PCSC_DESC_TAG) & PCSC_DESC_STATUS_TAG;
    if (s->lie.commands == COMMANDS_DROP) {
        return true;
    }
    if (s->lie.commands == COMMANDS_TWICE ||
        s->lie.commands == COMMANDS_EARLY) {
        s->late_index = index;
        s->late_tag = tag;
        timer_mod(s->later, qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) +
                            PCSC_HOSTILE_LATER_MS);
    }
    if (s->lie.commands == COMMANDS_EARLY) {
        hostile_store(desc + PCSC_DESC_STATUS, PCSC_DESC_STATUS_DONE | tag);
    } else if (s->lie.commands == COMMANDS_STALE) {
        hostile_answer(s, index, (tag - 1) & PCSC_DESC_STATUS_TAG);
    } else {
        hostile_answer(s, index, tag);
    }
    hostile_done(s, index);
    return s->lie.commands != COMMANDS_STALE;
}

static MemTxResult hostile_read(void *opaque, hwaddr offset, uint64_t *data,
                                unsigned size, MemTxAttrs attrs)
{
    PCSCHostile *s = opaque;
    unsigned i = WORDS(offset);
    MemTxResult r = memory_region_dispatch_read(s->behind, offset, data,
                                                MO_LEUL, attrs);

    if (offset == PCSC_REG_DONE(0) || offset == PCSC_REG_DONE(1)) {
        *data |= s->done[WORDS(offset - PCSC_REG_DONE(0))];
    } else if (offset == PCSC_REG_INT_STATUS && hostile_has_done(s)) {
        *data |= PCSC_INT_DONE;
    }
    if (s->lie.reads[i] != READS_TRUE) {
        *data = s->lie.value[i];
    }
    if (s->lie.reads[i] == READS_COUNT) {
        s->lie.value[i]++;
    }
    return r;
}

/* What the honest device is told, as far as the lies depend on it */
static void hostile_note(PCSCHostile *s, hwaddr offset, uint32_t value)
{
    switch (offset) {
    case PCSC_REG_CONTROL:
        if (value & PCSC_CONTROL_RESET) {
            memset(s->done, 0, sizeof(s->done));
            s->int_enable = 0;
            s->table = 0;
            timer_del(s->later);
        }
        break;
    case PCSC_REG_TABLE_LO:
    case PCSC_REG_TABLE_HI:
        s->table = deposit64(s->table, 8 * (offset & 4), 32, value);
        break;
    case PCSC_REG_INT_ENABLE:
        s->int_enable = value;
        break;
    case PCSC_REG_DONE(0):
    case PCSC_REG_DONE(1):
        s->done[WORDS(offset - PCSC_REG_DONE(0))] &= ~value;
        break;
    }
    hostile_update_line(s);
}

static MemTxResult hostile_write(void *opaque, hwaddr offset, uint64_t value,
                                 unsigned size, MemTxAttrs attrs)
{
    PCSCHostile *s = opaque;

    hostile_note(s, offset, value);
    if (offset == PCSC_REG_DOORBELL && hostile_doorbell(s, value)) {
        return MEMTX_OK;
    }
    return memory_region_dispatch_write(s->behind, offset, value, MO_LEUL,
                                        attrs);
}

static const MemoryRegionOps hostile_ops = {
    .read_with_attrs = hostile_read,
    .write_with_attrs = hostile_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid.min_access_size = 4,
    .valid.max_access_size = 4,
    .impl.min_access_size = 4,
    .impl.max_access_size = 4,
};

static bool hostile_parse_data(PCSCHostileLie *lie, const char *hex)
{
    for (lie->data_len = 0; hex[0] && hex[1]; hex += 2) {
        int high = g_ascii_xdigit_value(hex[0]);
        int low = g_ascii_xdigit_value(hex[1]);

        if (high < 0 || low < 0 || lie->data_len == PCSC_HOSTILE_DATA_MAX) {
            return false;
        }
        lie->data[lie->data_len++] = high << 4 | low;
    }
    return !*hex;
}

/* "NAME" or "NAME:NUMBER" or "NAME:NUMBER:NUMBER" */
static bool hostile_parse_word(PCSCHostile *s, PCSCHostileLie *lie,
                               const char *word)
{
    static const struct {
        const char *name;
        PCSCHostileCommands commands;
    } commands[] = {
        { "answer", COMMANDS_ANSWER }, { "twice", COMMANDS_TWICE },
        { "early", COMMANDS_EARLY },   { "stale", COMMANDS_STALE },
        { "drop", COMMANDS_DROP },
    };
    g_auto(GStrv) part = g_strsplit(word, ":", 3);
    unsigned n = g_strv_length(part);
    uint32_t number = 0, value = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
        if (!strcmp(word, commands[i].name)) {
            lie->commands = commands[i].commands;
            return true;
        }
    }
    if (!strcmp(word, "line:high") || !strcmp(word, "line:low")) {
        lie->line = !strcmp(word, "line:high");
        return true;
    }
    if (n == 2 && !strcmp(part[0], "data")) {
        return hostile_parse_data(lie, part[1]);
    }
    if (n < 2 || qemu_strtoui(part[1], NULL, 0, &number) ||
        (n == 3 && qemu_strtoui(part[2], NULL, 0, &value))) {
        return false;
    }
    if (n == 2 && !strcmp(part[0], "op")) {
        lie->op = number;
    } else if (n == 2 && !strcmp(part[0], "done") &&
               number < PCSC_COMMANDS_MAX) {
        s->done[number / 32] |= 1u << number % 32;
    } else if (n == 3 && !strcmp(part[0], "word") && number < PCSC_DESC_SIZE) {
        lie->given |= 1u << WORDS(number);
        lie->word[WORDS(number)] = value;
    } else if (n == 3 && number < PCSC_REG_PAGE_SIZE &&
               (!strcmp(part[0], "read") || !strcmp(part[0], "count"))) {
        lie->reads[WORDS(number)] = *part[0] == 'r' ? READS_VALUE : READS_COUNT;
        lie->value[WORDS(number)] = value;
    } else {
        return false;
    }
    return true;
}

static void hostile_set_lie(Object *obj, const char *value, Error **errp)
{
    PCSCHostile *s = PCSC_HOSTILE(obj);
    g_auto(GStrv) words = g_strsplit(value, " ", -1);
    PCSCHostileLie lie = { .line = -1 };

    memset(s->done, 0, sizeof(s->done));
    for (char **word = words; *word; word++) {
        if (**word && !hostile_parse_word(s, &lie, *word)) {
            error_setg(errp, "no lie '%s'", *word);
            return;
        }
    }
    s->lie = lie;
    hostile_update_line(s);
}

/*
 * The first reset comes when the machine is complete: a platform bus finds the
 * number of an interrupt, for the device tree, by where the line goes.
 */
static void hostile_reset(void *opaque)
{
    PCSCHostile *s = opaque;

    if (!s->out) {
        s->out = qdev_intercept_gpio_out(s->victim,
                                         qemu_allocate_irq(hostile_line, s, 0),
                                         SYSBUS_DEVICE_GPIO_IRQ, 0);
    }
}

static void hostile_realize(DeviceState *dev, Error **errp)
{
    PCSCHostile *s = PCSC_HOSTILE(dev);
    Object *obj = object_resolve_path_type("", TYPE_PCSC_PASSTHRU, NULL);
    SysBusDevice *victim = obj ? SYS_BUS_DEVICE(obj) : NULL;

    if (!victim || !sysbus_has_mmio(victim, 0)) {
        error_setg(errp, "there is no " TYPE_PCSC_PASSTHRU " to lie for");
        return;
    }
    s->behind = sysbus_mmio_get_region(victim, 0);
    memory_region_init_io(&s->mmio, OBJECT(dev), &hostile_ops, s,
                          TYPE_PCSC_HOSTILE, PCSC_REG_PAGE_SIZE);
    memory_region_add_subregion_overlap(s->behind->container, s->behind->addr,
                                        &s->mmio, 1);
    s->victim = DEVICE(victim);
    qemu_register_reset(hostile_reset, s);
    s->later = timer_new_ms(QEMU_CLOCK_VIRTUAL, hostile_later, s);
    s->lie.line = -1;
}

static void hostile_class_init(ObjectClass *oc, PCSCClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->desc = "a PC/SC smart card pass-through that lies, for tests";
    dc->realize = hostile_realize;
    /* It is in the machine's memory map and wiring for good. */
    dc->hotpluggable = false;
    object_class_property_add_str(oc, "lie", NULL, hostile_set_lie);
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
}

static const TypeInfo hostile_types[] = {
    {
        .name = TYPE_PCSC_HOSTILE,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(PCSCHostile),
        .class_init = hostile_class_init,
    },
};

DEFINE_TYPES(hostile_types)

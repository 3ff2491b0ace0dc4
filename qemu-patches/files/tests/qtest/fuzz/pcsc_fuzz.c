/*
 * PC/SC pass-through device: fuzz target for what a guest and its host do
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * An input is a list of steps of eight bytes each: what to do, three small
 * parameters, and a little-endian word.  Zero is a sensible choice for most,
 * so that an input of a few steps opens, connects and transmits.
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/module.h"
#include "system/runstate.h"
#include "fuzz.h"
#include "pcsc_fuzz.h"

/* The steps, by their first byte */
enum {
    STEP_COMMAND,       /* fill a descriptor, ring */
    STEP_COMMAND_WAIT,  /* the same, and wait for its DONE bit */
    STEP_APDU,          /* four bytes to be sent, and how many there are */
    STEP_EVENT,         /* something happens at the readers */
    STEP_POLL,          /* time goes by */
    STEP_CANCEL,
    STEP_WAIT,          /* a vCPU writes to WAIT */
    STEP_WORD,          /* a word of the next descriptor is this */
    STEP_LEGACY,        /* a command of version 1 */
    STEP_READ,          /* any register, at any width */
    STEP_WRITE,
    STEP_RESET,
    STEP_STOP,          /* of the machine, and cont */
    STEP_COLLECT,       /* look at what is done */
    STEP_TABLE,         /* the table somewhere else */
    STEP_COUNT
};

/* Steps beyond this are for the next input */
#define STEPS_MAX 200

static void step_command(PCSCFuzz *f, const uint8_t *p, uint32_t v)
{
    static const uint32_t timeouts[] = { 0, 1, PCSC_FUZZ_TIMEOUT, -1 };
    static const uint32_t rx_sizes[] = { PCSC_LENGTH_MAX, 2, 16, 0 };
    static const uint32_t codes[] = {
        0x42000001, 0x42000d48, 0x00010100, 0x00080201, 0x00090303, 0x7fff0003,
        0x7fff0007, 0,
    };
    unsigned slot = p[3] >> 2 & 3;
    uint32_t op = p[2] & 0xf;
    uint64_t rx = PCSC_FUZZ_RX(p[1] % PCSC_COMMANDS_MAX);
    uint32_t protocols = v >> 2 & 0xf;
    uint32_t r[] = {
        [PCSC_DESC_OPERATION / 4] = op,
        [PCSC_DESC_READER / 4] = slot | (p[3] & 3) << 16,
        [PCSC_DESC_GENERATION / 4] =
            pcsc_fuzz_read(f, PCSC_REG_SLOT(slot) + PCSC_SLOT_GENERATION),
        [PCSC_DESC_TIMEOUT / 4] = timeouts[p[3] >> 4 & 3],
        [PCSC_DESC_SHARE / 4] = (v & 3) ?: PCSC_SHARE_SHARED,
        [PCSC_DESC_PROTOCOLS / 4] = op == PCSC_OP_TRANSMIT ? protocols :
            protocols ?: PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1,
        [PCSC_DESC_DISPOSITION / 4] = v >> 6 & 3,
        [PCSC_DESC_CODE / 4] = codes[v >> 8 & 7],
        [PCSC_DESC_TX_ADDR / 4] = (uint32_t)PCSC_FUZZ_TX,
        [PCSC_DESC_RX_ADDR / 4] = rx,
        [PCSC_DESC_RX_ADDR / 4 + 1] = rx >> 32,
        [PCSC_DESC_TX_LEN / 4] = f->tx_len,
        [PCSC_DESC_RX_SIZE / 4] = rx_sizes[p[3] >> 6],
        [PCSC_DESC_TAG / 4] = v ^ 0x1234567,
        [PCSC_DESC_FLAGS / 4] = 0,
    };

    for (unsigned i = 0; i < ARRAY_SIZE(r); i++) {
        if (f->words & 1u << i) {
            r[i] = f->word[i];
        }
    }
    if (r[PCSC_DESC_RX_ADDR / 4] != (uint32_t)rx ||
        r[PCSC_DESC_RX_ADDR / 4 + 1] != rx >> 32) {
        f->sane = false;
    }
    f->words = 0;
    pcsc_fuzz_command(f, p[1] % PCSC_COMMANDS_MAX, r);
}

static void step_await(PCSCFuzz *f, unsigned index)
{
    int64_t end = g_get_monotonic_time() +
                  (PCSC_FUZZ_TIMEOUT_MAX + 10) * G_TIME_SPAN_MILLISECOND;

    while (!(pcsc_fuzz_done(f) & 1ull << index) &&
           pcsc_fuzz_count("commands") && g_get_monotonic_time() < end) {
        pcsc_fuzz_poll(20);
    }
}

/* What is to be sent has to be known, whatever input came before. */
static void set_apdu(PCSCFuzz *f)
{
    static const uint8_t echo[64] = { 0x80, 0xe0, 0, 0, 3, 1, 2, 3 };

    f->tx_len = 8;
    qtest_memwrite(f->qts, PCSC_FUZZ_TX, echo, sizeof(echo));
}

static void step_apdu(PCSCFuzz *f, const uint8_t *p, uint32_t v)
{
    static const uint32_t lengths[] = { 261, 264, 265, PCSC_LENGTH_MAX,
                                        PCSC_LENGTH_MAX + 1, -1 };
    const unsigned first = 256 - ARRAY_SIZE(lengths);

    f->tx_len = p[2] < first ? p[2] : lengths[p[2] - first];
    qtest_writel(f->qts, PCSC_FUZZ_TX + p[1] % 16 * 4, v);
}

static void step_event(const uint8_t *p, uint32_t v)
{
    static const char *const verbs[] = {
        "insert", "remove", "plug", "unplug", "reset", "hold", "release",
    };
    unsigned verb = p[1] % (ARRAY_SIZE(verbs) + 4);
    unsigned reader = p[2] & 3;

    switch (verb) {
    case ARRAY_SIZE(verbs):
        pcsc_fuzz_event("service down");
        break;
    case ARRAY_SIZE(verbs) + 1:
        pcsc_fuzz_event("service up");
        break;
    case ARRAY_SIZE(verbs) + 2:
        pcsc_fuzz_event("fail %u 0x%x", reader, v);
        break;
    case ARRAY_SIZE(verbs) + 3:
        pcsc_fuzz_event("insert %u 3b%08x%.*s", reader, v, p[3] % 60,
                        "8131fe45000102030405060708090a0b"
                        "0c0d0e0f101112131415161718191a1b");
        break;
    default:
        pcsc_fuzz_event("%s %u", verbs[verb], reader);
        break;
    }
}

static void step_poll(PCSCFuzz *f, const uint8_t *p)
{
    if (p[1] & 1) {
        step_await(f, p[2] % PCSC_COMMANDS_MAX);
    } else {
        pcsc_fuzz_poll(p[3] * 16);
    }
}

static void step_legacy(PCSCFuzz *f, const uint8_t *p, uint32_t v)
{
    static const uint32_t rx_sizes[] = { 264, 0, 1, 2, 3, 33, 4096, -1 };
    static const uint32_t commands[] = {
        PCSC_V1_CONNECT, PCSC_V1_DISCONNECT, PCSC_V1_READ_ATR, PCSC_V1_TRANSMIT
    };
    unsigned n = p[1] & 3;
    uint64_t block = PCSC_V1_BLOCK + n * PCSC_V1_BLOCK_SIZE;
    uint32_t control = commands[p[2] & 3];

    if (p[2] & 4) {
        control = v;
    } else {
        control |= p[3] & 0xf ?: PCSC_V1_PROTOCOL_T0 | PCSC_V1_PROTOCOL_T1;
        control |= ((p[3] >> 4 & 3) ?: PCSC_SHARE_SHARED) <<
                   PCSC_V1_SHARE_SHIFT;
        control |= (p[3] >> 6) << PCSC_V1_DISPOSITION_SHIFT;
    }
    pcsc_fuzz_write(f, block + PCSC_V1_TX_ADDR, PCSC_FUZZ_TX);
    pcsc_fuzz_write(f, block + PCSC_V1_TX_SIZE, f->tx_len);
    pcsc_fuzz_write(f, block + PCSC_V1_RX_ADDR, PCSC_FUZZ_RX_V1(n));
    pcsc_fuzz_write(f, block + PCSC_V1_RX_SIZE, rx_sizes[p[2] >> 4 & 7]);
    if (p[2] & 8) {
        pcsc_fuzz_write_cpu(f, block + PCSC_V1_CONTROL, control);
    } else {
        pcsc_fuzz_write(f, block + PCSC_V1_CONTROL, control);
    }
}

static void step_read(PCSCFuzz *f, const uint8_t *p, uint32_t v)
{
    uint64_t addr = PCSC_FUZZ_BASE + v % PCSC_REG_PAGE_SIZE;

    switch (p[1] & 7) {
    case 0:
        qtest_readb(f->qts, addr);
        break;
    case 1:
        qtest_readw(f->qts, addr);
        break;
    case 2:
        qtest_readq(f->qts, addr);
        break;
    case 3:
        pcsc_fuzz_count("events");
        break;
    default:
        qtest_readl(f->qts, p[1] & 0x10 ? addr : addr & ~3ull);
        break;
    }
}

static void step_write(PCSCFuzz *f, const uint8_t *p, uint32_t v)
{
    uint64_t offset = (p[2] | p[3] << 8) % PCSC_REG_PAGE_SIZE;

    switch (p[1] & 7) {
    case 0:
        qtest_writeb(f->qts, PCSC_FUZZ_BASE + offset, v);
        break;
    case 1:
        qtest_writew(f->qts, PCSC_FUZZ_BASE + offset, v);
        break;
    case 2:
        qtest_writel(f->qts, PCSC_FUZZ_BASE + (offset | 1), v);
        break;
    default:
        offset &= ~3ull;
        if (offset >= PCSC_V1_BLOCK && offset < PCSC_REG_ID) {
            f->sane = false;    /* maybe the address of an answer */
            f->moved = true;
        }
        pcsc_fuzz_write(f, offset, v);
        break;
    }
}

static void step_reset(PCSCFuzz *f, const uint8_t *p)
{
    if (p[1] & 1) {
        pcsc_fuzz_machine_reset(f);
    } else {
        pcsc_fuzz_write(f, PCSC_REG_CONTROL, PCSC_CONTROL_RESET);
    }
    if (!(p[1] & 2)) {
        pcsc_fuzz_setup(f);
    }
}

static void step(PCSCFuzz *f, const uint8_t *p)
{
    unsigned index = p[1] % PCSC_COMMANDS_MAX;
    uint32_t v = ldl_le_p(p + 4);
    unsigned i;

    switch (p[0] % STEP_COUNT) {
    case STEP_COMMAND:
        step_command(f, p, v);
        break;
    case STEP_COMMAND_WAIT:
        step_command(f, p, v);
        step_await(f, index);
        break;
    case STEP_APDU:
        step_apdu(f, p, v);
        break;
    case STEP_EVENT:
        step_event(p, v);
        break;
    case STEP_POLL:
        step_poll(f, p);
        break;
    case STEP_CANCEL:
        pcsc_fuzz_cancel(f, index);
        break;
    case STEP_WAIT:
        pcsc_fuzz_write_cpu(f, PCSC_REG_WAIT, index);
        break;
    case STEP_WORD:
        i = p[1] % ARRAY_SIZE(f->word);
        f->word[i] = v;
        f->words |= 1u << i;
        break;
    case STEP_LEGACY:
        step_legacy(f, p, v);
        break;
    case STEP_READ:
        step_read(f, p, v);
        break;
    case STEP_WRITE:
        step_write(f, p, v);
        break;
    case STEP_RESET:
        step_reset(f, p);
        break;
    case STEP_STOP:
        vm_stop(RUN_STATE_PAUSED);
        if (p[1] & 1) {
            vm_start();
        }
        break;
    case STEP_COLLECT:
        pcsc_fuzz_collect(f);
        break;
    case STEP_TABLE:
        pcsc_fuzz_write(f, PCSC_REG_CONTROL, 0);
        pcsc_fuzz_write(f, PCSC_REG_TABLE_LO, v);
        pcsc_fuzz_write(f, PCSC_REG_TABLE_HI, p[1]);
        pcsc_fuzz_write(f, PCSC_REG_CONTROL, PCSC_CONTROL_ENABLE);
        break;
    }
}

static void pcsc_fuzz(QTestState *qts, const unsigned char *data, size_t size)
{
    PCSCFuzz f = { .qts = qts };

    set_apdu(&f);
    pcsc_fuzz_setup(&f);
    for (unsigned i = 0; i < MIN(size / 8, STEPS_MAX); i++) {
        step(&f, data + i * 8);
    }
    pcsc_fuzz_finish(&f);
}

/* The fuzzer's clock is SIGALRM, which QEMU keeps for its main loop. */
static void pcsc_pre_fuzz(QTestState *qts)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static GString *pcsc_fuzz_cmdline(FuzzTarget *t)
{
    GString *line = g_string_new(TARGET_NAME);

    g_string_append_printf(line, " -display none -audio none -nodefaults -m 64"
        " -object pcsc-backend-emulated,id=readers,count=%u,max-sessions=%u,"
        "timeout=%u,timeout-max=%u,allow-control=on"
        " -machine vexpress-a15,accel=qtest,pcsc-backend=readers",
        PCSC_FUZZ_READERS, PCSC_FUZZ_SESSIONS, PCSC_FUZZ_TIMEOUT,
        PCSC_FUZZ_TIMEOUT_MAX);
    return line;
}

static void register_pcsc_fuzz_target(void)
{
    fuzz_add_target(&(FuzzTarget) {
        .name = "pcsc-fuzz",
        .description = "commands and card events of the PC/SC pass-through",
        .get_init_cmdline = pcsc_fuzz_cmdline,
        .pre_fuzz = pcsc_pre_fuzz,
        .fuzz = pcsc_fuzz,
    });
}

fuzz_target_init(register_pcsc_fuzz_target);

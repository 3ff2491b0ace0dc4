/*
 * PC/SC pass-through device: what the fuzz target's files share
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_QTEST_FUZZ_PCSC_FUZZ_H
#define TESTS_QTEST_FUZZ_PCSC_FUZZ_H

#include "hw/pcsc/pcsc_regs.h"
#include "tests/qtest/libqtest.h"

#define PCSC_FUZZ_BASE  0x1f000000ull   /* the device on vexpress-a15 */
#define PCSC_FUZZ_RAM   0x80000000ull
#define PCSC_FUZZ_TABLE (PCSC_FUZZ_RAM + 0x100000)

/* What is to be sent, for all commands: it is copied at the doorbell */
#define PCSC_FUZZ_TX    (PCSC_FUZZ_RAM + 0x120000)
/* Room for an answer, for each descriptor, and for each block of version 1 */
#define PCSC_FUZZ_RX(i) (PCSC_FUZZ_RAM + 0x200000 + 0x20000 * (i))
#define PCSC_FUZZ_RX_V1(n) (PCSC_FUZZ_RAM + 0x140000 + 0x10000 * (n))

/* What the back end is told on the command line */
#define PCSC_FUZZ_READERS       3
#define PCSC_FUZZ_SESSIONS      4
#define PCSC_FUZZ_TIMEOUT       10
#define PCSC_FUZZ_TIMEOUT_MAX   30

/* What must happen does so within this time, on a host that is busy, too */
#define PCSC_FUZZ_PATIENCE_US   (15 * G_USEC_PER_SEC)

/* Bytes behind an answer's room that nobody may touch */
#define PCSC_FUZZ_GUARD         16

/**
 * PCSCFuzz: a guest that knows what the device owes it
 * @qts: the machine
 * @rung: descriptors whose DONE bit may be set
 * @own: those among them whose answer must be in order
 * @again: those that were started while their DONE bit was set
 * @waited: those whose DONE bit need not come: somebody wrote to WAIT
 * @sane: nothing was moved to where it can overwrite what is ours
 * @moved: an address of version 1 was, until the machine's reset
 * @tx_len: bytes to send with the next command
 * @words: bit per word of the next descriptor that is replaced
 * @word: by what
 */
typedef struct PCSCFuzz {
    QTestState *qts;
    uint64_t rung;
    uint64_t own;
    uint64_t again;
    uint64_t waited;
    bool sane;
    bool moved;
    uint32_t tx_len;
    uint32_t words;
    uint32_t word[PCSC_DESC_REQUEST_SIZE / 4];
} PCSCFuzz;

/* pcsc_fuzz_guest.c: the guest, which checks whatever it sees */

uint32_t pcsc_fuzz_read(PCSCFuzz *f, uint64_t offset);

/** pcsc_fuzz_write: write a register, and know what this does. */
void pcsc_fuzz_write(PCSCFuzz *f, uint64_t offset, uint32_t value);

/** pcsc_fuzz_write_cpu: the same, as if a vCPU had done it. */
void pcsc_fuzz_write_cpu(PCSCFuzz *f, uint64_t offset, uint32_t value);

/** pcsc_fuzz_event: something happens at the emulated readers. */
void pcsc_fuzz_event(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

/** pcsc_fuzz_poll: let the rest of the machine go on for a moment. */
void pcsc_fuzz_poll(unsigned us);

/** pcsc_fuzz_done: the DONE bits. */
uint64_t pcsc_fuzz_done(PCSCFuzz *f);

/** pcsc_fuzz_count: sum of a number in the device's property "readers". */
unsigned pcsc_fuzz_count(const char *key);

/** pcsc_fuzz_setup: table in place, all interrupts, enabled. */
void pcsc_fuzz_setup(PCSCFuzz *f);

/** pcsc_fuzz_command: fill a descriptor and ring. */
void pcsc_fuzz_command(PCSCFuzz *f, unsigned index, const uint32_t *request);

/** pcsc_fuzz_collect: check and clear what is done. */
void pcsc_fuzz_collect(PCSCFuzz *f);

/** pcsc_fuzz_cancel: cancel, after which the command is done. */
void pcsc_fuzz_cancel(PCSCFuzz *f, uint32_t index);

/** pcsc_fuzz_machine_reset: as a guest's reboot does it. */
void pcsc_fuzz_machine_reset(PCSCFuzz *f);

/** pcsc_fuzz_finish: nothing hangs, nothing is left; all is as at first. */
void pcsc_fuzz_finish(PCSCFuzz *f);

#endif

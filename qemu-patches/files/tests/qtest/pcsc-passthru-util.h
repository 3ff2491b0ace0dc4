/*
 * A guest of the pcsc-passthru device, as far as its tests need one
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_PCSC_PASSTHRU_UTIL_H
#define TESTS_PCSC_PASSTHRU_UTIL_H

#include "libqtest.h"
#include "hw/pcsc/pcsc_regs.h"

#define PCSC_TEST_BASE  0x1f000000ull   /* the device on vexpress-a15 */
#define PCSC_TEST_RAM   0x80000000ull
#define PCSC_TEST_TABLE (PCSC_TEST_RAM + 0x100000)

/* A transmit buffer and one for the answer, for each descriptor */
#define PCSC_TEST_TX(i) (PCSC_TEST_RAM + 0x200000 + 0x40000 * (i))
#define PCSC_TEST_RX(i) (PCSC_TEST_TX(i) + 0x20000)

/* No test waits longer than this for anything, seconds */
#define PCSC_TEST_PATIENCE 20

/**
 * PCSCTest: a machine with the device
 * @qts: the machine
 * @base: address of the device
 * @log: file with its guest errors
 * @tag: counts commands
 */
typedef struct PCSCTest {
    QTestState *qts;
    uint64_t base;
    char *log;
    uint32_t tag;
} PCSCTest;

/**
 * PCSCTestCommand: the request part of a descriptor
 * @generation: 0 means that of the slot now
 * @tx_addr: 0 means PCSC_TEST_TX()
 * @rx_addr: 0 means PCSC_TEST_RX()
 */
typedef struct PCSCTestCommand {
    uint32_t op;
    uint16_t slot;
    uint16_t session;
    uint32_t generation;
    uint32_t timeout_ms;
    uint32_t share;
    uint32_t protocols;
    uint32_t disposition;
    uint32_t code;
    uint64_t tx_addr;
    uint64_t rx_addr;
    uint32_t tx_len;
    uint32_t rx_size;
    uint32_t flags;
} PCSCTestCommand;

/** PCSCTestAnswer: its answer part */
typedef struct PCSCTestAnswer {
    uint32_t result;
    uint32_t rx_len;
    uint32_t protocol;
    uint32_t card_state;
    uint32_t atr_len;
    uint8_t atr[36];
    uint32_t reserved;
    uint32_t status;
} PCSCTestAnswer;

/**
 * pcsc_test_start: start a machine
 * @backend: properties of its emulated back end, or NULL
 * @machine: more machine properties and options, or NULL
 */
PCSCTest *pcsc_test_start(const char *backend, const char *machine);

/**
 * pcsc_test_start_board: start another machine, with RAM at PCSC_TEST_RAM, too
 * @board: its name, and what makes it have the device
 * @base: where that is
 * @backend: as above
 * @machine: as above
 */
PCSCTest *pcsc_test_start_board(const char *board, uint64_t base,
                                const char *backend, const char *machine);

/** pcsc_test_start_host: start a machine whose readers are the host's */
PCSCTest *pcsc_test_start_host(void);
void pcsc_test_end(PCSCTest *t);

/** pcsc_test_errors: guest errors logged so far. */
unsigned pcsc_test_errors(PCSCTest *t);

uint32_t pcsc_test_read(PCSCTest *t, uint64_t offset);
void pcsc_test_write(PCSCTest *t, uint64_t offset, uint32_t value);
uint32_t pcsc_test_slot(PCSCTest *t, unsigned slot, unsigned reg);

/** pcsc_test_event: something happens at the emulated readers. */
void pcsc_test_event(PCSCTest *t, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/** pcsc_test_wait_reg: wait until (@offset & @mask) == @value. */
void pcsc_test_wait_reg(PCSCTest *t, uint64_t offset, uint32_t mask,
                        uint32_t value);

/** pcsc_test_enable: set up the table and all interrupts. */
void pcsc_test_enable(PCSCTest *t);

/**
 * pcsc_test_kernel: a program that all vCPUs start, for the option -kernel
 * @code: ARM instructions, position independent
 * @n: their number
 *
 * Return: the name of a temporary file, to be unlinked and freed.
 */
char *pcsc_test_kernel(const uint32_t *code, unsigned n);

/** pcsc_test_fill: write a descriptor; data is in PCSC_TEST_TX() already. */
void pcsc_test_fill(PCSCTest *t, unsigned index, const PCSCTestCommand *cmd);

/** pcsc_test_ring: fill a descriptor and start the command. */
void pcsc_test_ring(PCSCTest *t, unsigned index, const PCSCTestCommand *cmd);

/** pcsc_test_done: whether a DONE bit is set. */
bool pcsc_test_done(PCSCTest *t, unsigned index);

/** pcsc_test_wait: wait for completion, clear the DONE bit, check the tag. */
PCSCTestAnswer pcsc_test_wait(PCSCTest *t, unsigned index);

/** pcsc_test_run: ring and wait on descriptor 0; return the result. */
uint32_t pcsc_test_run(PCSCTest *t, const PCSCTestCommand *cmd,
                       PCSCTestAnswer *answer);

/* Short forms, on descriptor 0; they return the result. */
uint32_t pcsc_test_open(PCSCTest *t, unsigned slot, unsigned session);
uint32_t pcsc_test_close(PCSCTest *t, unsigned slot, unsigned session);
uint32_t pcsc_test_connect(PCSCTest *t, unsigned slot, unsigned session,
                           uint32_t share);

/*
 * Connect exclusively to a card whose session a reset has ended: that session
 * ends at the host by itself, so others may have to wait a moment.
 */
void pcsc_test_connect_freed(PCSCTest *t, unsigned slot, unsigned session);
uint32_t pcsc_test_disconnect(PCSCTest *t, unsigned slot, unsigned session);

/** pcsc_test_apdu: a TRANSMIT command, its APDU put where it belongs. */
PCSCTestCommand pcsc_test_apdu(PCSCTest *t, unsigned index, unsigned slot,
                               unsigned session, const void *apdu,
                               uint32_t len);

#endif

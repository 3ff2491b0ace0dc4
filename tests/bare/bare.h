/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client of the device without a system under it.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef BARE_H
#define BARE_H

#include <stdbool.h>
#include <stdint.h>

#include "pcsc_regs.h"

/* Of a function or of data that the normal world uses */
#define NORMAL		__attribute__((section(".normal"), noinline))
#define NORMAL_DATA	__attribute__((section(".normal_data")))

#define ROOM		64
#define TABLE_BYTES	(2 * PCSC_DESC_SIZE)

/**
 * struct memory - what a client shares with the device, in one of the worlds
 * @table: of two descriptors
 * @tx: command APDU
 * @rx: room for the response
 */
struct memory {
	uint8_t table[TABLE_BYTES] __attribute__((aligned(PCSC_DESC_SIZE)));
	uint8_t tx[ROOM];
	uint8_t rx[ROOM];
};

void in_normal_world(void (*function)(void));

#endif

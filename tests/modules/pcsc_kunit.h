/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * What the KUnit suites share: the list of them, and version 2 of the registers
 * with plain memory in the place of a device.
 */
#ifndef PCSC_KUNIT_H
#define PCSC_KUNIT_H

#include <kunit/test.h>

#include "pcsc_passthru.h"
#include "pcsc_v2.h"

extern struct kunit_suite pcsc_hex_suite;
extern struct kunit_suite pcsc_state_suite;
extern struct kunit_suite pcsc_errno_suite;
extern struct kunit_suite pcsc_flight_suite;
extern struct kunit_suite pcsc_command_suite;

/**
 * struct pcsc_fake - a device that does nothing
 * @pc: its controller
 * @v2: its interface, running
 * @regs: the last value written to each register
 */
struct pcsc_fake {
	struct pcsc_controller pc;
	struct pcsc_v2 v2;
	__le32 regs[PCSC_REG_PAGE_SIZE / 4];
};

struct pcsc_fake *pcsc_fake_new(struct kunit *test, unsigned int commands);
void pcsc_fake_end(struct kunit *test);
u32 pcsc_fake_take(struct pcsc_fake *fake, u32 reg);
void pcsc_fake_answer(struct pcsc_fake *fake, unsigned int index);

/* What a register reads as that was not written since pcsc_fake_take() */
#define PCSC_FAKE_NONE	0xfeedface

#endif /* PCSC_KUNIT_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The module's KUnit suites, and the memory that plays a device in some of them.
 * They run when the module is loaded; it has copies of the code that it tests.
 */
#include <linux/module.h>

#include "pcsc_kunit.h"

/* Its table has a slab object of its own, so that KASAN sees its end. */
struct pcsc_fake *pcsc_fake_new(struct kunit *test, unsigned int commands)
{
	struct pcsc_fake *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->pc.regs = (void __iomem __force *)fake->regs;
	fake->pc.priv = &fake->v2;
	fake->pc.max_length = PCSC_LENGTH_MAX;
	fake->pc.timeout_default = 60000;
	fake->pc.timeout_max = 600000;
	fake->pc.ops = &pcsc_v2_ops;
	fake->v2.pc = &fake->pc;
	fake->v2.commands = commands;
	fake->v2.sessions = 16;
	fake->v2.table = kunit_kzalloc(test, commands * PCSC_DESC_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake->v2.table);
	pcsc_v2_flights_init(&fake->v2);
	test->priv = fake;
	pcsc_fake_take(fake, PCSC_REG_DOORBELL);
	pcsc_fake_take(fake, PCSC_REG_CANCEL);
	return fake;
}

/* For suites: nothing of a device is under way when KUnit frees it. */
void pcsc_fake_end(struct kunit *test)
{
	struct pcsc_fake *fake = test->priv;

	if (fake)
		pcsc_v2_flights_stop(&fake->v2);
}

/* What was written to the register, which is empty then */
u32 pcsc_fake_take(struct pcsc_fake *fake, u32 reg)
{
	u32 value = pcsc_read(&fake->pc, reg);

	pcsc_write(&fake->pc, reg, PCSC_FAKE_NONE);
	return value;
}

/* The device is done with a descriptor. */
void pcsc_fake_answer(struct pcsc_fake *fake, unsigned int index)
{
	struct pcsc_descriptor *desc = &fake->v2.table[index];

	desc->status = desc->tag | cpu_to_le32(PCSC_DESC_STATUS_DONE);
}

kunit_test_suites(&pcsc_hex_suite, &pcsc_state_suite, &pcsc_errno_suite,
		  &pcsc_flight_suite, &pcsc_command_suite);

MODULE_DESCRIPTION("KUnit tests of pcsc_passthru");
MODULE_AUTHOR("The pcsc-passthru authors");
MODULE_LICENSE("GPL");

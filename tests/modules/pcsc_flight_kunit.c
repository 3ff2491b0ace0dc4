// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Who has which descriptor, with memory in the place of the device: each step by
 * itself and in an order that no device takes, which tests on QEMU cannot have.
 */
#include <kunit/test.h>

#include "pcsc_kunit.h"

static struct pcsc_session pcsc_flight_session(struct pcsc_fake *fake, u32 number)
{
	struct pcsc_session session;

	pcsc_session_init(&session, &fake->pc, 3, 5);
	session.number = number;
	session.epoch = fake->v2.epoch;
	session.open = true;
	__set_bit(number, fake->v2.numbers);
	return session;
}

static void pcsc_flight_ring(struct pcsc_fake *fake, unsigned int index)
{
	spin_lock_irq(&fake->v2.lock);
	pcsc_v2_ring_locked(&fake->v2, index);
	spin_unlock_irq(&fake->v2.lock);
}

/* In hard interrupt context, as far as the lock is concerned */
static bool pcsc_flight_done(struct pcsc_fake *fake, unsigned int index)
{
	bool owed;

	local_irq_disable();
	owed = pcsc_v2_done(&fake->v2, index);
	local_irq_enable();
	return owed;
}

static void pcsc_flight_tags(struct kunit *test)
{
	struct pcsc_fake *fake = pcsc_fake_new(test, 2);
	struct pcsc_session session = pcsc_flight_session(fake, 1);
	struct pcsc_flight *flight = fake->v2.flight;
	__le32 done = cpu_to_le32(PCSC_DESC_STATUS_DONE);

	/* The tag that follows the highest is 0. */
	fake->v2.tag = PCSC_DESC_STATUS_TAG - 1;
	KUNIT_ASSERT_EQ(test, pcsc_v2_claim(&fake->v2, &session, false, 0), 0);
	KUNIT_EXPECT_EQ(test, flight->tag, PCSC_DESC_STATUS_TAG);
	/* An answer before the question is none. */
	pcsc_fake_answer(fake, 0);
	KUNIT_EXPECT_FALSE(test, pcsc_flight_done(fake, 0));
	KUNIT_EXPECT_FALSE(test, pcsc_v2_ended(flight));
	fake->v2.table[0].status = 0;
	pcsc_flight_ring(fake, 0);
	KUNIT_EXPECT_EQ(test, pcsc_fake_take(fake, PCSC_REG_DOORBELL), 0);
	/* Neither is one to another, nor one that is not done. */
	fake->v2.table[0].status = done;
	KUNIT_EXPECT_TRUE(test, pcsc_flight_done(fake, 0));
	fake->v2.table[0].status = fake->v2.table[0].tag;
	KUNIT_EXPECT_FALSE(test, pcsc_flight_done(fake, 0));
	KUNIT_EXPECT_FALSE(test, pcsc_v2_ended(flight));
	pcsc_fake_answer(fake, 0);
	KUNIT_EXPECT_FALSE(test, pcsc_flight_done(fake, 0));
	KUNIT_EXPECT_EQ(test, flight->end, PCSC_ANSWERED);
	pcsc_v2_release(&fake->v2, 0);

	/* The next use knows nothing of the last. */
	KUNIT_ASSERT_EQ(test, pcsc_v2_claim(&fake->v2, &session, false, 0), 0);
	KUNIT_EXPECT_EQ(test, flight->tag, 0);
	KUNIT_EXPECT_EQ(test, fake->v2.table[0].status, (__le32)0);
	KUNIT_EXPECT_FALSE(test, pcsc_v2_ended(flight));
	pcsc_v2_release(&fake->v2, 0);
}

/* Indices that the device has no descriptor for, up to the last DONE bit */
static void pcsc_flight_strangers(struct kunit *test)
{
	struct pcsc_fake *fake = pcsc_fake_new(test, 2);
	unsigned int index;

	for (index = 0; index < 32 * PCSC_DONE_WORDS; index++)
		KUNIT_EXPECT_FALSE(test, pcsc_flight_done(fake, index));
	KUNIT_EXPECT_FALSE(test, pcsc_flight_done(fake, UINT_MAX));
	KUNIT_EXPECT_TRUE(test, bitmap_empty(fake->v2.busy, PCSC_COMMANDS_MAX));
}

static void pcsc_flight_refusals(struct kunit *test)
{
	struct pcsc_fake *fake = pcsc_fake_new(test, 2);
	struct pcsc_session session = pcsc_flight_session(fake, 1);

	session.cancelled = true;
	KUNIT_EXPECT_EQ(test, pcsc_v2_claim(&fake->v2, &session, false, 0), -ECANCELED);
	session.killable = true;
	KUNIT_EXPECT_EQ(test, pcsc_v2_claim(&fake->v2, &session, true, 0), -ECANCELED);
	pcsc_v2_abort(&session);
	KUNIT_EXPECT_EQ(test, pcsc_v2_claim(&fake->v2, &session, true, 0), -ENODEV);
	session = pcsc_flight_session(fake, 1);
	fake->v2.state = PCSC_V2_STOPPED;
	KUNIT_EXPECT_EQ(test, pcsc_v2_claim(&fake->v2, &session, true, 0), -EIO);
	KUNIT_EXPECT_FALSE(test, pcsc_v2_alive(&session));
	KUNIT_EXPECT_TRUE(test, bitmap_empty(fake->v2.busy, PCSC_COMMANDS_MAX));
}

/* Others may have all descriptors for longer than one has time. */
static void pcsc_flight_patience(struct kunit *test)
{
	struct pcsc_fake *fake = pcsc_fake_new(test, 2);
	struct pcsc_session session = pcsc_flight_session(fake, 1);

	KUNIT_ASSERT_EQ(test, pcsc_v2_claim(&fake->v2, &session, false, 0), 0);
	KUNIT_EXPECT_EQ(test, pcsc_v2_claim(&fake->v2, &session, false, 1), -ETIMEDOUT);
	session.killable = true;
	KUNIT_EXPECT_EQ(test, pcsc_v2_claim(&fake->v2, &session, false, 1), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, bitmap_weight(fake->v2.busy, PCSC_COMMANDS_MAX), 1);
}

/* A number that the device has for nobody is not given again until a reset. */
static void pcsc_flight_numbers(struct kunit *test)
{
	struct pcsc_fake *fake = pcsc_fake_new(test, 2);
	struct pcsc_session session, old;
	unsigned int i;

	pcsc_session_init(&session, &fake->pc, 3, 5);
	for (i = 0; i < fake->v2.sessions; i++) {
		KUNIT_ASSERT_EQ(test, pcsc_v2_number(&fake->v2, &session), 0);
		KUNIT_EXPECT_EQ(test, session.number, i);
		if (i)
			pcsc_v2_refused(&fake->v2, &session);
		/* The first is of a session: there is no reset as long as it lives. */
		pcsc_v2_reclaim(&fake->v2);
		KUNIT_EXPECT_EQ(test, fake->v2.epoch, 0);
	}
	KUNIT_EXPECT_EQ(test, pcsc_v2_number(&fake->v2, &session), -EUSERS);
	old = session;
	pcsc_v2_set_state(&fake->v2, PCSC_V2_RUNNING);
	/* What was refused before the reset says nothing of those after it. */
	pcsc_v2_refused(&fake->v2, &old);
	KUNIT_EXPECT_EQ(test, fake->v2.refused, 0);
	KUNIT_EXPECT_EQ(test, pcsc_v2_number(&fake->v2, &session), 0);
	KUNIT_EXPECT_EQ(test, session.number, 0);
}

/* A CLOSE never takes the last descriptor, and waits for one without an owner. */
static void pcsc_flight_closes(struct kunit *test)
{
	struct pcsc_fake *fake = pcsc_fake_new(test, 3);
	struct pcsc_session session = pcsc_flight_session(fake, 1);
	struct pcsc_session other = pcsc_flight_session(fake, 2);
	struct pcsc_descriptor *desc = &fake->v2.table[1];

	KUNIT_ASSERT_EQ(test, pcsc_v2_claim(&fake->v2, &session, false, 0), 0);
	KUNIT_ASSERT_EQ(test, pcsc_v2_claim(&fake->v2, &session, false, 0), 1);
	pcsc_v2_close(&other);
	KUNIT_EXPECT_EQ(test, pcsc_fake_take(fake, PCSC_REG_DOORBELL), PCSC_FAKE_NONE);
	KUNIT_EXPECT_EQ(test, pcsc_v2_claim(&fake->v2, &session, true, 0), 2);
	pcsc_v2_release(&fake->v2, 2);
	KUNIT_EXPECT_EQ(test, pcsc_fake_take(fake, PCSC_REG_DOORBELL), PCSC_FAKE_NONE);
	pcsc_v2_release(&fake->v2, 1);
	KUNIT_EXPECT_EQ(test, pcsc_fake_take(fake, PCSC_REG_DOORBELL), 1);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(desc->operation), PCSC_OP_CLOSE);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(desc->session), 2);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(desc->reader), 3);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(desc->generation), 5);
	/* Until the device has done it, the number is in use. */
	KUNIT_EXPECT_TRUE(test, test_bit(2, fake->v2.numbers));
	pcsc_fake_answer(fake, 1);
	KUNIT_EXPECT_TRUE(test, pcsc_flight_done(fake, 1));
	KUNIT_EXPECT_FALSE(test, test_bit(2, fake->v2.numbers));
	KUNIT_EXPECT_FALSE(test, test_bit(1, fake->v2.busy));
	/* A device that has the only descriptor lends it to a CLOSE as well. */
	pcsc_v2_release(&fake->v2, 0);
	fake->v2.commands = 1;
	pcsc_v2_close(&session);
	KUNIT_EXPECT_EQ(test, pcsc_fake_take(fake, PCSC_REG_DOORBELL), 0);
}

/* What is cancelled at the device is what it has, of that session alone. */
static void pcsc_flight_cancel(struct kunit *test)
{
	struct pcsc_fake *fake = pcsc_fake_new(test, 4);
	struct pcsc_session session = pcsc_flight_session(fake, 1);
	struct pcsc_session other = pcsc_flight_session(fake, 2);

	KUNIT_ASSERT_EQ(test, pcsc_v2_claim(&fake->v2, &other, false, 0), 0);
	pcsc_flight_ring(fake, 0);
	KUNIT_ASSERT_EQ(test, pcsc_v2_claim(&fake->v2, &session, false, 0), 1);
	KUNIT_EXPECT_EQ(test, pcsc_v2_cancel(&session), 0);
	KUNIT_EXPECT_TRUE(test, session.cancelled);
	KUNIT_EXPECT_EQ(test, pcsc_fake_take(fake, PCSC_REG_CANCEL), PCSC_FAKE_NONE);
	pcsc_flight_ring(fake, 1);
	pcsc_v2_cancel(&session);
	KUNIT_EXPECT_EQ(test, pcsc_fake_take(fake, PCSC_REG_CANCEL), 1);
	pcsc_fake_answer(fake, 1);
	KUNIT_EXPECT_TRUE(test, pcsc_flight_done(fake, 1));
	pcsc_v2_cancel(&session);
	KUNIT_EXPECT_EQ(test, pcsc_fake_take(fake, PCSC_REG_CANCEL), PCSC_FAKE_NONE);
	KUNIT_EXPECT_FALSE(test, other.cancelled);
	fake->v2.state = PCSC_V2_STOPPED;
	pcsc_v2_cancel(&other);
	KUNIT_EXPECT_EQ(test, pcsc_fake_take(fake, PCSC_REG_CANCEL), PCSC_FAKE_NONE);
}

/* A reset ends what the device had, and leaves alone what it had not. */
static void pcsc_flight_reset(struct kunit *test)
{
	struct pcsc_fake *fake = pcsc_fake_new(test, 5);
	struct pcsc_session session = pcsc_flight_session(fake, 1);
	struct pcsc_session closed = pcsc_flight_session(fake, 2);
	struct pcsc_flight *flight = fake->v2.flight;
	int i;

	for (i = 0; i < 3; i++)
		KUNIT_ASSERT_EQ(test, pcsc_v2_claim(&fake->v2, &session, false, 0), i);
	pcsc_flight_ring(fake, 0);
	pcsc_flight_ring(fake, 1);
	pcsc_fake_answer(fake, 1);
	pcsc_flight_done(fake, 1);
	pcsc_v2_close(&closed);
	KUNIT_EXPECT_EQ(test, pcsc_fake_take(fake, PCSC_REG_DOORBELL), 3);

	pcsc_v2_set_state(&fake->v2, PCSC_V2_RESETTING);
	KUNIT_EXPECT_FALSE(test, pcsc_v2_ended(&flight[0]));
	KUNIT_EXPECT_TRUE(test, pcsc_v2_alive(&session));
	/* No doorbell is rung while it goes on. */
	pcsc_v2_close(&session);
	KUNIT_EXPECT_EQ(test, pcsc_fake_take(fake, PCSC_REG_DOORBELL), PCSC_FAKE_NONE);

	pcsc_v2_set_state(&fake->v2, PCSC_V2_RUNNING);
	KUNIT_EXPECT_EQ(test, flight[0].end, PCSC_LOST);
	KUNIT_EXPECT_EQ(test, flight[1].end, PCSC_ANSWERED);
	KUNIT_EXPECT_EQ(test, flight[2].end, PCSC_FLYING);
	KUNIT_EXPECT_FALSE(test, test_bit(3, fake->v2.busy));
	KUNIT_EXPECT_TRUE(test, bitmap_empty(fake->v2.numbers, PCSC_V2_SESSIONS));
	KUNIT_EXPECT_FALSE(test, pcsc_v2_alive(&session));
	/* The CLOSE of a session that is no more is not sent. */
	pcsc_v2_close(&session);
	for (i = 0; i < 3; i++)
		pcsc_v2_release(&fake->v2, i);
	KUNIT_EXPECT_EQ(test, pcsc_fake_take(fake, PCSC_REG_DOORBELL), PCSC_FAKE_NONE);
}

static struct kunit_case pcsc_flight_cases[] = {
	KUNIT_CASE(pcsc_flight_tags),
	KUNIT_CASE(pcsc_flight_strangers),
	KUNIT_CASE(pcsc_flight_refusals),
	KUNIT_CASE(pcsc_flight_patience),
	KUNIT_CASE(pcsc_flight_numbers),
	KUNIT_CASE(pcsc_flight_closes),
	KUNIT_CASE(pcsc_flight_cancel),
	KUNIT_CASE(pcsc_flight_reset),
	{ }
};

struct kunit_suite pcsc_flight_suite = {
	.name = "pcsc_flight",
	.exit = pcsc_fake_end,
	.test_cases = pcsc_flight_cases,
};

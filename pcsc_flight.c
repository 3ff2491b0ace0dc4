// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Who has which descriptor and which session number of version 2: claims and
 * releases, completions, CLOSE commands that nobody waits for, resets.
 */
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "pcsc_passthru.h"
#include "pcsc_v2.h"

static void pcsc_v2_end(struct pcsc_flight *flight, enum pcsc_flight_end end)
{
	/* Pairs with pcsc_v2_ended(): who sees the end sees the answer. */
	smp_store_release(&flight->end, end);
	wake_up_all(&flight->wait);
}

/**
 * pcsc_v2_ring_locked() - give a filled descriptor to the device
 * @v2: the interface
 * @index: the descriptor
 */
void pcsc_v2_ring_locked(struct pcsc_v2 *v2, unsigned int index)
{
	lockdep_assert_held(&v2->lock);
	v2->flight[index].started = true;
	v2->flight[index].owed = true;
	/* pcsc_write() orders what was written to memory before the register. */
	pcsc_write(v2->pc, PCSC_REG_DOORBELL, index);
}

/* The last one is left to commands that no card delays, so that they never wait. */
static int pcsc_v2_take_locked(struct pcsc_v2 *v2, struct pcsc_session *session,
			       bool quick)
{
	unsigned int limit = quick || v2->commands == 1 ? v2->commands : v2->commands - 1;
	unsigned int index = find_first_zero_bit(v2->busy, limit);
	struct pcsc_flight *flight = &v2->flight[index];

	lockdep_assert_held(&v2->lock);
	if (index >= limit)
		return -EAGAIN;
	__set_bit(index, v2->busy);
	v2->tag = (v2->tag + 1) & PCSC_DESC_STATUS_TAG;
	flight->tag = v2->tag;
	flight->session = session;
	flight->started = false;
	flight->end = PCSC_FLYING;
	memset(&v2->table[index], 0, sizeof(v2->table[index]));
	v2->table[index].tag = cpu_to_le32(flight->tag);
	return index;
}

/* Send what CLOSE commands there are descriptors for. */
static void pcsc_v2_closes_locked(struct pcsc_v2 *v2)
{
	unsigned int number;
	int index;

	lockdep_assert_held(&v2->lock);
	if (v2->state != PCSC_V2_RUNNING)
		return;
	for_each_set_bit(number, v2->closes, v2->sessions) {
		struct pcsc_descriptor *desc;

		index = pcsc_v2_take_locked(v2, NULL, false);
		if (index < 0)
			return;
		__clear_bit(number, v2->closes);
		v2->flight[index].number = number;
		v2->flight[index].due = jiffies + pcsc_v2_patience(v2->pc, 0);
		desc = &v2->table[index];
		desc->operation = cpu_to_le32(PCSC_OP_CLOSE);
		desc->reader = cpu_to_le16(v2->closing[number].slot);
		desc->generation = cpu_to_le32(v2->closing[number].generation);
		desc->session = cpu_to_le16(number);
		pcsc_v2_ring_locked(v2, index);
		schedule_delayed_work(&v2->reap, msecs_to_jiffies(PCSC_V2_GRACE_MS));
	}
}

static void pcsc_v2_release_locked(struct pcsc_v2 *v2, unsigned int index)
{
	lockdep_assert_held(&v2->lock);
	__clear_bit(index, v2->busy);
	pcsc_v2_closes_locked(v2);
	wake_up_all(&v2->claim);
}

/**
 * pcsc_v2_look_locked() - see whether the device is done with a descriptor
 * @v2: the interface
 * @index: the descriptor; nothing happens if it is not in use
 */
void pcsc_v2_look_locked(struct pcsc_v2 *v2, unsigned int index)
{
	struct pcsc_flight *flight = &v2->flight[index];
	u32 status = le32_to_cpu(READ_ONCE(v2->table[index].status));

	lockdep_assert_held(&v2->lock);
	if (!test_bit(index, v2->busy) || !flight->started ||
	    flight->end != PCSC_FLYING ||
	    status != (PCSC_DESC_STATUS_DONE | flight->tag))
		return;
	/* The device wrote the answer before the status. */
	dma_rmb();
	if (flight->session) {
		pcsc_v2_end(flight, PCSC_ANSWERED);
		return;
	}
	__clear_bit(flight->number, v2->numbers);
	pcsc_v2_release_locked(v2, index);
}

/* What pcsc_v2_look_closes_locked() found, the worst of all CLOSE commands */
enum pcsc_closes {
	PCSC_CLOSES_NONE,	/* none was under way, so nothing changed */
	PCSC_CLOSES_ENDED,	/* all had ended: nobody had been told, or not yet */
	PCSC_CLOSES_LEFT,	/* the device still has one */
	PCSC_CLOSES_LATE,	/* and has had it for too long */
};

/* Look at each CLOSE that is under way: its interrupt may not have come. */
static enum pcsc_closes pcsc_v2_look_closes_locked(struct pcsc_v2 *v2)
{
	enum pcsc_closes found = PCSC_CLOSES_NONE, one;
	unsigned int index;

	lockdep_assert_held(&v2->lock);
	for_each_set_bit(index, v2->busy, v2->commands) {
		struct pcsc_flight *flight = &v2->flight[index];

		if (flight->session)
			continue;
		pcsc_v2_look_locked(v2, index);
		if (!test_bit(index, v2->busy))
			one = PCSC_CLOSES_ENDED;
		else if (time_after(jiffies, flight->due))
			one = PCSC_CLOSES_LATE;
		else
			one = PCSC_CLOSES_LEFT;
		found = max(found, one);
	}
	return found;
}

/*
 * Nobody waits for a CLOSE, so this does: its interrupt may get lost, or the device
 * keep it, and with it a descriptor and a session number.
 */
static void pcsc_v2_reap(struct work_struct *work)
{
	struct pcsc_v2 *v2 = container_of(to_delayed_work(work), struct pcsc_v2, reap);
	enum pcsc_closes found;
	u32 epoch;

	spin_lock_irq(&v2->lock);
	found = pcsc_v2_look_closes_locked(v2);
	epoch = v2->epoch;
	spin_unlock_irq(&v2->lock);
	if (found == PCSC_CLOSES_LATE)
		pcsc_v2_reset(v2, epoch, PCSC_V2_KEPT);
	else if (found == PCSC_CLOSES_LEFT)
		schedule_delayed_work(&v2->reap, msecs_to_jiffies(PCSC_V2_GRACE_MS));
}

/**
 * pcsc_v2_done() - the device says that a command is done
 * @v2: the interface
 * @index: its descriptor, not trusted
 *
 * Context: hard interrupt.
 * Return: whether it owed us that, which is once for each doorbell.
 */
bool pcsc_v2_done(struct pcsc_v2 *v2, unsigned int index)
{
	bool owed;

	if (index >= v2->commands)
		return false;
	spin_lock(&v2->lock);
	owed = v2->flight[index].owed;
	v2->flight[index].owed = false;
	pcsc_v2_look_locked(v2, index);
	spin_unlock(&v2->lock);
	return owed;
}

/**
 * pcsc_v2_set_state() - the device was stopped or started
 * @v2: the interface
 * @state: PCSC_V2_RESETTING first; when the device has been reset, one of the
 *         others
 *
 * Context: process, @v2->reset_lock held.
 */
void pcsc_v2_set_state(struct pcsc_v2 *v2, enum pcsc_v2_state state)
{
	unsigned int index;

	spin_lock_irq(&v2->lock);
	v2->state = state;
	if (state == PCSC_V2_RESETTING)
		goto unlock;
	v2->epoch++;
	bitmap_zero(v2->numbers, PCSC_V2_SESSIONS);
	v2->refused = 0;
	bitmap_zero(v2->closes, PCSC_V2_SESSIONS);
	for_each_set_bit(index, v2->busy, v2->commands) {
		struct pcsc_flight *flight = &v2->flight[index];

		if (!flight->started || flight->end != PCSC_FLYING)
			continue;
		if (flight->session)
			pcsc_v2_end(flight, PCSC_LOST);
		else
			__clear_bit(index, v2->busy);
	}
	wake_up_all(&v2->claim);
unlock:
	spin_unlock_irq(&v2->lock);
}

/* Where none is free, a CLOSE may have ended of which nobody was told. */
static int pcsc_v2_take_or_look_locked(struct pcsc_v2 *v2, struct pcsc_session *session,
				       bool quick)
{
	int index = pcsc_v2_take_locked(v2, session, quick);

	if (index == -EAGAIN && pcsc_v2_look_closes_locked(v2) != PCSC_CLOSES_NONE)
		index = pcsc_v2_take_locked(v2, session, quick);
	return index;
}

/* Whether there is no more to wait for: *@index is then a descriptor or an errno. */
static bool pcsc_v2_claimed(struct pcsc_v2 *v2, struct pcsc_session *session,
			    bool quick, int *index)
{
	spin_lock_irq(&v2->lock);
	if (session->aborted)
		*index = -ENODEV;
	else if (session->cancelled)
		*index = -ECANCELED;
	else if (v2->state == PCSC_V2_STOPPED)
		*index = -EIO;
	else if (v2->state == PCSC_V2_RESETTING)
		*index = -EAGAIN;
	else
		*index = pcsc_v2_take_or_look_locked(v2, session, quick);
	spin_unlock_irq(&v2->lock);
	return *index != -EAGAIN;
}

/**
 * pcsc_v2_claim() - get a descriptor
 * @v2: the interface
 * @session: who wants it
 * @quick: for a command that no card delays
 * @timeout_ms: the command's; 0 means the device's default
 *
 * It is waited for if need be, for as long as the command may take: others that
 * have more time may have them all.
 *
 * Context: may sleep.
 * Return: its index, all of it 0 but for the tag; -ERESTARTSYS, -ENODEV if the
 * session is aborted, -ECANCELED if it is cancelled, -ETIMEDOUT, -EIO if the
 * device is out of order.
 */
int pcsc_v2_claim(struct pcsc_v2 *v2, struct pcsc_session *session, bool quick,
		  u32 timeout_ms)
{
	unsigned long patience = pcsc_v2_patience(v2->pc, timeout_ms);
	int index;
	long left;

	if (session->killable)
		left = wait_event_killable_timeout(v2->claim,
						   pcsc_v2_claimed(v2, session, quick, &index),
						   patience);
	else
		left = wait_event_interruptible_timeout(v2->claim,
							pcsc_v2_claimed(v2, session, quick,
									&index),
							patience);
	if (!left)
		return -ETIMEDOUT;
	return left < 0 ? left : index;
}

/**
 * pcsc_v2_release() - give a descriptor back
 * @v2: the interface
 * @index: the descriptor, which the device has not got
 */
void pcsc_v2_release(struct pcsc_v2 *v2, unsigned int index)
{
	spin_lock_irq(&v2->lock);
	pcsc_v2_release_locked(v2, index);
	spin_unlock_irq(&v2->lock);
}

/**
 * pcsc_v2_number() - get a session number
 * @v2: the interface
 * @session: who wants it, not open; its number and epoch are filled in
 *
 * Return: 0, or -EUSERS if all are in use.
 */
int pcsc_v2_number(struct pcsc_v2 *v2, struct pcsc_session *session)
{
	spin_lock_irq(&v2->lock);
	session->number = find_first_zero_bit(v2->numbers, v2->sessions);
	if (session->number >= v2->sessions &&
	    pcsc_v2_look_closes_locked(v2) != PCSC_CLOSES_NONE)
		session->number = find_first_zero_bit(v2->numbers, v2->sessions);
	session->epoch = v2->epoch;
	if (session->number < v2->sessions)
		__set_bit(session->number, v2->numbers);
	spin_unlock_irq(&v2->lock);
	return session->number < v2->sessions ? 0 : -EUSERS;
}

/**
 * pcsc_v2_refused() - the device says that it has a session of this number
 * @v2: the interface
 * @session: the session, which is not open
 *
 * The number stays in use, for the next session would meet the same.
 */
void pcsc_v2_refused(struct pcsc_v2 *v2, struct pcsc_session *session)
{
	spin_lock_irq(&v2->lock);
	if (session->epoch == v2->epoch)
		v2->refused++;
	spin_unlock_irq(&v2->lock);
}

/**
 * pcsc_v2_reclaim() - get back the numbers that were refused
 * @v2: the interface
 *
 * That takes a reset, which ends all sessions: so only while there are none.
 *
 * Context: may sleep.
 */
void pcsc_v2_reclaim(struct pcsc_v2 *v2)
{
	bool alone;
	u32 epoch;

	spin_lock_irq(&v2->lock);
	alone = v2->refused && v2->refused == bitmap_weight(v2->numbers, PCSC_V2_SESSIONS);
	epoch = v2->epoch;
	spin_unlock_irq(&v2->lock);
	if (alone)
		pcsc_v2_reset(v2, epoch, "it has sessions of nobody");
}

void pcsc_v2_close(struct pcsc_session *session)
{
	struct pcsc_v2 *v2 = session->pc->priv;

	spin_lock_irq(&v2->lock);
	if (v2->state == PCSC_V2_RUNNING && session->epoch == v2->epoch) {
		v2->closing[session->number].slot = session->slot;
		v2->closing[session->number].generation = session->generation;
		__set_bit(session->number, v2->closes);
		pcsc_v2_closes_locked(v2);
	}
	spin_unlock_irq(&v2->lock);
}

int pcsc_v2_cancel(struct pcsc_session *session)
{
	struct pcsc_v2 *v2 = session->pc->priv;
	unsigned int index;

	spin_lock_irq(&v2->lock);
	WRITE_ONCE(session->cancelled, true);
	if (v2->state == PCSC_V2_RUNNING)
		for_each_set_bit(index, v2->busy, v2->commands)
			if (v2->flight[index].session == session &&
			    v2->flight[index].started &&
			    v2->flight[index].end == PCSC_FLYING)
				pcsc_write(v2->pc, PCSC_REG_CANCEL, index);
	wake_up_all(&v2->claim);
	spin_unlock_irq(&v2->lock);
	return 0;
}

void pcsc_v2_abort(struct pcsc_session *session)
{
	struct pcsc_v2 *v2 = session->pc->priv;
	unsigned int index;

	spin_lock_irq(&v2->lock);
	WRITE_ONCE(session->aborted, true);
	for_each_set_bit(index, v2->busy, v2->commands)
		if (v2->flight[index].session == session)
			wake_up_all(&v2->flight[index].wait);
	wake_up_all(&v2->claim);
	spin_unlock_irq(&v2->lock);
}

bool pcsc_v2_alive(struct pcsc_session *session)
{
	struct pcsc_v2 *v2 = session->pc->priv;

	return READ_ONCE(v2->state) != PCSC_V2_STOPPED &&
	       READ_ONCE(v2->epoch) == session->epoch;
}

void pcsc_v2_flights_init(struct pcsc_v2 *v2)
{
	unsigned int i;

	mutex_init(&v2->reset_lock);
	spin_lock_init(&v2->lock);
	init_waitqueue_head(&v2->claim);
	INIT_DELAYED_WORK(&v2->reap, pcsc_v2_reap);
	for (i = 0; i < v2->commands; i++)
		init_waitqueue_head(&v2->flight[i].wait);
	v2->state = PCSC_V2_RUNNING;
}

/**
 * pcsc_v2_flights_stop() - no CLOSE is looked after any more
 * @v2: the interface, stopped, so that none is sent any more
 */
void pcsc_v2_flights_stop(struct pcsc_v2 *v2)
{
	cancel_delayed_work_sync(&v2->reap);
}

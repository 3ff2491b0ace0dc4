// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The command handshake of version 2: claim a descriptor, fill it, ring the
 * doorbell, wait, check the answer.
 *
 * A command's buffers and descriptor are the device's until the descriptor says
 * done or a reset is confirmed.  So one that must end early is cancelled and
 * then waited for, which is short, and if even that fails the device is reset.
 */
#include <linux/ctype.h>
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sched/clock.h>
#include <linux/sched/stat.h>
#include <linux/string.h>

#include "pcsc_passthru.h"
#include "pcsc_v2.h"

static void pcsc_v2_fill(struct pcsc_descriptor *desc,
			 const struct pcsc_session *session,
			 const struct pcsc_command *cmd)
{
	desc->operation = cpu_to_le32(cmd->op);
	desc->reader = cpu_to_le16(session->slot);
	desc->session = cpu_to_le16(session->number);
	desc->generation = cpu_to_le32(session->generation);
	desc->timeout = cpu_to_le32(cmd->timeout_ms);
	desc->share = cpu_to_le32(cmd->share);
	desc->protocols = cpu_to_le32(cmd->protocols);
	desc->disposition = cpu_to_le32(cmd->disposition);
	desc->code = cpu_to_le32(cmd->code);
	if (cmd->tx) {
		desc->tx_addr = cpu_to_le64(cmd->tx->dma);
		desc->tx_len = cpu_to_le32(cmd->tx_len);
	}
	if (cmd->rx) {
		desc->rx_addr = cpu_to_le64(cmd->rx->dma);
		desc->rx_size = cpu_to_le32(cmd->rx_size);
	}
}

/* READER_* commands name a reader, not a session. */
static bool pcsc_v2_needs_session(u32 op)
{
	return op != PCSC_OP_READER_NAME && op != PCSC_OP_READER_ATR;
}

static int pcsc_v2_start_flight(struct pcsc_v2 *v2, unsigned int index,
				struct pcsc_session *session,
				struct pcsc_command *cmd, u32 *epoch)
{
	int ret = 0;

	spin_lock_irq(&v2->lock);
	*epoch = v2->epoch;
	if (session->aborted)
		ret = -ENODEV;
	else if (v2->state == PCSC_V2_STOPPED)
		ret = -EIO;
	else if (v2->state != PCSC_V2_RUNNING ||
		 (pcsc_v2_needs_session(cmd->op) && session->epoch != v2->epoch))
		ret = -ECONNRESET;
	else if (session->cancelled)
		cmd->result = PCSC_E_CANCELLED;
	else
		pcsc_v2_ring_locked(v2, index);
	spin_unlock_irq(&v2->lock);
	return ret;
}

/*
 * Most cards that are software answer sooner than this processor could change
 * to another task and back, so the device may hold it until then.  If there are
 * other tasks, a card that turned out to be slower is left to the interrupt for
 * a while.  Commands of one session may run side by side and share the guess.
 */
static void pcsc_v2_linger(struct pcsc_v2 *v2, unsigned int index,
			   struct pcsc_session *session)
{
	u8 slow = READ_ONCE(session->slow);
	u64 start;

	if (!(v2->pc->features & PCSC_FEATURE_WAIT))
		return;
	if (slow && !single_task_running()) {
		WRITE_ONCE(session->slow, slow - 1);
		return;
	}
	start = local_clock();
	pcsc_write(v2->pc, PCSC_REG_WAIT, index);
	slow = local_clock() - start > PCSC_V2_QUICK_NS ? PCSC_V2_SLOW_COMMANDS : 0;
	WRITE_ONCE(session->slow, slow);
	spin_lock_irq(&v2->lock);
	pcsc_v2_look_locked(v2, index);
	spin_unlock_irq(&v2->lock);
}

/**
 * pcsc_v2_patience() - longest that a command may take
 * @pc: the controller
 * @timeout_ms: the command's; 0 means the device's default
 *
 * Return: jiffies: the device keeps its time, and we add some.
 */
unsigned long pcsc_v2_patience(struct pcsc_controller *pc, u32 timeout_ms)
{
	u32 ms = timeout_ms ? min(timeout_ms, pc->timeout_max) : pc->timeout_default;

	return msecs_to_jiffies(ms) + msecs_to_jiffies(PCSC_V2_GRACE_MS);
}

/*
 * Return: 0 if the descriptor holds an answer; else why there is none.  All
 * memory is the driver's again, unless v2->table_lost.
 */
static int pcsc_v2_wait(struct pcsc_v2 *v2, unsigned int index, u32 epoch,
			struct pcsc_session *session, u32 timeout_ms)
{
	struct pcsc_flight *flight = &v2->flight[index];
	struct pcsc_descriptor *desc = &v2->table[index];
	unsigned long patience = pcsc_v2_patience(v2->pc, timeout_ms);
	int reason;
	long left;

	if (session->killable)
		left = wait_event_killable_timeout(flight->wait,
						   pcsc_v2_ended(flight) ||
						   READ_ONCE(session->aborted),
						   patience);
	else
		left = wait_event_interruptible_timeout(flight->wait,
							pcsc_v2_ended(flight) ||
							READ_ONCE(session->aborted),
							patience);
	if (READ_ONCE(session->aborted))
		reason = -ENODEV;
	else if (left < 0)
		reason = -EINTR;
	else
		reason = -ETIMEDOUT;

	if (!pcsc_v2_ended(flight)) {
		/* An interrupt that got lost must not cost a reset. */
		spin_lock_irq(&v2->lock);
		pcsc_v2_look_locked(v2, index);
		spin_unlock_irq(&v2->lock);
	}
	if (!pcsc_v2_ended(flight)) {
		pcsc_write(v2->pc, PCSC_REG_CANCEL, index);
		wait_event_timeout(flight->wait, pcsc_v2_ended(flight),
				   msecs_to_jiffies(PCSC_V2_GRACE_MS));
		if (!pcsc_v2_ended(flight))
			pcsc_v2_reset(v2, epoch, PCSC_V2_KEPT);
		if (flight->end != PCSC_ANSWERED ||
		    le32_to_cpu(desc->result) == PCSC_E_CANCELLED)
			return reason;
	}
	return flight->end == PCSC_ANSWERED ? 0 : -ECONNRESET;
}

/* Copy the answer, and check it, for the device may lie. */
static int pcsc_v2_answer(const struct pcsc_descriptor *desc,
			  struct pcsc_command *cmd)
{
	/* Once, since it may also change what was checked. */
	u32 atr_len = le32_to_cpu(READ_ONCE(desc->atr_len));
	u32 rx_len = le32_to_cpu(READ_ONCE(desc->rx_len));
	u32 result = le32_to_cpu(READ_ONCE(desc->result));

	if (atr_len > PCSC_ATR_MAX)
		return -EBADMSG;
	if (result == PCSC_S_SUCCESS && rx_len > (cmd->rx ? cmd->rx_size : 0))
		return -EBADMSG;
	/* Of a card that says nothing the device says so. */
	if (result == PCSC_S_SUCCESS && cmd->op == PCSC_OP_TRANSMIT && !rx_len)
		return -EBADMSG;
	cmd->result = result;
	if (result == PCSC_E_INSUFFICIENT_BUFFER)
		cmd->rx_len = rx_len;
	if (result != PCSC_S_SUCCESS)
		return 0;
	cmd->rx_len = rx_len;
	cmd->protocol = le32_to_cpu(desc->protocol);
	cmd->card_state = le32_to_cpu(desc->card_state);
	cmd->atr_len = atr_len;
	memcpy(cmd->atr, desc->atr, atr_len);
	return 0;
}

/* The part of a command during which its buffers may be the device's */
static int pcsc_v2_fly(struct pcsc_v2 *v2, unsigned int index,
		       struct pcsc_session *session, struct pcsc_command *cmd)
{
	u32 epoch;
	int ret;

	pcsc_v2_fill(&v2->table[index], session, cmd);
	ret = pcsc_v2_start_flight(v2, index, session, cmd, &epoch);
	if (ret || cmd->result == PCSC_E_CANCELLED)
		return ret;
	pcsc_v2_linger(v2, index, session);
	ret = pcsc_v2_wait(v2, index, epoch, session, cmd->timeout_ms);
	if (v2->table_lost) {
		if (cmd->tx)
			cmd->tx->lost = true;
		if (cmd->rx)
			cmd->rx->lost = true;
		return -EIO;
	}
	return ret ? ret : pcsc_v2_answer(&v2->table[index], cmd);
}

/* A name may go to a terminal, or into a file where a line ends it. */
static void pcsc_v2_clean_name(struct pcsc_command *cmd)
{
	char *name = cmd->rx->data;
	size_t i;

	for (i = 0; i < cmd->rx_len; i++)
		if (iscntrl(name[i]))
			name[i] = '?';
}

int pcsc_v2_execute(struct pcsc_session *session, struct pcsc_command *cmd)
{
	struct pcsc_v2 *v2 = session->pc->priv;
	int index, ret;

	index = pcsc_v2_claim(v2, session, !pcsc_v2_needs_session(cmd->op),
			      cmd->timeout_ms);
	if (index == -ECANCELED)
		cmd->result = PCSC_E_CANCELLED;
	if (index < 0)
		return index;
	if (cmd->tx) {
		ret = pcsc_buffer_map(cmd->tx, cmd->tx_len, DMA_TO_DEVICE);
		if (ret)
			goto release;
	}
	if (cmd->rx) {
		ret = pcsc_buffer_map(cmd->rx, cmd->rx_size, DMA_FROM_DEVICE);
		if (ret)
			goto unmap_tx;
	}
	ret = pcsc_v2_fly(v2, index, session, cmd);
	if (cmd->rx)
		pcsc_buffer_unmap(cmd->rx, cmd->rx_size, DMA_FROM_DEVICE);
	if (!ret && cmd->result == PCSC_S_SUCCESS && cmd->rx &&
	    (cmd->op == PCSC_OP_READER_NAME || cmd->op == PCSC_OP_STATUS))
		pcsc_v2_clean_name(cmd);
unmap_tx:
	if (cmd->tx)
		pcsc_buffer_unmap(cmd->tx, cmd->tx_len, DMA_TO_DEVICE);
release:
	pcsc_v2_release(v2, index);
	return ret;
}

int pcsc_v2_open(struct pcsc_session *session, u32 timeout_ms, u32 *result)
{
	struct pcsc_command cmd = { .op = PCSC_OP_OPEN, .timeout_ms = timeout_ms };
	unsigned long due = jiffies + pcsc_v2_patience(session->pc, timeout_ms);
	struct pcsc_v2 *v2 = session->pc->priv;
	int ret;

	pcsc_v2_reclaim(v2);
	do {
		ret = pcsc_v2_number(v2, session);
		if (ret)
			return ret;
		ret = pcsc_session_run(session, &cmd);
		*result = cmd.result;
		if (*result != PCSC_E_INVALID_HANDLE)
			break;
		pcsc_v2_refused(v2, session);
		/* The next number, but a device that refuses them all has no more time. */
	} while (time_before(jiffies, due));
	/* Cancelled, it may be open or not; a CLOSE gives certainty. */
	if (ret && *result != PCSC_E_INVALID_HANDLE)
		pcsc_v2_close(session);
	return ret;
}

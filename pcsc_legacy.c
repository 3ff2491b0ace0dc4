// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Version 1 of the register interface, of 2014.  A command is a write to a
 * reader's CONTROL register, which takes until the command is done: it cannot
 * be interrupted, cancelled or given a time-out, and tells no error.  Readers do
 * not come or go, and each has one session.
 *
 * Registers past the last reader's block crash the original device, so nothing
 * here touches them.
 */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "pcsc_passthru.h"

/**
 * struct pcsc_v1 - the driver's side of the interface
 * @slots: number of readers
 * @reader: what is kept for each
 * @reader.lock: guards the registers of the reader and what follows
 * @reader.owner: the session that is connected, or NULL
 * @reader.protocol: of the connection, PCSC_V1_PROTOCOL_*
 */
struct pcsc_v1 {
	unsigned int slots;
	struct {
		struct mutex lock;	/* see above */
		struct pcsc_session *owner;
		u32 protocol;
	} reader[PCSC_SLOTS_MAX];
};

/* PCSC_PROTOCOL_*, in the order in which they are tried, and the same in CONTROL */
static const struct {
	u32 protocol;
	u32 control;
} pcsc_v1_protocols[] = {
	{ PCSC_PROTOCOL_T1, PCSC_V1_PROTOCOL_T1 },
	{ PCSC_PROTOCOL_T0, PCSC_V1_PROTOCOL_T0 },
	{ PCSC_PROTOCOL_RAW, PCSC_V1_PROTOCOL_RAW },
	{ PCSC_PROTOCOL_T15, PCSC_V1_PROTOCOL_T15 },
};

static u32 pcsc_v1_reg(u32 slot, u32 reg)
{
	return PCSC_V1_BLOCK + slot * PCSC_V1_BLOCK_SIZE + reg;
}

static irqreturn_t pcsc_v1_interrupt(int irq, void *data)
{
	struct pcsc_controller *pc = data;

	if (!(pcsc_read(pc, PCSC_REG_IRQ_STATUS) & PCSC_IRQ_STATUS_CHANGED))
		return IRQ_NONE;
	/* Cleared before the states are read, so that no change is missed. */
	pcsc_write(pc, PCSC_REG_IRQ_STATUS, PCSC_IRQ_STATUS_CHANGED);
	/* Of a device that goes on with it, the kernel disables the line. */
	return IRQ_RETVAL(schedule_delayed_work(&pc->rescan, 0));
}

static int pcsc_v1_start(struct pcsc_controller *pc)
{
	u32 count = pcsc_read(pc, PCSC_REG_NUM_READERS) & PCSC_NUM_READERS_COUNT;
	u32 room = (pc->regs_size - PCSC_V1_BLOCK) / PCSC_V1_BLOCK_SIZE;
	struct pcsc_v1 *v1;
	unsigned int i;
	int ret;

	v1 = devm_kzalloc(pc->dev, sizeof(*v1), GFP_KERNEL);
	if (!v1)
		return -ENOMEM;
	pc->priv = v1;
	for (i = 0; i < PCSC_SLOTS_MAX; i++)
		mutex_init(&v1->reader[i].lock);
	ret = dma_set_mask_and_coherent(pc->dev, DMA_BIT_MASK(32));
	if (ret)
		return dev_err_probe(pc->dev, ret, "no 32-bit DMA\n");
	v1->slots = min3(count, room, (u32)PCSC_SLOTS_MAX);
	pc->max_slots = v1->slots;
	pc->max_length = PCSC_V1_APDU_MAX;
	return 0;
}

static void pcsc_v1_enable(struct pcsc_controller *pc)
{
	/* The interface has no interrupt mask. */
}

static void pcsc_v1_disconnect(struct pcsc_controller *pc, u32 slot, u32 disposition)
{
	struct pcsc_v1 *v1 = pc->priv;

	pcsc_write(pc, pcsc_v1_reg(slot, PCSC_V1_CONTROL), PCSC_V1_DISCONNECT |
		   disposition << PCSC_V1_DISPOSITION_SHIFT);
	v1->reader[slot].owner = NULL;
}

static void pcsc_v1_stop(struct pcsc_controller *pc)
{
	struct pcsc_v1 *v1 = pc->priv;
	u32 slot;

	for (slot = 0; slot < v1->slots; slot++) {
		/* A card that is in a command now would keep us from stopping. */
		if (!mutex_trylock(&v1->reader[slot].lock))
			continue;
		if (v1->reader[slot].owner)
			pcsc_v1_disconnect(pc, slot, PCSC_RESET_CARD);
		mutex_unlock(&v1->reader[slot].lock);
	}
}

static unsigned int pcsc_v1_slots(struct pcsc_controller *pc)
{
	return pc->max_slots;
}

static u32 pcsc_v1_state(struct pcsc_controller *pc, u32 slot)
{
	return pcsc_read(pc, pcsc_v1_reg(slot, PCSC_V1_STATE));
}

static void pcsc_v1_slot(struct pcsc_controller *pc, u32 slot,
			 struct pcsc_slot_state *st)
{
	u32 state = pcsc_v1_state(pc, slot);

	st->present = true;
	st->generation = 1;
	st->state = state & PCSC_STATE_MASK;
	st->events = state >> PCSC_STATE_COUNTER_SHIFT;
}

/* All readers are UNAVAILABLE while the service is away. */
static bool pcsc_v1_service(struct pcsc_controller *pc)
{
	u32 slot;

	for (slot = 0; slot < pc->max_slots; slot++)
		if (!(pcsc_v1_state(pc, slot) & PCSC_STATE_UNAVAILABLE))
			return true;
	return false;
}

static int pcsc_v1_open(struct pcsc_session *session, u32 timeout_ms, u32 *result)
{
	/* The session begins when it is connected, for there is only one. */
	return 0;
}

static void pcsc_v1_close(struct pcsc_session *session)
{
	struct pcsc_v1 *v1 = session->pc->priv;

	mutex_lock(&v1->reader[session->slot].lock);
	if (v1->reader[session->slot].owner == session)
		pcsc_v1_disconnect(session->pc, session->slot, PCSC_RESET_CARD);
	mutex_unlock(&v1->reader[session->slot].lock);
}

static int pcsc_v1_cancel(struct pcsc_session *session)
{
	return -EOPNOTSUPP;
}

static void pcsc_v1_abort(struct pcsc_session *session)
{
	/* A command that runs holds its CPU: nothing can shorten that. */
	WRITE_ONCE(session->aborted, true);
}

static bool pcsc_v1_alive(struct pcsc_session *session)
{
	return true;
}

/* The interface tells no error: the reader's state has to explain it. */
static u32 pcsc_v1_reason(struct pcsc_controller *pc, u32 slot, u32 share)
{
	u32 state = pcsc_v1_state(pc, slot);

	if (state & PCSC_STATE_UNAVAILABLE)
		return pcsc_v1_service(pc) ? PCSC_E_READER_UNAVAILABLE : PCSC_E_NO_SERVICE;
	if (state & PCSC_STATE_UNKNOWN)
		return PCSC_E_UNKNOWN_READER;
	if (!(state & PCSC_STATE_PRESENT))
		return PCSC_E_NO_SMARTCARD;
	if (state & PCSC_STATE_EXCLUSIVE ||
	    (state & PCSC_STATE_INUSE && share == PCSC_SHARE_EXCLUSIVE))
		return PCSC_E_SHARING_VIOLATION;
	if (state & PCSC_STATE_MUTE)
		return PCSC_W_UNRESPONSIVE_CARD;
	return PCSC_E_PROTO_MISMATCH;
}

static int pcsc_v1_read_atr(struct pcsc_controller *pc, u32 slot,
			    struct pcsc_command *cmd)
{
	struct pcsc_buffer atr;
	int ret;

	ret = pcsc_buffer_alloc(&atr, pc->dev, cmd->atr_len);
	if (ret)
		return ret;
	ret = pcsc_buffer_map(&atr, cmd->atr_len, DMA_FROM_DEVICE);
	if (ret)
		goto free;
	pcsc_write(pc, pcsc_v1_reg(slot, PCSC_V1_RX_ADDR), lower_32_bits(atr.dma));
	pcsc_write(pc, pcsc_v1_reg(slot, PCSC_V1_RX_SIZE), cmd->atr_len);
	pcsc_write(pc, pcsc_v1_reg(slot, PCSC_V1_CONTROL), PCSC_V1_READ_ATR);
	pcsc_buffer_unmap(&atr, cmd->atr_len, DMA_FROM_DEVICE);
	memcpy(cmd->atr, atr.data, cmd->atr_len);
free:
	pcsc_buffer_free(&atr);
	return ret;
}

static int pcsc_v1_connect(struct pcsc_session *session, struct pcsc_command *cmd)
{
	struct pcsc_controller *pc = session->pc;
	struct pcsc_v1 *v1 = pc->priv;
	u32 slot = session->slot;
	u32 len = 0;
	size_t i;
	int ret;

	for (i = 0; !len && i < ARRAY_SIZE(pcsc_v1_protocols); i++) {
		if (!(cmd->protocols & pcsc_v1_protocols[i].protocol))
			continue;
		pcsc_write(pc, pcsc_v1_reg(slot, PCSC_V1_CONTROL), PCSC_V1_CONNECT |
			   pcsc_v1_protocols[i].control |
			   cmd->share << PCSC_V1_SHARE_SHIFT);
		len = pcsc_read(pc, pcsc_v1_reg(slot, PCSC_V1_ATR_LEN));
		v1->reader[slot].protocol = pcsc_v1_protocols[i].control;
		cmd->protocol = pcsc_v1_protocols[i].protocol;
	}
	if (!len) {
		cmd->result = pcsc_v1_reason(pc, slot, cmd->share);
		return 0;
	}
	if (len > PCSC_ATR_MAX) {
		ret = -EBADMSG;
		goto disconnect;
	}
	cmd->atr_len = len;
	ret = pcsc_v1_read_atr(pc, slot, cmd);
	if (ret)
		goto disconnect;
	v1->reader[slot].owner = session;
	return 0;

disconnect:
	pcsc_v1_disconnect(pc, slot, PCSC_RESET_CARD);
	return ret;
}

static int pcsc_v1_transmit(struct pcsc_controller *pc, u32 slot,
			    struct pcsc_command *cmd)
{
	struct pcsc_v1 *v1 = pc->priv;
	u32 len;
	int ret;

	if (!cmd->rx) {
		cmd->result = PCSC_E_INVALID_PARAMETER;
		return 0;
	}
	ret = pcsc_buffer_map(cmd->tx, cmd->tx_len, DMA_TO_DEVICE);
	if (ret)
		return ret;
	ret = pcsc_buffer_map(cmd->rx, cmd->rx_size, DMA_FROM_DEVICE);
	if (ret)
		goto unmap_tx;
	pcsc_write(pc, pcsc_v1_reg(slot, PCSC_V1_TX_ADDR), lower_32_bits(cmd->tx->dma));
	pcsc_write(pc, pcsc_v1_reg(slot, PCSC_V1_TX_SIZE), cmd->tx_len);
	pcsc_write(pc, pcsc_v1_reg(slot, PCSC_V1_RX_ADDR), lower_32_bits(cmd->rx->dma));
	pcsc_write(pc, pcsc_v1_reg(slot, PCSC_V1_RX_SIZE), cmd->rx_size);
	pcsc_write(pc, pcsc_v1_reg(slot, PCSC_V1_CONTROL), PCSC_V1_TRANSMIT |
		   v1->reader[slot].protocol);
	len = pcsc_read(pc, pcsc_v1_reg(slot, PCSC_V1_RX_SIZE));
	if (len > cmd->rx_size)
		ret = -EBADMSG;
	else if (!len)
		cmd->result = PCSC_E_NOT_TRANSACTED;
	else
		cmd->rx_len = len;
	pcsc_buffer_unmap(cmd->rx, cmd->rx_size, DMA_FROM_DEVICE);
unmap_tx:
	pcsc_buffer_unmap(cmd->tx, cmd->tx_len, DMA_TO_DEVICE);
	return ret;
}

/* The register has no room for values that are none of these. */
static bool pcsc_v1_fits(const struct pcsc_command *cmd)
{
	if (cmd->op == PCSC_OP_CONNECT)
		return cmd->share >= PCSC_SHARE_EXCLUSIVE && cmd->share <= PCSC_SHARE_DIRECT;
	return cmd->disposition <= PCSC_EJECT_CARD;
}

static int pcsc_v1_execute(struct pcsc_session *session, struct pcsc_command *cmd)
{
	struct pcsc_controller *pc = session->pc;
	struct pcsc_v1 *v1 = pc->priv;
	struct pcsc_session *owner;
	u32 slot = session->slot;
	int ret;

	ret = session->killable ? mutex_lock_killable(&v1->reader[slot].lock) :
				  mutex_lock_interruptible(&v1->reader[slot].lock);
	if (ret)
		return -ERESTARTSYS;
	owner = v1->reader[slot].owner;
	if (READ_ONCE(session->aborted))
		ret = -ENODEV;
	else if (cmd->op != PCSC_OP_CONNECT && cmd->op != PCSC_OP_DISCONNECT &&
		 cmd->op != PCSC_OP_TRANSMIT)
		cmd->result = PCSC_E_UNSUPPORTED_FEATURE;
	else if (cmd->op == PCSC_OP_CONNECT && owner && owner != session)
		ret = -EUSERS;
	else if (cmd->op != PCSC_OP_CONNECT && owner != session)
		cmd->result = PCSC_E_INVALID_HANDLE;
	else if (!pcsc_v1_fits(cmd))
		cmd->result = PCSC_E_INVALID_VALUE;
	else if (cmd->op == PCSC_OP_CONNECT)
		ret = pcsc_v1_connect(session, cmd);
	else if (cmd->op == PCSC_OP_DISCONNECT)
		pcsc_v1_disconnect(pc, slot, cmd->disposition);
	else
		ret = pcsc_v1_transmit(pc, slot, cmd);
	mutex_unlock(&v1->reader[slot].lock);
	return ret;
}

const struct pcsc_ops pcsc_v1_ops = {
	.start = pcsc_v1_start,
	.interrupt = pcsc_v1_interrupt,
	.enable = pcsc_v1_enable,
	.stop = pcsc_v1_stop,
	.slots = pcsc_v1_slots,
	.slot = pcsc_v1_slot,
	.service = pcsc_v1_service,
	.open = pcsc_v1_open,
	.close = pcsc_v1_close,
	.cancel = pcsc_v1_cancel,
	.abort = pcsc_v1_abort,
	.alive = pcsc_v1_alive,
	.execute = pcsc_v1_execute,
};

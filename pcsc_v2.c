// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Version 2 of the register interface: start, stop, reset, interrupt and the
 * readers' registers.  Commands are in pcsc_command.c.
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/iopoll.h>
#include <linux/limits.h>
#include <linux/minmax.h>

#include "pcsc_passthru.h"
#include "pcsc_v2.h"

#define PCSC_V2_INTERRUPTS	(PCSC_INT_DONE | PCSC_INT_CHANGED | PCSC_INT_ERROR)

static_assert(sizeof(struct pcsc_descriptor) == PCSC_DESC_SIZE);
static_assert(offsetof(struct pcsc_descriptor, tx_addr) == PCSC_DESC_TX_ADDR);
static_assert(offsetof(struct pcsc_descriptor, flags) == PCSC_DESC_FLAGS);
static_assert(offsetof(struct pcsc_descriptor, result) == PCSC_DESC_RESULT);
static_assert(offsetof(struct pcsc_descriptor, atr) == PCSC_DESC_ATR);
static_assert(offsetof(struct pcsc_descriptor, status) == PCSC_DESC_STATUS);

/* Give the device its table and let it work and interrupt. */
static void pcsc_v2_go(struct pcsc_v2 *v2)
{
	struct pcsc_controller *pc = v2->pc;

	pcsc_write(pc, PCSC_REG_TABLE_LO, lower_32_bits(v2->table_dma));
	pcsc_write(pc, PCSC_REG_TABLE_HI, upper_32_bits(v2->table_dma));
	pcsc_write(pc, PCSC_REG_CONTROL, PCSC_CONTROL_ENABLE);
	pcsc_write(pc, PCSC_REG_INT_ENABLE, PCSC_V2_INTERRUPTS);
}

/*
 * Take all memory back from the device.  Its registers have their reset values
 * afterwards, the mask of the 2014 interrupt included, which is open.
 */
static int pcsc_v2_quiesce(struct pcsc_controller *pc)
{
	u32 control;

	pcsc_write(pc, PCSC_REG_CONTROL, PCSC_CONTROL_RESET);
	return readl_poll_timeout(pc->regs + PCSC_REG_CONTROL, control,
				  !(control & PCSC_CONTROL_RESET), 100,
				  PCSC_V2_GRACE_MS * 1000);
}

/**
 * pcsc_v2_reset() - last resort against a device that keeps what is ours
 * @v2: the interface
 * @epoch: in which that was seen; nothing happens if the device was reset since
 * @why: for the log
 *
 * Ends all sessions and all commands, whoever started them.
 *
 * Context: may sleep.
 */
void pcsc_v2_reset(struct pcsc_v2 *v2, u32 epoch, const char *why)
{
	struct pcsc_controller *pc = v2->pc;

	mutex_lock(&v2->reset_lock);
	if (v2->epoch != epoch || v2->state != PCSC_V2_RUNNING)
		goto unlock;
	dev_err(pc->dev, "%s, resetting the device\n", why);
	pcsc_v2_set_state(v2, PCSC_V2_RESETTING);
	/* The reset opens the mask of an interrupt that nobody here clears. */
	disable_irq(pc->irq);
	if (pcsc_v2_quiesce(pc)) {
		/* So may its interrupt do what it likes: it stays disabled. */
		dev_err(pc->dev, "the device ignores its reset, giving it up\n");
		v2->table_lost = true;
		pcsc_v2_set_state(v2, PCSC_V2_STOPPED);
	} else {
		pcsc_v2_go(v2);
		enable_irq(pc->irq);
		pcsc_v2_set_state(v2, PCSC_V2_RUNNING);
	}
	schedule_delayed_work(&pc->rescan, 0);
unlock:
	mutex_unlock(&v2->reset_lock);
}

/*
 * An interrupt for which there is no reason is nobody's: of a device that goes
 * on with those, the kernel disables the line.
 */
static irqreturn_t pcsc_v2_interrupt(int irq, void *data)
{
	struct pcsc_controller *pc = data;
	struct pcsc_v2 *v2 = pc->priv;
	u32 status = pcsc_read(pc, PCSC_REG_INT_STATUS) & PCSC_V2_INTERRUPTS;
	unsigned int i, bit;
	bool reason = false;

	/* Each source is cleared first, so that what comes later shows again. */
	for (i = 0; status & PCSC_INT_DONE && i < PCSC_DONE_WORDS; i++) {
		unsigned long done = pcsc_read(pc, PCSC_REG_DONE(i));

		pcsc_write(pc, PCSC_REG_DONE(i), done);
		for_each_set_bit(bit, &done, 32)
			reason |= pcsc_v2_done(v2, 32 * i + bit);
	}
	if (status & PCSC_INT_CHANGED) {
		pcsc_write(pc, PCSC_REG_CHANGED, pcsc_read(pc, PCSC_REG_CHANGED));
		reason |= schedule_delayed_work(&pc->rescan, 0);
	}
	if (status & PCSC_INT_ERROR) {
		u32 error = pcsc_read(pc, PCSC_REG_ERROR);

		pcsc_write(pc, PCSC_REG_ERROR, error);
		dev_warn_ratelimited(pc->dev, "the device reports error %#x\n", error);
	}
	return IRQ_RETVAL(reason);
}

static void pcsc_v2_free_table(void *data)
{
	struct pcsc_v2 *v2 = data;

	if (!v2->table_lost)
		dma_free_coherent(v2->pc->dev, v2->commands * PCSC_DESC_SIZE,
				  v2->table, v2->table_dma);
}

static u32 pcsc_v2_timeout(struct pcsc_controller *pc, u32 reg)
{
	return min_t(u32, pcsc_read(pc, reg), PCSC_V2_TIMEOUT_MS);
}

static int pcsc_v2_start(struct pcsc_controller *pc)
{
	struct device *dev = pc->dev;
	struct pcsc_v2 *v2;
	int ret;

	v2 = devm_kzalloc(dev, sizeof(*v2), GFP_KERNEL);
	if (!v2)
		return -ENOMEM;
	v2->pc = pc;
	pc->priv = v2;
	ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (ret)
		return dev_err_probe(dev, ret, "no 64-bit DMA\n");

	/* Whoever had the device before us left it in any state. */
	ret = pcsc_v2_quiesce(pc);
	if (ret)
		return dev_err_probe(dev, ret, "the device does not end its reset\n");
	pcsc_write(pc, PCSC_REG_INT_ENABLE, 0);

	pc->max_slots = min_t(u32, pcsc_read(pc, PCSC_REG_MAX_READERS), PCSC_SLOTS_MAX);
	pc->max_length = min_t(u32, pcsc_read(pc, PCSC_REG_MAX_LENGTH), PCSC_LENGTH_MAX);
	pc->features = pcsc_read(pc, PCSC_REG_FEATURES);
	pc->timeout_default = pcsc_v2_timeout(pc, PCSC_REG_TIMEOUT_DEFAULT);
	pc->timeout_max = pcsc_v2_timeout(pc, PCSC_REG_TIMEOUT_MAX);
	v2->commands = min_t(u32, pcsc_read(pc, PCSC_REG_MAX_COMMANDS), PCSC_COMMANDS_MAX);
	v2->sessions = min_t(u32, pcsc_read(pc, PCSC_REG_MAX_SESSIONS), PCSC_V2_SESSIONS);
	if (!v2->commands || pc->max_length < PCSC_NAME_MAX ||
	    !pc->timeout_default || pc->timeout_max < pc->timeout_default)
		return dev_err_probe(dev, -EINVAL, "the device's limits make no sense\n");

	v2->table = dma_alloc_coherent(dev, v2->commands * PCSC_DESC_SIZE,
				       &v2->table_dma, GFP_KERNEL);
	if (!v2->table)
		return -ENOMEM;
	pcsc_v2_flights_init(v2);
	return devm_add_action_or_reset(dev, pcsc_v2_free_table, v2);
}

static void pcsc_v2_enable(struct pcsc_controller *pc)
{
	pcsc_v2_go(pc->priv);
}

static void pcsc_v2_stop(struct pcsc_controller *pc)
{
	struct pcsc_v2 *v2 = pc->priv;

	mutex_lock(&v2->reset_lock);
	if (v2->state == PCSC_V2_RUNNING) {
		/* No doorbell is rung from here on, so the reset is the end. */
		pcsc_v2_set_state(v2, PCSC_V2_RESETTING);
		if (pcsc_v2_quiesce(pc)) {
			dev_err(pc->dev, "the device ignores its reset\n");
			v2->table_lost = true;
		}
		pcsc_v2_set_state(v2, PCSC_V2_STOPPED);
	}
	mutex_unlock(&v2->reset_lock);
	pcsc_v2_flights_stop(v2);
}

static unsigned int pcsc_v2_slots(struct pcsc_controller *pc)
{
	u32 count = pcsc_read(pc, PCSC_REG_NUM_READERS) & PCSC_NUM_READERS_COUNT;

	return min(count, pc->max_slots);
}

static void pcsc_v2_slot(struct pcsc_controller *pc, u32 slot,
			 struct pcsc_slot_state *st)
{
	u32 block = PCSC_REG_SLOT(slot);

	st->present = pcsc_read(pc, PCSC_REG_PRESENT) & BIT(slot);
	st->generation = pcsc_read(pc, block + PCSC_SLOT_GENERATION);
	st->state = pcsc_read(pc, block + PCSC_SLOT_STATE) & PCSC_STATE_MASK;
	st->events = pcsc_read(pc, block + PCSC_SLOT_EVENTS) & U16_MAX;
}

static bool pcsc_v2_service(struct pcsc_controller *pc)
{
	return pcsc_read(pc, PCSC_REG_STATUS) & PCSC_STATUS_SERVICE;
}

const struct pcsc_ops pcsc_v2_ops = {
	.start = pcsc_v2_start,
	.interrupt = pcsc_v2_interrupt,
	.enable = pcsc_v2_enable,
	.stop = pcsc_v2_stop,
	.slots = pcsc_v2_slots,
	.slot = pcsc_v2_slot,
	.service = pcsc_v2_service,
	.open = pcsc_v2_open,
	.close = pcsc_v2_close,
	.cancel = pcsc_v2_cancel,
	.abort = pcsc_v2_abort,
	.alive = pcsc_v2_alive,
	.execute = pcsc_v2_execute,
};

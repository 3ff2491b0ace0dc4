// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Driver of the linaro,pcsc-passthru device, by which QEMU lends its guest the
 * smart card readers of the host: the controller, its reader slots and the
 * children that stand for readers.
 */
#include <linux/device.h>
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include "pcsc_cdev.h"
#include "pcsc_passthru.h"
#include "pcsc_reader.h"

/* Numbers of the children, unique over all controllers */
static DEFINE_IDA(pcsc_reader_ids);

/* When a reader is tried again that could not be added */
#define PCSC_RETRY_DELAY	HZ

/* Returns whether it is there. */
static bool pcsc_child_add(struct pcsc_controller *pc, u32 index,
			   const struct pcsc_slot_state *now)
{
	struct pcsc_slot *slot = &pc->slots[index];
	struct pcsc_reader_info info = {
		.pc = pc,
		.slot = index,
		.generation = now->generation,
	};
	struct platform_device_info pdevinfo = {
		.parent = pc->dev,
		.name = PCSC_READER_NAME,
		.data = &info,
		.size_data = sizeof(info),
	};
	struct platform_device *child;

	if (slot->id < 0)
		slot->id = ida_alloc_max(&pcsc_reader_ids, PCSC_NODES - 1, GFP_KERNEL);
	pdevinfo.id = slot->id;
	child = slot->id < 0 ? ERR_PTR(slot->id) : platform_device_register_full(&pdevinfo);
	if (IS_ERR(child)) {
		if (!slot->failed)
			dev_err(pc->dev, "cannot add the reader of slot %u yet: error %ld\n",
				index, PTR_ERR(child));
		slot->failed = true;
		return false;
	}
	slot->failed = false;
	slot->child = child;
	slot->last = *now;
	return true;
}

static void pcsc_child_remove(struct pcsc_slot *slot)
{
	platform_device_unregister(slot->child);
	slot->child = NULL;
}

static void pcsc_child_event(struct pcsc_controller *pc, struct pcsc_slot *slot,
			     const struct pcsc_slot_state *now)
{
	bool changed = now->state != slot->last.state || now->events != slot->last.events;

	slot->last = *now;
	mutex_lock(&pc->attach_lock);
	if (slot->reader)
		pcsc_reader_event(slot->reader, changed);
	mutex_unlock(&pc->attach_lock);
}

/* Make children follow the readers. Returns how many there are. */
static unsigned int pcsc_rescan_locked(struct pcsc_controller *pc)
{
	unsigned int slots = pc->ops->slots(pc), present = 0;
	bool retry = false;
	u32 i;

	lockdep_assert_held(&pc->slots_lock);
	for (i = 0; i < pc->max_slots; i++) {
		struct pcsc_slot *slot = &pc->slots[i];
		struct pcsc_slot_state now = { };

		if (i < slots)
			pc->ops->slot(pc, i, &now);
		if (slot->child && (!now.present || now.generation != slot->last.generation))
			pcsc_child_remove(slot);
		if (slot->child)
			pcsc_child_event(pc, slot, &now);
		else if (now.present)
			retry |= !pcsc_child_add(pc, i, &now);
		present += now.present;
	}
	/*
	 * Most likely there was no memory, whatever the error says: a device
	 * that finds none for its name is EINVAL.
	 */
	if (retry)
		schedule_delayed_work(&pc->rescan, PCSC_RETRY_DELAY);
	return present;
}

static void pcsc_rescan(struct work_struct *work)
{
	struct pcsc_controller *pc =
		container_of(to_delayed_work(work), struct pcsc_controller, rescan);

	mutex_lock(&pc->slots_lock);
	if (pc->following)
		pcsc_rescan_locked(pc);
	mutex_unlock(&pc->slots_lock);
}

/* The interface that the device offers, newest first */
static const struct pcsc_ops *pcsc_detect(struct pcsc_controller *pc)
{
	u32 version = (pcsc_read(pc, PCSC_REG_NUM_READERS) & PCSC_NUM_READERS_VERSION) >>
		      PCSC_NUM_READERS_VERSION_SHIFT;

	/* Registers past the 2014 ones are there only if that one says so. */
	if (version >= 2 && pc->regs_size >= PCSC_REG_PAGE_SIZE &&
	    pcsc_read(pc, PCSC_REG_ID) == PCSC_ID &&
	    pcsc_read(pc, PCSC_REG_VERSION) >> 16 == PCSC_VERSION_2_0 >> 16) {
		pc->version = 2;
		return &pcsc_v2_ops;
	}
	pc->version = 1;
	return &pcsc_v1_ops;
}

static void pcsc_stop(void *data)
{
	struct pcsc_controller *pc = data;

	/* The reset opens the mask of the 2014 interrupt. */
	disable_irq(pc->irq);
	pc->ops->stop(pc);
	/* Whatever queues it has ended: the interrupt, resets, and itself. */
	cancel_delayed_work_sync(&pc->rescan);
}

/* While the device still works, since the children have sessions to end */
static void pcsc_remove_children(void *data)
{
	struct pcsc_controller *pc = data;
	u32 i;

	mutex_lock(&pc->slots_lock);
	pc->following = false;
	for (i = 0; i < PCSC_SLOTS_MAX; i++) {
		if (pc->slots[i].child)
			pcsc_child_remove(&pc->slots[i]);
		if (pc->slots[i].id >= 0)
			ida_free(&pcsc_reader_ids, pc->slots[i].id);
	}
	mutex_unlock(&pc->slots_lock);
}

static int pcsc_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct pcsc_controller *pc;
	struct resource *res;
	unsigned int i;
	int ret;

	pc = devm_kzalloc(dev, sizeof(*pc), GFP_KERNEL);
	if (!pc)
		return -ENOMEM;
	pc->dev = dev;
	mutex_init(&pc->slots_lock);
	mutex_init(&pc->attach_lock);
	INIT_DELAYED_WORK(&pc->rescan, pcsc_rescan);
	for (i = 0; i < PCSC_SLOTS_MAX; i++)
		pc->slots[i].id = -1;
	platform_set_drvdata(pdev, pc);

	pc->regs = devm_platform_get_and_ioremap_resource(pdev, 0, &res);
	if (IS_ERR(pc->regs))
		return PTR_ERR(pc->regs);
	pc->regs_size = resource_size(res);
	if (pc->regs_size < PCSC_V1_BLOCK)
		return dev_err_probe(dev, -EINVAL, "the register page is too small\n");
	pc->irq = platform_get_irq(pdev, 0);
	if (pc->irq < 0)
		return pc->irq;

	pc->ops = pcsc_detect(pc);
	ret = pc->ops->start(pc);
	if (ret)
		return ret;
	ret = devm_request_irq(dev, pc->irq, pc->ops->interrupt, 0, dev_name(dev), pc);
	if (ret)
		return dev_err_probe(dev, ret, "cannot get interrupt %d\n", pc->irq);
	/* What is undone by an action runs in the order remove() would need. */
	ret = devm_add_action_or_reset(dev, pcsc_stop, pc);
	if (ret)
		return ret;
	pc->ops->enable(pc);
	ret = devm_add_action_or_reset(dev, pcsc_remove_children, pc);
	if (ret)
		return ret;

	/* An interrupt that came before found nothing to do: all is looked at now. */
	mutex_lock(&pc->slots_lock);
	pc->following = true;
	i = pcsc_rescan_locked(pc);
	mutex_unlock(&pc->slots_lock);
	/* Users have known this line, with nothing before it, since 2014. */
	pr_info("number of reader detected: %u\n", i);
	return 0;
}

/* A kernel that kexec starts must find a device that writes to no memory. */
static void pcsc_shutdown(struct platform_device *pdev)
{
	struct pcsc_controller *pc = platform_get_drvdata(pdev);

	disable_irq(pc->irq);
	pc->ops->stop(pc);
}

static const struct of_device_id pcsc_of_match[] = {
	{ .compatible = "linaro,pcsc-passthru" },
	{ }
};

/*
 * What MODULE_DEVICE_TABLE() would generate: Debian's modpost for foreign 32-bit
 * targets takes the table for one of 64-bit pointers and fails.
 */
MODULE_ALIAS("of:N*T*Clinaro,pcsc-passthru");
MODULE_ALIAS("of:N*T*Clinaro,pcsc-passthruC*");

static struct platform_driver pcsc_driver = {
	.probe = pcsc_probe,
	.shutdown = pcsc_shutdown,
	.driver = {
		.name = "pcsc_passthru",
		.of_match_table = pcsc_of_match,
	},
};

/* Readers first, so that they have attributes when insmod returns. */
static struct platform_driver *const pcsc_drivers[] = {
	&pcsc_reader_driver,
	&pcsc_driver,
};

static int __init pcsc_init(void)
{
	int ret;

	ret = pcsc_cdev_init();
	if (ret)
		return ret;
	ret = platform_register_drivers(pcsc_drivers, ARRAY_SIZE(pcsc_drivers));
	if (ret)
		pcsc_cdev_exit();
	return ret;
}
module_init(pcsc_init);

static void __exit pcsc_exit(void)
{
	platform_unregister_drivers(pcsc_drivers, ARRAY_SIZE(pcsc_drivers));
	pcsc_cdev_exit();
}
module_exit(pcsc_exit);

MODULE_DESCRIPTION("PC/SC pass-through: the host's smart card readers");
MODULE_AUTHOR("The pcsc-passthru authors");
MODULE_LICENSE("GPL");

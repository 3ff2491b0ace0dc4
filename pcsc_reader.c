// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The driver of a reader.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "pcsc_cdev.h"
#include "pcsc_passthru.h"
#include "pcsc_reader.h"

/**
 * pcsc_reader_notify() - wake who polls the attributes
 * @reader: the reader
 *
 * Context: may sleep.
 */
void pcsc_reader_notify(struct pcsc_reader *reader)
{
	static const char *const names[] = { "state", "present", "events", "connect" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		sysfs_notify(&reader->dev->kobj, NULL, names[i]);
}

/**
 * pcsc_reader_event() - the controller looked at the reader's registers
 * @reader: the reader
 * @changed: they differ from the last time
 *
 * Context: may sleep, @reader->pc->attach_lock held.
 */
void pcsc_reader_event(struct pcsc_reader *reader, bool changed)
{
	struct pcsc_slot_state st;

	/* Even without a change: it may have been seen and undone since. */
	pcsc_node_event(reader->node);
	if (!pcsc_link_look(reader, &st, NULL) && !changed)
		return;
	pcsc_reader_notify(reader);
	kobject_uevent(&reader->dev->kobj, KOBJ_CHANGE);
}

static void pcsc_reader_attach(struct pcsc_reader *reader, bool attach)
{
	struct pcsc_controller *pc = reader->pc;

	mutex_lock(&pc->attach_lock);
	pc->slots[reader->slot].reader = attach ? reader : NULL;
	mutex_unlock(&pc->attach_lock);
}

/*
 * The order matters: the session is aborted first, so that the users whom the
 * removal of the attributes waits for are on their way out, however slow their
 * card is.
 */
static void pcsc_reader_end(struct pcsc_reader *reader)
{
	pcsc_session_abort(&reader->session);
	pcsc_attrs_remove(reader->dev);
	cancel_work_sync(&reader->drop);
	pcsc_session_close(&reader->session);
	pcsc_buffer_free(&reader->rx);
}

static void pcsc_reader_teardown(void *data)
{
	struct pcsc_reader *reader = data;

	pcsc_reader_attach(reader, false);
	pcsc_node_remove(reader->node);
	pcsc_reader_end(reader);
}

static int pcsc_reader_probe(struct platform_device *pdev)
{
	const struct pcsc_reader_info *info = dev_get_platdata(&pdev->dev);
	struct pcsc_reader *reader;
	int ret;

	/* "driver_override" can bring us devices that are not ours. */
	if (!info || !pdev->name || strcmp(pdev->name, PCSC_READER_NAME))
		return -ENODEV;
	reader = devm_kzalloc(&pdev->dev, sizeof(*reader), GFP_KERNEL);
	if (!reader)
		return -ENOMEM;
	reader->dev = &pdev->dev;
	reader->pc = info->pc;
	reader->slot = info->slot;
	reader->generation = info->generation;
	reader->share = PCSC_SHARE_SHARED;
	reader->protocols = PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1;
	reader->disposition = PCSC_RESET_CARD;
	reader->timeout_ms = reader->pc->timeout_default;
	mutex_init(&reader->lock);
	spin_lock_init(&reader->link_lock);
	INIT_WORK(&reader->drop, pcsc_link_drop);
	pcsc_session_init(&reader->session, reader->pc, reader->slot, reader->generation);
	platform_set_drvdata(pdev, reader);

	ret = pcsc_attrs_add(&pdev->dev);
	if (ret)
		goto end;
	reader->node = pcsc_node_add(reader);
	if (IS_ERR(reader->node)) {
		ret = PTR_ERR(reader->node);
		goto end;
	}
	pcsc_reader_attach(reader, true);
	/* For who opened it before that, and polls. */
	pcsc_node_event(reader->node);
	/* An action, because it runs before what devm allocated is freed. */
	return devm_add_action_or_reset(&pdev->dev, pcsc_reader_teardown, reader);

end:
	/* Somebody may have used the attributes already, even when some were missing. */
	pcsc_reader_end(reader);
	return ret;
}

struct platform_driver pcsc_reader_driver = {
	.probe = pcsc_reader_probe,
	.driver = {
		.name = PCSC_READER_NAME,
	},
};

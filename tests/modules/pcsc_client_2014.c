// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Drives the 2014 registers as the Linux driver of 2014 did: an interrupt whose
 * handler reads STATE of every reader and then clears IRQ_STATUS, and commands that
 * are writes to CONTROL. Its DMA buffers are ones that a device can reach.
 *
 *	echo "transmit 0 00 84 00 00 08" >/sys/module/pcsc_client_2014/parameters/command
 *	cat /sys/module/pcsc_client_2014/parameters/command
 *
 * count		number of readers
 * irqs			interrupts so far
 * state N		STATE of reader N, as the handler last read it
 * now N		STATE of reader N, read now
 * status		IRQ_STATUS, read now
 * connect N		connects and reads the ATR
 * transmit N APDU	sends it, with room for 258 bytes
 * room N SIZE APDU	the same, with room for SIZE bytes, at most 258
 * disconnect N
 *
 * A result that begins with BROKEN says what the device did wrong.
 */
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include "pcsc_client.h"

#define DRIVER_RESPONSE	258

static struct client driver = {
	.lock = __MUTEX_INITIALIZER(driver.lock),
};

static struct device *driver_dev;
static atomic_t driver_irqs = ATOMIC_INIT(0);
static u32 driver_state[PCSC_SLOTS_MAX];

static irqreturn_t driver_interrupt(int irq, void *data)
{
	u32 i, n = min_t(u32, client_readers(&driver), PCSC_SLOTS_MAX);

	if (!(readl(driver.regs + PCSC_REG_IRQ_STATUS) & PCSC_IRQ_STATUS_CHANGED))
		return IRQ_NONE;
	atomic_inc(&driver_irqs);
	for (i = 0; i < n; i++)
		WRITE_ONCE(driver_state[i], client_read(&driver, i, PCSC_V1_STATE));
	/* In this order, as it was */
	writel(PCSC_IRQ_STATUS_CHANGED, driver.regs + PCSC_REG_IRQ_STATUS);
	return IRQ_HANDLED;
}

static void driver_say(struct client *c, const char *text)
{
	strscpy(c->result, text, sizeof(c->result));
}

/*
 * One command that fills a buffer of @size bytes: TRANSMIT if there is something
 * to send, else READ_ATR. It says the answer, after @what.
 */
static int driver_exchange(struct client *c, u32 reader, const char *what, u8 *tx,
			   size_t tx_len, u32 size)
{
	size_t whole = DRIVER_RESPONSE + 2 * CLIENT_GUARD;
	u8 *rx = client_alloc(DRIVER_RESPONSE);
	dma_addr_t tx_dma = 0, rx_dma;
	int ret = -EIO;
	u32 len;

	if (!rx)
		return -ENOMEM;
	rx_dma = dma_map_single(driver_dev, rx - CLIENT_GUARD, whole, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(driver_dev, rx_dma))
		goto free;
	if (tx) {
		tx_dma = dma_map_single(driver_dev, tx, PCSC_V1_APDU_MAX + 1, DMA_TO_DEVICE);
		if (dma_mapping_error(driver_dev, tx_dma))
			goto unmap_rx;
		client_write(c, reader, PCSC_V1_TX_ADDR, tx_dma);
		client_write(c, reader, PCSC_V1_TX_SIZE, tx_len);
	}
	client_write(c, reader, PCSC_V1_RX_ADDR, rx_dma + CLIENT_GUARD);
	client_write(c, reader, PCSC_V1_RX_SIZE, size);
	client_write(c, reader, PCSC_V1_CONTROL, tx ? PCSC_V1_TRANSMIT : PCSC_V1_READ_ATR);
	len = client_read(c, reader, PCSC_V1_RX_SIZE);
	if (tx)
		dma_unmap_single(driver_dev, tx_dma, PCSC_V1_APDU_MAX + 1, DMA_TO_DEVICE);
	dma_unmap_single(driver_dev, rx_dma, whole, DMA_BIDIRECTIONAL);

	if (len > size)
		driver_say(c, "BROKEN: RX_SIZE above the room");
	else if (!client_intact(rx, DRIVER_RESPONSE, len))
		driver_say(c, "BROKEN: the device wrote past the response");
	else
		client_say_bytes(c, what, rx, len);
	client_free(rx);
	return 0;

unmap_rx:
	dma_unmap_single(driver_dev, rx_dma, whole, DMA_BIDIRECTIONAL);
free:
	client_free(rx);
	return ret;
}

static int driver_connect(struct client *c, u32 reader)
{
	u32 len;

	client_write(c, reader, PCSC_V1_CONTROL, PCSC_V1_CONNECT | PCSC_V1_PROTOCOL_T1 |
		     PCSC_SHARE_SHARED << PCSC_V1_SHARE_SHIFT);
	len = client_read(c, reader, PCSC_V1_ATR_LEN);
	if (!len) {
		driver_say(c, "no ATR");
		return 0;
	}
	if (len > PCSC_ATR_MAX) {
		driver_say(c, "BROKEN: ATR_LEN above 33");
		return 0;
	}
	return driver_exchange(c, reader, "ATR", NULL, 0, len);
}

static int driver_transmit(struct client *c, u32 reader, u32 size, const char *text)
{
	u8 *tx = kzalloc(PCSC_V1_APDU_MAX + 1, GFP_KERNEL);
	int n, ret;

	if (!tx)
		return -ENOMEM;
	n = client_bytes(text, tx, PCSC_V1_APDU_MAX + 1);
	ret = n < 0 ? n : driver_exchange(c, reader, "", tx, n, size);
	kfree(tx);
	return ret;
}

static int driver_run(struct client *c, const char *verb, u32 reader, const char *rest)
{
	size_t size = sizeof(c->result);
	int used = 0;
	u32 room;

	if (!strcmp(verb, "count")) {
		scnprintf(c->result, size, "%u", client_readers(c));
	} else if (!strcmp(verb, "irqs")) {
		scnprintf(c->result, size, "%d", atomic_read(&driver_irqs));
	} else if (!strcmp(verb, "state")) {
		scnprintf(c->result, size, "%#010x", READ_ONCE(driver_state[reader]));
	} else if (!strcmp(verb, "now")) {
		scnprintf(c->result, size, "%#010x", client_read(c, reader, PCSC_V1_STATE));
	} else if (!strcmp(verb, "status")) {
		scnprintf(c->result, size, "%#x", readl(c->regs + PCSC_REG_IRQ_STATUS));
	} else if (!strcmp(verb, "connect")) {
		return driver_connect(c, reader);
	} else if (!strcmp(verb, "transmit")) {
		return driver_transmit(c, reader, DRIVER_RESPONSE, rest);
	} else if (!strcmp(verb, "room")) {
		if (sscanf(rest, "%u%n", &room, &used) != 1 || room > DRIVER_RESPONSE)
			return -EINVAL;
		return driver_transmit(c, reader, room, rest + used);
	} else if (!strcmp(verb, "disconnect")) {
		client_write(c, reader, PCSC_V1_CONTROL, PCSC_V1_DISCONNECT |
			     PCSC_RESET_CARD << PCSC_V1_DISPOSITION_SHIFT);
		driver_say(c, "done");
	} else {
		return -EINVAL;
	}
	return 0;
}

static int driver_set(const char *line, const struct kernel_param *kp)
{
	return client_command(&driver, line, driver_run);
}

static int driver_get(char *buf, const struct kernel_param *kp)
{
	return client_result(&driver, buf);
}

static const struct kernel_param_ops driver_ops = {
	.set = driver_set,
	.get = driver_get,
};
module_param_cb(command, &driver_ops, NULL, 0600);
MODULE_PARM_DESC(command, "a command to run; reads as its result");

static void driver_forget(void *data)
{
	mutex_lock(&driver.lock);
	driver.regs = NULL;
	mutex_unlock(&driver.lock);
}

static int driver_probe(struct platform_device *pdev)
{
	void __iomem *regs;
	int irq, ret;
	u32 i, n;

	regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(regs))
		return PTR_ERR(regs);
	irq = platform_get_irq(pdev, 0);
	if (irq < 0)
		return irq;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	if (ret)
		return ret;
	driver_dev = &pdev->dev;
	driver.regs = regs;
	ret = devm_add_action_or_reset(&pdev->dev, driver_forget, NULL);
	if (ret)
		return ret;
	n = client_readers(&driver);
	pr_info("number of reader detected: %u\n", n);
	for (i = 0; i < min_t(u32, n, PCSC_SLOTS_MAX); i++)
		driver_state[i] = client_read(&driver, i, PCSC_V1_STATE);
	return devm_request_irq(&pdev->dev, irq, driver_interrupt, 0, "pcsc_client", NULL);
}

static const struct of_device_id driver_of_match[] = {
	{ .compatible = "linaro,pcsc-passthru" },
	{ }
};

static struct platform_driver driver_platform = {
	.probe = driver_probe,
	.driver = {
		.name = "pcsc_client_2014",
		.of_match_table = driver_of_match,
	},
};
module_platform_driver(driver_platform);

MODULE_DESCRIPTION("Test client: the 2014 registers as the driver of 2014 used them");
MODULE_AUTHOR("The pcsc-passthru authors");
MODULE_LICENSE("GPL");

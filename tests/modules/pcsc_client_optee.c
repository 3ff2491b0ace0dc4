// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Drives the 2014 registers as OP-TEE's pass-through reader did: physical
 * addresses in the registers, no interrupt, each STATE read once at boot, room for
 * an ATR of 23 bytes, and for SELECT room for the status word only.
 *
 *	echo "select 0 A000000003" >/sys/module/pcsc_client_optee/parameters/command
 *	cat /sys/module/pcsc_client_optee/parameters/command
 *
 * count		number of readers
 * state N		STATE of reader N, as it was at boot
 * connect N		connects and reads the ATR
 * select N AID		SELECT by name
 * transmit N APDU	sends it, with room for 258 bytes
 * disconnect N
 *
 * A result that begins with BROKEN says what the device did wrong.
 */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>

#include "pcsc_client.h"

#define OPTEE_ATR	23	/* bytes of its ATR buffer */
#define OPTEE_RESPONSE	258	/* bytes of its response buffer */

static struct client optee = {
	.lock = __MUTEX_INITIALIZER(optee.lock),
};

static u32 optee_boot_state[PCSC_SLOTS_MAX];

static void optee_say(struct client *c, const char *text)
{
	strscpy(c->result, text, sizeof(c->result));
}

static int optee_connect(struct client *c, u32 reader)
{
	u8 *atr = client_alloc(OPTEE_ATR);
	u32 len;

	if (!atr)
		return -ENOMEM;
	client_write(c, reader, PCSC_V1_CONTROL, PCSC_V1_CONNECT | PCSC_V1_PROTOCOL_T1 |
		     PCSC_SHARE_SHARED << PCSC_V1_SHARE_SHIFT);
	len = client_read(c, reader, PCSC_V1_ATR_LEN);
	if (!len) {
		optee_say(c, "no ATR");
	} else if (len > OPTEE_ATR) {
		/* Where the original overflowed; the test looks at the length. */
		scnprintf(c->result, sizeof(c->result), "ATR of %u bytes", len);
	} else {
		client_write(c, reader, PCSC_V1_RX_ADDR, virt_to_phys(atr));
		client_write(c, reader, PCSC_V1_RX_SIZE, len);
		client_write(c, reader, PCSC_V1_CONTROL, PCSC_V1_READ_ATR);
		if (!client_intact(atr, OPTEE_ATR, len))
			optee_say(c, "BROKEN: READ_ATR wrote past RX_SIZE");
		else
			client_say_bytes(c, "ATR", atr, len);
	}
	client_free(atr);
	return 0;
}

/* @size is what it allows the response; the buffer is as large as ever. */
static int optee_exchange(struct client *c, u32 reader, const u8 *tx, size_t tx_len,
			  u32 size)
{
	u8 *rx = client_alloc(OPTEE_RESPONSE);
	u32 len;

	if (!rx)
		return -ENOMEM;
	client_write(c, reader, PCSC_V1_TX_ADDR, virt_to_phys((void *)tx));
	client_write(c, reader, PCSC_V1_TX_SIZE, tx_len);
	client_write(c, reader, PCSC_V1_RX_ADDR, virt_to_phys(rx));
	client_write(c, reader, PCSC_V1_RX_SIZE, size);
	client_write(c, reader, PCSC_V1_CONTROL, PCSC_V1_TRANSMIT);
	len = client_read(c, reader, PCSC_V1_RX_SIZE);
	/* It takes the last two bytes for the status word without a look. */
	if (len < 2)
		optee_say(c, "BROKEN: RX_SIZE below 2");
	else if (len > size)
		optee_say(c, "BROKEN: RX_SIZE above the room");
	else if (!client_intact(rx, OPTEE_RESPONSE, len))
		optee_say(c, "BROKEN: TRANSMIT wrote past the response");
	else
		client_say_bytes(c, "", rx, len);
	client_free(rx);
	return 0;
}

static int optee_run(struct client *c, const char *verb, u32 reader, const char *rest)
{
	static const u8 select[] = { 0x00, 0xa4, 0x04, 0x00 };
	u8 *tx;
	int n, ret = -EINVAL;

	if (!strcmp(verb, "count")) {
		scnprintf(c->result, sizeof(c->result), "%u", client_readers(c));
		return 0;
	}
	if (!strcmp(verb, "state")) {
		scnprintf(c->result, sizeof(c->result), "%#010x", optee_boot_state[reader]);
		return 0;
	}
	if (!strcmp(verb, "connect"))
		return optee_connect(c, reader);
	if (!strcmp(verb, "disconnect")) {
		client_write(c, reader, PCSC_V1_CONTROL, PCSC_V1_DISCONNECT |
			     PCSC_RESET_CARD << PCSC_V1_DISPOSITION_SHIFT);
		optee_say(c, "done");
		return 0;
	}

	tx = kzalloc(PCSC_V1_APDU_MAX + 1, GFP_KERNEL);
	if (!tx)
		return -ENOMEM;
	if (!strcmp(verb, "select")) {
		n = client_bytes(rest, tx + sizeof(select) + 1, 16);
		if (n >= 0) {
			memcpy(tx, select, sizeof(select));
			tx[sizeof(select)] = n;
			ret = optee_exchange(c, reader, tx, sizeof(select) + 1 + n, 2);
		}
	} else if (!strcmp(verb, "transmit")) {
		n = client_bytes(rest, tx, PCSC_V1_APDU_MAX + 1);
		if (n >= 0)
			ret = optee_exchange(c, reader, tx, n, OPTEE_RESPONSE);
	}
	kfree(tx);
	return ret;
}

static int optee_set(const char *line, const struct kernel_param *kp)
{
	return client_command(&optee, line, optee_run);
}

static int optee_get(char *buf, const struct kernel_param *kp)
{
	return client_result(&optee, buf);
}

static const struct kernel_param_ops optee_ops = {
	.set = optee_set,
	.get = optee_get,
};
module_param_cb(command, &optee_ops, NULL, 0600);
MODULE_PARM_DESC(command, "a command to run; reads as its result");

static int __init optee_init(void)
{
	struct device_node *np;
	void __iomem *regs;
	u32 i;

	np = of_find_compatible_node(NULL, NULL, "linaro,pcsc-passthru");
	if (!np)
		return -ENODEV;
	regs = of_iomap(np, 0);
	of_node_put(np);
	if (!regs)
		return -ENOMEM;
	optee.regs = regs;
	for (i = 0; i < min_t(u32, client_readers(&optee), PCSC_SLOTS_MAX); i++)
		optee_boot_state[i] = client_read(&optee, i, PCSC_V1_STATE);
	return 0;
}
module_init(optee_init);

static void __exit optee_exit(void)
{
	iounmap(optee.regs);
}
module_exit(optee_exit);

MODULE_DESCRIPTION("Test client: the 2014 registers as OP-TEE uses them");
MODULE_AUTHOR("The pcsc-passthru authors");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The ioctls of the character device: structures in, a command, structures out.
 * Users find them in Documentation/ABI/testing/dev-pcsc-reader.
 */
#include <linux/build_bug.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <uapi/linux/pcsc_passthru.h>

#include "pcsc_cdev.h"
#include "pcsc_passthru.h"

union pcsc_ioc {
	struct {
		u32 size;
		u32 result;
	};
	struct pcsc_ioc_info info;
	struct pcsc_ioc_state state;
	struct pcsc_ioc_connect connect;
	struct pcsc_ioc_end end;
	struct pcsc_ioc_status status;
	struct pcsc_ioc_transfer transfer;
};

static_assert(PCSC_NAME_SIZE == PCSC_NAME_MAX);
static_assert(PCSC_ATR_SIZE >= PCSC_ATR_MAX);

static int pcsc_ioc_name(struct pcsc_node *node, u32 *result)
{
	struct pcsc_command cmd = {
		.op = PCSC_OP_READER_NAME,
		.rx_size = PCSC_NAME_MAX - 1,
	};
	struct pcsc_buffer rx = { };
	int ret;

	lockdep_assert_held(&node->name_lock);
	if (node->name_len || node->version < 2)
		return 0;
	ret = pcsc_client_room(&rx, cmd.rx_size);
	if (ret)
		return ret;
	cmd.rx = &rx;
	ret = pcsc_node_ask(node, &cmd);
	*result = cmd.result;
	if (!ret) {
		memcpy(node->name, rx.data, cmd.rx_len);
		node->name_len = cmd.rx_len;
	}
	pcsc_buffer_free(&rx);
	return ret;
}

static int pcsc_ioc_info(struct pcsc_client *client, union pcsc_ioc *ioc)
{
	struct pcsc_node *node = client->node;
	struct pcsc_ioc_info *info = &ioc->info;
	u32 size = info->size;
	int ret;

	if (info->reserved)
		return -EINVAL;
	*info = (struct pcsc_ioc_info) {
		.size = size,
		.reader = node->number,
		.version = node->version,
		.features = node->features & PCSC_FEATURE_CONTROL ? PCSC_INFO_CONTROL : 0,
		.max_length = node->max_length,
		.timeout_default = node->timeout_default,
		.timeout_max = node->timeout_max,
	};
	if (mutex_lock_killable(&node->name_lock))
		return -ERESTARTSYS;
	ret = pcsc_ioc_name(node, &info->result);
	info->name_len = node->name_len;
	memcpy(info->name, node->name, node->name_len);
	mutex_unlock(&node->name_lock);
	return ret;
}

static int pcsc_ioc_state(struct pcsc_client *client, union pcsc_ioc *ioc)
{
	struct pcsc_node *node = client->node;
	struct pcsc_ioc_state *state = &ioc->state;
	struct pcsc_command cmd = { .op = PCSC_OP_READER_ATR };
	struct pcsc_slot_state st;
	u32 size = state->size;
	u32 seen;
	int ret;

	*state = (struct pcsc_ioc_state) { .size = size };
	ret = pcsc_node_look(node, &st);
	if (ret)
		return ret;
	if (st.state & PCSC_STATE_PRESENT && node->version >= 2) {
		ret = pcsc_node_ask(node, &cmd);
		state->result = cmd.result;
		if (ret)
			return ret;
	}
	/* A card that came or left meanwhile wakes whoever polls next. */
	seen = pcsc_client_pack(&st);
	WRITE_ONCE(client->seen, seen);
	state->state = seen & PCSC_STATE_MASK;
	state->events = seen >> 16;
	state->atr_len = cmd.atr_len;
	memcpy(state->atr, cmd.atr, cmd.atr_len);
	return 0;
}

static int pcsc_ioc_connect(struct pcsc_client *client, union pcsc_ioc *ioc, u32 op)
{
	struct pcsc_ioc_connect *conn = &ioc->connect;
	struct pcsc_command cmd = {
		.op = op,
		.timeout_ms = conn->timeout_ms,
		.share = conn->share,
		.protocols = conn->protocols,
		.disposition = conn->disposition,
	};
	int ret;

	ret = pcsc_client_run(client, &cmd);
	conn->result = cmd.result;
	conn->protocol = ret ? 0 : cmd.protocol;
	conn->atr_len = ret ? 0 : cmd.atr_len;
	memset(conn->atr, 0, sizeof(conn->atr));
	memcpy(conn->atr, cmd.atr, conn->atr_len);
	return ret;
}

static int pcsc_ioc_end(struct pcsc_client *client, union pcsc_ioc *ioc, u32 op)
{
	struct pcsc_ioc_end *end = &ioc->end;
	struct pcsc_command cmd = {
		.op = op,
		.timeout_ms = end->timeout_ms,
		.disposition = end->disposition,
	};
	int ret;

	ret = pcsc_client_run(client, &cmd);
	end->result = cmd.result;
	return ret;
}

static int pcsc_ioc_status(struct pcsc_client *client, union pcsc_ioc *ioc)
{
	struct pcsc_ioc_status *status = &ioc->status;
	struct pcsc_command cmd = {
		.op = PCSC_OP_STATUS,
		.timeout_ms = status->timeout_ms,
		.rx = &client->rx,
		.rx_size = PCSC_NAME_MAX - 1,
	};
	int ret;

	*status = (struct pcsc_ioc_status) {
		.size = status->size,
		.flags = status->flags,
		.timeout_ms = status->timeout_ms,
	};
	ret = pcsc_client_room(&client->rx, cmd.rx_size);
	if (ret)
		return ret;
	ret = pcsc_client_run(client, &cmd);
	status->result = cmd.result;
	if (ret)
		return ret;
	status->state = cmd.card_state;
	status->protocol = cmd.protocol;
	status->atr_len = cmd.atr_len;
	memcpy(status->atr, cmd.atr, cmd.atr_len);
	status->name_len = cmd.rx_len;
	memcpy(status->name, client->rx.data, cmd.rx_len);
	return 0;
}

static void __user *pcsc_ioc_user(u64 address, u32 len)
{
	/* Without a buffer, NULL; so is what a 32-bit kernel cannot reach. */
	return len && (uintptr_t)address == address ? u64_to_user_ptr(address) : NULL;
}

static int pcsc_ioc_transfer(struct pcsc_client *client, union pcsc_ioc *ioc, u32 op)
{
	struct pcsc_ioc_transfer *xfer = &ioc->transfer;
	size_t room = min_t(size_t, xfer->rx_len, client->node->max_length);
	void __user *tx = pcsc_ioc_user(xfer->tx, xfer->tx_len);
	void __user *rx = pcsc_ioc_user(xfer->rx, room);
	struct pcsc_command cmd = {
		.op = op,
		.timeout_ms = xfer->timeout_ms,
		.protocols = xfer->protocol,
		.code = xfer->code,
		.tx = tx ? &client->tx : NULL,
		.tx_len = xfer->tx_len,
		.rx = rx ? &client->rx : NULL,
		.rx_size = room,
	};
	int ret = 0;

	xfer->result = 0;
	xfer->rx_len = 0;
	if (cmd.tx_len > client->node->max_length)
		return -EMSGSIZE;
	if ((cmd.tx_len && !tx) || (room && !rx))
		return -EFAULT;
	if (tx)
		ret = pcsc_client_room(&client->tx, cmd.tx_len);
	if (!ret && rx)
		ret = pcsc_client_room(&client->rx, room);
	if (ret)
		return ret;
	if (tx && copy_from_user(client->tx.data, tx, cmd.tx_len))
		ret = -EFAULT;
	if (!ret)
		ret = pcsc_client_run(client, &cmd);
	xfer->result = cmd.result;
	xfer->rx_len = cmd.rx_len;
	if (!ret)
		xfer->protocol = op == PCSC_OP_TRANSMIT ? client->protocol : 0;
	if (!ret && rx && copy_to_user(rx, client->rx.data, cmd.rx_len))
		ret = -EFAULT;
	if (tx)
		memzero_explicit(client->tx.data, cmd.tx_len);
	if (rx)
		memzero_explicit(client->rx.data, ret ? room : cmd.rx_len);
	return ret;
}

/* Whether the fields that have to be zero are, and the time-out is allowed */
static int pcsc_ioc_check(struct pcsc_client *client, const union pcsc_ioc *ioc, u32 op)
{
	const struct pcsc_ioc_transfer *xfer = &ioc->transfer;
	bool bad;

	switch (op) {
	case PCSC_OP_CONNECT:
		bad = ioc->connect.reserved || ioc->connect.disposition;
		break;
	case PCSC_OP_RECONNECT:
		bad = ioc->connect.reserved;
		break;
	case PCSC_OP_BEGIN:
		bad = ioc->end.reserved || ioc->end.disposition;
		break;
	case PCSC_OP_DISCONNECT:
	case PCSC_OP_END:
		bad = ioc->end.reserved;
		break;
	case PCSC_OP_STATUS:
		bad = ioc->status.reserved;
		break;
	case PCSC_OP_TRANSMIT:
		bad = xfer->code || !xfer->tx_len;
		break;
	case PCSC_OP_GET_ATTRIB:
		bad = xfer->protocol || xfer->tx_len;
		break;
	case PCSC_OP_SET_ATTRIB:
		bad = xfer->protocol || xfer->rx_len;
		break;
	default:
		bad = xfer->protocol;
	}
	/* All of them have these in the same place. */
	if (bad || xfer->flags & ~PCSC_KILLABLE)
		return -EINVAL;
	if (xfer->timeout_ms > client->node->timeout_max)
		return -ERANGE;
	return 0;
}

static_assert(offsetof(struct pcsc_ioc_connect, flags) ==
	      offsetof(struct pcsc_ioc_transfer, flags));
static_assert(offsetof(struct pcsc_ioc_end, flags) ==
	      offsetof(struct pcsc_ioc_transfer, flags));
static_assert(offsetof(struct pcsc_ioc_status, flags) ==
	      offsetof(struct pcsc_ioc_transfer, flags));
static_assert(offsetof(struct pcsc_ioc_connect, timeout_ms) ==
	      offsetof(struct pcsc_ioc_transfer, timeout_ms));
static_assert(offsetof(struct pcsc_ioc_end, timeout_ms) ==
	      offsetof(struct pcsc_ioc_transfer, timeout_ms));
static_assert(offsetof(struct pcsc_ioc_status, timeout_ms) ==
	      offsetof(struct pcsc_ioc_transfer, timeout_ms));

static int pcsc_ioc_command(struct pcsc_client *client, union pcsc_ioc *ioc, u32 op,
			    bool nonblock)
{
	int ret;

	ret = pcsc_ioc_check(client, ioc, op);
	if (ret)
		return ret;
	ret = pcsc_client_take(client, nonblock, ioc->transfer.flags & PCSC_KILLABLE);
	if (ret)
		return ret;
	switch (op) {
	case PCSC_OP_CONNECT:
	case PCSC_OP_RECONNECT:
		ret = pcsc_ioc_connect(client, ioc, op);
		break;
	case PCSC_OP_DISCONNECT:
	case PCSC_OP_BEGIN:
	case PCSC_OP_END:
		ret = pcsc_ioc_end(client, ioc, op);
		break;
	case PCSC_OP_STATUS:
		ret = pcsc_ioc_status(client, ioc);
		break;
	default:
		ret = pcsc_ioc_transfer(client, ioc, op);
	}
	pcsc_client_give(client);
	return ret;
}

/* What each ioctl carries, and the command that it is; 0 if it is none */
static const struct {
	u32 size;
	u32 op;
} pcsc_iocs[] = {
	[_IOC_NR(PCSC_IOC_INFO)] = { sizeof(struct pcsc_ioc_info), 0 },
	[_IOC_NR(PCSC_IOC_STATE)] = { sizeof(struct pcsc_ioc_state), 0 },
	[_IOC_NR(PCSC_IOC_CONNECT)] = { sizeof(struct pcsc_ioc_connect), PCSC_OP_CONNECT },
	[_IOC_NR(PCSC_IOC_RECONNECT)] = { sizeof(struct pcsc_ioc_connect), PCSC_OP_RECONNECT },
	[_IOC_NR(PCSC_IOC_DISCONNECT)] = { sizeof(struct pcsc_ioc_end), PCSC_OP_DISCONNECT },
	[_IOC_NR(PCSC_IOC_BEGIN)] = { sizeof(struct pcsc_ioc_end), PCSC_OP_BEGIN },
	[_IOC_NR(PCSC_IOC_END)] = { sizeof(struct pcsc_ioc_end), PCSC_OP_END },
	[_IOC_NR(PCSC_IOC_STATUS)] = { sizeof(struct pcsc_ioc_status), PCSC_OP_STATUS },
	[_IOC_NR(PCSC_IOC_TRANSMIT)] = { sizeof(struct pcsc_ioc_transfer), PCSC_OP_TRANSMIT },
	[_IOC_NR(PCSC_IOC_CONTROL)] = { sizeof(struct pcsc_ioc_transfer), PCSC_OP_CONTROL },
	[_IOC_NR(PCSC_IOC_GET_ATTRIB)] = { sizeof(struct pcsc_ioc_transfer), PCSC_OP_GET_ATTRIB },
	[_IOC_NR(PCSC_IOC_SET_ATTRIB)] = { sizeof(struct pcsc_ioc_transfer), PCSC_OP_SET_ATTRIB },
	[_IOC_NR(PCSC_IOC_CANCEL)] = { 0, 0 },
};

static int pcsc_ioc_run(struct file *file, unsigned int cmd, union pcsc_ioc *ioc)
{
	struct pcsc_client *client = file->private_data;

	switch (cmd) {
	case PCSC_IOC_INFO:
		return pcsc_ioc_info(client, ioc);
	case PCSC_IOC_STATE:
		return pcsc_ioc_state(client, ioc);
	default:
		return pcsc_ioc_command(client, ioc, pcsc_iocs[_IOC_NR(cmd)].op,
					file->f_flags & O_NONBLOCK);
	}
}

/* Almost always the size is the one that is known: one access of user memory. */
static int pcsc_ioc_get(union pcsc_ioc *ioc, void __user *user, u32 known)
{
	u32 size;
	int ret;

	if (!copy_from_user(ioc, user, known) && ioc->size == known)
		return 0;
	if (copy_from_user(&size, user, sizeof(size)))
		return -EFAULT;
	if (size < known)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(ioc, known, user, size);
	ioc->size = size;
	return ret;
}

long pcsc_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pcsc_client *client = file->private_data;
	void __user *user = (void __user *)arg;
	union pcsc_ioc ioc;
	u32 nr = _IOC_NR(cmd), known;
	long ret;

	if (nr >= ARRAY_SIZE(pcsc_iocs) || cmd != _IO(PCSC_IOC_MAGIC, nr))
		return -ENOTTY;
	if (READ_ONCE(client->node->gone))
		return -ENODEV;
	if (cmd != PCSC_IOC_INFO && cmd != PCSC_IOC_STATE &&
	    (file->f_mode & (FMODE_READ | FMODE_WRITE)) != (FMODE_READ | FMODE_WRITE))
		return -EBADF;
	if (cmd == PCSC_IOC_CANCEL)
		return arg ? -EINVAL : pcsc_client_cancel(client);

	known = pcsc_iocs[nr].size;
	memset(&ioc, 0, sizeof(ioc));
	ret = pcsc_ioc_get(&ioc, user, known);
	if (ret)
		return ret;
	ioc.result = PCSC_S_SUCCESS;
	ret = pcsc_ioc_run(file, cmd, &ioc);
	/* A system call that starts again needs its arguments as they were. */
	if (ret == -ERESTARTSYS)
		known = offsetofend(union pcsc_ioc, result);
	if (copy_to_user(user, &ioc, known))
		return -EFAULT;
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * write(2) and read(2) of the character device: a command APDU in one piece, its
 * response in as many as the reader likes.  With O_NONBLOCK a worker waits for
 * the card.
 */
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "pcsc_cdev.h"
#include "pcsc_passthru.h"

/* What was not read is of no use any more. */
static void pcsc_stream_discard(struct pcsc_client *client)
{
	if (client->response.data)
		memzero_explicit(client->response.data, client->response_len);
	client->response_len = 0;
	client->response_pos = 0;
	client->error = 0;
	WRITE_ONCE(client->readable, false);
}

static int pcsc_stream_connect(struct pcsc_client *client)
{
	struct pcsc_command cmd = {
		.op = PCSC_OP_CONNECT,
		.share = PCSC_SHARE_SHARED,
		.protocols = PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1,
	};

	/* A lost connection is told, not made anew: the card may be another. */
	return client->connected ? 0 : pcsc_client_run(client, &cmd);
}

/* Send what is in @client->tx. */
static int pcsc_stream_send(struct pcsc_client *client)
{
	struct pcsc_command cmd = {
		.op = PCSC_OP_TRANSMIT,
		.tx = &client->tx,
		.tx_len = client->tx_len,
		.rx = &client->response,
		.rx_size = client->node->max_length,
	};
	int ret;

	ret = pcsc_stream_connect(client);
	if (!ret)
		ret = pcsc_client_run(client, &cmd);
	memzero_explicit(client->tx.data, client->tx_len);
	if (ret) {
		memzero_explicit(client->response.data, cmd.rx_size);
		return ret;
	}
	client->response_len = cmd.rx_len;
	WRITE_ONCE(client->readable, cmd.rx_len);
	return 0;
}

/**
 * pcsc_stream_work() - run an asynchronous write
 * @work: &pcsc_client.work, of a client who is busy
 */
void pcsc_stream_work(struct work_struct *work)
{
	struct pcsc_client *client = container_of(work, struct pcsc_client, work);

	client->error = pcsc_stream_send(client);
	if (client->error)
		WRITE_ONCE(client->readable, true);
	pcsc_client_give(client);
}

static int pcsc_stream_fill(struct pcsc_client *client, const char __user *buf,
			    size_t count)
{
	int ret;

	ret = pcsc_client_room(&client->tx, count);
	if (!ret)
		ret = pcsc_client_room(&client->response, client->node->max_length);
	if (ret)
		return ret;
	client->tx_len = count;
	if (copy_from_user(client->tx.data, buf, count)) {
		memzero_explicit(client->tx.data, count);
		return -EFAULT;
	}
	return 0;
}

ssize_t pcsc_stream_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *pos)
{
	struct pcsc_client *client = file->private_data;
	bool nonblock = file->f_flags & O_NONBLOCK;
	int ret;

	if (READ_ONCE(client->node->gone))
		return -ENODEV;
	if (!count)
		return -EINVAL;
	if (count > client->node->max_length)
		return -EMSGSIZE;
	ret = pcsc_client_take(client, nonblock, false);
	if (ret)
		return ret;
	pcsc_stream_discard(client);
	ret = pcsc_stream_fill(client, buf, count);
	if (!ret && nonblock) {
		/* The worker gives back what we took. */
		pcsc_node_queue(&client->work);
		return count;
	}
	if (!ret)
		ret = pcsc_stream_send(client);
	pcsc_client_give(client);
	return ret ? ret : count;
}

ssize_t pcsc_stream_read(struct file *file, char __user *buf, size_t count,
			 loff_t *pos)
{
	struct pcsc_client *client = file->private_data;
	ssize_t ret;
	u8 *data;

	/* A command under way may be the write whose response is wanted. */
	ret = pcsc_client_take(client, file->f_flags & O_NONBLOCK, false);
	if (ret)
		return ret;
	if (client->error) {
		ret = client->error;
		pcsc_stream_discard(client);
		goto give;
	}
	count = min(count, client->response_len - client->response_pos);
	if (!count)
		goto give;
	data = client->response.data + client->response_pos;
	if (copy_to_user(buf, data, count)) {
		ret = -EFAULT;
		goto give;
	}
	ret = count;
	memzero_explicit(data, count);
	client->response_pos += count;
	WRITE_ONCE(client->readable, client->response_pos < client->response_len);
give:
	pcsc_client_give(client);
	return ret;
}

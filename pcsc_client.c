// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * One open file of a character device: its session, whose turn it is to use
 * that, its buffers.
 */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "pcsc_cdev.h"
#include "pcsc_errno.h"
#include "pcsc_passthru.h"
#include "pcsc_reader.h"

/**
 * pcsc_client_open() - a file is opened
 * @node: of this device
 *
 * Context: may sleep.
 * Return: the client, -ENODEV or -ENOMEM as a pointer.
 */
struct pcsc_client *pcsc_client_open(struct pcsc_node *node)
{
	struct pcsc_slot_state st = { };
	struct pcsc_client *client;
	int ret = -ENODEV;

	client = kzalloc_obj(*client, GFP_KERNEL_ACCOUNT);
	if (!client)
		return ERR_PTR(-ENOMEM);
	client->node = node;
	init_waitqueue_head(&client->wait);
	INIT_WORK(&client->work, pcsc_stream_work);

	down_read(&node->gate);
	mutex_lock(&node->clients_lock);
	if (!node->gone) {
		struct pcsc_reader *reader = node->reader;

		pcsc_session_init(&client->session, reader->pc, reader->slot,
				  reader->generation);
		reader->pc->ops->slot(reader->pc, reader->slot, &st);
		client->seen = pcsc_client_pack(&st);
		list_add(&client->entry, &node->clients);
		ret = 0;
	}
	mutex_unlock(&node->clients_lock);
	up_read(&node->gate);
	if (ret) {
		kfree(client);
		return ERR_PTR(ret);
	}
	return client;
}

/**
 * pcsc_client_release() - the file is closed
 * @client: its client; only an asynchronous write may be under way
 *
 * Context: may sleep, but no card delays it on version 2.
 */
void pcsc_client_release(struct pcsc_client *client)
{
	struct pcsc_node *node = client->node;

	down_read(&node->gate);
	if (node->reader)
		pcsc_session_abort(&client->session);
	up_read(&node->gate);
	/* Outside of the gate, for which the work may have to wait. */
	cancel_work_sync(&client->work);

	down_read(&node->gate);
	mutex_lock(&node->clients_lock);
	if (node->reader)
		pcsc_session_close(&client->session);
	list_del(&client->entry);
	mutex_unlock(&node->clients_lock);
	up_read(&node->gate);
	pcsc_buffer_free(&client->tx);
	pcsc_buffer_free(&client->rx);
	pcsc_buffer_free(&client->response);
	kfree(client);
}

static bool pcsc_client_try(struct pcsc_client *client)
{
	return !test_and_set_bit_lock(PCSC_CLIENT_BUSY, &client->flags);
}

/**
 * pcsc_client_take() - get PCSC_CLIENT_BUSY
 * @client: the client
 * @nonblock: do not wait for it
 * @killable: only a signal that ends the process interrupts the wait, and the
 *            commands until pcsc_client_give()
 *
 * Context: may sleep, for as long as a card takes.
 * Return: 0, -EAGAIN if it is not to be waited for, -ERESTARTSYS, -ENODEV.
 */
int pcsc_client_take(struct pcsc_client *client, bool nonblock, bool killable)
{
	struct pcsc_node *node = client->node;
	int ret;

	if (READ_ONCE(node->gone))
		return -ENODEV;
	if (!pcsc_client_try(client)) {
		if (nonblock)
			return -EAGAIN;
		if (killable)
			ret = wait_event_killable_exclusive(client->wait,
							    READ_ONCE(node->gone) ||
							    pcsc_client_try(client));
		else
			ret = wait_event_interruptible_exclusive(client->wait,
								 READ_ONCE(node->gone) ||
								 pcsc_client_try(client));
		if (ret)
			return ret;
		/* Then it may be ours or not, but is of no use any more. */
		if (READ_ONCE(node->gone))
			return -ENODEV;
	}
	client->session.killable = killable;
	pcsc_session_rearm(&client->session);
	return 0;
}

/**
 * pcsc_client_give() - give PCSC_CLIENT_BUSY back
 * @client: the client
 */
void pcsc_client_give(struct pcsc_client *client)
{
	clear_bit_unlock(PCSC_CLIENT_BUSY, &client->flags);
	/* The bit is clear before we look who waits for it. */
	smp_mb__after_atomic();
	wake_up(&client->wait);
}

/**
 * pcsc_client_room() - see to it that a buffer is large enough
 * @buf: the buffer, of a client who is busy; its contents are lost if it is not
 * @size: bytes that must fit
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int pcsc_client_room(struct pcsc_buffer *buf, size_t size)
{
	if (buf->size >= size && buf->data && !buf->lost)
		return 0;
	pcsc_buffer_free(buf);
	return pcsc_buffer_alloc_pages(buf, PAGE_ALIGN(size));
}

/**
 * pcsc_client_run() - run a command of the session
 * @client: the client, who is busy
 * @cmd: the command; a connect opens the session at the device
 *
 * Context: may sleep, for as long as the card takes.
 * Return: as pcsc_session_run(); -ENODEV if the reader is gone, -ENOTCONN if
 * the session was never connected, -EUSERS if there are too many.
 */
int pcsc_client_run(struct pcsc_client *client, struct pcsc_command *cmd)
{
	struct pcsc_node *node = client->node;
	int ret = 0;

	cmd->result = PCSC_S_SUCCESS;
	cmd->rx_len = 0;
	down_read(&node->gate);
	if (!node->reader) {
		ret = -ENODEV;
	} else if (cmd->op == PCSC_OP_CONNECT) {
		ret = pcsc_session_open(&client->session, cmd->timeout_ms, &cmd->result);
	} else if (!client->session.open && node->version >= 2) {
		cmd->result = PCSC_E_INVALID_HANDLE;
		ret = pcsc_errno(cmd->result);
	}
	if (!ret)
		ret = pcsc_session_run(&client->session, cmd);
	up_read(&node->gate);
	if (ret)
		return ret;
	if (cmd->op == PCSC_OP_DISCONNECT)
		client->connected = false;
	if (cmd->op == PCSC_OP_CONNECT || cmd->op == PCSC_OP_RECONNECT) {
		client->connected = true;
		client->protocol = cmd->protocol;
	}
	return 0;
}

/**
 * pcsc_client_cancel() - end the command that is under way
 * @client: the client; nothing happens if there is none
 *
 * Context: may sleep, but not for a card.
 * Return: 0, -ENODEV, -EOPNOTSUPP if the device cannot.
 */
int pcsc_client_cancel(struct pcsc_client *client)
{
	struct pcsc_node *node = client->node;
	int ret = -ENODEV;

	down_read(&node->gate);
	/* Where none is, the next one rearms the session before it starts. */
	if (node->reader)
		ret = pcsc_session_cancel(&client->session);
	up_read(&node->gate);
	return ret;
}

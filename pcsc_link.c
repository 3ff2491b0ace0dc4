// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The session that a reader's sysfs attributes share, and what it knows of its
 * card.  A card that left or was reset by somebody else is told apart from one
 * that never was connected, until the user connects again.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "pcsc_hex.h"
#include "pcsc_passthru.h"
#include "pcsc_reader.h"

/**
 * pcsc_link_look() - compare the connection with the reader's registers
 * @reader: the reader
 * @st: the registers, filled in
 * @link: a copy of the connection, filled in, or NULL
 *
 * A lost one is given up at the host, too, by @reader->drop.
 *
 * Context: any but interrupt.
 * Return: true if the connection was found to be lost just now.
 */
bool pcsc_link_look(struct pcsc_reader *reader, struct pcsc_slot_state *st,
		    struct pcsc_link *link)
{
	enum pcsc_link_state was;

	spin_lock(&reader->link_lock);
	reader->pc->ops->slot(reader->pc, reader->slot, st);
	was = reader->link.state;
	if (was == PCSC_LINK_UP) {
		if (!pcsc_session_alive(&reader->session))
			reader->link.state = PCSC_LINK_RESET;
		else if (!st->present || st->generation != reader->generation ||
			 st->state & (PCSC_STATE_UNAVAILABLE | PCSC_STATE_UNKNOWN))
			reader->link.state = PCSC_LINK_NONE;
		else if (reader->link.card && (!(st->state & PCSC_STATE_PRESENT) ||
					       st->events != reader->link.events))
			reader->link.state = PCSC_LINK_REMOVED;
	}
	if (link)
		*link = reader->link;
	was = was != reader->link.state;
	spin_unlock(&reader->link_lock);
	if (was)
		schedule_work(&reader->drop);
	return was;
}

static void pcsc_link_set(struct pcsc_reader *reader, enum pcsc_link_state state)
{
	spin_lock(&reader->link_lock);
	reader->link = (struct pcsc_link) { .state = state };
	spin_unlock(&reader->link_lock);
}

/* A failed command may tell that the card is not ours any more. */
static void pcsc_link_learn(struct pcsc_reader *reader, int error, u32 result)
{
	switch (result) {
	case PCSC_W_RESET_CARD:
	case PCSC_E_PROTO_MISMATCH:	/* it speaks another one since */
		pcsc_link_set(reader, PCSC_LINK_RESET);
		break;
	case PCSC_W_REMOVED_CARD:
	case PCSC_E_NO_SMARTCARD:
		pcsc_link_set(reader, PCSC_LINK_REMOVED);
		break;
	case PCSC_E_INVALID_HANDLE:
	case PCSC_E_NO_SERVICE:
	case PCSC_E_SERVICE_STOPPED:
	case PCSC_E_UNKNOWN_READER:
	case PCSC_E_READER_UNAVAILABLE:
		pcsc_link_set(reader, PCSC_LINK_NONE);
		break;
	default:
		if (error == -ECONNRESET)
			pcsc_link_set(reader, PCSC_LINK_RESET);
	}
}

/* Why a reader that is not connected cannot transmit */
static int pcsc_link_error(struct pcsc_reader *reader, enum pcsc_link_state state)
{
	if (!reader->pc->ops->service(reader->pc))
		return -EHOSTDOWN;
	switch (state) {
	case PCSC_LINK_UP:
		return 0;
	case PCSC_LINK_RESET:
		return -ECONNRESET;
	case PCSC_LINK_REMOVED:
		return -ENOLINK;
	default:
		return -ENOTCONN;
	}
}

static int pcsc_link_release(struct pcsc_reader *reader, u32 disposition)
{
	struct pcsc_command cmd = {
		.op = PCSC_OP_DISCONNECT,
		.timeout_ms = READ_ONCE(reader->timeout_ms),
		.disposition = disposition,
	};
	int ret;

	if (!reader->held || !pcsc_session_alive(&reader->session)) {
		reader->held = false;
		return 0;
	}
	ret = pcsc_session_run(&reader->session, &cmd);
	if (!ret || cmd.result == PCSC_E_INVALID_HANDLE)
		reader->held = false;
	/* Whoever has no card, no service or no reader is disconnected. */
	switch (cmd.result) {
	case PCSC_E_INVALID_HANDLE:
	case PCSC_W_REMOVED_CARD:
	case PCSC_W_RESET_CARD:
	case PCSC_E_NO_SMARTCARD:
	case PCSC_E_NO_SERVICE:
	case PCSC_E_SERVICE_STOPPED:
	case PCSC_E_UNKNOWN_READER:
	case PCSC_E_READER_UNAVAILABLE:
		return 0;
	}
	return ret == -ECONNRESET ? 0 : ret;
}

/**
 * pcsc_link_drop() - give up the host's handle of a connection that was lost
 * @work: &pcsc_reader.drop
 *
 * A card that went took the connection along, but the host keeps the handle, and
 * would show the next card as shared.
 *
 * Context: may sleep, until a command that is under way returns.
 */
void pcsc_link_drop(struct work_struct *work)
{
	struct pcsc_reader *reader = container_of(work, struct pcsc_reader, drop);
	struct pcsc_slot_state st;
	struct pcsc_link link;

	/* Not for signals, which no worker gets: a card may be busy for long. */
	if (mutex_lock_interruptible(&reader->lock))
		return;
	pcsc_link_look(reader, &st, &link);
	if (link.state != PCSC_LINK_UP)
		pcsc_link_release(reader, PCSC_LEAVE_CARD);
	mutex_unlock(&reader->lock);
}

static int pcsc_link_connect_locked(struct pcsc_reader *reader)
{
	struct pcsc_command cmd = {
		.op = PCSC_OP_CONNECT,
		.timeout_ms = READ_ONCE(reader->timeout_ms),
		.share = READ_ONCE(reader->share),
		.protocols = READ_ONCE(reader->protocols),
	};
	struct pcsc_slot_state st;
	struct pcsc_link link;
	int ret;

	pcsc_link_look(reader, &st, &link);
	if (link.state == PCSC_LINK_UP)
		return 0;
	if (!reader->rx.data) {
		ret = pcsc_buffer_alloc(&reader->rx, reader->pc->dev,
					reader->pc->max_length);
		if (ret)
			return ret;
	}
	ret = pcsc_session_open(&reader->session, cmd.timeout_ms, &cmd.result);
	if (ret)
		return ret;
	/* The handle of a lost card is still ours at the host. */
	ret = pcsc_link_release(reader, PCSC_LEAVE_CARD);
	if (ret)
		return ret;
	ret = pcsc_session_run(&reader->session, &cmd);
	if (ret) {
		pcsc_link_set(reader, PCSC_LINK_NONE);
		return ret;
	}
	reader->held = true;

	/* The device brought the registers up to date before it answered. */
	spin_lock(&reader->link_lock);
	reader->pc->ops->slot(reader->pc, reader->slot, &st);
	reader->link = (struct pcsc_link) {
		.state = PCSC_LINK_UP,
		.card = cmd.share != PCSC_SHARE_DIRECT || st.state & PCSC_STATE_PRESENT,
		.events = st.events,
		.protocol = cmd.protocol,
		.atr_len = cmd.atr_len,
	};
	memcpy(reader->link.atr, cmd.atr, cmd.atr_len);
	spin_unlock(&reader->link_lock);
	return 0;
}

/**
 * pcsc_link_connect() - connect the sysfs session with the card
 * @reader: the reader; nothing happens if it is connected
 *
 * Context: may sleep, for as long as the card takes.
 * Return: 0, or as pcsc_session_run().
 */
int pcsc_link_connect(struct pcsc_reader *reader)
{
	int ret;

	if (mutex_lock_interruptible(&reader->lock))
		return -ERESTARTSYS;
	ret = pcsc_link_connect_locked(reader);
	mutex_unlock(&reader->lock);
	pcsc_reader_notify(reader);
	return ret;
}

/**
 * pcsc_link_disconnect() - disconnect the sysfs session from the card
 * @reader: the reader; nothing happens if it is not connected
 *
 * Context: may sleep, for as long as the card takes.
 * Return: 0, or as pcsc_session_run().
 */
int pcsc_link_disconnect(struct pcsc_reader *reader)
{
	int ret;

	if (mutex_lock_interruptible(&reader->lock))
		return -ERESTARTSYS;
	ret = pcsc_link_release(reader, READ_ONCE(reader->disposition));
	if (!ret)
		pcsc_link_set(reader, PCSC_LINK_NONE);
	mutex_unlock(&reader->lock);
	pcsc_reader_notify(reader);
	return ret;
}

static int pcsc_link_transmit_locked(struct pcsc_reader *reader,
				     struct pcsc_buffer *tx, size_t len)
{
	struct pcsc_command cmd = {
		.op = PCSC_OP_TRANSMIT,
		.timeout_ms = READ_ONCE(reader->timeout_ms),
		.tx = tx,
		.tx_len = len,
		.rx = &reader->rx,
		.rx_size = reader->rx.size,
	};
	struct pcsc_slot_state st;
	struct pcsc_link link;
	int ret;

	pcsc_link_look(reader, &st, &link);
	if (link.state != PCSC_LINK_UP)
		return pcsc_link_error(reader, link.state);
	memzero_explicit(reader->rx.data, reader->response_len);
	reader->response_len = 0;
	ret = pcsc_session_run(&reader->session, &cmd);
	if (!ret) {
		reader->response_len = cmd.rx_len;
		return 0;
	}
	pcsc_link_learn(reader, ret, cmd.result);
	schedule_work(&reader->drop);
	/* A card pulled out in mid-command first looks like one that fails. */
	pcsc_link_look(reader, &st, &link);
	if ((ret == -EREMOTEIO || ret == -ECOMM) && link.state == PCSC_LINK_REMOVED)
		ret = -ENOLINK;
	return ret;
}

/**
 * pcsc_link_transmit() - send a command to the card
 * @reader: the reader; the response stays there
 * @tx: the command
 * @len: its length
 *
 * Context: may sleep, for as long as the card takes.
 * Return: 0; -ENOTCONN if the session is not connected, -ENOLINK if its card
 * went, -ECONNRESET if its card was reset, -EHOSTDOWN if it is not connected
 * and there is no service; else as pcsc_session_run().
 */
int pcsc_link_transmit(struct pcsc_reader *reader, struct pcsc_buffer *tx,
		       size_t len)
{
	int ret;

	if (mutex_lock_interruptible(&reader->lock))
		return -ERESTARTSYS;
	ret = pcsc_link_transmit_locked(reader, tx, len);
	mutex_unlock(&reader->lock);
	return ret;
}

/**
 * pcsc_link_response() - get a piece of the last response, as text
 * @reader: the reader
 * @pos: the first character wanted
 * @text: where it goes; no NUL is added
 * @size: room there
 *
 * Context: may sleep: a transmission under way is waited for.
 * Return: the number of characters, 0 at the end; -ERESTARTSYS.
 */
ssize_t pcsc_link_response(struct pcsc_reader *reader, size_t pos, char *text,
			   size_t size)
{
	size_t n;

	if (mutex_lock_interruptible(&reader->lock))
		return -ERESTARTSYS;
	n = pcsc_hex_encode(reader->rx.data, reader->response_len, pos, text, size);
	mutex_unlock(&reader->lock);
	return n;
}

/**
 * pcsc_link_ask() - run a command that needs the reader but no session
 * @reader: the reader
 * @cmd: PCSC_OP_READER_NAME or PCSC_OP_READER_ATR
 *
 * Context: may sleep, but no card delays the answer.
 * Return: as pcsc_session_run().
 */
int pcsc_link_ask(struct pcsc_reader *reader, struct pcsc_command *cmd)
{
	return pcsc_session_run(&reader->session, cmd);
}

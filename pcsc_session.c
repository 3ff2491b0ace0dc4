// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Sessions, whatever the register interface below them.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "pcsc_errno.h"
#include "pcsc_passthru.h"

/**
 * pcsc_session_init() - make a session that the device does not know yet
 * @session: to be filled in
 * @pc: its controller
 * @slot: its reader's slot
 * @generation: the generation of the reader that is meant
 */
void pcsc_session_init(struct pcsc_session *session, struct pcsc_controller *pc,
		       u32 slot, u32 generation)
{
	*session = (struct pcsc_session) {
		.pc = pc,
		.slot = slot,
		.generation = generation,
	};
}

/**
 * pcsc_session_alive() - whether the device knows the session
 * @session: the session
 *
 * A reset of the device ends all of them behind their owners' backs.
 *
 * Context: any.
 * Return: true if it does.
 */
bool pcsc_session_alive(struct pcsc_session *session)
{
	return session->open && session->pc->ops->alive(session);
}

/**
 * pcsc_session_open() - make the device know the session
 * @session: the session; nothing happens if it is open
 * @timeout_ms: of the command
 * @result: answer: PCSC_S_SUCCESS, or why the device refused
 *
 * Context: may sleep; not against itself or pcsc_session_close().
 * Return: 0, -EUSERS if there are too many sessions, or as
 * pcsc_session_run().
 */
int pcsc_session_open(struct pcsc_session *session, u32 timeout_ms, u32 *result)
{
	int ret;

	*result = PCSC_S_SUCCESS;
	if (pcsc_session_alive(session))
		return 0;
	session->open = false;
	ret = session->pc->ops->open(session, timeout_ms, result);
	if (ret)
		return ret;
	session->open = true;
	return 0;
}

/**
 * pcsc_session_run() - run a command of a session
 * @session: the session
 * @cmd: the command; its answer is filled in
 *
 * Several may run at once; those of one session are done in the order in which
 * they were started.  On return the device has let go of @cmd's buffers.
 *
 * Context: may sleep, for as long as the card takes.
 * Return: 0 if the device answered PCSC_S_SUCCESS, else the errno of
 * @cmd->result; or, with @cmd->result zero,
 * -ERESTARTSYS if a signal came before the device had the command,
 * -EINTR if one came while it had it (it was then cancelled), -ETIMEDOUT if it,
 * or those whose turn came first, took too long,
 * -ENODEV if the reader's user was told to go, -ECONNRESET if the device was
 * reset, -EMSGSIZE if the command is too long, -EBADMSG if the answer makes no
 * sense, -EIO if the device is out of order.
 */
int pcsc_session_run(struct pcsc_session *session, struct pcsc_command *cmd)
{
	int ret;

	cmd->result = PCSC_S_SUCCESS;
	cmd->rx_len = 0;
	cmd->atr_len = 0;
	if (cmd->tx_len > session->pc->max_length)
		return -EMSGSIZE;
	if (cmd->tx)
		cmd->tx->dev = session->pc->dev;
	if (cmd->rx)
		cmd->rx->dev = session->pc->dev;
	ret = session->pc->ops->execute(session, cmd);
	return ret ? ret : pcsc_errno(cmd->result);
}

/**
 * pcsc_session_cancel() - cancel the commands of a session
 * @session: the session
 *
 * They return -ECANCELED soon, and so does what is started before
 * pcsc_session_rearm().
 *
 * Context: may sleep.
 * Return: 0, or -EOPNOTSUPP if the interface cannot.
 */
int pcsc_session_cancel(struct pcsc_session *session)
{
	return session->pc->ops->cancel(session);
}

/**
 * pcsc_session_rearm() - forget that a command was cancelled
 * @session: the session, none of whose commands runs
 */
void pcsc_session_rearm(struct pcsc_session *session)
{
	WRITE_ONCE(session->cancelled, false);
}

/**
 * pcsc_session_abort() - make the commands of a session return soon
 * @session: the session
 *
 * They, and all that are started later, return -ENODEV, without waiting for a
 * card as far as the interface can.
 *
 * Context: may sleep.
 */
void pcsc_session_abort(struct pcsc_session *session)
{
	session->pc->ops->abort(session);
}

/**
 * pcsc_session_close() - end the session at the device
 * @session: the session, none of whose commands runs; nothing happens if it is
 *           not open
 *
 * The host resets a card that is still connected.  Nobody waits for that.
 *
 * Context: may sleep.
 */
void pcsc_session_close(struct pcsc_session *session)
{
	if (pcsc_session_alive(session))
		session->pc->ops->close(session);
	session->open = false;
}

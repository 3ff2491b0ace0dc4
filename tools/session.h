/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * From choosing a reader to giving the card back, as the options say.
 */
#ifndef SESSION_H
#define SESSION_H

#include "device.h"
#include "options.h"

struct session {
	struct device device;
	struct link link;
	bool transaction;
	uint32_t disposition;
};

/**
 * session_begin() - chooses the reader, connects, begins a transaction if that is asked
 * @session: the result
 * @options: reader, share mode, protocols, time-out, disposition, transaction
 * @reader: in place of the one in @options, or NULL
 * @share: PCSC_SHARE_* if the options have none
 * @disposition: likewise
 *
 * Return: STATUS_OK, or a failure that has been told; then nothing is held.
 */
enum status session_begin(struct session *session, const struct options *options,
			  const char *reader, uint32_t share, uint32_t disposition);

/**
 * session_end() - gives the card back
 * @status: of what was done
 *
 * If a signal interrupted that, the device is only closed: the host then resets the
 * card, and this does not wait for it.
 *
 * Return: @status, or the failure to do it.
 */
enum status session_end(struct session *session, enum status status);

/* "T=1" and the like */
const char *session_protocol(const struct session *session);

#endif /* SESSION_H */

// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Holding a card, see session.h.
 */
#include "readers.h"
#include "session.h"
#include "stop.h"

enum status session_begin(struct session *session, const struct options *options,
			  const char *reader, uint32_t share, uint32_t disposition)
{
	enum status status;

	*session = (struct session){
		.link.share = options->share ? options->share : share,
		.link.protocols = options->protocols,
		.disposition = options->disposition == DISPOSITION_DEFAULT ? disposition :
			       options->disposition,
	};
	/* The reader alone speaks no protocol. */
	if (session->link.share == PCSC_SHARE_DIRECT)
		session->link.protocols = 0;
	status = readers_choose(&session->device, reader ? reader : options->reader,
				session->link.share != PCSC_SHARE_DIRECT);
	if (status)
		return status;
	session->device.timeout = options->timeout;
	status = device_connect(&session->device, &session->link);
	if (!status && options->transaction) {
		status = device_begin(&session->device);
		session->transaction = !status;
	}
	if (!status && options->verbose)
		say("reader %u: connected, %s%s", session->device.number,
		    session_protocol(session),
		    session->transaction ? ", in a transaction" : "");
	if (status)
		device_close(&session->device);
	return status;
}

enum status session_end(struct session *session, enum status status)
{
	enum status end = STATUS_OK;

	/* A card that is lost cannot be given back, and one command has failed already. */
	if (!status || status == STATUS_MISMATCH || status == STATUS_USAGE) {
		if (session->transaction && !stop_signal())
			end = device_end(&session->device);
		if (!end && !stop_signal())
			end = device_disconnect(&session->device, session->disposition);
	}
	device_close(&session->device);
	return status ? status : end;
}

const char *session_protocol(const struct session *session)
{
	switch (session->link.protocol) {
	case PCSC_PROTOCOL_T0:
		return "T=0";
	case PCSC_PROTOCOL_T1:
		return "T=1";
	case PCSC_PROTOCOL_RAW:
		return "raw";
	case PCSC_PROTOCOL_T15:
		return "T=15";
	default:
		return "no protocol";
	}
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * What the driver's errnos mean to a user, see failure.h.  The errnos are those of
 * Documentation/ABI.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"
#include "stop.h"
#include "text.h"

static const struct failure {
	int error;
	enum status status;
	const char *text;
	const char *advice;
} failures[] = {
	{ ENODEV, STATUS_NO_READER, "the reader has left",
	  "see 'pcsc-reader list'" },
	{ ENXIO, STATUS_NO_READER, "the reader has left",
	  "see 'pcsc-reader list'" },
	{ ENOENT, STATUS_NO_READER, "no such reader",
	  "see 'pcsc-reader list'" },
	{ ENOMEDIUM, STATUS_NO_CARD, "no card in the reader",
	  "insert one; 'pcsc-reader monitor' shows when it is there" },
	{ EBUSY, STATUS_BUSY, "somebody else is using the card",
	  "wait for the other program, or share the card with it (--share shared)" },
	{ EUSERS, STATUS_BUSY, "no more sessions are to be had",
	  "end another program that uses a reader" },
	{ ENOLINK, STATUS_CARD_LOST, "the card has been removed",
	  "insert it and start anew" },
	{ ECONNRESET, STATUS_CARD_LOST, "somebody else has reset the card",
	  "start anew; --transaction or --share exclusive keeps others away" },
	{ EREMOTEIO, STATUS_CARD_LOST, "the card did not answer; it may have been removed",
	  "look at 'pcsc-reader status', then start anew" },
	{ ESHUTDOWN, STATUS_CARD_LOST, "the card has no power",
	  "'pcsc-reader reset' gives it some; or take it out and insert it again" },
	{ ENOTCONN, STATUS_CARD_LOST, "the connection with the card is gone",
	  "start anew" },
	{ ETIMEDOUT, STATUS_TIMEOUT, "no answer in time",
	  "allow more with --timeout MS" },
	{ EHOSTDOWN, STATUS_NO_SERVICE, "the host's PC/SC service does not run",
	  "start pcscd on the host" },
	{ EACCES, STATUS_PERMISSION, "permission denied",
	  "become root or a member of the device's group (ls -l /dev/pcsc_reader*)" },
	{ EPERM, STATUS_PERMISSION, "permission denied",
	  "become root or a member of the device's group (ls -l /dev/pcsc_reader*)" },
	{ EPROTO, STATUS_OTHER, "the card does not know that protocol",
	  "try --protocol any, or 'pcsc-reader reset' if another was chosen before" },
	{ ETIME, STATUS_OTHER, "the card gives no answer to reset",
	  "is it the right way round?" },
	{ EMEDIUMTYPE, STATUS_OTHER, "the reader does not know such cards", NULL },
	{ EOPNOTSUPP, STATUS_OTHER, "the reader or the host cannot do that, or may not", NULL },
	{ EOVERFLOW, STATUS_OTHER, "the answer is too long", NULL },
	{ EMSGSIZE, STATUS_OTHER, "too long for the device", NULL },
	{ ECANCELED, STATUS_OTHER, "cancelled", NULL },
	{ EINTR, STATUS_OTHER, "interrupted; the card may have had the command", NULL },
	{ ERANGE, STATUS_USAGE, "the time-out is longer than the device allows",
	  "'pcsc-reader status -v' shows the longest" },
	{ EAGAIN, STATUS_OTHER, "the reader is not ready", "try again" },
};

static const struct failure *find(int error)
{
	static const struct failure other = { 0, STATUS_OTHER, NULL, NULL };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(failures); i++)
		if (failures[i].error == error)
			return &failures[i];
	return &other;
}

enum status failure_status(int error)
{
	return find(error)->status;
}

enum status failure_say(unsigned int reader, const char *what, int error, uint32_t result)
{
	const struct failure *failure = find(error);
	const char *text = failure->text ? failure->text : strerror(error);
	const char *advice = failure->advice;
	char host[32] = "";

	/* This one the driver itself gives, and a host that forbids it. */
	if (error == EACCES && result) {
		text = "the host or the card does not allow it";
		advice = NULL;
	}
	if (result)
		snprintf(host, sizeof(host), " (host: 0x%08X)", (unsigned int)result);
	/* Who ended us knows it. */
	if (error != EINTR || !stop_signal())
		say("reader %u: %s: %s%s%s%s", reader, what, text, host,
		    advice ? "\npcsc-reader: " : "", advice ? advice : "");
	return failure->status;
}

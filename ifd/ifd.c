// SPDX-License-Identifier: BSD-2-Clause
/*
 * An IFD handler (API 3) by which a pcscd in the guest has the readers of
 * /dev/pcsc_readerN: the functions that pcscd calls.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stdio.h>
#include <string.h>

#include <ifdhandler.h>
#include <reader.h>

#include "card.h"
#include "control.h"
#include "slot.h"
#include "watch.h"

#define EXPORT __attribute__((visibility("default")))

/*
 * DEVICENAME is the path of a node and, behind a colon, how to connect. The
 * colon also tells pcscd that the node need not be there yet.
 */
EXPORT RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName)
{
	char path[sizeof(((struct slot *)0)->path)];
	const char *colon = strrchr(DeviceName, ':');
	size_t length = colon ? (size_t)(colon - DeviceName) :
				strlen(DeviceName);
	bool exclusive = colon && !strcmp(colon, ":exclusive");

	if (colon && !exclusive && strcmp(colon, ":shared"))
		return IFD_COMMUNICATION_ERROR;
	if (!length || length >= sizeof(path))
		return IFD_COMMUNICATION_ERROR;
	memcpy(path, DeviceName, length);
	path[length] = '\0';
	return slot_create(Lun, path, exclusive);
}

/* Without a DEVICENAME, CHANNELID is the number of the reader. */
EXPORT RESPONSECODE IFDHCreateChannel(DWORD Lun, DWORD Channel)
{
	char path[sizeof(((struct slot *)0)->path)];

	snprintf(path, sizeof(path), "/dev/pcsc_reader%lu", Channel);
	return slot_create(Lun, path, false);
}

EXPORT RESPONSECODE IFDHCloseChannel(DWORD Lun)
{
	return slot_remove(Lun);
}

static RESPONSECODE give(const void *what, DWORD size, PUCHAR value,
			 PDWORD length)
{
	if (*length < size)
		return IFD_ERROR_INSUFFICIENT_BUFFER;
	memcpy(value, what, size);
	*length = size;
	return IFD_SUCCESS;
}

EXPORT RESPONSECODE IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length,
					PUCHAR Value)
{
	static const UCHAR one = 1, many = SLOTS_MAX;
	RESPONSECODE (*const wait)(DWORD, int) = watch_wait;
	RESPONSECODE (*const stop)(DWORD) = watch_stop;
	RESPONSECODE rc;
	struct slot *s;

	if (!Length || !Value)
		return IFD_COMMUNICATION_ERROR;
	switch (Tag) {
	case TAG_IFD_THREAD_SAFE:
	case TAG_IFD_SLOT_THREAD_SAFE:
	case TAG_IFD_SLOTS_NUMBER:
		return give(&one, sizeof(one), Value, Length);
	case TAG_IFD_SIMULTANEOUS_ACCESS:
		return give(&many, sizeof(many), Value, Length);
	case TAG_IFD_POLLING_THREAD_WITH_TIMEOUT:
		return give(&wait, sizeof(wait), Value, Length);
	case TAG_IFD_STOP_POLLING_THREAD:
		return give(&stop, sizeof(stop), Value, Length);
	}
	s = slot_get(Lun);
	if (!s)
		return IFD_NO_SUCH_DEVICE;
	rc = attribute_get(s, Tag, Value, Length);
	slot_put(s);
	return rc;
}

EXPORT RESPONSECODE IFDHSetCapabilities(DWORD Lun, DWORD Tag, DWORD Length,
					PUCHAR Value)
{
	struct slot *s = slot_get(Lun);
	RESPONSECODE rc;

	if (!s)
		return IFD_NO_SUCH_DEVICE;
	rc = attribute_set(s, Tag, Value, Length);
	slot_put(s);
	return rc;
}

/* pcscd never asks for more than a protocol: flags and PTS bytes are 0. */
EXPORT RESPONSECODE IFDHSetProtocolParameters(DWORD Lun, DWORD Protocol,
					      UCHAR Flags, UCHAR PTS1,
					      UCHAR PTS2, UCHAR PTS3)
{
	struct slot *s;
	RESPONSECODE rc;

	(void)PTS1;
	(void)PTS2;
	(void)PTS3;
	if (Flags)
		return IFD_NOT_SUPPORTED;
	s = slot_get(Lun);
	if (!s)
		return IFD_NO_SUCH_DEVICE;
	rc = card_protocol(s, Protocol);
	slot_put(s);
	return rc;
}

EXPORT RESPONSECODE IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr,
				 PDWORD AtrLength)
{
	struct slot *s = slot_get(Lun);
	RESPONSECODE rc = IFD_NOT_SUPPORTED;

	if (!s)
		return IFD_NO_SUCH_DEVICE;
	if (Action == IFD_POWER_DOWN)
		rc = card_power_down(s);
	else if (!Atr || !AtrLength)
		rc = IFD_COMMUNICATION_ERROR;
	else if (Action == IFD_POWER_UP)
		rc = card_power_up(s, Atr, AtrLength);
	else if (Action == IFD_RESET)
		rc = card_reset(s, Atr, AtrLength);
	slot_put(s);
	return rc;
}

EXPORT RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci,
				      PUCHAR TxBuffer, DWORD TxLength,
				      PUCHAR RxBuffer, PDWORD RxLength,
				      PSCARD_IO_HEADER RecvPci)
{
	struct slot *s;
	RESPONSECODE rc;

	if (!RxLength)
		return IFD_COMMUNICATION_ERROR;
	s = slot_get(Lun);
	if (!s) {
		*RxLength = 0;
		return IFD_NO_SUCH_DEVICE;
	}
	/* Here 0 and 1 are protocols' numbers, but raw is its bit. */
	rc = card_transmit(s, SendPci.Protocol == SCARD_PROTOCOL_RAW, TxBuffer,
			   TxLength, RxBuffer, RxLength);
	if (RecvPci)
		RecvPci->Protocol = SendPci.Protocol;
	slot_put(s);
	return rc;
}

EXPORT RESPONSECODE IFDHControl(DWORD Lun, DWORD dwControlCode, PUCHAR TxBuffer,
				DWORD TxLength, PUCHAR RxBuffer, DWORD RxLength,
				LPDWORD pdwBytesReturned)
{
	struct slot *s;
	RESPONSECODE rc;

	if (!pdwBytesReturned)
		return IFD_COMMUNICATION_ERROR;
	*pdwBytesReturned = 0;
	s = slot_get(Lun);
	if (!s)
		return IFD_NO_SUCH_DEVICE;
	rc = control(s, dwControlCode, TxBuffer, TxLength, RxBuffer, RxLength,
		     pdwBytesReturned);
	slot_put(s);
	return rc;
}

EXPORT RESPONSECODE IFDHICCPresence(DWORD Lun)
{
	struct slot *s = slot_get(Lun);
	bool present;

	if (!s)
		return IFD_NO_SUCH_DEVICE;
	present = slot_present(s);
	slot_put(s);
	return present ? IFD_ICC_PRESENT : IFD_ICC_NOT_PRESENT;
}

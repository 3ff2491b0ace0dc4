// SPDX-License-Identifier: BSD-2-Clause
/*
 * Control codes and attributes: the host's, where it allows that, and the one
 * feature that is the handler's own, the length of an APDU (PC/SC part 10).
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <arpa/inet.h>
#include <string.h>

#include <reader.h>

#include "card.h"
#include "control.h"

/* The handler's control code for its properties; of no meaning at the host. */
#define OUR_PROPERTIES SCARD_CTL_CODE(0x504353)

/* What an extended APDU has around its data: header, Lc, Le; a status word. */
#define APDU_FRAME (4 + 3 + 3 + 2)
#define APDU_DATA_MAX 65536

static bool allowed(struct slot *s)
{
	struct pcsc_ioc_info info;

	return slot_info(s, &info) && (info.features & PCSC_INFO_CONTROL);
}

static RESPONSECODE pass_on(struct slot *s, DWORD code, const void *tx,
			    DWORD tx_len, void *rx, DWORD rx_len, DWORD *done)
{
	struct card_request r = {
		.request = PCSC_IOC_CONTROL,
		.code = code,
		.tx = tx,
		.tx_len = tx_len,
		.rx = rx,
		.rx_len = rx_len,
	};
	RESPONSECODE rc = card_ask(s, &r);

	if (rc == IFD_SUCCESS)
		*done = r.rx_len;
	return rc;
}

/* Whether a list of features has the properties of the reader. */
static bool has_properties(const uint8_t *list, DWORD length)
{
	while (length >= sizeof(PCSC_TLV_STRUCTURE)) {
		if (list[0] == FEATURE_GET_TLV_PROPERTIES)
			return true;
		list += sizeof(PCSC_TLV_STRUCTURE);
		length -= sizeof(PCSC_TLV_STRUCTURE);
	}
	return false;
}

/* The host's features, and ours behind them. */
static RESPONSECODE features(struct slot *s, const void *tx, DWORD tx_len,
			     uint8_t *rx, DWORD rx_len, DWORD *done)
{
	PCSC_TLV_STRUCTURE ours = {
		.tag = FEATURE_GET_TLV_PROPERTIES,
		.length = sizeof(ours.value),
		.value = htonl(OUR_PROPERTIES),
	};
	DWORD length = 0;

	if (allowed(s)) {
		RESPONSECODE rc = pass_on(s, CM_IOCTL_GET_FEATURE_REQUEST, tx,
					  tx_len, rx, rx_len, &length);

		if (rc == IFD_ERROR_INSUFFICIENT_BUFFER)
			return rc;
		/* A list that is none, or a reader without one. */
		if (rc != IFD_SUCCESS || length % sizeof(ours))
			length = 0;
	}
	if (!has_properties(rx, length)) {
		if (rx_len - length < sizeof(ours))
			return IFD_ERROR_INSUFFICIENT_BUFFER;
		memcpy(rx + length, &ours, sizeof(ours));
		length += sizeof(ours);
	}
	*done = length;
	return IFD_SUCCESS;
}

/* The longest data of an APDU; 0 is for a reader of short ones only. */
static uint32_t data_max(uint32_t max_length)
{
	if (max_length >= APDU_DATA_MAX + APDU_FRAME)
		return APDU_DATA_MAX;
	return max_length > 256 + APDU_FRAME ? max_length - APDU_FRAME : 0;
}

static RESPONSECODE properties(struct slot *s, uint8_t *rx, DWORD rx_len,
			       DWORD *done)
{
	uint8_t tlv[] = { PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize, 4,
			  0, 0, 0, 0 };
	struct pcsc_ioc_info info;
	uint32_t size;

	if (!slot_info(s, &info))
		return IFD_COMMUNICATION_ERROR;
	if (rx_len < sizeof(tlv))
		return IFD_ERROR_INSUFFICIENT_BUFFER;
	size = data_max(info.max_length);
	/* Numbers are little-endian in here, though not in the list of features. */
	for (int i = 0; i < 4; i++)
		tlv[2 + i] = size >> 8 * i;
	memcpy(rx, tlv, sizeof(tlv));
	*done = sizeof(tlv);
	return IFD_SUCCESS;
}

RESPONSECODE control(struct slot *s, DWORD code, const void *tx, DWORD tx_len,
		     void *rx, DWORD rx_len, DWORD *done)
{
	*done = 0;
	if ((tx_len && !tx) || (rx_len && !rx))
		return IFD_COMMUNICATION_ERROR;
	switch (code) {
	case CM_IOCTL_GET_FEATURE_REQUEST:
		return features(s, tx, tx_len, rx, rx_len, done);
	case OUR_PROPERTIES:
		return properties(s, rx, rx_len, done);
	default:
		if (!allowed(s))
			return IFD_ERROR_NOT_SUPPORTED;
		return pass_on(s, code, tx, tx_len, rx, rx_len, done);
	}
}

RESPONSECODE attribute_get(struct slot *s, DWORD tag, uint8_t *value,
			   DWORD *length)
{
	struct card_request r = {
		.request = PCSC_IOC_GET_ATTRIB,
		.code = tag,
		.rx = value,
		.rx_len = *length,
	};
	uint8_t atr[MAX_ATR_SIZE];
	RESPONSECODE rc;

	switch (tag) {
	case TAG_IFD_ATR:
	case SCARD_ATTR_ATR_STRING:
		r.rx_len = slot_atr(s, atr);
		if (r.rx_len > *length)
			return IFD_ERROR_INSUFFICIENT_BUFFER;
		memcpy(value, atr, r.rx_len);
		*length = r.rx_len;
		return IFD_SUCCESS;
	/* By these names the guest's programs connect: they are its pcscd's. */
	case SCARD_ATTR_DEVICE_FRIENDLY_NAME_A:
	case SCARD_ATTR_DEVICE_FRIENDLY_NAME_W:
	case SCARD_ATTR_DEVICE_SYSTEM_NAME_A:
	case SCARD_ATTR_DEVICE_SYSTEM_NAME_W:
		return IFD_ERROR_TAG;
	}
	/* What is below is between pcscd and its handlers. */
	if (tag < SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_INFO, 0))
		return IFD_ERROR_TAG;
	rc = card_ask(s, &r);
	*length = r.rx_len;
	return rc == IFD_NOT_SUPPORTED ? IFD_ERROR_TAG : rc;
}

RESPONSECODE attribute_set(struct slot *s, DWORD tag, const uint8_t *value,
			   DWORD length)
{
	struct card_request r = {
		.request = PCSC_IOC_SET_ATTRIB,
		.code = tag,
		.tx = value,
		.tx_len = length,
	};
	RESPONSECODE rc;

	if (tag < SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_INFO, 0) || !allowed(s))
		return IFD_ERROR_TAG;
	rc = card_ask(s, &r);
	return rc == IFD_NOT_SUPPORTED ? IFD_ERROR_TAG : rc;
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * APDUs, control codes and features.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <arpa/inet.h>
#include <string.h>

#include "test.h"

static const SCARD_IO_HEADER t1 = { .Protocol = 1 };

static RESPONSECODE transmit(DWORD room, DWORD *len)
{
	static UCHAR rx[16];

	*len = room;
	return IFDHTransmitToICC(LUN, t1, (PUCHAR)"\1\2\3\4", 4, rx, len, NULL);
}

static void lost(LONG result, RESPONSECODE rc, RESPONSECODE presence, const char *what)
{
	DWORD len;

	test_power_up();
	test_fail_next(PCSC_IOC_TRANSMIT, result);
	gives(transmit(16, &len), rc, what);
	ok(!len, "without an answer");
	gives(IFDHICCPresence(LUN), presence, "its card");
}

void test_transmit(void)
{
	UCHAR rx[16];
	DWORD len;

	test_power_up();
	gives(transmit(16, &len), IFD_SUCCESS, "an APDU");
	ok(len == 6, "its answer");
	only_asked(PCSC_IOC_TRANSMIT, 0, 0, "is one command");
	test_lie_next(PCSC_IOC_TRANSMIT, 17);
	gives(transmit(16, &len), IFD_COMMUNICATION_ERROR, "an answer longer than its room");
	ok(!len, "is none");
	len = 16;
	gives(IFDHTransmitToICC(LUN, t1, NULL, 4, rx, &len, NULL), IFD_COMMUNICATION_ERROR,
	      "no command");
	gives(IFDHTransmitToICC(LUN, t1, rx, 1, rx, NULL, NULL), IFD_COMMUNICATION_ERROR,
	      "no length");
	len = 16;
	gives(IFDHTransmitToICC(LUN + 0x10000, t1, rx, 4, rx, &len, NULL),
	      IFD_NO_SUCH_DEVICE, "no reader");
	ok(!len, "no answer");

	/* Somebody has a transaction: it is waited for, and the command sent again. */
	seen_clear();
	test_fail_next(PCSC_IOC_TRANSMIT, SCARD_E_SHARING_VIOLATION);
	gives(transmit(16, &len), IFD_SUCCESS, "an APDU in another's transaction");
	ok(seen_count == 4 && seen[0].request == PCSC_IOC_TRANSMIT &&
	   seen[1].request == PCSC_IOC_BEGIN && seen[2].request == PCSC_IOC_TRANSMIT &&
	   seen[3].request == PCSC_IOC_END && !seen[3].disposition,
	   "takes one of its own");
	IFDHPowerICC(LUN, IFD_POWER_DOWN, NULL, NULL);
	gives(transmit(16, &len), IFD_COMMUNICATION_ERROR, "an APDU without power");

	lost(SCARD_W_REMOVED_CARD, IFD_ICC_NOT_PRESENT, IFD_ICC_NOT_PRESENT,
	     "a card that left");
	lost(SCARD_W_RESET_CARD, IFD_COMMUNICATION_ERROR, IFD_ICC_NOT_PRESENT,
	     "a card that somebody reset");
	lost(SCARD_E_TIMEOUT, IFD_RESPONSE_TIMEOUT, IFD_ICC_NOT_PRESENT,
	     "a card that is too slow");
	lost(SCARD_E_NOT_TRANSACTED, IFD_COMMUNICATION_ERROR, IFD_ICC_PRESENT,
	     "an APDU that failed");
	lost(SCARD_E_INSUFFICIENT_BUFFER, IFD_COMMUNICATION_ERROR, IFD_ICC_PRESENT,
	     "no room, and no word of how much it takes");
	test_power_up();
	fake_remove(0);
	gives(transmit(16, &len), IFD_ICC_NOT_PRESENT, "a reader that left");
}

static RESPONSECODE ask(DWORD code, UCHAR *rx, DWORD room, DWORD *len)
{
	return IFDHControl(LUN, code, (PUCHAR)"\1\2", 2, rx, room, len);
}

/* The host's answer to the request for features: one of its own, maybe ours */
static UCHAR host_feature;
static int host_features(unsigned int number, unsigned long request, void *argument)
{
	struct pcsc_ioc_transfer *t = argument;
	PCSC_TLV_STRUCTURE f = { .tag = host_feature, .length = 4,
				 .value = htonl(0x42000001) };

	(void)number;
	if (request != PCSC_IOC_CONTROL)
		return 0;
	/* All who ask for features here have room for one. */
	memcpy((void *)(uintptr_t)t->rx, &f, sizeof(f));
	t->rx_len = sizeof(f);
	return 0;
}

void test_control(void)
{
	UCHAR rx[64];
	PCSC_TLV_STRUCTURE *f = (PCSC_TLV_STRUCTURE *)rx;
	DWORD len = 7, code;

	test_power_up();
	gives(ask(SCARD_CTL_CODE(77), rx, sizeof(rx), &len), IFD_ERROR_NOT_SUPPORTED,
	      "a control code that the host forbids");
	ok(!seen_count && !len, "nobody is asked");
	gives(ask(CM_IOCTL_GET_FEATURE_REQUEST, rx, sizeof(rx), &len), IFD_SUCCESS,
	      "features");
	ok(!seen_count && len == sizeof(*f) && f->tag == FEATURE_GET_TLV_PROPERTIES,
	   "there is one, of our own");
	code = ntohl(f->value);
	gives(ask(CM_IOCTL_GET_FEATURE_REQUEST, rx, sizeof(*f) - 1, &len),
	      IFD_ERROR_INSUFFICIENT_BUFFER, "no room for it");
	gives(ask(code, rx, sizeof(rx), &len), IFD_SUCCESS, "properties");
	ok(len == 6 && rx[0] == PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize && rx[1] == 4 &&
	   !rx[2] && !rx[3] && rx[4] == 1 && !rx[5], "65536 bytes in an APDU");
	gives(ask(code, rx, 5, &len), IFD_ERROR_INSUFFICIENT_BUFFER, "no room for them");

	test_power_up_with_control();
	gives(ask(SCARD_CTL_CODE(77), rx, sizeof(rx), &len), IFD_SUCCESS,
	      "a control code that the host allows");
	only_asked(PCSC_IOC_CONTROL, 0, 0, "the host is asked");
	test_lie_next(PCSC_IOC_CONTROL, 65);
	gives(ask(SCARD_CTL_CODE(77), rx, sizeof(rx), &len), IFD_COMMUNICATION_ERROR,
	      "an answer longer than its room");
	ok(!len, "is none");
	test_lie_next(PCSC_IOC_CONTROL, 7);
	gives(ask(CM_IOCTL_GET_FEATURE_REQUEST, rx, sizeof(rx), &len), IFD_SUCCESS,
	      "a list of features that is none");
	ok(len == sizeof(*f), "is left out");

	fake_hook(host_features);
	host_feature = FEATURE_VERIFY_PIN_DIRECT;
	gives(ask(CM_IOCTL_GET_FEATURE_REQUEST, rx, sizeof(rx), &len), IFD_SUCCESS,
	      "the host's features");
	ok(len == 2 * sizeof(*f) && f[0].tag == host_feature &&
	   f[1].tag == FEATURE_GET_TLV_PROPERTIES, "and ours behind them");
	gives(ask(CM_IOCTL_GET_FEATURE_REQUEST, rx, sizeof(*f), &len),
	      IFD_ERROR_INSUFFICIENT_BUFFER, "room for the host's alone");
	host_feature = FEATURE_GET_TLV_PROPERTIES;
	gives(ask(CM_IOCTL_GET_FEATURE_REQUEST, rx, sizeof(rx), &len), IFD_SUCCESS,
	      "properties of the host's own");
	ok(len == sizeof(*f) && ntohl(f->value) == 0x42000001, "are left alone");
}

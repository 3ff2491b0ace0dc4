// SPDX-License-Identifier: BSD-2-Clause
/*
 * Channels, capabilities, power and protocols.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <string.h>

#include "test.h"

static void channels(void)
{
	char longest[200];

	test_start();
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	gives(IFDHCreateChannelByName(LUN, "/dev/pcsc_reader0:both"),
	      IFD_COMMUNICATION_ERROR, "a way to connect that there is not");
	gives(IFDHCreateChannelByName(LUN, longest), IFD_COMMUNICATION_ERROR,
	      "a path that is too long");
	gives(IFDHCreateChannelByName(LUN, ":shared"), IFD_COMMUNICATION_ERROR, "no path");
	gives(IFDHCreateChannelByName(LUN + 1, "/dev/pcsc_reader0"),
	      IFD_COMMUNICATION_ERROR, "a second slot of a reader");
	gives(IFDHCreateChannelByName(0x400000, "/dev/pcsc_reader0"),
	      IFD_COMMUNICATION_ERROR, "a reader too many");
	gives(test_channel(""), IFD_SUCCESS, "a channel");
	gives(test_channel(""), IFD_COMMUNICATION_ERROR, "twice");
	gives(IFDHICCPresence(LUN), IFD_ICC_PRESENT, "its card");
	gives(IFDHCloseChannel(LUN), IFD_SUCCESS, "its end");
	gives(IFDHCloseChannel(LUN), IFD_COMMUNICATION_ERROR, "twice");
	gives(IFDHICCPresence(LUN), IFD_NO_SUCH_DEVICE, "a card without a channel");
	fake_remove(0);
	gives(test_channel(""), IFD_SUCCESS, "a reader to come");
	gives(IFDHICCPresence(LUN), IFD_ICC_NOT_PRESENT, "has no card");
	IFDHCloseChannel(LUN);
	ok(!fake_open_files(), "no file stays open");
}

static void capabilities(void)
{
	UCHAR value[16];
	DWORD len = 1;

	test_power_up();
	gives(IFDHGetCapabilities(LUN, TAG_IFD_SLOTS_NUMBER, &len, value), IFD_SUCCESS,
	      "slots");
	ok(len == 1 && value[0] == 1, "one");
	gives(IFDHGetCapabilities(LUN, TAG_IFD_SLOT_THREAD_SAFE, &len, value), IFD_SUCCESS,
	      "threads");
	ok(value[0] == 1, "are welcome");
	len = 1;
	gives(IFDHGetCapabilities(LUN, TAG_IFD_POLLING_THREAD_WITH_TIMEOUT, &len, value),
	      IFD_ERROR_INSUFFICIENT_BUFFER, "no room for a pointer");
	len = sizeof(value);
	gives(IFDHGetCapabilities(LUN, TAG_IFD_ATR, &len, value), IFD_SUCCESS, "the ATR");
	ok(len == 3 && value[0] == 0x3b, "it is that");
	len = 2;
	gives(IFDHGetCapabilities(LUN, TAG_IFD_ATR, &len, value),
	      IFD_ERROR_INSUFFICIENT_BUFFER, "no room for it");
	len = sizeof(value);
	gives(IFDHGetCapabilities(LUN, SCARD_ATTR_DEVICE_FRIENDLY_NAME, &len, value),
	      IFD_ERROR_TAG, "the name is pcscd's");
	test_lie_next(PCSC_IOC_STATE, 200);
	len = sizeof(value);
	gives(IFDHGetCapabilities(LUN, TAG_IFD_ATR, &len, value), IFD_SUCCESS,
	      "an ATR that cannot be");
	ok(!len, "is none");
	test_lie_next(PCSC_IOC_GET_ATTRIB, 0xffffffff);
	len = sizeof(value);
	gives(IFDHGetCapabilities(LUN, SCARD_ATTR_VENDOR_NAME, &len, value),
	      IFD_COMMUNICATION_ERROR, "an attribute that is longer than its room");
}

static void power_cycle(const char *how, uint32_t share, uint32_t farewell)
{
	UCHAR atr[MAX_ATR_SIZE], rx[16];
	SCARD_IO_HEADER pci = { .Protocol = 1 };
	DWORD len = sizeof(atr);

	test_start();
	diag("a channel to the reader%s", how);
	test_channel(how);
	gives(IFDHPowerICC(LUN, IFD_POWER_UP, atr, &len), IFD_SUCCESS, "power up");
	only_asked(PCSC_IOC_CONNECT, share, 0, "is a connect");
	ok(len == 3 && atr[0] == 0x3b, "and has the ATR");
	len = sizeof(atr);
	gives(IFDHPowerICC(LUN, IFD_POWER_UP, atr, &len), IFD_SUCCESS, "once more");
	only_asked(PCSC_IOC_RECONNECT, share, SCARD_UNPOWER_CARD, "is a cold reset");
	len = sizeof(atr);
	gives(IFDHPowerICC(LUN, IFD_RESET, atr, &len), IFD_SUCCESS, "reset");
	only_asked(PCSC_IOC_RECONNECT, share, SCARD_RESET_CARD, "is that");
	gives(IFDHPowerICC(LUN, IFD_POWER_DOWN, NULL, NULL), IFD_SUCCESS, "power down");
	only_asked(PCSC_IOC_DISCONNECT, 0, SCARD_LEAVE_CARD, "leaves a card as it was");
	len = sizeof(atr);
	IFDHPowerICC(LUN, IFD_POWER_UP, atr, &len);
	len = sizeof(rx);
	IFDHTransmitToICC(LUN, pci, (PUCHAR)"\1\2\3\4", 4, rx, &len, NULL);
	seen_clear();
	IFDHPowerICC(LUN, IFD_POWER_DOWN, NULL, NULL);
	only_asked(PCSC_IOC_DISCONNECT, 0, farewell, "but one that was used forgets it");
	len = 2;
	gives(IFDHPowerICC(LUN, IFD_POWER_UP, atr, &len), IFD_ERROR_POWER_ACTION,
	      "no room for the ATR");
	IFDHPowerICC(LUN, IFD_POWER_DOWN, NULL, NULL);
	test_lie_next(PCSC_IOC_CONNECT, 34);
	len = sizeof(atr);
	gives(IFDHPowerICC(LUN, IFD_POWER_UP, atr, &len), IFD_ERROR_POWER_ACTION,
	      "an ATR that cannot be");
	ok(!len, "is none");
	test_fail_next(PCSC_IOC_CONNECT, SCARD_W_UNRESPONSIVE_CARD);
	len = sizeof(atr);
	gives(IFDHPowerICC(LUN, IFD_POWER_UP, atr, &len), IFD_ERROR_POWER_ACTION,
	      "a mute card");
	gives(IFDHPowerICC(LUN, 77, atr, &len), IFD_NOT_SUPPORTED, "another action");
}

static void protocols(void)
{
	test_power_up();
	gives(IFDHSetProtocolParameters(LUN, SCARD_PROTOCOL_T1, 0, 0, 0, 0), IFD_SUCCESS,
	      "the card's protocol");
	ok(!seen_count, "nobody is asked");
	gives(IFDHSetProtocolParameters(LUN, SCARD_PROTOCOL_T0, 0, 0, 0, 0),
	      IFD_PROTOCOL_NOT_SUPPORTED, "another, which the card does not take");
	only_asked(PCSC_IOC_RECONNECT, SCARD_SHARE_SHARED, SCARD_RESET_CARD,
		   "it was reset for that");
	gives(IFDHSetProtocolParameters(LUN, SCARD_PROTOCOL_RAW, 0, 0, 0, 0),
	      IFD_PROTOCOL_NOT_SUPPORTED, "none of the card's");
	gives(IFDHSetProtocolParameters(LUN, SCARD_PROTOCOL_T1, 1, 0x11, 0, 0),
	      IFD_NOT_SUPPORTED, "a speed");
}

void test_power(void)
{
	channels();
	capabilities();
	power_cycle("", SCARD_SHARE_SHARED, SCARD_RESET_CARD);
	power_cycle(":shared", SCARD_SHARE_SHARED, SCARD_RESET_CARD);
	power_cycle(":exclusive", SCARD_SHARE_EXCLUSIVE, SCARD_UNPOWER_CARD);
	protocols();
}

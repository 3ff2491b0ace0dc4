// SPDX-License-Identifier: BSD-2-Clause
/*
 * The IFD handler on readers of our own: what it asks of the driver for each thing that
 * pcscd wants, and what it makes of answers, honest or not.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "test.h"

struct seen seen[SEEN_MAX];
unsigned int seen_count;

static unsigned long fail_request, lie_request;
static uint32_t fail_result, lie_length;

static int note(unsigned int number, unsigned long request, void *argument)
{
	struct pcsc_ioc_connect *connect = argument;
	struct pcsc_ioc_end *end = argument;
	struct pcsc_ioc_state *state = argument;
	struct pcsc_ioc_transfer *t = argument;
	struct seen s = { .request = request };

	(void)number;
	switch (request) {
	case PCSC_IOC_INFO:
		return 0;
	case PCSC_IOC_STATE:
		if (lie_request == request)
			state->atr_len = lie_length;
		return 0;
	case PCSC_IOC_CONNECT:
	case PCSC_IOC_RECONNECT:
		s.share = connect->share;
		s.disposition = connect->disposition;
		if (lie_request == request)
			connect->atr_len = lie_length;
		break;
	case PCSC_IOC_DISCONNECT:
	case PCSC_IOC_END:
		s.disposition = end->disposition;
		break;
	default:
		if (lie_request == request)
			t->rx_len = lie_length;
	}
	if (lie_request == request)
		lie_request = 0;
	if (seen_count < SEEN_MAX)
		seen[seen_count++] = s;
	if (fail_request != request)
		return 0;
	fail_request = 0;
	/* All of them have it in the same place. */
	end->result = fail_result;
	return -EIO;
}

void test_fail_next(unsigned long request, LONG result)
{
	fail_request = request;
	fail_result = (uint32_t)result;
}

void test_lie_next(unsigned long request, uint32_t length)
{
	lie_request = request;
	lie_length = length;
}

void seen_clear(void)
{
	seen_count = 0;
}

void gives(RESPONSECODE rc, RESPONSECODE wanted, const char *what)
{
	ok(rc == wanted, "%s: %ld", what, wanted);
	if (rc != wanted)
		diag("it is %ld", rc);
}

void only_asked(unsigned long request, uint32_t share, uint32_t disposition, const char *what)
{
	ok(seen_count == 1 && seen[0].request == request && seen[0].share == share &&
	   seen[0].disposition == disposition, "%s", what);
	if (seen_count != 1)
		diag("it asked %u times", seen_count);
	seen_clear();
}

void test_start(void)
{
	IFDHCloseChannel(LUN);
	fake_reset();
	fake_add(0);
	fail_request = 0;
	lie_request = 0;
	fake_hook(note);
	seen_clear();
}

RESPONSECODE test_channel(const char *how)
{
	char name[100];

	snprintf(name, sizeof(name), "%s/pcsc_reader0%s", fake_directory(), how);
	return IFDHCreateChannelByName(LUN, name);
}

static void power_up(void)
{
	UCHAR atr[MAX_ATR_SIZE];
	DWORD len = sizeof(atr);

	if (test_channel("") || IFDHPowerICC(LUN, IFD_POWER_UP, atr, &len))
		ok(false, "a card under power");
	seen_clear();
}

void test_power_up(void)
{
	test_start();
	power_up();
}

void test_power_up_with_control(void)
{
	test_start();
	fake_allow_control(true);
	power_up();
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	ktap_begin();
	test_power();
	test_transmit();
	test_control();
	test_watch();
	return ktap_end();
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * Usage: winscard-test [--apdus N]
 *
 * Calls all of winscard, and says what came of it. On the host's own pcsc-lite it
 * proves that it wants what pcsc-lite does; then it judges other implementations.
 * --apdus: how many the threads send. The word WORLD of the environment is what
 * "card insert 4 test" and such are said to.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "test.h"

SCARDCONTEXT context;
const char *names[READERS_MAX];
unsigned int readers;

bool returns(LONG rv, LONG wanted, const char *what)
{
	ok(rv == wanted, "%s: 0x%08X", what, (unsigned int)wanted);
	if (rv != wanted)
		diag("it is 0x%08X", (unsigned int)rv);
	return rv == wanted;
}

SCARDHANDLE card_connect(SCARDCONTEXT in, int reader, DWORD share)
{
	SCARDHANDLE card;
	DWORD protocol;
	LONG rv = SCARD_S_SUCCESS;
	int tries;

	/* A card that another test left is reset, and that takes a moment. */
	for (tries = 0; tries < 50; tries++) {
		rv = SCardConnect(in, names[reader], share, SCARD_PROTOCOL_T1, &card,
				  &protocol);
		if (rv == SCARD_S_SUCCESS)
			return card;
		nap(100);
	}
	ok(false, "a connection to reader %d: 0x%08X", reader, (unsigned int)rv);
	exit(ktap_end());
}

LONG card_send(SCARDHANDLE card, const void *tx, DWORD tx_len, BYTE *rx, DWORD *rx_len)
{
	return SCardTransmit(card, SCARD_PCI_T1, tx, tx_len, NULL, rx, rx_len);
}

LONG card_echo(SCARDHANDLE card)
{
	BYTE rx[8];
	DWORD len = sizeof(rx);
	LONG rv = card_send(card, ECHO, ECHO_LEN, rx, &len);

	if (rv == SCARD_S_SUCCESS && (len != 3 || memcmp(rx, "\x42\x90", 3)))
		return SCARD_F_INTERNAL_ERROR;
	return rv;
}

bool world(const char *what)
{
	char command[200];

	snprintf(command, sizeof(command), "%s %s >/dev/null", getenv("WORLD"), what);
	return !system(command);
}

void nap(unsigned int ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000L }, NULL);
}

static void get_names(void)
{
	DWORD len = SCARD_AUTOALLOCATE;
	char *all = NULL, *name;

	if (SCardListReaders(context, NULL, (LPSTR)&all, &len) != SCARD_S_SUCCESS)
		return;
	/* Kept as long as the program. */
	for (name = all; *name && readers < READERS_MAX; name += strlen(name) + 1)
		names[readers++] = name;
}

int main(int argc, char **argv)
{
	unsigned int apdus = 2000;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--apdus") && i + 1 < argc)
			apdus = strtoul(argv[++i], NULL, 0);
		else
			return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	ktap_begin();
	if (!returns(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context),
		     SCARD_S_SUCCESS, "a context"))
		return ktap_end();
	get_names();
	ok(readers == 10, "ten readers");
	if (readers <= EMPTY)
		return ktap_end();
	test_contexts();
	test_lists();
	test_connect();
	test_status();
	test_transmit();
	test_attributes();
	test_control();
	test_sharing();
	test_resets();
	test_transactions();
	test_change();
	test_events();
	test_processes();
	test_threads(apdus);
	test_texts();
	returns(SCardReleaseContext(context), SCARD_S_SUCCESS, "the end of the context");
	return ktap_end();
}

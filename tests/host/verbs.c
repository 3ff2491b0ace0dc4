// SPDX-License-Identifier: BSD-2-Clause
/*
 * What scard can do. See verbs.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "hex.h"
#include "pcsc-names.h"
#include "service.h"
#include "verbs.h"

struct connect_options opt = {
	.share = SCARD_SHARE_SHARED,
	.protocols = SCARD_PROTOCOL_ANY,
	.disposition = SCARD_LEAVE_CARD,
};

static struct service service;
static SCARDHANDLE handle;
static DWORD active;

static uint8_t command[MAX_BUFFER_SIZE_EXTENDED];
static uint8_t response[MAX_BUFFER_SIZE_EXTENDED];

/* Says which call failed with which result. */
static int failed(const char *call, LONG rv)
{
	fflush(stdout);
	fprintf(stderr, "scard: %s: %s\n", call, pcsc_error_name(rv));
	return EXIT_FAILED;
}

static int bad_apdu(void)
{
	fflush(stdout);
	fprintf(stderr, "scard: not an APDU in hex, or too long\n");
	return EXIT_USAGE;
}

int open_service(void)
{
	LONG rv = service_open(&service);

	return rv == SCARD_S_SUCCESS ? EXIT_OK : failed(service.call, rv);
}

const char *find_reader(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end != text && !*end) {
		if (n < service.count)
			return service.readers[n];
	} else {
		for (size_t i = 0; i < service.count; i++)
			if (!strcmp(service.readers[i], text))
				return service.readers[i];
	}
	failed("no such reader", SCARD_E_UNKNOWN_READER);
	return NULL;
}

void close_service(void)
{
	service_close(&service);
}

static int connect_reader(const char *name)
{
	LONG rv = SCardConnect(service.context, name, opt.share,
			       opt.share == SCARD_SHARE_DIRECT ?
			       0 : opt.protocols, &handle, &active);

	return rv == SCARD_S_SUCCESS ? EXIT_OK : failed("SCardConnect", rv);
}

/* Disconnects after a verb that ended with @status. */
static int disconnect(int status)
{
	LONG rv = SCardDisconnect(handle, opt.disposition);

	if (rv != SCARD_S_SUCCESS && status == EXIT_OK)
		return failed("SCardDisconnect", rv);
	return status;
}

static void print_bytes(const char *label, const uint8_t *data, size_t len)
{
	fputs(label, stdout);
	hex_print(stdout, data, len);
	putchar('\n');
}

int do_list(void)
{
	for (size_t i = 0; i < service.count; i++)
		printf("%zu %s\n", i, service.readers[i]);
	return EXIT_OK;
}

int do_state(const char *name)
{
	SCARD_READERSTATE state = { .szReader = name };
	LONG rv = SCardGetStatusChange(service.context, 0, &state, 1);

	if (rv != SCARD_S_SUCCESS)
		return failed("SCardGetStatusChange", rv);
	printf("state: ");
	pcsc_print_event_state(stdout, state.dwEventState &
			       ~(DWORD)SCARD_STATE_CHANGED);
	printf("\nevents: %lu\n",
	       (unsigned long)(state.dwEventState >> 16 & 0xffff));
	print_bytes(state.cbAtr ? "atr: " : "atr:", state.rgbAtr, state.cbAtr);
	return EXIT_OK;
}

int do_wait(const char *name, DWORD wanted, long ms)
{
	LONG rv = service_wait(&service, name, wanted, ms);

	return rv == SCARD_S_SUCCESS ? EXIT_OK : failed(service.call, rv);
}

int do_status(const char *name, bool atr_only)
{
	uint8_t atr[MAX_ATR_SIZE];
	char reader[MAX_READERNAME];
	DWORD atr_len = sizeof(atr), name_len = sizeof(reader);
	DWORD state, protocol;
	LONG rv;

	if (connect_reader(name))
		return EXIT_FAILED;
	rv = SCardStatus(handle, reader, &name_len, &state, &protocol, atr,
			 &atr_len);
	if (rv != SCARD_S_SUCCESS)
		return disconnect(failed("SCardStatus", rv));
	if (!atr_only)
		printf("reader: %s\nflags: 0x%04lx\nprotocol: %s\natr:%s",
		       reader, (unsigned long)state & 0xffff,
		       pcsc_protocol_name(protocol), atr_len ? " " : "");
	print_bytes("", atr, atr_len);
	return disconnect(EXIT_OK);
}

/* Sends @command of @len bytes; the response is in @response. */
static LONG transmit(size_t len, DWORD *received)
{
	SCARD_IO_REQUEST pci = { active, sizeof(pci) };

	*received = sizeof(response);
	return SCardTransmit(handle, &pci, command, len, NULL, response,
			     received);
}

static int send_one(const char *hex)
{
	long len = hex_parse(hex, command, sizeof(command));
	DWORD received;
	LONG rv;

	if (len < 0)
		return bad_apdu();
	rv = transmit((size_t)len, &received);
	if (rv != SCARD_S_SUCCESS)
		return failed("SCardTransmit", rv);
	print_bytes("", response, received);
	return EXIT_OK;
}

int do_apdu(const char *name, int count, char **apdus)
{
	int status = connect_reader(name);
	char *line = NULL;
	size_t room = 0;

	if (status)
		return status;
	for (int i = 0; i < count && !status; i++) {
		if (strcmp(apdus[i], "-")) {
			status = send_one(apdus[i]);
			continue;
		}
		while (!status && getline(&line, &room, stdin) >= 0)
			status = send_one(line);
	}
	free(line);
	return disconnect(status);
}

static int compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int do_time(const char *name, long count, const char *hex)
{
	long len = hex_parse(hex, command, sizeof(command));
	int64_t *times;
	DWORD received;
	LONG rv;

	if (len < 0)
		return bad_apdu();
	if (connect_reader(name))
		return EXIT_FAILED;
	times = calloc((size_t)count, sizeof(*times));
	if (!times)
		return disconnect(failed("time", SCARD_E_NO_MEMORY));
	for (long i = 0; i < count; i++) {
		int64_t start = now_us();

		rv = transmit((size_t)len, &received);
		if (rv != SCARD_S_SUCCESS) {
			free(times);
			return disconnect(failed("SCardTransmit", rv));
		}
		times[i] = now_us() - start;
	}
	qsort(times, (size_t)count, sizeof(*times), compare_times);
	printf("%lld %lld %lld\n", (long long)times[0],
	       (long long)times[count / 2], (long long)times[count - 1]);
	free(times);
	return disconnect(EXIT_OK);
}

/*
 * SIGTERM ends it early: as for a client that dies, with a reset of the card if it was in
 * a transaction, but when this process is gone, pcscd has let the card go.
 */
int do_hold(const char *name, long ms, bool transaction)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };
	sigset_t term;
	LONG rv;

	if (connect_reader(name))
		return EXIT_FAILED;
	if (transaction) {
		rv = SCardBeginTransaction(handle);
		if (rv != SCARD_S_SUCCESS)
			return disconnect(failed("SCardBeginTransaction", rv));
	}
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	puts("held");
	fflush(stdout);
	if (sigtimedwait(&term, NULL, &ts) == SIGTERM && transaction)
		opt.disposition = SCARD_RESET_CARD;
	if (transaction) {
		rv = SCardEndTransaction(handle, opt.disposition);
		if (rv != SCARD_S_SUCCESS)
			return disconnect(failed("SCardEndTransaction", rv));
	}
	return disconnect(EXIT_OK);
}

int do_reset(const char *name)
{
	if (connect_reader(name))
		return EXIT_FAILED;
	opt.disposition = SCARD_RESET_CARD;
	return disconnect(EXIT_OK);
}


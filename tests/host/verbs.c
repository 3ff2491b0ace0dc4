// SPDX-License-Identifier: BSD-2-Clause
/*
 * What scard can do. See verbs.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hex.h"
#include "pcsc-names.h"
#include "verbs.h"

/* Readers that pcscd can have, with room for more. */
#define READERS_MAX	64

struct connect_options opt = {
	.share = SCARD_SHARE_SHARED,
	.protocols = SCARD_PROTOCOL_ANY,
	.disposition = SCARD_LEAVE_CARD,
};

static SCARDCONTEXT context;
static SCARDHANDLE handle;
static DWORD active;
/* All readers' names, as a multi-string, and where each one begins. */
static char *names;
static const char *readers[READERS_MAX];
static size_t reader_count;

static uint8_t command[MAX_BUFFER_SIZE_EXTENDED];
static uint8_t response[MAX_BUFFER_SIZE_EXTENDED];

/* Says which call failed with which result. */
static int failed(const char *call, LONG rv)
{
	fflush(stdout);
	fprintf(stderr, "scard: %s: %s\n", call, pcsc_error_name(rv));
	return EXIT_FAILED;
}

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static int bad_apdu(void)
{
	fflush(stdout);
	fprintf(stderr, "scard: not an APDU in hex, or too long\n");
	return EXIT_USAGE;
}

int open_service(void)
{
	DWORD size = 0;
	LONG rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL,
					&context);

	if (rv != SCARD_S_SUCCESS)
		return failed("SCardEstablishContext", rv);
	rv = SCardListReaders(context, NULL, NULL, &size);
	if (rv == SCARD_E_NO_READERS_AVAILABLE)
		return EXIT_OK;
	/* A reader may come between the two calls: have some room for it. */
	size += MAX_READERNAME;
	names = calloc(1, size + 1);
	if (!names)
		return failed("SCardListReaders", SCARD_E_NO_MEMORY);
	if (rv == SCARD_S_SUCCESS)
		rv = SCardListReaders(context, NULL, names, &size);
	if (rv != SCARD_S_SUCCESS)
		return failed("SCardListReaders", rv);
	for (const char *p = names; *p && reader_count < READERS_MAX;
	     p += strlen(p) + 1)
		readers[reader_count++] = p;
	return EXIT_OK;
}

const char *find_reader(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end != text && !*end) {
		if (n < reader_count)
			return readers[n];
	} else {
		for (size_t i = 0; i < reader_count; i++)
			if (!strcmp(readers[i], text))
				return readers[i];
	}
	failed("no such reader", SCARD_E_UNKNOWN_READER);
	return NULL;
}

void close_service(void)
{
	if (context)
		SCardReleaseContext(context);
	free(names);
}

static int connect_reader(const char *name)
{
	LONG rv = SCardConnect(context, name, opt.share,
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
	for (size_t i = 0; i < reader_count; i++)
		printf("%zu %s\n", i, readers[i]);
	return EXIT_OK;
}

int do_state(const char *name)
{
	SCARD_READERSTATE state = { .szReader = name };
	LONG rv = SCardGetStatusChange(context, 0, &state, 1);

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
	SCARD_READERSTATE state = { .szReader = name };
	int64_t end = now_us() + ms * 1000;

	for (;;) {
		int64_t left = (end - now_us()) / 1000;
		LONG rv = SCardGetStatusChange(context, left > 0 ? left : 0,
					       &state, 1);

		if (rv != SCARD_S_SUCCESS)
			return failed("SCardGetStatusChange", rv);
		if (state.dwEventState & wanted)
			return EXIT_OK;
		state.dwCurrentState = state.dwEventState;
	}
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

int do_hold(const char *name, long ms, bool transaction)
{
	LONG rv;

	if (connect_reader(name))
		return EXIT_FAILED;
	if (transaction) {
		rv = SCardBeginTransaction(handle);
		if (rv != SCARD_S_SUCCESS)
			return disconnect(failed("SCardBeginTransaction", rv));
	}
	puts("held");
	fflush(stdout);
	sleep_ms(ms);
	if (transaction) {
		rv = SCardEndTransaction(handle, SCARD_LEAVE_CARD);
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


// SPDX-License-Identifier: BSD-2-Clause
/*
 * A small winscard client for the host's side of tests: what a program on the
 * host sees and gets, to be compared with what the guest does, and a second
 * client that gets in the guest's way.
 *
 * Output is plain lines on stdout; a failure is one line on stderr with the
 * name of the winscard result.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <winscard.h>

#include "hex.h"
#include "pcsc-names.h"

enum exit_status {
	EXIT_OK,
	EXIT_FAILED,
	EXIT_USAGE,
};

/* Readers that pcscd can have, with room for more. */
#define READERS_MAX	64

static struct {
	DWORD share;
	DWORD protocols;
	DWORD disposition;
} opt = {
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

static const char usage_text[] =
"usage: scard [options] VERB [ARGUMENTS]\n"
"A winscard client for tests. N is a reader's number in the list or its name.\n"
"\n"
"  list                          readers: number and name\n"
"  state N                       state, event counter, ATR\n"
"  wait N present|absent MS      wait for a card event, at most MS milliseconds\n"
"  atr N                         connect and show the ATR\n"
"  status N                      connect and show protocol and SCardStatus flags\n"
"  apdu N HEX...                 connect, send each APDU (- reads them from\n"
"                                stdin, one a line), show each response\n"
"  time N COUNT HEX              send one APDU COUNT times; microseconds:\n"
"                                smallest, median, largest\n"
"  hold N MS                     connect, say \"held\", disconnect after MS\n"
"  lock N MS                     the same, with a transaction around\n"
"  reset N                       connect and disconnect with a reset\n"
"\n"
"  -s, --share exclusive|shared|direct             how to connect (shared)\n"
"  -p, --protocol t0|t1|any|raw                    protocols (any)\n"
"  -d, --disposition leave|reset|unpower|eject     at the end (leave)\n"
"  -h, --help                                      this text\n"
"\n"
"Ends with 0, or 1 after a failure, or 2 for wrong usage.\n";

static int usage_error(const char *what, const char *value)
{
	fprintf(stderr, "scard: %s%s%s\n%s", what, value ? ": " : "",
		value ? value : "", usage_text);
	return EXIT_USAGE;
}

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

static bool parse_number(const char *text, long min, long max, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	return !errno && end != text && !*end && *value >= min && *value <= max;
}

/* Opens the context and reads the list. Return: an exit status. */
static int open_service(void)
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

/* The reader called @text, by number or name; NULL and a message: none. */
static const char *find_reader(const char *text)
{
	long n;

	if (parse_number(text, 0, READERS_MAX - 1, &n)) {
		if ((size_t)n < reader_count)
			return readers[n];
	} else {
		for (size_t i = 0; i < reader_count; i++)
			if (!strcmp(readers[i], text))
				return readers[i];
	}
	failed("no such reader", SCARD_E_UNKNOWN_READER);
	return NULL;
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

static int do_list(void)
{
	for (size_t i = 0; i < reader_count; i++)
		printf("%zu %s\n", i, readers[i]);
	return EXIT_OK;
}

static int do_state(const char *name)
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

static int do_wait(const char *name, DWORD wanted, long ms)
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

static int do_status(const char *name, bool atr_only)
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
		return usage_error("not an APDU", NULL);
	rv = transmit((size_t)len, &received);
	if (rv != SCARD_S_SUCCESS)
		return failed("SCardTransmit", rv);
	print_bytes("", response, received);
	return EXIT_OK;
}

static int do_apdu(const char *name, int count, char **apdus)
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

static int do_time(const char *name, long count, const char *hex)
{
	long len = hex_parse(hex, command, sizeof(command));
	int64_t *times;
	DWORD received;
	LONG rv;

	if (len < 0)
		return usage_error("not an APDU", NULL);
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

static int do_hold(const char *name, long ms, bool transaction)
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

static int do_reset(const char *name)
{
	if (connect_reader(name))
		return EXIT_FAILED;
	opt.disposition = SCARD_RESET_CARD;
	return disconnect(EXIT_OK);
}

/* A verb and how many arguments it takes, the reader included. */
static const struct verb {
	const char *name;
	int min, max;
} verbs[] = {
	{ "list", 0, 0 },
	{ "state", 1, 1 },
	{ "wait", 3, 3 },
	{ "atr", 1, 1 },
	{ "status", 1, 1 },
	{ "apdu", 2, 1000000 },
	{ "time", 3, 3 },
	{ "hold", 2, 2 },
	{ "lock", 2, 2 },
	{ "reset", 1, 1 },
};

static int run(const char *verb, int argc, char **argv)
{
	const char *name;
	long number = 0;
	DWORD wanted = 0;
	int status;

	/* Everything that can be wrong without pcscd is found without it. */
	if (!strcmp(verb, "wait")) {
		if (!strcmp(argv[1], "present"))
			wanted = SCARD_STATE_PRESENT;
		else if (!strcmp(argv[1], "absent"))
			wanted = SCARD_STATE_EMPTY;
		else
			return usage_error("not present or absent", argv[1]);
	}
	if (!strcmp(verb, "wait") || !strcmp(verb, "hold") ||
	    !strcmp(verb, "lock")) {
		if (!parse_number(argv[argc - 1], 0, 100000000, &number))
			return usage_error("not a time", argv[argc - 1]);
	}
	if (!strcmp(verb, "time") &&
	    !parse_number(argv[1], 1, 10000000, &number))
		return usage_error("not a count", argv[1]);

	status = open_service();
	if (status)
		return status;
	if (!strcmp(verb, "list"))
		return do_list();
	name = find_reader(argv[0]);
	if (!name)
		return EXIT_FAILED;
	if (!strcmp(verb, "state"))
		return do_state(name);
	if (!strcmp(verb, "wait"))
		return do_wait(name, wanted, number);
	if (!strcmp(verb, "atr") || !strcmp(verb, "status"))
		return do_status(name, !strcmp(verb, "atr"));
	if (!strcmp(verb, "apdu"))
		return do_apdu(name, argc - 1, argv + 1);
	if (!strcmp(verb, "time"))
		return do_time(name, number, argv[2]);
	if (!strcmp(verb, "reset"))
		return do_reset(name);
	return do_hold(name, number, !strcmp(verb, "lock"));
}

/* Finds @text among @words and stores its value. Return: found or not. */
static bool pick(const char *text, DWORD *value, const char *const *words,
		 const DWORD *values)
{
	for (; *words; words++, values++) {
		if (!strcmp(text, *words)) {
			*value = *values;
			return true;
		}
	}
	return false;
}

/* Return: -1 to go on, otherwise the exit status. */
static int parse_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "share", required_argument, NULL, 's' },
		{ "protocol", required_argument, NULL, 'p' },
		{ "disposition", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static const char *const shares[] = {
		"exclusive", "shared", "direct", NULL };
	static const DWORD share_values[] = {
		SCARD_SHARE_EXCLUSIVE, SCARD_SHARE_SHARED, SCARD_SHARE_DIRECT };
	static const char *const protocols[] = {
		"t0", "t1", "any", "raw", NULL };
	static const DWORD protocol_values[] = {
		SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1, SCARD_PROTOCOL_ANY,
		SCARD_PROTOCOL_RAW };
	static const char *const ends[] = {
		"leave", "reset", "unpower", "eject", NULL };
	static const DWORD end_values[] = {
		SCARD_LEAVE_CARD, SCARD_RESET_CARD, SCARD_UNPOWER_CARD,
		SCARD_EJECT_CARD };
	int c;

	while ((c = getopt_long(argc, argv, "+s:p:d:h", longs, NULL)) >= 0) {
		bool ok = false;

		switch (c) {
		case 's':
			ok = pick(optarg, &opt.share, shares, share_values);
			break;
		case 'p':
			ok = pick(optarg, &opt.protocols, protocols,
				  protocol_values);
			break;
		case 'd':
			ok = pick(optarg, &opt.disposition, ends, end_values);
			break;
		case 'h':
			fputs(usage_text, stdout);
			return EXIT_OK;
		default:
			fputs(usage_text, stderr);
			return EXIT_USAGE;
		}
		if (!ok)
			return usage_error("wrong value", optarg);
	}
	return -1;
}

int main(int argc, char **argv)
{
	int status = parse_options(argc, argv);

	if (status >= 0)
		return status;
	argc -= optind + 1;
	argv += optind;
	if (argc < 0)
		return usage_error("no verb", NULL);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[0], verbs[i].name))
			continue;
		if (argc < verbs[i].min || argc > verbs[i].max)
			return usage_error("wrong number of arguments",
					   argv[0]);
		status = run(argv[0], argc, argv + 1);
		if (context)
			SCardReleaseContext(context);
		free(names);
		return status;
	}
	return usage_error("no such verb", argv[0]);
}

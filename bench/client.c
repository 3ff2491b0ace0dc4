// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is measured, on the host and in guests: round trips of APDUs to the test
 * card on one of several ways. Prints plain numbers; whoever called judges them.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

/* So many round trips come first and are not counted. */
#define WARM_UP		100
/* Between two attempts to reach a card that is not there yet */
#define RETRY_US	5000

static const char usage_text[] =
"usage: client run WAY READER BYTES COUNT\n"
"       client many WAY READERS BYTES MS [FIRST]\n"
"       client gap WAY READER MS [pin]\n"
"       client first WAY READER\n"
"\n"
"run    COUNT round trips of an ECHO of BYTES; a line with the ns of each\n"
"many   the same at once on READERS readers, for MS; a line with the number of\n"
"       round trips of each; FIRST is the first of them\n"
"gap    a card that takes MS to answer; the longest time, in us, that a process\n"
"       which sleeps 1 ms at a time did not come back, without and with the\n"
"       card; pin: the card's process on CPU 0, the other on CPU 1\n"
"first  try until a card answers an APDU\n"
"\n"
"WAY is cdev, sysfs or winscard, READER a number from 0.\n";

#ifdef WITH_WINSCARD
static const struct way *const ways[] = { &way_cdev, &way_sysfs, &way_winscard };
#else
static const struct way *const ways[] = { &way_cdev, &way_sysfs };
#endif

static uint8_t apdu[APDU_ROOM];

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

size_t echo_apdu(uint8_t *out, size_t bytes)
{
	size_t n = 0;

	out[n++] = 0x80;
	out[n++] = 0xe0;
	out[n++] = 0;
	out[n++] = 0;
	if (bytes > 255) {
		out[n++] = 0;
		out[n++] = (uint8_t)(bytes >> 8);
	}
	if (bytes)
		out[n++] = (uint8_t)bytes;
	for (size_t i = 0; i < bytes; i++)
		out[n++] = (uint8_t)(i * 7 + 1);
	return n;
}

bool apdu_ok(const struct way *way, const uint8_t *command, size_t len,
	     size_t wanted)
{
	const uint8_t *data;
	size_t got;

	way->prepare(command, len);
	if (!way->exchange())
		return false;
	got = way->answer(&data);
	return got == wanted + 2 && data[wanted] == 0x90 && !data[wanted + 1];
}

/*
 * A card that another client has just reset refuses the first command of a session
 * that began before; pcscd in a guest keeps such sessions for a while.
 */
bool open_and_try(const struct way *way, unsigned int reader)
{
	static const uint8_t ping[] = { 0x80, 0xe0, 0x00, 0x00 };

	for (int tries = 0; tries < 3; tries++) {
		if (!way->open(reader, false))
			return false;
		if (apdu_ok(way, ping, sizeof(ping), 0))
			return true;
		way->close();
	}
	fprintf(stderr, "client: %s: the card does not answer\n", way->name);
	return false;
}

int do_run(const struct way *way, unsigned int reader, size_t bytes,
	   unsigned long count)
{
	size_t len = echo_apdu(apdu, bytes);
	uint64_t *took = calloc(count, sizeof(*took));
	const uint8_t *sent = apdu + len - bytes;

	if (!took || !open_and_try(way, reader))
		return 1;
	for (unsigned long i = 0; i < count + WARM_UP; i++) {
		const uint8_t *data;
		uint64_t start;
		size_t got;

		way->prepare(apdu, len);
		start = now_ns();
		if (!way->exchange()) {
			fprintf(stderr, "client: %s: no answer to number %lu: %s\n",
				way->name, i, strerror(errno));
			return 1;
		}
		if (i >= WARM_UP)
			took[i - WARM_UP] = now_ns() - start;
		got = way->answer(&data);
		if (got != bytes + 2 || memcmp(data, sent, bytes)) {
			fprintf(stderr, "client: %s: a wrong answer of %zu bytes\n",
				way->name, got);
			return 1;
		}
	}
	way->close();
	for (unsigned long i = 0; i < count; i++)
		printf("%llu\n", (unsigned long long)took[i]);
	free(took);
	return 0;
}

static int do_first(const struct way *way, unsigned int reader)
{
	static const uint8_t ping[] = { 0x80, 0xe0, 0x00, 0x00 };

	for (;;) {
		if (way->open(reader, true)) {
			if (apdu_ok(way, ping, sizeof(ping), 0))
				break;
			way->close();
		}
		usleep(RETRY_US);
	}
	puts("first");
	fflush(stdout);
	way->close();
	return 0;
}

static const struct way *find_way(const char *name)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (!strcmp(ways[i]->name, name))
			return ways[i];
	}
	return NULL;
}

static bool number(const char *text, unsigned long max, unsigned long *value)
{
	char *end;

	*value = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && *value <= max;
}

static int usage(void)
{
	fputs(usage_text, stderr);
	return 2;
}

int main(int argc, char **argv)
{
	const struct way *way = argc > 3 ? find_way(argv[2]) : NULL;
	unsigned long reader, bytes, count, first = 0;

	if (!way || !number(argv[3], 31, &reader))
		return usage();
	if (!strcmp(argv[1], "first") && argc == 4)
		return do_first(way, (unsigned int)reader);
	if (!strcmp(argv[1], "gap") && argc <= 6 && argc >= 5 &&
	    number(argv[4], 65535, &count))
		return do_gap(way, (unsigned int)reader, count, argc == 6);
	if (argc < 6 || !number(argv[4], ECHO_MAX, &bytes) ||
	    !number(argv[5], 1000000, &count) || !count)
		return usage();
	if (bytes + 7 > way->max) {
		fprintf(stderr, "client: %s carries %zu bytes at most\n",
			way->name, way->max);
		return 1;
	}
	if (!strcmp(argv[1], "run") && argc == 6)
		return do_run(way, (unsigned int)reader, bytes, count);
	if (!strcmp(argv[1], "many") && reader && argc <= 7 &&
	    (argc == 6 || number(argv[6], 31, &first)))
		return do_many(way, (unsigned int)first, (unsigned int)reader,
			       bytes, count);
	return usage();
}

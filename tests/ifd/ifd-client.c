// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a test asks of the guest's pcscd and the host's side never does: one
 * connection, and words that say what to do with it, in turn.  Each prints one
 * line; a failure is its winscard code.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <reader.h>
#include <winscard.h>

static const char usage_text[] =
"usage: ifd-client READER WORD...\n"
"READER is the beginning of a name.  Words:\n"
"  shared[=P] direct    connect; P: 0, 1 or 01 (protocols, 01)\n"
"  apdu=HEX             send it, print the response\n"
"  size=BYTES           ask the test card for as many, check them\n"
"  echo=BYTES           send as many to the test card, check what comes back\n"
"  reset unpower leave  reconnect\n"
"  features             control codes by feature: TAG:CODE...\n"
"  tlv                  the length of an APDU's data, by the properties\n"
"  raw=BYTES            send as many zeroes, print the response\n"
"  control=CODE[=HEX]   a control code, in hex, and data\n"
"  attrib=ID            an attribute, in hex; printed in hex\n"
"  sleep=MS             wait\n"
"  await=FILE           wait until it is there\n"
"  end=leave|reset|unpower  disconnect\n";

static SCARDCONTEXT context;
static SCARDHANDLE card;
static DWORD protocol;
static char reader[MAX_READERNAME];
static unsigned char tx[MAX_BUFFER_SIZE_EXTENDED + 1];
static unsigned char rx[MAX_BUFFER_SIZE_EXTENDED];

static void print_hex(const unsigned char *data, DWORD length)
{
	for (DWORD i = 0; i < length; i++)
		printf("%s%02X", i ? " " : "", data[i]);
	putchar('\n');
}

static bool failed(LONG rc)
{
	if (rc != SCARD_S_SUCCESS)
		printf("%08lX\n", (unsigned long)rc & 0xffffffff);
	return rc != SCARD_S_SUCCESS;
}

static LONG transmit(DWORD length, DWORD *got)
{
	const SCARD_IO_REQUEST pci = { protocol, sizeof(pci) };

	*got = sizeof(rx);
	return SCardTransmit(card, &pci, tx, length, NULL, rx, got);
}

/* Hex text to bytes in tx; returns how many. */
static DWORD from_hex(const char *hex)
{
	DWORD length = 0;
	unsigned int byte;

	while (length < sizeof(tx) && sscanf(hex, "%2x", &byte) == 1) {
		tx[length++] = byte;
		hex += 2;
	}
	return length;
}

static void apdu(const char *hex)
{
	DWORD length = from_hex(hex), got;

	if (!failed(transmit(length, &got)))
		print_hex(rx, got);
}

/* Whether the response is these bytes of the card's and 90 00. */
static const char *judge(DWORD got, DWORD wanted)
{
	if (got != wanted + 2 || rx[wanted] != 0x90 || rx[wanted + 1])
		return "wrong length";
	for (DWORD i = 0; i < wanted; i++) {
		if (rx[i] != (i & 0xff))
			return "wrong bytes";
	}
	return "ok";
}

static void size(DWORD wanted)
{
	const unsigned char ask[] = { 0x80, 0xe2, 0, 0, 3, wanted >> 16,
				      wanted >> 8, wanted };
	DWORD got;

	memcpy(tx, ask, sizeof(ask));
	if (!failed(transmit(sizeof(ask), &got)))
		puts(judge(got, wanted));
}

static void echo(DWORD wanted)
{
	const unsigned char header[] = { 0x80, 0xe0, 0, 0, 0, wanted >> 8,
					 wanted };
	DWORD got;

	memcpy(tx, header, sizeof(header));
	for (DWORD i = 0; i < wanted; i++)
		tx[sizeof(header) + i] = i;
	if (!failed(transmit(sizeof(header) + wanted, &got)))
		puts(judge(got, wanted));
}

/* One more than there can be is still within the buffer. */
static void raw(DWORD length)
{
	DWORD got;

	memset(tx, 0, sizeof(tx));
	if (!failed(transmit(length, &got)))
		print_hex(rx, got);
}

/* The control code of a feature, or 0; prints the list if tag is 0. */
static DWORD feature(unsigned char tag)
{
	DWORD got, found = 0;

	if (failed(SCardControl(card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, rx,
				sizeof(rx), &got)))
		return 0;
	for (DWORD i = 0; i + 6 <= got && rx[i + 1] == 4; i += 6) {
		DWORD code = (DWORD)rx[i + 2] << 24 | rx[i + 3] << 16 |
			     rx[i + 4] << 8 | rx[i + 5];

		if (rx[i] == tag)
			found = code;
		if (!tag)
			printf("%s%02X:%08lX", i ? " " : "", rx[i], code);
	}
	if (!tag)
		putchar('\n');
	return found;
}

static void tlv(void)
{
	DWORD code = feature(FEATURE_GET_TLV_PROPERTIES), got;

	if (!code) {
		puts("none");
		return;
	}
	if (failed(SCardControl(card, code, NULL, 0, rx, sizeof(rx), &got)))
		return;
	for (DWORD i = 0; i + 2 <= got; i += 2 + rx[i + 1]) {
		if (rx[i] == PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize)
			printf("%u\n", rx[i + 2] | rx[i + 3] << 8 |
				       rx[i + 4] << 16 |
				       (unsigned int)rx[i + 5] << 24);
	}
}

static void connected(LONG rc)
{
	if (!failed(rc))
		printf("T=%d\n", protocol == SCARD_PROTOCOL_T1);
}

static DWORD disposition(const char *word)
{
	return !strcmp(word, "reset") ? SCARD_RESET_CARD :
	       !strcmp(word, "unpower") ? SCARD_UNPOWER_CARD : SCARD_LEAVE_CARD;
}

static void do_word(char *word)
{
	char *value = strchr(word, '=');
	DWORD wanted = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, got;

	if (value)
		*value++ = '\0';
	if (!strcmp(word, "shared")) {
		if (value && !value[1])
			wanted = *value == '0' ? SCARD_PROTOCOL_T0 :
						 SCARD_PROTOCOL_T1;
		connected(SCardConnect(context, reader, SCARD_SHARE_SHARED,
				       wanted, &card, &protocol));
	} else if (!strcmp(word, "direct")) {
		connected(SCardConnect(context, reader, SCARD_SHARE_DIRECT, 0,
				       &card, &protocol));
	} else if (!strcmp(word, "apdu")) {
		apdu(value);
	} else if (!strcmp(word, "size")) {
		size(atol(value));
	} else if (!strcmp(word, "echo")) {
		echo(atol(value));
	} else if (!strcmp(word, "raw")) {
		raw(atol(value));
	} else if (!strcmp(word, "features")) {
		feature(0);
	} else if (!strcmp(word, "tlv")) {
		tlv();
	} else if (!strcmp(word, "control")) {
		char *data;
		DWORD code = strtoul(value, &data, 16);
		DWORD length = *data ? from_hex(data + 1) : 0;

		if (!failed(SCardControl(card, code, tx, length, rx, sizeof(rx),
					 &got)))
			print_hex(rx, got);
	} else if (!strcmp(word, "attrib")) {
		got = MAX_BUFFER_SIZE;
		if (!failed(SCardGetAttrib(card, strtoul(value, NULL, 16), rx,
					   &got)))
			print_hex(rx, got);
	} else if (!strcmp(word, "sleep")) {
		long ms = atol(value);

		nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 },
			  NULL);
	} else if (!strcmp(word, "await")) {
		while (access(value, F_OK))
			nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
	} else if (!strcmp(word, "end")) {
		if (!failed(SCardDisconnect(card, disposition(value))))
			puts("ended");
	} else {
		connected(SCardReconnect(card, SCARD_SHARE_SHARED, wanted,
					 disposition(word), &protocol));
	}
	fflush(stdout);
}

static bool find(const char *beginning)
{
	static char names[32 * MAX_READERNAME];
	DWORD length = sizeof(names);

	if (SCardListReaders(context, NULL, names, &length) != SCARD_S_SUCCESS)
		return false;
	for (char *n = names; *n; n += strlen(n) + 1) {
		if (!strncmp(n, beginning, strlen(beginning))) {
			snprintf(reader, sizeof(reader), "%s", n);
			return true;
		}
	}
	return false;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs(usage_text, stderr);
		return 2;
	}
	if (failed(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL,
					 &context)))
		return 1;
	if (!find(argv[1])) {
		puts("no such reader");
		return 1;
	}
	for (int i = 2; i < argc; i++)
		do_word(argv[i]);
	SCardReleaseContext(context);
	return 0;
}

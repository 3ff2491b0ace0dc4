// SPDX-License-Identifier: BSD-2-Clause
/*
 * The far end of QEMU's ccid-card-passthru: messages with a header of three
 * numbers, big-endian, which are type, reader and length.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "apdu.h"
#include "card.h"

enum message {
	MSG_INIT = 1,
	MSG_ERROR,
	MSG_READER_ADD,
	MSG_READER_REMOVE,
	MSG_ATR,
	MSG_CARD_REMOVE,
	MSG_APDU,
};

#define PROTOCOL_VERSION	2u
#define NO_READER		0xffffffffu
/* The longest response that short APDUs have */
#define RESPONSE_MAX		258u
#define MESSAGE_MAX		4096u

struct header {
	uint32_t type;
	uint32_t reader;
	uint32_t length;
};

static struct testcard card;
static struct tc_answer answer;

/* Header and data in one write: a second one would wait for the reader. */
static bool send_message(int fd, enum message type, uint32_t reader,
			 const void *data, size_t len)
{
	static uint8_t out[sizeof(struct header) + MESSAGE_MAX];
	struct header header = { htonl(type), htonl(reader), htonl(len) };

	memcpy(out, &header, sizeof(header));
	memcpy(out + sizeof(header), data, len);
	return write_all(fd, out, sizeof(header) + len);
}

static bool begin(int fd)
{
	/* The magic's bytes travel in this order; version and no capabilities */
	struct { char magic[4]; uint32_t version, capabilities; } init = {
		{ 'V', 'S', 'C', 'D' }, htonl(PROTOCOL_VERSION), 0,
	};
	static const char name[] = "bench";

	return send_message(fd, MSG_INIT, NO_READER, &init, sizeof(init)) &&
	       send_message(fd, MSG_READER_ADD, NO_READER, name, sizeof(name));
}

void vscard_serve(int fd)
{
	bool inserted = false;
	struct header header;

	tc_init(&card, RESPONSE_MAX);
	if (!begin(fd))
		return;
	while (read_all(fd, &header, sizeof(header))) {
		static uint8_t in[MESSAGE_MAX];
		uint32_t reader = ntohl(header.reader);
		uint32_t len = ntohl(header.length);

		if (len > sizeof(in) || !read_all(fd, in, len))
			return;
		switch (ntohl(header.type)) {
		case MSG_ERROR:
			/* The reader is there: put the card in, once. */
			if (!inserted)
				send_message(fd, MSG_ATR, reader, CARD_ATR,
					     CARD_ATR_LEN);
			inserted = true;
			break;
		case MSG_APDU:
			tc_process(&card, in, len, &answer);
			card_wait(answer.delay_ms);
			send_message(fd, MSG_APDU, reader, answer.data,
				     answer.len);
			break;
		}
	}
}

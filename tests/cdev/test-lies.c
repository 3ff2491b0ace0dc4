// SPDX-License-Identifier: BSD-2-Clause
/*
 * A device that lies or keeps what it is given, QEMU's pcsc-hostile: each call fails with
 * its errno, writes nowhere, and works when the device is honest again. The driver was bound
 * when that said that a command has one second.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>
#include <poll.h>

#include "cdev.h"

#define ROOM	16
#define ODD	0x12345678

FIXTURE(lies) {
	int fd;
};

/* What the device does from here on; "" is the truth. */
static void tell(const char *words)
{
	if (world("host qom-set /machine/peripheral/liar lie %s >/dev/null", words))
		printf("# not told: %s\n", words);
}

static int connect_card(int fd)
{
	return cdev_connect(fd, PCSC_SHARE_SHARED, ANY);
}

FIXTURE_SETUP(lies)
{
	tell("");
	self->fd = cdev_open(CARD, O_RDWR);
	ASSERT_EQ(0, connect_card(self->fd));
}

FIXTURE_TEARDOWN(lies)
{
	tell("");
	close(self->fd);
}

/* A transfer whose room ends where no memory is, and what must not be in it */
static int transfer(int fd, unsigned int nr, uint32_t code, bool send, bool receive)
{
	static const uint8_t apdu[] = { 0x80, 0xe0, 0, 0, 1, 0x42 };
	uint8_t *rx = page_before_hole(ROOM);
	struct pcsc_ioc_transfer t = {
		.size = sizeof(t), .code = code,
		.tx = send ? (uintptr_t)apdu : 0, .tx_len = send ? sizeof(apdu) : 0,
		.rx = receive ? (uintptr_t)rx : 0, .rx_len = receive ? ROOM : 0,
	};
	int err;

	memset(rx, 0xaa, ROOM);
	err = cdev_ioctl(fd, nr, &t);
	cdev_result = t.result;
	for (unsigned int i = 0; err && i < ROOM; i++)
		if (rx[i] != 0xaa)
			return -1;
	return err;
}

static int run(int fd, uint32_t op)
{
	struct pcsc_ioc_status status;
	struct pcsc_ioc_state state;

	switch (op) {
	case PCSC_OP_OPEN:
	case PCSC_OP_CONNECT:
		return connect_card(fd);
	case PCSC_OP_RECONNECT:
		return cdev_reconnect(fd, PCSC_SHARE_SHARED, ANY, PCSC_LEAVE_CARD);
	case PCSC_OP_DISCONNECT:
		return cdev_disconnect(fd, PCSC_LEAVE_CARD);
	case PCSC_OP_STATUS:
		return cdev_status(fd, &status);
	case PCSC_OP_TRANSMIT:
		return transfer(fd, PCSC_IOC_TRANSMIT, 0, true, true);
	case PCSC_OP_BEGIN:
		return cdev_begin(fd, 0);
	case PCSC_OP_END:
		return cdev_end(fd, PCSC_LEAVE_CARD);
	case PCSC_OP_CONTROL:
		return transfer(fd, PCSC_IOC_CONTROL, 1, true, true);
	case PCSC_OP_GET_ATTRIB:
		return transfer(fd, PCSC_IOC_GET_ATTRIB, 1, false, true);
	case PCSC_OP_SET_ATTRIB:
		return transfer(fd, PCSC_IOC_SET_ATTRIB, 1, true, false);
	default:
		return cdev_state(fd, &state);
	}
}

static const struct {
	uint32_t op;
	const char *words;
	int error;
	uint32_t result;
} answers[] = {
	{ PCSC_OP_CONNECT, "word:0x44:1", EBADMSG, 0 },
	{ PCSC_OP_CONNECT, "word:0x50:34", EBADMSG, 0 },
	{ PCSC_OP_CONNECT, "word:0x40:0x12345678", EIO, ODD },
	{ PCSC_OP_RECONNECT, "word:0x44:1", EBADMSG, 0 },
	{ PCSC_OP_RECONNECT, "word:0x50:0xffffffff", EBADMSG, 0 },
	{ PCSC_OP_RECONNECT, "word:0x40:0x12345678", EIO, ODD },
	{ PCSC_OP_DISCONNECT, "word:0x44:1", EBADMSG, 0 },
	{ PCSC_OP_DISCONNECT, "word:0x40:0x12345678", EIO, ODD },
	{ PCSC_OP_STATUS, "word:0x44:128", EBADMSG, 0 },
	{ PCSC_OP_STATUS, "word:0x44:0xffffffff", EBADMSG, 0 },
	{ PCSC_OP_STATUS, "word:0x50:34", EBADMSG, 0 },
	{ PCSC_OP_STATUS, "word:0x40:0x12345678", EIO, ODD },
	{ PCSC_OP_TRANSMIT, "word:0x44:17", EBADMSG, 0 },
	{ PCSC_OP_TRANSMIT, "word:0x44:0xffffffff", EBADMSG, 0 },
	{ PCSC_OP_TRANSMIT, "word:0x50:34", EBADMSG, 0 },
	{ PCSC_OP_TRANSMIT, "word:0x40:0x80100008 word:0x44:0xffffffff", EOVERFLOW,
	  PCSC_E_INSUFFICIENT_BUFFER },
	{ PCSC_OP_TRANSMIT, "word:0x40:0x12345678", EIO, ODD },
	{ PCSC_OP_TRANSMIT, "word:0x40:1 word:0x44:16", EIO, 1 },
	{ PCSC_OP_BEGIN, "word:0x44:1", EBADMSG, 0 },
	{ PCSC_OP_BEGIN, "word:0x40:0x12345678", EIO, ODD },
	{ PCSC_OP_END, "word:0x44:1", EBADMSG, 0 },
	{ PCSC_OP_END, "word:0x40:0x12345678", EIO, ODD },
	{ PCSC_OP_CONTROL, "word:0x44:17", EBADMSG, 0 },
	{ PCSC_OP_CONTROL, "word:0x44:0x80000000", EBADMSG, 0 },
	{ PCSC_OP_CONTROL, "word:0x40:0x12345678", EIO, ODD },
	{ PCSC_OP_GET_ATTRIB, "word:0x44:17", EBADMSG, 0 },
	{ PCSC_OP_GET_ATTRIB, "word:0x44:0xffffffff", EBADMSG, 0 },
	{ PCSC_OP_GET_ATTRIB, "word:0x40:0x12345678", EIO, ODD },
	{ PCSC_OP_SET_ATTRIB, "word:0x44:1", EBADMSG, 0 },
	{ PCSC_OP_SET_ATTRIB, "word:0x40:0x12345678", EIO, ODD },
	{ PCSC_OP_READER_ATR, "word:0x44:1", EBADMSG, 0 },
	{ PCSC_OP_READER_ATR, "word:0x50:34", EBADMSG, 0 },
	{ PCSC_OP_READER_ATR, "word:0x40:0x12345678", EIO, ODD },
};

TEST_F_TIMEOUT(lies, answers, 900)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(answers); i++) {
		char words[100];

		snprintf(words, sizeof(words), "op:%u answer %s", answers[i].op,
			 answers[i].words);
		tell(words);
		EXPECT_EQ(answers[i].error, run(self->fd, answers[i].op))
			TH_LOG("%s", words);
		EXPECT_EQ(answers[i].result, cdev_result)
			TH_LOG("%s", words);
		tell("");
		EXPECT_EQ(0, connect_card(self->fd))
			TH_LOG("after %s", words);
		EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->fd, ECHO_42))
			TH_LOG("after %s", words);
	}
}

/* An answer of just the room that there is, whatever it is */
TEST_F(lies, full)
{
	tell("op:7 answer data:000102030405060708090a0b0c0d0e0f");
	EXPECT_EQ(0, run(self->fd, PCSC_OP_TRANSMIT));
}

TEST_F_TIMEOUT(lies, write_and_read, 120)
{
	static const uint8_t apdu[] = { 0x80, 0xe0, 0, 0, 1, 0x42 };
	struct pollfd in = { .fd = self->fd, .events = POLLIN };
	uint8_t rx[8];

	tell("op:7 answer word:0x44:65549");
	EXPECT_EQ(-1, write(self->fd, apdu, sizeof(apdu)));
	EXPECT_EQ(EBADMSG, errno);
	EXPECT_EQ(0, read(self->fd, rx, sizeof(rx)));

	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_RDWR | O_NONBLOCK));
	EXPECT_EQ(sizeof(apdu), write(self->fd, apdu, sizeof(apdu)));
	EXPECT_EQ(1, poll(&in, 1, SOON_MS));
	EXPECT_EQ(-1, read(self->fd, rx, sizeof(rx)));
	EXPECT_EQ(EBADMSG, errno);
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_RDWR));

	tell("op:7 answer data:ABCD9000");
	EXPECT_EQ(sizeof(apdu), write(self->fd, apdu, sizeof(apdu)));
	EXPECT_EQ(4, read(self->fd, rx, sizeof(rx)));
	EXPECT_STREQ("ABCD9000", cdev_hex(rx, 4));
	tell("");
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->fd, ECHO_42));
}

static int call_op(struct call *c)
{
	return run(c->fd, *(const uint32_t *)c->data);
}

/* Whatever the device keeps: it ends in time, and the device is reset once. */
TEST_F_TIMEOUT(lies, keeps, 300)
{
	static const uint32_t ops[] = {
		PCSC_OP_RECONNECT, PCSC_OP_DISCONNECT, PCSC_OP_STATUS, PCSC_OP_TRANSMIT,
		PCSC_OP_BEGIN, PCSC_OP_END, PCSC_OP_CONTROL, PCSC_OP_GET_ATTRIB,
		PCSC_OP_SET_ATTRIB, PCSC_OP_READER_ATR, PCSC_OP_OPEN,
	};
	enum { N = ARRAY_SIZE(ops) };
	struct call calls[N];

	for (unsigned int i = 0; i < N; i++) {
		calls[i].fd = cdev_open(CARD, O_RDWR);
		if (ops[i] != PCSC_OP_OPEN)
			ASSERT_EQ(0, connect_card(calls[i].fd));
	}
	tell("drop");
	for (unsigned int i = 0; i < N; i++)
		call_start(&calls[i], calls[i].fd, call_op, &ops[i]);
	for (unsigned int i = 0; i < N; i++) {
		ASSERT_TRUE(call_done(&calls[i], 4 * SOON_MS))
			TH_LOG("operation %u", ops[i]);
		EXPECT_EQ(ETIMEDOUT, calls[i].error)
			TH_LOG("operation %u", ops[i]);
	}
	tell("");
	EXPECT_STREQ("ECONNRESET", cdev_apdu(self->fd, ECHO_42));
	for (unsigned int i = 0; i < N; i++) {
		EXPECT_EQ(0, connect_card(calls[i].fd));
		EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(calls[i].fd, ECHO_42));
		close(calls[i].fd);
	}
}

TEST_F_TIMEOUT(lies, keeps_a_connect, 300)
{
	int fd = cdev_open(CARD, O_RDWR);

	tell("op:3 drop");
	EXPECT_EQ(ETIMEDOUT, connect_card(fd));
	tell("");
	EXPECT_STREQ("ECONNRESET", cdev_apdu(self->fd, ECHO_42));
	EXPECT_EQ(0, connect_card(fd));
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(fd, ECHO_42));
	close(fd);
}

TEST_HARNESS_MAIN

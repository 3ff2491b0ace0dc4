// SPDX-License-Identifier: BSD-2-Clause
/*
 * One open and its card: what it is told, how it connects and parts, what is left
 * of a session, how long it waits.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>

#include "cdev.h"

#define TEST_ATR "3B888011FE5043534354455354F2"

FIXTURE(card) {
	int fd;
};

FIXTURE_SETUP(card)
{
	cdev_settle(CARD);
	self->fd = cdev_open(CARD, O_RDWR);
}

FIXTURE_TEARDOWN(card)
{
	cdev_disconnect(self->fd, PCSC_RESET_CARD);
	close(self->fd);
}

static bool zeroes(const uint8_t *p, size_t from, size_t to)
{
	while (from < to)
		if (p[from++])
			return false;
	return true;
}

/* What sysfs calls the reader; with a NUL */
static void sysfs_name(int reader, char name[PCSC_NAME_SIZE + 1])
{
	char path[80];
	FILE *f;

	snprintf(path, sizeof(path),
		 "/sys/bus/platform/devices/pcsc_reader.%d/name", reader);
	f = fopen(path, "r");
	name[0] = 0;
	if (f && fgets(name, PCSC_NAME_SIZE + 1, f))
		name[strcspn(name, "\n")] = 0;
	if (f)
		fclose(f);
}

TEST_F(card, info)
{
	struct pcsc_ioc_info info = { .size = sizeof(info) };
	char name[PCSC_NAME_SIZE + 1];

	memset(info.name, 0xaa, sizeof(info.name));
	info.result = 1;
	ASSERT_EQ(0, cdev_ioctl(self->fd, PCSC_IOC_INFO, &info));
	sysfs_name(CARD, name);
	EXPECT_EQ(0, info.result);
	EXPECT_EQ(CARD, info.reader);
	EXPECT_EQ(2, info.version);
	EXPECT_EQ(LONGEST, info.max_length);
	EXPECT_EQ(60000, info.timeout_default);
	EXPECT_EQ(600000, info.timeout_max);
	EXPECT_LT(0, info.name_len);
	EXPECT_EQ(strlen(name), info.name_len);
	EXPECT_STREQ(name, (char *)info.name);
	EXPECT_TRUE(zeroes(info.name, info.name_len, sizeof(info.name)));
}

TEST_F(card, state)
{
	struct pcsc_ioc_state st;
	int fd = cdev_open(EMPTY, O_RDONLY);

	ASSERT_EQ(0, cdev_state(self->fd, &st));
	EXPECT_EQ(0, st.result);
	EXPECT_EQ(PCSC_STATE_PRESENT,
		  st.state & (PCSC_STATE_PRESENT | PCSC_STATE_EMPTY));
	EXPECT_EQ(0, st.state >> 16);
	EXPECT_STREQ(TEST_ATR, cdev_hex(st.atr, st.atr_len));
	EXPECT_TRUE(zeroes(st.atr, st.atr_len, sizeof(st.atr)));
	ASSERT_EQ(0, cdev_state(fd, &st));
	EXPECT_EQ(PCSC_STATE_EMPTY,
		  st.state & (PCSC_STATE_PRESENT | PCSC_STATE_EMPTY));
	EXPECT_EQ(0, st.atr_len);
	EXPECT_TRUE(zeroes(st.atr, 0, sizeof(st.atr)));
	close(fd);
}

/* The state tells who is connected, as soon as one is. */
TEST_F(card, state_says_who_shares)
{
	const uint32_t held = PCSC_STATE_INUSE | PCSC_STATE_EXCLUSIVE;
	struct pcsc_ioc_state st;

	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	ASSERT_EQ(0, cdev_state(self->fd, &st));
	EXPECT_EQ(PCSC_STATE_INUSE, st.state & held);
	ASSERT_EQ(0, cdev_disconnect(self->fd, PCSC_LEAVE_CARD));
	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_EXCLUSIVE, ANY));
	EXPECT_TRUE(cdev_wait_state(self->fd, PCSC_STATE_EXCLUSIVE,
				    PCSC_STATE_EXCLUSIVE));
}

TEST_F(card, protocols)
{
	static const struct { uint32_t set, active; } good[] = {
		{ PCSC_PROTOCOL_T0, PCSC_PROTOCOL_T0 },
		{ PCSC_PROTOCOL_T1, PCSC_PROTOCOL_T1 },
		{ ANY, PCSC_PROTOCOL_T1 },
		{ PCSC_PROTOCOL_RAW, PCSC_PROTOCOL_RAW },
	};
	struct pcsc_ioc_status st;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct pcsc_ioc_connect c = {
			.size = sizeof(c), .share = PCSC_SHARE_SHARED,
			.protocols = good[i].set };

		memset(c.atr, 0xaa, sizeof(c.atr));
		ASSERT_EQ(0, cdev_ioctl(self->fd, PCSC_IOC_CONNECT, &c));
		EXPECT_EQ(good[i].active, c.protocol);
		EXPECT_STREQ(TEST_ATR, cdev_hex(c.atr, c.atr_len));
		EXPECT_TRUE(zeroes(c.atr, c.atr_len, sizeof(c.atr)));
		ASSERT_EQ(0, cdev_status(self->fd, &st));
		EXPECT_EQ(good[i].active, st.protocol);
		EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->fd, ECHO_42));
		ASSERT_EQ(0, cdev_disconnect(self->fd, PCSC_RESET_CARD));
	}
	EXPECT_EQ(EPROTO, cdev_connect(self->fd, PCSC_SHARE_SHARED,
				       PCSC_PROTOCOL_T15));
	EXPECT_EQ(PCSC_E_PROTO_MISMATCH, cdev_result);
}

TEST_F(card, reconnect_with_another_protocol)
{
	struct pcsc_ioc_connect c = {
		.size = sizeof(c), .share = PCSC_SHARE_SHARED,
		.protocols = PCSC_PROTOCOL_T0,
		.disposition = PCSC_RESET_CARD };

	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	ASSERT_EQ(0, cdev_ioctl(self->fd, PCSC_IOC_RECONNECT, &c));
	EXPECT_EQ(PCSC_PROTOCOL_T0, c.protocol);
	EXPECT_STREQ(TEST_ATR, cdev_hex(c.atr, c.atr_len));
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->fd, ECHO_42));
}

TEST_F(card, status)
{
	struct pcsc_ioc_status st;
	char name[PCSC_NAME_SIZE + 1];

	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	memset(&st, 0, sizeof(st));
	memset(st.atr, 0xaa, sizeof(st.atr));
	memset(st.name, 0xaa, sizeof(st.name));
	st.size = sizeof(st);
	ASSERT_EQ(0, cdev_ioctl(self->fd, PCSC_IOC_STATUS, &st));
	sysfs_name(CARD, name);
	EXPECT_EQ(PCSC_CARD_PRESENT | PCSC_CARD_POWERED,
		  st.state & (PCSC_CARD_PRESENT | PCSC_CARD_POWERED |
			      PCSC_CARD_ABSENT));
	EXPECT_EQ(PCSC_PROTOCOL_T1, st.protocol);
	EXPECT_STREQ(TEST_ATR, cdev_hex(st.atr, st.atr_len));
	EXPECT_TRUE(zeroes(st.atr, st.atr_len, sizeof(st.atr)));
	EXPECT_STREQ(name, (char *)st.name);
	EXPECT_EQ(strlen(name), st.name_len);
	EXPECT_TRUE(zeroes(st.name, st.name_len, sizeof(st.name)));
	EXPECT_EQ(0, st.reserved);
}

TEST_F(card, no_card)
{
	int fd = cdev_open(EMPTY, O_RDWR);
	struct pcsc_ioc_status st;

	EXPECT_EQ(ENOMEDIUM, cdev_connect(fd, PCSC_SHARE_SHARED, ANY));
	EXPECT_EQ(PCSC_E_NO_SMARTCARD, cdev_result);
	EXPECT_EQ(ENOMEDIUM, cdev_connect(fd, PCSC_SHARE_EXCLUSIVE, ANY));
	EXPECT_EQ(ENOTCONN, cdev_status(fd, &st));
	/* The reader itself */
	ASSERT_EQ(0, cdev_connect(fd, PCSC_SHARE_DIRECT, 0));
	ASSERT_EQ(0, cdev_status(fd, &st));
	EXPECT_EQ(PCSC_CARD_ABSENT, st.state & PCSC_CARD_ABSENT);
	EXPECT_EQ(0, st.atr_len);
	EXPECT_STRNE(ECHO_42_ANSWER, cdev_apdu(fd, ECHO_42));
	EXPECT_EQ(0, cdev_disconnect(fd, PCSC_LEAVE_CARD));
	close(fd);
}

TEST_F(card, reconnect_leaves_resets_and_unpowers)
{
	static const char *const verified[] = { "019000", "009000", "009000" };
	unsigned int resets = cdev_resets(CARD);

	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	for (uint32_t i = PCSC_LEAVE_CARD; i <= PCSC_UNPOWER_CARD; i++) {
		EXPECT_STREQ("9000", cdev_apdu(self->fd, VERIFY));
		ASSERT_EQ(0, cdev_reconnect(self->fd, PCSC_SHARE_SHARED, ANY,
					    i));
		EXPECT_STREQ(verified[i], cdev_apdu(self->fd, VERIFIED))
			TH_LOG("disposition %u", i);
		/* Without power it was not reset, but began anew. */
		EXPECT_TRUE(i == PCSC_UNPOWER_CARD ||
			    cdev_resets(CARD) == resets + i);
	}
}

TEST_F(card, disconnect_leaves_resets_and_unpowers)
{
	static const char *const verified[] = { "019000", "009000", "009000" };
	struct pcsc_ioc_status st;

	for (uint32_t i = PCSC_LEAVE_CARD; i <= PCSC_UNPOWER_CARD; i++) {
		ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
		EXPECT_STREQ("9000", cdev_apdu(self->fd, VERIFY));
		ASSERT_EQ(0, cdev_disconnect(self->fd, i));
		EXPECT_EQ(ENOTCONN, cdev_status(self->fd, &st));
		EXPECT_STREQ("ENOTCONN", cdev_apdu(self->fd, ECHO_42));
		EXPECT_EQ(ENOTCONN, cdev_disconnect(self->fd, i));
		ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
		EXPECT_STREQ(verified[i], cdev_apdu(self->fd, VERIFIED))
			TH_LOG("disposition %u", i);
		ASSERT_EQ(0, cdev_disconnect(self->fd, PCSC_LEAVE_CARD));
	}
	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	EXPECT_EQ(0, cdev_disconnect(self->fd, PCSC_EJECT_CARD));
	EXPECT_EQ(ENOTCONN, cdev_status(self->fd, &st));
}

/* A second connect takes the place of the first. */
TEST_F(card, connect_twice)
{
	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_EXCLUSIVE, ANY));
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->fd, ECHO_42));
	ASSERT_EQ(0, cdev_disconnect(self->fd, PCSC_LEAVE_CARD));
	EXPECT_EQ(ENOTCONN, cdev_disconnect(self->fd, PCSC_LEAVE_CARD));
}

TEST_F(card, transactions_nest)
{
	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	EXPECT_EQ(0, cdev_begin(self->fd, 0));
	EXPECT_EQ(0, cdev_begin(self->fd, 0));
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->fd, ECHO_42));
	EXPECT_EQ(0, cdev_end(self->fd, PCSC_LEAVE_CARD));
	EXPECT_EQ(0, cdev_end(self->fd, PCSC_LEAVE_CARD));
	EXPECT_EQ(EREMOTEIO, cdev_end(self->fd, PCSC_LEAVE_CARD));
	EXPECT_EQ(PCSC_E_NOT_TRANSACTED, cdev_result);
}

TEST_F(card, a_transaction_ends_with_a_reset)
{
	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	EXPECT_EQ(0, cdev_begin(self->fd, 0));
	EXPECT_STREQ("9000", cdev_apdu(self->fd, VERIFY));
	EXPECT_EQ(0, cdev_end(self->fd, PCSC_RESET_CARD));
	cdev_reconnect(self->fd, PCSC_SHARE_SHARED, ANY, PCSC_LEAVE_CARD);
	EXPECT_STREQ("009000", cdev_apdu(self->fd, VERIFIED));
}

TEST_F(card, time_out)
{
	static const uint8_t delay[] = { 0x80, 0xe4, 0x0b, 0xb8 };
	uint8_t rx[10];
	struct pcsc_ioc_transfer t = {
		.size = sizeof(t), .timeout_ms = 500,
		.tx = (uintptr_t)delay, .tx_len = sizeof(delay),
		.rx = (uintptr_t)rx, .rx_len = sizeof(rx) };
	long long start = now_ms();

	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	EXPECT_EQ(ETIMEDOUT, cdev_ioctl(self->fd, PCSC_IOC_TRANSMIT, &t));
	EXPECT_EQ(PCSC_E_TIMEOUT, t.result);
	EXPECT_GT(2500, now_ms() - start);
	EXPECT_LE(500, now_ms() - start);
	/* The next command has the next answer. */
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->fd, ECHO_42));
	t.timeout_ms = 600001;
	EXPECT_EQ(ERANGE, cdev_ioctl(self->fd, PCSC_IOC_TRANSMIT, &t));
	t.timeout_ms = 600000;
	t.tx_len = 3;
	t.rx_len = sizeof(rx);
	EXPECT_EQ(0, cdev_ioctl(self->fd, PCSC_IOC_TRANSMIT, &t));
}

/* What was verified does not outlive the session. */
TEST_F(card, close_resets)
{
	int fd = cdev_open(CARD, O_RDWR);
	unsigned int resets = cdev_resets(CARD);

	ASSERT_EQ(0, cdev_connect(fd, PCSC_SHARE_SHARED, ANY));
	EXPECT_STREQ("9000", cdev_apdu(fd, VERIFY));
	close(fd);
	/* Nobody waits for that. */
	EXPECT_TRUE(WITHIN(SOON_MS, cdev_resets(CARD) == resets + 1));
	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	EXPECT_STREQ("009000", cdev_apdu(self->fd, VERIFIED));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: BSD-2-Clause
/*
 * The data of a transmit, a control and an attribute: lengths, addresses, room
 * that is too small; and the values of connect, reconnect and the ends.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>

#include "cdev.h"

FIXTURE(transfer) {
	int fd;
	uint8_t *tx, *rx;
	struct pcsc_ioc_transfer t;
};

FIXTURE_SETUP(transfer)
{
	static const uint8_t echo[] = { 0x80, 0xe0, 0, 0, 1, 0x42 };

	cdev_settle(CARD);
	self->fd = cdev_open(CARD, O_RDWR);
	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	self->tx = page_before_hole(LONGEST + 100);
	self->rx = page_before_hole(LONGEST + 100);
	memcpy(self->tx, echo, sizeof(echo));
	self->t = (struct pcsc_ioc_transfer) {
		.size = sizeof(self->t), .result = 0x55555555,
		.tx = (uintptr_t)self->tx, .tx_len = sizeof(echo),
		.rx = (uintptr_t)self->rx, .rx_len = 300,
	};
}

FIXTURE_TEARDOWN(transfer)
{
	cdev_disconnect(self->fd, PCSC_RESET_CARD);
	close(self->fd);
}

#define TRANSMIT()	cdev_ioctl(self->fd, PCSC_IOC_TRANSMIT, &self->t)

/* The driver refused it, and the card has not seen anything. */
#define EXPECT_REFUSED(error) do { \
	EXPECT_EQ(error, TRANSMIT()); \
	EXPECT_EQ(PCSC_S_SUCCESS, self->t.result); \
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->fd, ECHO_42)); \
} while (0)

TEST_F(transfer, good)
{
	memset(self->rx, 0xaa, 10);
	ASSERT_EQ(0, TRANSMIT());
	EXPECT_EQ(PCSC_S_SUCCESS, self->t.result);
	EXPECT_EQ(3, self->t.rx_len);
	EXPECT_EQ(PCSC_PROTOCOL_T1, self->t.protocol);
	/* and nothing behind the answer */
	EXPECT_STREQ("429000AAAAAAAAAAAAAA", cdev_hex(self->rx, 10));
}

TEST_F(transfer, odd_addresses)
{
	for (size_t i = 1; i < 8; i++) {
		memset(self->rx, 0xaa, 20);
		memmove(self->tx + i, self->tx + i - 1, 6);
		self->t.tx = (uintptr_t)self->tx + i;
		self->t.rx = (uintptr_t)self->rx + 8 - i;
		self->t.rx_len = 300;
		self->t.protocol = 0;
		ASSERT_EQ(0, TRANSMIT());
		EXPECT_STREQ(ECHO_42_ANSWER, cdev_hex(self->rx + 8 - i, 3));
		EXPECT_EQ(0xaa, self->rx[7 - i]);
		EXPECT_EQ(0xaa, self->rx[11 - i]);
	}
}

TEST_F(transfer, nothing_to_send)
{
	self->t.tx_len = 0;
	EXPECT_REFUSED(EINVAL);
	self->t.tx = 0;
	EXPECT_REFUSED(EINVAL);
}

/* Not 00 to 02, which are vpcd's own. */
TEST_F(transfer, one_byte)
{
	self->tx[0] = 0xff;
	self->t.tx_len = 1;
	ASSERT_EQ(0, TRANSMIT());
	EXPECT_EQ(2, self->t.rx_len);
	EXPECT_STREQ("6700", cdev_hex(self->rx, 2));
}

/* 65,535 is what vpcd can carry, either way. */
TEST_F(transfer, long_ones)
{
	size_t data = 65535 - 7;
	uint8_t *tx = self->tx + LONGEST + 100 - 65535;

	memcpy(tx, "\x80\xe0\0\0\0", 5);
	tx[5] = (uint8_t)(data >> 8);
	tx[6] = (uint8_t)data;
	for (size_t i = 0; i < data; i++)
		tx[7 + i] = (uint8_t)(i * 31 + (i >> 8));
	self->t.tx = (uintptr_t)tx;
	self->t.tx_len = 65535;
	self->t.rx = (uintptr_t)self->rx + LONGEST + 100 - data - 2;
	self->t.rx_len = (uint32_t)data + 2;
	ASSERT_EQ(0, TRANSMIT());
	ASSERT_EQ(data + 2, self->t.rx_len);
	EXPECT_EQ(0, memcmp((void *)(uintptr_t)self->t.rx, tx + 7, data));
}

TEST_F(transfer, too_long)
{
	self->t.tx_len = LONGEST + 1;
	EXPECT_REFUSED(EMSGSIZE);
	self->t.tx_len = 0x7fffffff;
	EXPECT_REFUSED(EMSGSIZE);
	self->t.tx_len = 0xffffffff;
	EXPECT_REFUSED(EMSGSIZE);
}

TEST_F(transfer, the_longest)
{
	if (access("/emulated", F_OK))
		SKIP(return, "vpcd carries 65535 bytes only");
	/* It contradicts its length fields, which the card has to read for that. */
	self->t.tx_len = LONGEST;
	ASSERT_EQ(0, TRANSMIT());
	EXPECT_STREQ("6700", cdev_hex(self->rx, 2));
	/* The longest answer */
	memcpy(self->tx, "\x80\xe2\0\0\3\1\0\x0a", 8);
	self->t.tx_len = 8;
	self->t.rx_len = LONGEST;
	ASSERT_EQ(0, TRANSMIT());
	EXPECT_EQ(LONGEST, self->t.rx_len);
	EXPECT_EQ(0x09, self->rx[LONGEST - 3]);
}

TEST_F(transfer, more_room_than_needed)
{
	static const uint32_t rooms[] = {
		LONGEST, LONGEST + 1, 0x7fffffff, 0xffffffff };

	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
		self->t.rx_len = rooms[i];
		self->t.protocol = 0;
		ASSERT_EQ(0, TRANSMIT());
		EXPECT_EQ(3, self->t.rx_len);
		EXPECT_STREQ(ECHO_42_ANSWER, cdev_hex(self->rx, 3));
	}
}

TEST_F(transfer, sent_from_nowhere)
{
	self->t.tx = 0;
	EXPECT_REFUSED(EFAULT);
	self->t.tx = (uintptr_t)hole();
	EXPECT_REFUSED(EFAULT);
	self->t.tx = (uintptr_t)self->tx + LONGEST + 100 - 5;
	EXPECT_REFUSED(EFAULT);
	self->t.tx = 0xc0008000;
	EXPECT_REFUSED(EFAULT);
	/* What a 32-bit program cannot have */
	self->t.tx = 0x100000000 + (uintptr_t)self->tx;
	EXPECT_REFUSED(EFAULT);
}

TEST_F(transfer, answered_to_nowhere)
{
	self->t.rx = 0;
	EXPECT_EQ(EFAULT, TRANSMIT());
	self->t.rx = (uintptr_t)hole();
	self->t.rx_len = 300;
	EXPECT_EQ(EFAULT, TRANSMIT());
	self->t.rx = (uintptr_t)page_read_only("", 1);
	self->t.rx_len = 300;
	self->t.protocol = 0;
	EXPECT_EQ(EFAULT, TRANSMIT());
	self->t.rx = 0x100000000 + (uintptr_t)self->rx;
	self->t.rx_len = 300;
	self->t.protocol = 0;
	EXPECT_EQ(EFAULT, TRANSMIT());
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->fd, ECHO_42));
}

TEST_F(transfer, too_little_room)
{
	for (uint32_t room = 0; room < 3; room++) {
		self->t.rx_len = room;
		self->t.protocol = 0;
		memset(self->rx, 0xaa, 3);
		EXPECT_EQ(EOVERFLOW, TRANSMIT());
		EXPECT_EQ(PCSC_E_INSUFFICIENT_BUFFER, self->t.result);
		EXPECT_EQ(3, self->t.rx_len);
		EXPECT_STREQ("AAAAAA", cdev_hex(self->rx, 3));
	}
	self->t.rx = 0;
	self->t.rx_len = 0;
	EXPECT_EQ(EOVERFLOW, TRANSMIT());
	EXPECT_EQ(3, self->t.rx_len);
}

TEST_F(transfer, protocols)
{
	static const uint32_t none[] = { 3, 0x10, 0x80000000, 0xffffffff };

	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		self->t.protocol = none[i];
		EXPECT_EQ(EINVAL, TRANSMIT()) TH_LOG("%#x", none[i]);
	}
	self->t.protocol = PCSC_PROTOCOL_T1;
	self->t.rx_len = 300;
	EXPECT_EQ(0, TRANSMIT());
	self->t.protocol = PCSC_PROTOCOL_T0;
	EXPECT_EQ(EPROTO, TRANSMIT());
	EXPECT_EQ(PCSC_E_PROTO_MISMATCH, self->t.result);
}

TEST_F(transfer, attributes)
{
	struct pcsc_ioc_transfer *t = &self->t;
	struct pcsc_ioc_status st;

	ASSERT_EQ(0, cdev_status(self->fd, &st));
	t->tx = 0;
	t->tx_len = 0;
	t->code = cdev_atr_attribute();
	ASSERT_EQ(0, cdev_ioctl(self->fd, PCSC_IOC_GET_ATTRIB, t));
	EXPECT_EQ(st.atr_len, t->rx_len);
	EXPECT_EQ(0, memcmp(st.atr, self->rx, st.atr_len));
	t->rx_len = 3;
	EXPECT_EQ(EOVERFLOW, cdev_ioctl(self->fd, PCSC_IOC_GET_ATTRIB, t));
	EXPECT_EQ(PCSC_E_INSUFFICIENT_BUFFER, t->result);
	EXPECT_EQ(st.atr_len, t->rx_len);
	if (!access("/emulated", F_OK)) {
		t->code = 0x00010100;	/* the vendor's name; vpcd has none */
		t->rx_len = 300;
		EXPECT_EQ(0, cdev_ioctl(self->fd, PCSC_IOC_GET_ATTRIB, t));
		EXPECT_STREQ("pcsc-passthru", (char *)self->rx);
	}
	t->code = 0x12345678;
	t->rx_len = 300;
	EXPECT_NE(0, cdev_ioctl(self->fd, PCSC_IOC_GET_ATTRIB, t));
	EXPECT_NE(PCSC_S_SUCCESS, t->result);
}

TEST_F(transfer, control)
{
	struct pcsc_ioc_transfer *t = &self->t;
	struct pcsc_ioc_info info = { .size = sizeof(info) };

	ASSERT_EQ(0, cdev_ioctl(self->fd, PCSC_IOC_INFO, &info));
	t->code = 0x42000001;
	if (!(info.features & PCSC_INFO_CONTROL)) {
		EXPECT_EQ(EOPNOTSUPP,
			  cdev_ioctl(self->fd, PCSC_IOC_CONTROL, t));
		EXPECT_EQ(PCSC_E_UNSUPPORTED_FEATURE, t->result);
		return;
	}
	/* The emulated reader echoes */
	ASSERT_EQ(0, cdev_ioctl(self->fd, PCSC_IOC_CONTROL, t));
	EXPECT_EQ(6, t->rx_len);
	EXPECT_STREQ(ECHO_42, cdev_hex(self->rx, 6));
	t->rx_len = 5;
	EXPECT_EQ(EOVERFLOW, cdev_ioctl(self->fd, PCSC_IOC_CONTROL, t));
	EXPECT_EQ(6, t->rx_len);
	t->code = 0x7fff0007;
	t->rx_len = 0;
	t->rx = 0;
	EXPECT_EQ(0, cdev_ioctl(self->fd, PCSC_IOC_SET_ATTRIB, t));
}

TEST_F(transfer, values_of_connect)
{
	static const uint32_t shares[] = { 0, 4, 0xffffffff };
	static const uint32_t sets[] = { 0x10, 0x13, 0x80000000, 0xffffffff };

	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < ARRAY_SIZE(shares); i++) {
			EXPECT_EQ(EINVAL, again ?
				  cdev_reconnect(self->fd, shares[i], ANY, 0) :
				  cdev_connect(self->fd, shares[i], ANY));
		}
		for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
			EXPECT_EQ(EINVAL, again ?
				  cdev_reconnect(self->fd, PCSC_SHARE_SHARED,
						 sets[i], 0) :
				  cdev_connect(self->fd, PCSC_SHARE_SHARED,
					       sets[i]));
		}
		cdev_disconnect(self->fd, PCSC_LEAVE_CARD);
		cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY);
	}
	EXPECT_EQ(EPROTO, cdev_reconnect(self->fd, PCSC_SHARE_SHARED, 0, 0));
	EXPECT_EQ(PCSC_E_PROTO_MISMATCH, cdev_result);
	cdev_disconnect(self->fd, PCSC_LEAVE_CARD);
	EXPECT_EQ(EPROTO, cdev_connect(self->fd, PCSC_SHARE_SHARED, 0));
	EXPECT_EQ(PCSC_E_PROTO_MISMATCH, cdev_result);
}

TEST_F(transfer, dispositions)
{
	static const uint32_t none[] = { 4, 0x80000000, 0xffffffff };

	ASSERT_EQ(0, cdev_begin(self->fd, 0));
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		EXPECT_EQ(EINVAL, cdev_end(self->fd, none[i]));
		EXPECT_EQ(EINVAL, cdev_disconnect(self->fd, none[i]));
		EXPECT_EQ(EINVAL, cdev_reconnect(self->fd, PCSC_SHARE_SHARED,
						 ANY, none[i]));
	}
	EXPECT_EQ(EINVAL, cdev_reconnect(self->fd, PCSC_SHARE_SHARED, ANY,
					 PCSC_EJECT_CARD));
	EXPECT_EQ(0, cdev_end(self->fd, PCSC_LEAVE_CARD));
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->fd, ECHO_42));
}

TEST_HARNESS_MAIN

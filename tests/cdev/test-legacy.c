// SPDX-License-Identifier: BSD-2-Clause
/*
 * On version 1 of the registers, the device of 2014: one session for each reader, and
 * fewer ioctls. The order of Documentation/ABI/testing/dev-pcsc-reader.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>
#include <signal.h>

#include "cdev.h"

FIXTURE(legacy) {
	int a, b;
};

FIXTURE_SETUP(legacy)
{
	self->a = cdev_open(CARD, O_RDWR);
	self->b = cdev_open(CARD, O_RDWR);
}

FIXTURE_TEARDOWN(legacy)
{
	close(self->a);
	close(self->b);
}

#define CONNECT(fd) cdev_connect(fd, PCSC_SHARE_SHARED, ANY)

TEST_F(legacy, info)
{
	struct pcsc_ioc_info info = { .size = sizeof(info) };

	ASSERT_EQ(0, cdev_ioctl(self->a, PCSC_IOC_INFO, &info));
	EXPECT_EQ(1, info.version);
	EXPECT_EQ(CARD, info.reader);
	EXPECT_EQ(0, info.name_len);
	EXPECT_EQ(0, info.name[0]);
	EXPECT_EQ(0, info.features);
	EXPECT_EQ(0, info.timeout_default);
	EXPECT_EQ(0, info.timeout_max);
	EXPECT_EQ(264, info.max_length);
}

TEST_F(legacy, state)
{
	struct pcsc_ioc_state state;
	int empty = cdev_open(EMPTY, O_RDONLY);

	ASSERT_EQ(0, cdev_state(self->a, &state));
	EXPECT_TRUE(state.state & PCSC_STATE_PRESENT);
	EXPECT_EQ(0, state.atr_len);
	ASSERT_EQ(0, cdev_state(empty, &state));
	EXPECT_TRUE(state.state & PCSC_STATE_EMPTY);
	close(empty);
}

TEST_F(legacy, connect_and_transmit)
{
	uint8_t rx[3];

	ASSERT_EQ(0, CONNECT(self->a));
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->a, ECHO_42));
	EXPECT_EQ(6, write(self->a, "\x80\xe0\0\0\1\x42", 6));
	EXPECT_EQ(3, read(self->a, rx, sizeof(rx)));
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_hex(rx, 3));
	EXPECT_EQ(0, cdev_disconnect(self->a, PCSC_LEAVE_CARD));
	EXPECT_EQ(ENOTCONN, cdev_disconnect(self->a, PCSC_LEAVE_CARD));
}

TEST_F(legacy, write_connects)
{
	uint8_t rx[3];

	EXPECT_EQ(6, write(self->a, "\x80\xe0\0\0\1\x42", 6));
	EXPECT_EQ(3, read(self->a, rx, sizeof(rx)));
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_hex(rx, 3));
}

TEST_F(legacy, not_connected)
{
	uint8_t tx[4] = { 0x80, 0xe0 }, rx[2];
	size_t len = sizeof(rx);

	EXPECT_EQ(ENOTCONN, cdev_transmit(self->a, tx, sizeof(tx), rx, &len));
	EXPECT_EQ(PCSC_E_INVALID_HANDLE, cdev_result);
}

/* Who is connected has the reader, another open or sysfs, until it lets go. */
TEST_F(legacy, one_session)
{
	const char *sysfs = "/sys/bus/platform/devices/pcsc_reader.0/connect";

	ASSERT_EQ(0, CONNECT(self->a));
	EXPECT_EQ(EUSERS, CONNECT(self->b));
	EXPECT_EQ(-1, write(self->b, "\x80\xe0\0\0", 4));
	EXPECT_EQ(EUSERS, errno);
	EXPECT_NE(0, world("echo 1 2>/dev/null >%s", sysfs));
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->a, ECHO_42));
	close(self->a);
	self->a = cdev_open(CARD, O_RDWR);
	EXPECT_EQ(0, CONNECT(self->b));
	EXPECT_EQ(0, cdev_disconnect(self->b, PCSC_RESET_CARD));

	EXPECT_EQ(0, world("echo 1 >%s", sysfs));
	EXPECT_EQ(EUSERS, CONNECT(self->a));
	EXPECT_EQ(0, world("echo 0 >%s", sysfs));
	EXPECT_EQ(0, CONNECT(self->a));
}

TEST_F(legacy, not_supported)
{
	struct pcsc_ioc_status status;
	struct pcsc_ioc_transfer t = { .size = sizeof(t), .code = 1 };

	ASSERT_EQ(0, CONNECT(self->a));
	EXPECT_EQ(EOPNOTSUPP, cdev_reconnect(self->a, PCSC_SHARE_SHARED, ANY,
					     PCSC_LEAVE_CARD));
	EXPECT_EQ(EOPNOTSUPP, cdev_status(self->a, &status));
	EXPECT_EQ(EOPNOTSUPP, cdev_begin(self->a, 0));
	EXPECT_EQ(EOPNOTSUPP, cdev_end(self->a, PCSC_LEAVE_CARD));
	EXPECT_EQ(EOPNOTSUPP, cdev_ioctl(self->a, PCSC_IOC_CONTROL, &t));
	EXPECT_EQ(EOPNOTSUPP, cdev_ioctl(self->a, PCSC_IOC_GET_ATTRIB, &t));
	EXPECT_EQ(EOPNOTSUPP, cdev_ioctl(self->a, PCSC_IOC_SET_ATTRIB, &t));
	EXPECT_EQ(EOPNOTSUPP, cdev_cancel(self->a));
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->a, ECHO_42));
}

TEST_F(legacy, no_time_out)
{
	struct pcsc_ioc_connect c = {
		.size = sizeof(c), .share = PCSC_SHARE_SHARED, .protocols = ANY,
		.timeout_ms = 1 };

	EXPECT_EQ(ERANGE, cdev_ioctl(self->a, PCSC_IOC_CONNECT, &c));
}

TEST_F(legacy, lengths)
{
	uint8_t tx[265] = { 0x80, 0xe0 }, rx[300];
	size_t len = sizeof(rx);

	ASSERT_EQ(0, CONNECT(self->a));
	EXPECT_EQ(EMSGSIZE, cdev_transmit(self->a, tx, sizeof(tx), rx, &len));
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->a, ECHO_42));
}

static void on_signal(int number)
{
	(void)number;
}

/* No signal ends a command, not even that of a dead process: close waits for it. */
TEST_F(legacy, signals)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct call c;

	sigaction(SIGUSR1, &action, NULL);
	ASSERT_EQ(0, CONNECT(self->a));
	call_start(&c, self->a, call_apdu, DELAY_1S);
	sleep_ms(QUIET_MS);
	pthread_kill(c.thread, SIGUSR1);
	ASSERT_TRUE(call_done(&c, SOON_MS));
	EXPECT_EQ(0, c.error);
	EXPECT_STREQ("9000", c.answer);
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->a, ECHO_42));
}

TEST_HARNESS_MAIN

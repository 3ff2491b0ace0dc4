// SPDX-License-Identifier: BSD-2-Clause
/*
 * SIGKILL, in each place where a process can wait: it ends soon, and what it held is
 * free again.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>
#include <signal.h>

#include "cdev.h"

FIXTURE(killed) {
	int other;
};

FIXTURE_SETUP(killed)
{
	cdev_settle(OTHER);
	self->other = cdev_open(OTHER, O_RDWR);
}

FIXTURE_TEARDOWN(killed)
{
	cdev_disconnect(self->other, PCSC_LEAVE_CARD);
	close(self->other);
}

/* Runs @job in a process with an open of its own, which is then killed. */
#define EXPECT_DIES(connect, job) do { \
	pid_t pid = fork(); \
	int status = 0; \
	if (!pid) { \
		int fd = cdev_open(OTHER, O_RDWR); \
		if (connect) \
			cdev_connect(fd, PCSC_SHARE_SHARED, ANY); \
		job; \
		_exit(1); \
	} \
	sleep_ms(QUIET_MS); \
	ASSERT_EQ(0, kill(pid, SIGKILL)); \
	ASSERT_TRUE(wait_pid(pid, &status, 3000)); \
	EXPECT_TRUE(WIFSIGNALED(status)); \
} while (0)

/* 5 s, with the flag that leaves other signals alone */
static void transmit_killable(int fd)
{
	static const uint8_t delay[] = { 0x80, 0xe4, 0x13, 0x88 };
	uint8_t rx[2];
	struct pcsc_ioc_transfer t = {
		.size = sizeof(t), .flags = PCSC_KILLABLE,
		.tx = (uintptr_t)delay, .tx_len = sizeof(delay),
		.rx = (uintptr_t)rx, .rx_len = sizeof(rx) };

	cdev_ioctl(fd, PCSC_IOC_TRANSMIT, &t);
}

TEST_F(killed, in_transmit)
{
	unsigned int resets = cdev_resets(OTHER);
	int fd;

	EXPECT_DIES(true, transmit_killable(fd));
	EXPECT_DIES(true, cdev_apdu(fd, "80E41388"));
	/* Nobody holds the card, and what the dead one did with it is undone. */
	cdev_settle(OTHER);
	EXPECT_LE(resets + 2, cdev_resets(OTHER));
	fd = cdev_open(OTHER, O_RDWR);
	EXPECT_EQ(0, cdev_connect(fd, PCSC_SHARE_EXCLUSIVE, ANY));
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(fd, ECHO_42));
	EXPECT_EQ(0, cdev_disconnect(fd, PCSC_LEAVE_CARD));
	close(fd);
	if (access("/emulated", F_OK)) {
		EXPECT_EQ(0, world("host scard -s exclusive status %d >/dev/null",
				   OTHER));
	}
}

TEST_F(killed, in_write)
{
	EXPECT_DIES(false, (void)!write(fd, "\x80\xe4\x0b\xb8", 4));
	cdev_settle(OTHER);
}

TEST_F(killed, in_begin)
{
	ASSERT_EQ(0, cdev_connect(self->other, PCSC_SHARE_SHARED, ANY));
	ASSERT_EQ(0, cdev_begin(self->other, 0));
	EXPECT_DIES(true, cdev_begin(fd, 0));
	EXPECT_EQ(0, cdev_end(self->other, PCSC_LEAVE_CARD));
	cdev_disconnect(self->other, PCSC_LEAVE_CARD);
	cdev_settle(OTHER);
}

TEST_F(killed, in_connect)
{
	ASSERT_EQ(0, cdev_connect(self->other, PCSC_SHARE_SHARED, ANY));
	ASSERT_EQ(0, cdev_begin(self->other, 0));
	EXPECT_DIES(false, cdev_connect(fd, PCSC_SHARE_SHARED, ANY));
	EXPECT_EQ(0, cdev_end(self->other, PCSC_LEAVE_CARD));
	cdev_disconnect(self->other, PCSC_LEAVE_CARD);
	cdev_settle(OTHER);
}

TEST_F(killed, waiting_for_its_turn)
{
	int status;
	pid_t pid;
	struct call slow;

	ASSERT_EQ(0, cdev_connect(self->other, PCSC_SHARE_SHARED, ANY));
	call_start(&slow, self->other, call_apdu, "80E40FA0");
	sleep_ms(100);
	pid = fork();
	if (!pid) {
		cdev_apdu(self->other, ECHO_42);
		_exit(1);
	}
	sleep_ms(QUIET_MS);
	kill(pid, SIGKILL);
	ASSERT_TRUE(wait_pid(pid, &status, SOON_MS));
	EXPECT_FALSE(slow.done);
	EXPECT_TRUE(WIFSIGNALED(status));
	ASSERT_TRUE(call_done(&slow, SOON_MS));
	EXPECT_STREQ("9000", slow.answer);
}

TEST_F(killed, in_poll_and_read)
{
	EXPECT_DIES(false, {
		fcntl(fd, F_SETFL, O_NONBLOCK);
		(void)!write(fd, "\x80\xe4\x0b\xb8", 4);
		fcntl(fd, F_SETFL, 0);
		(void)!read(fd, &fd, 1);
	});
	EXPECT_DIES(false, {
		struct call c = { .fd = fd };

		call_poll_pri(&c);
	});
	cdev_settle(OTHER);
}

/* At any moment, with four threads on two opens */
static void busy(void)
{
	struct call c[4];
	int a = cdev_open(CARD, O_RDWR), b = cdev_open(CARD, O_RDWR);

	for (;;) {
		cdev_connect(a, PCSC_SHARE_SHARED, ANY);
		cdev_connect(b, PCSC_SHARE_SHARED, ANY);
		for (int i = 0; i < 4; i++)
			call_start(&c[i], i & 1 ? a : b, call_apdu,
				   i & 2 ? ECHO_42 : "80E40014");
		cdev_begin(a, 0);
		cdev_end(a, PCSC_LEAVE_CARD);
		for (int i = 0; i < 4; i++)
			call_done(&c[i], SOON_MS);
	}
}

TEST_F(killed, at_any_moment)
{
	srandom(2);
	for (int i = 0; i < 30; i++) {
		int status;
		pid_t pid = fork();

		if (!pid)
			busy();
		sleep_ms((int)random() % 60);
		kill(pid, SIGKILL);
		ASSERT_TRUE(wait_pid(pid, &status, SOON_MS));
	}
	cdev_settle(CARD);
}

TEST_HARNESS_MAIN

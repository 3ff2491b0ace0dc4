// SPDX-License-Identifier: BSD-2-Clause
/*
 * Signals: a wait ends with EINTR once the device has the command, which is then
 * cancelled; one that waits for its turn starts over if the handler says so.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>
#include <signal.h>

#include "cdev.h"

FIXTURE(signals) {
	int fd;
};

FIXTURE_VARIANT(signals) {
	int flags;
};

FIXTURE_VARIANT_ADD(signals, restart) { SA_RESTART };
FIXTURE_VARIANT_ADD(signals, no_restart) { 0 };

static void on_signal(int number)
{
	(void)number;
}

FIXTURE_SETUP(signals)
{
	struct sigaction action = {
		.sa_handler = on_signal, .sa_flags = variant->flags };

	sigaction(SIGUSR1, &action, NULL);
	cdev_settle(CARD);
	self->fd = cdev_open(CARD, O_RDWR);
	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
}

FIXTURE_TEARDOWN(signals)
{
	/* Without a disconnect, which would wait for the card. */
	close(self->fd);
}

static void interrupt(struct call *c)
{
	pthread_kill(c->thread, SIGUSR1);
}

static int call_read(struct call *c)
{
	uint8_t rx[20];
	ssize_t n = read(c->fd, rx, sizeof(rx));

	if (n < 0)
		return errno;
	snprintf(c->answer, sizeof(c->answer), "%s", cdev_hex(rx, (size_t)n));
	return 0;
}

#define EXPECT_INTERRUPTED(run, data) do { \
	struct call c; \
	call_start(&c, self->fd, run, data); \
	EXPECT_FALSE(call_done(&c, QUIET_MS)); \
	interrupt(&c); \
	ASSERT_TRUE(call_done(&c, SOON_MS)); \
	EXPECT_EQ(EINTR, c.error); \
	EXPECT_GT(2500, c.end - c.start); \
} while (0)

TEST_F(signals, transmit)
{
	EXPECT_INTERRUPTED(call_apdu, DELAY_3S);
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->fd, ECHO_42));
}

/* An APDU whose wait only a signal that ends the process interrupts */
static int call_apdu_killable(struct call *c)
{
	uint8_t tx[300], rx[300];
	struct pcsc_ioc_transfer t = {
		.size = sizeof(t), .flags = PCSC_KILLABLE,
		.tx = (uintptr_t)tx, .tx_len = cdev_bytes(c->data, tx),
		.rx = (uintptr_t)rx, .rx_len = sizeof(rx) };
	int err = cdev_ioctl(c->fd, PCSC_IOC_TRANSMIT, &t);

	snprintf(c->answer, sizeof(c->answer), "%s", err ? "" : cdev_hex(rx, t.rx_len));
	return err;
}

TEST_F(signals, killable)
{
	struct call slow, c;

	call_start(&slow, self->fd, call_apdu_killable, DELAY_3S);
	sleep_ms(QUIET_MS);
	call_start(&c, self->fd, call_apdu_killable, ECHO_42);
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	interrupt(&slow);
	interrupt(&c);
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	ASSERT_TRUE(call_done(&slow, SOON_MS));
	EXPECT_EQ(0, slow.error);
	EXPECT_STREQ("9000", slow.answer);
	ASSERT_TRUE(call_done(&c, SOON_MS));
	EXPECT_EQ(0, c.error);
	EXPECT_STREQ(ECHO_42_ANSWER, c.answer);
}

TEST_F(signals, write)
{
	uint8_t byte;

	EXPECT_INTERRUPTED(call_write, DELAY_3S);
	/* Nothing comes of it any more. */
	EXPECT_EQ(0, read(self->fd, &byte, 1));
}

TEST_F(signals, begin)
{
	int other = cdev_open(CARD, O_RDWR);

	ASSERT_EQ(0, cdev_connect(other, PCSC_SHARE_SHARED, ANY));
	ASSERT_EQ(0, cdev_begin(other, 0));
	EXPECT_INTERRUPTED(call_begin, NULL);
	ASSERT_EQ(0, cdev_end(other, PCSC_LEAVE_CARD));
	/* Nobody has it now. */
	EXPECT_EQ(0, cdev_begin(other, 0));
	EXPECT_EQ(0, cdev_end(other, PCSC_LEAVE_CARD));
	EXPECT_EQ(0, cdev_disconnect(other, PCSC_LEAVE_CARD));
	close(other);
}

TEST_F(signals, poll)
{
	EXPECT_INTERRUPTED(call_poll_in, NULL);
}

/* What has not begun can start over. */
TEST_F(signals, waiting_for_its_turn)
{
	struct call slow, c;

	call_start(&slow, self->fd, call_apdu, DELAY_3S);
	sleep_ms(QUIET_MS);
	call_start(&c, self->fd, call_apdu, ECHO_42);
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	interrupt(&c);
	if (variant->flags & SA_RESTART) {
		EXPECT_FALSE(call_done(&c, QUIET_MS));
		ASSERT_TRUE(call_done(&c, SOON_MS));
		EXPECT_EQ(0, c.error);
		EXPECT_STREQ(ECHO_42_ANSWER, c.answer);
	} else {
		ASSERT_TRUE(call_done(&c, SOON_MS));
		EXPECT_EQ(EINTR, c.error);
	}
	ASSERT_TRUE(call_done(&slow, SOON_MS));
	EXPECT_STREQ("9000", slow.answer);
}

TEST_F(signals, read)
{
	struct call c;

	fcntl(self->fd, F_SETFL, O_NONBLOCK);
	ASSERT_EQ(4, write(self->fd, "\x80\xe4\x0b\xb8", 4));
	fcntl(self->fd, F_SETFL, 0);
	call_start(&c, self->fd, call_read, NULL);
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	interrupt(&c);
	ASSERT_TRUE(call_done(&c, SOON_MS));
	if (variant->flags & SA_RESTART) {
		EXPECT_EQ(0, c.error);
		EXPECT_STREQ("9000", c.answer);
	} else {
		EXPECT_EQ(EINTR, c.error);
		/* The command goes on. */
		EXPECT_EQ(0, call_read(&c));
		EXPECT_STREQ("9000", c.answer);
	}
}

TEST_HARNESS_MAIN

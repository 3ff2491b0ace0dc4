// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two opens of one reader, and other clients at the host: who waits, who is refused,
 * who is told that the card was reset or is gone.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>

#include "cdev.h"

FIXTURE(share) {
	int a, b;
	bool emulated;
};

FIXTURE_SETUP(share)
{
	cdev_settle(CARD);
	self->a = cdev_open(CARD, O_RDWR);
	self->b = cdev_open(CARD, O_RDWR);
	self->emulated = !access("/emulated", F_OK);
}

FIXTURE_TEARDOWN(share)
{
	cdev_cancel(self->b);
	cdev_disconnect(self->a, PCSC_LEAVE_CARD);
	cdev_disconnect(self->b, PCSC_LEAVE_CARD);
	close(self->a);
	close(self->b);
}

#define CONNECT_BOTH() do { \
	ASSERT_EQ(0, cdev_connect(self->a, PCSC_SHARE_SHARED, ANY)); \
	ASSERT_EQ(0, cdev_connect(self->b, PCSC_SHARE_SHARED, ANY)); \
} while (0)

#define EXPECT_WORKS(fd) \
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(fd, ECHO_42))

TEST_F(share, both_share)
{
	CONNECT_BOTH();
	EXPECT_WORKS(self->a);
	EXPECT_WORKS(self->b);
	EXPECT_EQ(0, cdev_disconnect(self->a, PCSC_LEAVE_CARD));
	EXPECT_WORKS(self->b);
}

TEST_F(share, exclusive_keeps_others_out)
{
	ASSERT_EQ(0, cdev_connect(self->a, PCSC_SHARE_EXCLUSIVE, ANY));
	EXPECT_EQ(EBUSY, cdev_connect(self->b, PCSC_SHARE_SHARED, ANY));
	EXPECT_EQ(PCSC_E_SHARING_VIOLATION, cdev_result);
	EXPECT_EQ(EBUSY, cdev_connect(self->b, PCSC_SHARE_EXCLUSIVE, ANY));
	EXPECT_EQ(EBUSY, cdev_connect(self->b, PCSC_SHARE_DIRECT, 0));
	EXPECT_WORKS(self->a);
	ASSERT_EQ(0, cdev_disconnect(self->a, PCSC_LEAVE_CARD));
	EXPECT_EQ(0, cdev_connect(self->b, PCSC_SHARE_SHARED, ANY));
	EXPECT_EQ(EBUSY, cdev_connect(self->a, PCSC_SHARE_EXCLUSIVE, ANY));
	EXPECT_EQ(PCSC_E_SHARING_VIOLATION, cdev_result);
	EXPECT_WORKS(self->b);
}

TEST_F(share, a_transaction_keeps_others_waiting)
{
	struct call c;

	CONNECT_BOTH();
	ASSERT_EQ(0, cdev_begin(self->a, 0));
	call_start(&c, self->b, call_apdu, ECHO_42);
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	EXPECT_WORKS(self->a);
	ASSERT_EQ(0, cdev_end(self->a, PCSC_LEAVE_CARD));
	ASSERT_TRUE(call_done(&c, SOON_MS));
	EXPECT_EQ(0, c.error);
	EXPECT_STREQ(ECHO_42_ANSWER, c.answer);

	ASSERT_EQ(0, cdev_begin(self->a, 0));
	call_start(&c, self->b, call_begin, NULL);
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	ASSERT_EQ(0, cdev_end(self->a, PCSC_LEAVE_CARD));
	ASSERT_TRUE(call_done(&c, SOON_MS));
	EXPECT_EQ(0, c.error);
	/* Now it is the other's. */
	call_start(&c, self->a, call_apdu, ECHO_42);
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	ASSERT_EQ(0, cdev_end(self->b, PCSC_LEAVE_CARD));
	ASSERT_TRUE(call_done(&c, SOON_MS));
	EXPECT_EQ(0, c.error);
}

/* Neither a transaction nor an exclusive hold outlives the open. */
TEST_F(share, close_ends_a_transaction)
{
	struct call c;

	CONNECT_BOTH();
	ASSERT_EQ(0, cdev_begin(self->a, 0));
	call_start(&c, self->b, call_begin, NULL);
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	close(self->a);
	ASSERT_TRUE(call_done(&c, SOON_MS));
	/* It may see the reset that goes with the end. */
	EXPECT_TRUE(c.error == 0 || c.error == ECONNRESET)
		TH_LOG("error %d", c.error);
	self->a = cdev_open(CARD, O_RDWR);
}

TEST_F(share, close_ends_an_exclusive_hold)
{
	int err;

	ASSERT_EQ(0, cdev_connect(self->a, PCSC_SHARE_EXCLUSIVE, ANY));
	close(self->a);
	WITHIN(SOON_MS, (err = cdev_connect(self->b, PCSC_SHARE_SHARED, ANY)) != EBUSY);
	EXPECT_EQ(0, err);
	self->a = cdev_open(CARD, O_RDWR);
}

TEST_F(share, begin_has_a_time_out)
{
	struct call c;

	CONNECT_BOTH();
	ASSERT_EQ(0, cdev_begin(self->a, 0));
	EXPECT_EQ(ETIMEDOUT, cdev_begin(self->b, QUIET_MS));
	EXPECT_EQ(PCSC_E_TIMEOUT, cdev_result);
	/* What it would have got late is given back. */
	ASSERT_EQ(0, cdev_end(self->a, PCSC_LEAVE_CARD));
	call_start(&c, self->a, call_begin, NULL);
	ASSERT_TRUE(call_done(&c, SOON_MS));
	EXPECT_EQ(0, c.error);
	EXPECT_EQ(0, cdev_end(self->a, PCSC_LEAVE_CARD));
}

TEST_F(share, reset_is_told)
{
	CONNECT_BOTH();
	ASSERT_EQ(0, cdev_reconnect(self->a, PCSC_SHARE_SHARED, ANY,
				    PCSC_RESET_CARD));
	EXPECT_WORKS(self->a);
	EXPECT_STREQ("ECONNRESET", cdev_apdu(self->b, ECHO_42));
	EXPECT_EQ(PCSC_W_RESET_CARD, cdev_result);
	EXPECT_STREQ("ECONNRESET", cdev_apdu(self->b, ECHO_42));
	ASSERT_EQ(0, cdev_reconnect(self->b, PCSC_SHARE_SHARED, ANY,
				    PCSC_LEAVE_CARD));
	EXPECT_WORKS(self->b);
	EXPECT_WORKS(self->a);
}

TEST_F(share, a_host_client_resets)
{
	ASSERT_EQ(0, cdev_connect(self->a, PCSC_SHARE_SHARED, ANY));
	ASSERT_EQ(0, world("world reset %d", CARD));
	EXPECT_STREQ("ECONNRESET", cdev_apdu(self->a, ECHO_42));
	EXPECT_EQ(PCSC_W_RESET_CARD, cdev_result);
	/* A connect anew is as good as a reconnect. */
	ASSERT_EQ(0, cdev_connect(self->a, PCSC_SHARE_SHARED, ANY));
	EXPECT_WORKS(self->a);
}

TEST_F(share, a_host_client_holds)
{
	ASSERT_EQ(0, world("world hold %d exclusive", CARD));
	EXPECT_EQ(EBUSY, cdev_connect(self->a, PCSC_SHARE_SHARED, ANY));
	EXPECT_EQ(PCSC_E_SHARING_VIOLATION, cdev_result);
	ASSERT_EQ(0, world("world release %d", CARD));
	EXPECT_EQ(0, cdev_connect(self->a, PCSC_SHARE_SHARED, ANY));
	EXPECT_WORKS(self->a);
}

TEST_F(share, a_host_client_shares)
{
	if (self->emulated)
		SKIP(return, "no other client that shares");
	ASSERT_EQ(0, world("world hold %d shared", CARD));
	EXPECT_EQ(EBUSY, cdev_connect(self->a, PCSC_SHARE_EXCLUSIVE, ANY));
	EXPECT_EQ(0, cdev_connect(self->a, PCSC_SHARE_SHARED, ANY));
	EXPECT_WORKS(self->a);
	ASSERT_EQ(0, world("world release %d", CARD));
	EXPECT_WORKS(self->a);
	EXPECT_EQ(0, cdev_reconnect(self->a, PCSC_SHARE_EXCLUSIVE, ANY,
				    PCSC_LEAVE_CARD));
	EXPECT_NE(0, world("host scard status %d 2>/dev/null", CARD));
}

TEST_F(share, the_card_goes_between_commands)
{
	ASSERT_EQ(0, cdev_connect(self->a, PCSC_SHARE_SHARED, ANY));
	ASSERT_EQ(0, world("world remove %d", CARD));
	EXPECT_TRUE(cdev_wait_state(self->a, PCSC_STATE_PRESENT, 0));
	EXPECT_STREQ("ENOLINK", cdev_apdu(self->a, ECHO_42));
	EXPECT_EQ(PCSC_W_REMOVED_CARD, cdev_result);
	EXPECT_EQ(ENOMEDIUM, cdev_connect(self->b, PCSC_SHARE_SHARED, ANY));
	ASSERT_EQ(0, world("world insert %d", CARD));
	EXPECT_TRUE(cdev_wait_state(self->a, PCSC_STATE_PRESENT,
				    PCSC_STATE_PRESENT));
	EXPECT_STREQ("ENOLINK", cdev_apdu(self->a, ECHO_42));
	EXPECT_EQ(0, cdev_connect(self->a, PCSC_SHARE_SHARED, ANY));
	EXPECT_WORKS(self->a);
}

TEST_F(share, the_card_goes_during_a_command)
{
	struct call c;

	ASSERT_EQ(0, cdev_connect(self->a, PCSC_SHARE_SHARED, ANY));
	call_start(&c, self->a, call_apdu, "80E80000");
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	ASSERT_EQ(0, world("world remove %d", CARD));
	ASSERT_TRUE(call_done(&c, SOON_MS));
	EXPECT_EQ(ENOLINK, c.error);
	EXPECT_EQ(PCSC_W_REMOVED_CARD, c.result);
	ASSERT_EQ(0, world("world insert %d", CARD));
	EXPECT_TRUE(cdev_wait_state(self->b, PCSC_STATE_PRESENT,
				    PCSC_STATE_PRESENT));
	EXPECT_EQ(0, cdev_connect(self->b, PCSC_SHARE_SHARED, ANY));
	EXPECT_WORKS(self->b);
}

TEST_F(share, cancel)
{
	struct call c;

	CONNECT_BOTH();
	call_start(&c, self->a, call_apdu, DELAY_3S);
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	/* Each open its own */
	EXPECT_EQ(0, cdev_cancel(self->b));
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	EXPECT_EQ(0, cdev_cancel(self->a));
	ASSERT_TRUE(call_done(&c, SOON_MS));
	EXPECT_GT(2500, c.end - c.start);
	EXPECT_EQ(ECANCELED, c.error);
	EXPECT_EQ(PCSC_E_CANCELLED, c.result);
	/* Only what was under way */
	EXPECT_WORKS(self->a);
	EXPECT_WORKS(self->b);
}

TEST_F(share, cancel_a_begin)
{
	struct call c;

	CONNECT_BOTH();
	ASSERT_EQ(0, cdev_begin(self->a, 0));
	call_start(&c, self->b, call_begin, NULL);
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	EXPECT_EQ(0, cdev_cancel(self->b));
	ASSERT_TRUE(call_done(&c, SOON_MS));
	EXPECT_EQ(ECANCELED, c.error);
	ASSERT_EQ(0, cdev_end(self->a, PCSC_LEAVE_CARD));
	EXPECT_EQ(0, cdev_begin(self->a, 0));
	EXPECT_EQ(0, cdev_end(self->a, PCSC_LEAVE_CARD));
}

/* The commands of one open run one after another, and some wait for none. */
TEST_F(share, one_after_another)
{
	struct pcsc_ioc_info info = { .size = sizeof(info) };
	struct pcsc_ioc_state st;
	struct call slow, next;

	CONNECT_BOTH();
	call_start(&slow, self->a, call_apdu, DELAY_1S);
	sleep_ms(100);
	call_start(&next, self->a, call_apdu, ECHO_42);
	sleep_ms(100);
	EXPECT_EQ(0, cdev_ioctl(self->a, PCSC_IOC_INFO, &info));
	EXPECT_EQ(0, cdev_state(self->a, &st));
	EXPECT_FALSE(slow.done);
	EXPECT_FALSE(next.done);
	ASSERT_TRUE(call_done(&slow, SOON_MS));
	ASSERT_TRUE(call_done(&next, SOON_MS));
	EXPECT_STREQ("9000", slow.answer);
	EXPECT_STREQ(ECHO_42_ANSWER, next.answer);
	/* Each takes the time when it runs again, which may be in any order. */
	EXPECT_LE(slow.end, next.end + 500);

	/* Or not at all, if they must not wait */
	call_start(&slow, self->a, call_apdu, DELAY_1S);
	sleep_ms(100);
	ASSERT_EQ(0, fcntl(self->a, F_SETFL, O_NONBLOCK));
	EXPECT_STREQ("EAGAIN", cdev_apdu(self->a, ECHO_42));
	EXPECT_EQ(EAGAIN, cdev_begin(self->a, 0));
	ASSERT_EQ(0, fcntl(self->a, F_SETFL, 0));
	ASSERT_TRUE(call_done(&slow, SOON_MS));
	EXPECT_STREQ("9000", slow.answer);
	EXPECT_WORKS(self->a);
}

TEST_HARNESS_MAIN

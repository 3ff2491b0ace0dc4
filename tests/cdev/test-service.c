// SPDX-License-Identifier: BSD-2-Clause
/*
 * The host's PC/SC service stops while some wait, and starts again: the reader stays,
 * everybody is told, and can connect anew.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>
#include <poll.h>

#include "cdev.h"

FIXTURE(service) {
	int fd, other;
};

FIXTURE_SETUP(service)
{
	cdev_settle(CARD);
	self->fd = cdev_open(CARD, O_RDWR);
	self->other = cdev_open(CARD, O_RDWR);
	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	ASSERT_EQ(0, cdev_connect(self->other, PCSC_SHARE_SHARED, ANY));
}

FIXTURE_TEARDOWN(service)
{
	close(self->fd);
	close(self->other);
	world("world service up 2>/dev/null");
}

static bool connect_again(int fd)
{
	return WITHIN(2 * SOON_MS, !cdev_connect(fd, PCSC_SHARE_SHARED, ANY));
}

TEST_F_TIMEOUT(service, stops_and_starts, 60)
{
	struct pcsc_ioc_info info = { .size = sizeof(info) };
	struct pcsc_ioc_state st;
	struct call transmit, begin, event;

	ASSERT_EQ(0, cdev_state(self->fd, &st));
	call_start(&transmit, self->fd, call_apdu, DELAY_3S);
	EXPECT_FALSE(call_done(&transmit, QUIET_MS));
	call_start(&begin, self->other, call_begin, NULL);
	call_start(&event, self->fd, call_poll_pri, NULL);
	ASSERT_EQ(0, world("world service down"));
	ASSERT_TRUE(call_done(&transmit, SOON_MS));
	EXPECT_NE(0, transmit.error);
	ASSERT_TRUE(call_done(&begin, SOON_MS));
	ASSERT_TRUE(call_done(&event, SOON_MS));
	EXPECT_EQ(1000 + POLLPRI, event.error);
	EXPECT_TRUE(cdev_wait_state(self->fd, PCSC_STATE_UNAVAILABLE,
				    PCSC_STATE_UNAVAILABLE));
	EXPECT_STREQ("EHOSTDOWN", cdev_apdu(self->fd, ECHO_42));
	EXPECT_EQ(PCSC_E_NO_SERVICE, cdev_result);
	EXPECT_EQ(EHOSTDOWN, cdev_connect(self->other, PCSC_SHARE_SHARED, ANY));
	EXPECT_EQ(0, cdev_ioctl(self->fd, PCSC_IOC_INFO, &info));
	ASSERT_EQ(0, world("world service up"));
	EXPECT_TRUE(cdev_wait_state(self->fd, PCSC_STATE_PRESENT,
				    PCSC_STATE_PRESENT));
	/* The old connection is not there any more. */
	EXPECT_STREQ("ENOTCONN", cdev_apdu(self->fd, ECHO_42));
	EXPECT_TRUE(connect_again(self->fd));
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->fd, ECHO_42));
	EXPECT_TRUE(connect_again(self->other));
	EXPECT_EQ(0, cdev_disconnect(self->other, PCSC_LEAVE_CARD));
	EXPECT_EQ(0, cdev_disconnect(self->fd, PCSC_RESET_CARD));
}

TEST_HARNESS_MAIN

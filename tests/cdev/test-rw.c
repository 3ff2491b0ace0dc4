// SPDX-License-Identifier: BSD-2-Clause
/*
 * write(2) a command, read(2) the response; poll(2) and O_NONBLOCK.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>

#include "cdev.h"

FIXTURE(rw) {
	int fd;
	uint8_t tx[300], rx[300];
};

FIXTURE_SETUP(rw)
{
	cdev_settle(CARD);
	self->fd = cdev_open(CARD, O_RDWR);
}

FIXTURE_TEARDOWN(rw)
{
	cdev_cancel(self->fd);
	fcntl(self->fd, F_SETFL, 0);
	cdev_disconnect(self->fd, PCSC_RESET_CARD);
	close(self->fd);
}

#define EXPECT_FAILS(error, call) do { \
	EXPECT_EQ(-1, call); \
	EXPECT_EQ(error, errno); \
} while (0)

/* One write; 0 or an errno */
static int send_hex(int fd, const char *hex)
{
	uint8_t tx[300];
	size_t len = cdev_bytes(hex, tx);
	ssize_t n = write(fd, tx, len);

	if (n < 0)
		return errno;
	return n == (ssize_t)len ? 0 : EIO;
}

/* One read; the bytes in hex, or the name of the errno */
static const char *receive_hex(int fd, size_t room)
{
	uint8_t rx[300];
	ssize_t n = read(fd, rx, room);

	return n < 0 ? strerrorname_np(errno) : cdev_hex(rx, (size_t)n);
}

static short poll_now(int fd)
{
	struct pollfd p = {
		.fd = fd, .events = POLLIN | POLLOUT | POLLPRI };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

static bool poll_for(int fd, short event)
{
	struct pollfd p = { .fd = fd, .events = event };

	return poll(&p, 1, SOON_MS) == 1 && (p.revents & event);
}

TEST_F(rw, write_and_read)
{
	struct pcsc_ioc_status st;

	/* An open that is not connected connects. */
	ASSERT_EQ(ENOTCONN, cdev_status(self->fd, &st));
	ASSERT_EQ(0, send_hex(self->fd, ECHO_42));
	EXPECT_STREQ(ECHO_42_ANSWER, receive_hex(self->fd, 300));
	EXPECT_STREQ("", receive_hex(self->fd, 300));
	ASSERT_EQ(0, cdev_status(self->fd, &st));
	EXPECT_EQ(PCSC_PROTOCOL_T1, st.protocol);
	/* Shared */
	EXPECT_EQ(cdev_resets(CARD), cdev_resets(CARD));
}

TEST_F(rw, nothing_to_read)
{
	EXPECT_STREQ("", receive_hex(self->fd, 300));
	fcntl(self->fd, F_SETFL, O_NONBLOCK);
	EXPECT_STREQ("", receive_hex(self->fd, 300));
}

TEST_F(rw, in_pieces)
{
	ASSERT_EQ(0, send_hex(self->fd, "80E00000051122334455"));
	EXPECT_STREQ("11", receive_hex(self->fd, 1));
	EXPECT_STREQ("", receive_hex(self->fd, 0));
	EXPECT_STREQ("2233", receive_hex(self->fd, 2));
	EXPECT_STREQ("44559000", receive_hex(self->fd, 300));
	EXPECT_STREQ("", receive_hex(self->fd, 300));
}

TEST_F(rw, a_write_discards_what_is_unread)
{
	ASSERT_EQ(0, send_hex(self->fd, "80E00000051122334455"));
	EXPECT_STREQ("1122", receive_hex(self->fd, 2));
	ASSERT_EQ(0, send_hex(self->fd, ECHO_42));
	EXPECT_STREQ(ECHO_42_ANSWER, receive_hex(self->fd, 300));
	/* One that fails, too */
	ASSERT_EQ(0, send_hex(self->fd, ECHO_42));
	ASSERT_EQ(0, world("world reset %d", CARD));
	EXPECT_EQ(ECONNRESET, send_hex(self->fd, ECHO_42));
	EXPECT_STREQ("", receive_hex(self->fd, 300));
}

TEST_F(rw, long_ones)
{
	size_t data = 60000, got = 0;
	uint8_t *tx = malloc(data + 7), *rx = malloc(data + 1000);
	ssize_t n;

	memcpy(tx, "\x80\xe0\0\0\0", 5);
	tx[5] = (uint8_t)(data >> 8);
	tx[6] = (uint8_t)data;
	for (size_t i = 0; i < data; i++)
		tx[7 + i] = (uint8_t)(i * 31 + (i >> 8));
	ASSERT_EQ(data + 7, write(self->fd, tx, data + 7));
	while ((n = read(self->fd, rx + got, 999)) > 0)
		got += (size_t)n;
	ASSERT_EQ(0, n);
	ASSERT_EQ(data + 2, got);
	EXPECT_EQ(0, memcmp(rx, tx + 7, data));
}

TEST_F(rw, bad_lengths_and_addresses)
{
	uint8_t *tx = page_before_hole(LONGEST + 1);

	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	EXPECT_FAILS(EMSGSIZE, write(self->fd, tx, LONGEST + 1));
	EXPECT_FAILS(EINVAL, write(self->fd, tx, 0));
	EXPECT_FAILS(EFAULT, write(self->fd, hole(), 10));
	EXPECT_FAILS(EFAULT, write(self->fd, tx + LONGEST - 4, 6));
	ASSERT_EQ(0, send_hex(self->fd, ECHO_42));
	EXPECT_FAILS(EFAULT, read(self->fd, hole(), 10));
	/* It is not lost. */
	EXPECT_STREQ(ECHO_42_ANSWER, receive_hex(self->fd, 300));
}

TEST_F(rw, no_place_to_seek)
{
	EXPECT_FAILS(ESPIPE, lseek(self->fd, 0, SEEK_SET));
	EXPECT_FAILS(ESPIPE, lseek(self->fd, 0, SEEK_END));
	EXPECT_FAILS(ESPIPE, pread(self->fd, self->rx, 1, 0));
	EXPECT_FAILS(ESPIPE, pwrite(self->fd, self->tx, 1, 0));
}

TEST_F(rw, one_way_only)
{
	int r = cdev_open(CARD, O_RDONLY), w = cdev_open(CARD, O_WRONLY);

	EXPECT_EQ(EBADF, send_hex(r, ECHO_42));
	EXPECT_STREQ("", receive_hex(r, 300));
	EXPECT_EQ(0, send_hex(w, ECHO_42));
	EXPECT_STREQ("EBADF", receive_hex(w, 300));
	/* ioctls are both. */
	EXPECT_EQ(EBADF, cdev_disconnect(w, PCSC_LEAVE_CARD));
	close(r);
	close(w);
}

TEST_F(rw, what_a_write_fails_with)
{
	int empty = cdev_open(EMPTY, O_RDWR);
	int other = cdev_open(CARD, O_RDWR);

	EXPECT_EQ(ENOMEDIUM, send_hex(empty, ECHO_42));
	EXPECT_STREQ("", receive_hex(empty, 300));
	ASSERT_EQ(0, cdev_connect(other, PCSC_SHARE_EXCLUSIVE, ANY));
	EXPECT_EQ(EBUSY, send_hex(self->fd, ECHO_42));
	EXPECT_EQ(0, cdev_disconnect(other, PCSC_LEAVE_CARD));
	close(empty);
	close(other);
}

TEST_F(rw, not_blocking)
{
	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	fcntl(self->fd, F_SETFL, O_NONBLOCK);
	EXPECT_EQ(POLLOUT, poll_now(self->fd) & (POLLIN | POLLOUT));
	ASSERT_EQ(0, send_hex(self->fd, DELAY_1S));
	EXPECT_STREQ("EAGAIN", receive_hex(self->fd, 300));
	EXPECT_EQ(0, poll_now(self->fd) & (POLLIN | POLLOUT));
	EXPECT_EQ(EAGAIN, send_hex(self->fd, ECHO_42));
	EXPECT_STREQ("EAGAIN", cdev_apdu(self->fd, ECHO_42));
	ASSERT_TRUE(poll_for(self->fd, POLLIN));
	EXPECT_EQ(POLLIN | POLLOUT,
		  poll_now(self->fd) & (POLLIN | POLLOUT));
	EXPECT_STREQ("9000", receive_hex(self->fd, 300));
	EXPECT_EQ(POLLOUT, poll_now(self->fd) & (POLLIN | POLLOUT));
	EXPECT_STREQ("", receive_hex(self->fd, 300));
}

/* Without a connection: that is made beside, too. */
TEST_F(rw, not_blocking_and_not_connected)
{
	int empty = cdev_open(EMPTY, O_RDWR | O_NONBLOCK);

	fcntl(self->fd, F_SETFL, O_NONBLOCK);
	ASSERT_EQ(0, send_hex(self->fd, ECHO_42));
	ASSERT_TRUE(poll_for(self->fd, POLLIN));
	EXPECT_STREQ(ECHO_42_ANSWER, receive_hex(self->fd, 300));
	/* The error is for the one who reads. */
	ASSERT_EQ(0, send_hex(empty, ECHO_42));
	ASSERT_TRUE(poll_for(empty, POLLIN));
	EXPECT_STREQ("ENOMEDIUM", receive_hex(empty, 300));
	EXPECT_STREQ("", receive_hex(empty, 300));
	EXPECT_EQ(0, poll_now(empty) & POLLIN);
	close(empty);
}

TEST_F(rw, a_read_waits_for_what_is_under_way)
{
	long long start = now_ms();

	fcntl(self->fd, F_SETFL, O_NONBLOCK);
	ASSERT_EQ(0, send_hex(self->fd, DELAY_1S));
	fcntl(self->fd, F_SETFL, 0);
	EXPECT_STREQ("9000", receive_hex(self->fd, 300));
	EXPECT_LE(900, now_ms() - start);
}

TEST_F(rw, cancel_a_write)
{
	fcntl(self->fd, F_SETFL, O_NONBLOCK);
	ASSERT_EQ(0, send_hex(self->fd, DELAY_3S));
	sleep_ms(QUIET_MS);
	EXPECT_EQ(0, cdev_cancel(self->fd));
	ASSERT_TRUE(poll_for(self->fd, POLLIN));
	EXPECT_STREQ("ECANCELED", receive_hex(self->fd, 300));
}

TEST_F(rw, epoll_at_the_edge)
{
	struct epoll_event want = { .events = EPOLLIN | EPOLLET }, got;
	int ep = epoll_create1(0);

	fcntl(self->fd, F_SETFL, O_NONBLOCK);
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->fd, &want));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, send_hex(self->fd, ECHO_42));
		ASSERT_EQ(1, epoll_wait(ep, &got, 1, SOON_MS));
		EXPECT_EQ(EPOLLIN, got.events & EPOLLIN);
		EXPECT_STREQ(ECHO_42_ANSWER, receive_hex(self->fd, 300));
	}
	close(ep);
}

/* Waits until STATE has told all there is. */
static bool quiet(int fd)
{
	struct pcsc_ioc_state st;

	for (int i = 0; i < 100; i++) {
		if (cdev_state(fd, &st))
			return false;
		sleep_ms(QUIET_MS);
		if (!(poll_now(fd) & POLLPRI))
			return true;
	}
	return false;
}

TEST_F(rw, card_events)
{
	static const char *const events[] = { "remove", "insert" };
	int reader = cdev_open(CARD, O_RDONLY);
	struct pcsc_ioc_state before, st;
	struct call c;

	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		ASSERT_TRUE(quiet(self->fd));
		ASSERT_EQ(0, cdev_state(self->fd, &before));
		call_start(&c, self->fd, call_poll_pri, NULL);
		EXPECT_FALSE(call_done(&c, QUIET_MS));
		ASSERT_EQ(0, world("world %s %d", events[i], CARD));
		ASSERT_TRUE(call_done(&c, SOON_MS));
		EXPECT_EQ(1000 + POLLPRI, c.error);
		EXPECT_TRUE(cdev_wait_state(reader, PCSC_STATE_PRESENT, i ?
					    PCSC_STATE_PRESENT : 0));
		/* It stays until it is acknowledged, by each for itself. */
		EXPECT_EQ(POLLPRI, poll_now(self->fd) & POLLPRI);
		ASSERT_EQ(0, cdev_state(self->fd, &st));
		EXPECT_NE(before.events, st.events);
		EXPECT_TRUE(quiet(self->fd));
	}
	close(reader);
}

TEST_F(rw, a_new_open_has_no_news)
{
	ASSERT_TRUE(quiet(self->fd));
	for (int i = 0; i < 3; i++) {
		int fd = cdev_open(CARD, O_RDWR);

		EXPECT_EQ(POLLOUT, poll_now(fd));
		close(fd);
	}
}

TEST_HARNESS_MAIN

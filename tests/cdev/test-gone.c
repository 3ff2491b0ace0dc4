// SPDX-License-Identifier: BSD-2-Clause
/*
 * The reader goes: unplugged at the host, unbound from its driver, or with its
 * controller.  All who wait for it are woken; what is open stays open; it
 * comes back under the same number.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>
#include <poll.h>

#include "cdev.h"

FIXTURE(gone) {
	int fd, other, idle;
};

FIXTURE_VARIANT(gone) {
	const char *go, *come;
};

FIXTURE_VARIANT_ADD(gone, unplugged) { "world unplug 0", "world plug 0" };
FIXTURE_VARIANT_ADD(gone, unbound) {
	"bindings unbind reader", "bindings bind reader" };
FIXTURE_VARIANT_ADD(gone, controller_unbound) {
	"bindings unbind controller", "bindings bind controller" };

static bool there(void)
{
	char path[64];
	int fd;

	cdev_path(path, CARD);
	fd = open(path, O_RDWR);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

FIXTURE_SETUP(gone)
{
	if (!there()) {
		world("%s", variant->come);
		WITHIN(SOON_MS, there());
	}
	world("world insert %d", CARD);
	self->idle = cdev_open(CARD, O_RDWR);
	cdev_wait_state(self->idle, PCSC_STATE_PRESENT, PCSC_STATE_PRESENT);
	cdev_settle(CARD);
	self->fd = cdev_open(CARD, O_RDWR);
	self->other = cdev_open(CARD, O_RDWR);
	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	ASSERT_EQ(0, cdev_connect(self->other, PCSC_SHARE_SHARED, ANY));
}

FIXTURE_TEARDOWN(gone)
{
	close(self->fd);
	close(self->other);
	close(self->idle);
	if (!there())
		world("%s", variant->come);
	EXPECT_TRUE(WITHIN(SOON_MS, there()));
}

static int call_read(struct call *c)
{
	uint8_t rx[20];

	return read(c->fd, rx, sizeof(rx)) < 0 ? errno : 0;
}

#define GO() do { \
	ASSERT_EQ(0, world("%s", variant->go)); \
	EXPECT_TRUE(WITHIN(SOON_MS, !there())); \
} while (0)

static int woken(struct call *c)
{
	return call_done(c, SOON_MS) ? c->error : -1;
}

TEST_F(gone, what_is_open)
{
	struct pollfd p = { .events = POLLIN | POLLOUT | POLLPRI };
	struct pcsc_ioc_info info = { .size = sizeof(info) };
	struct pcsc_ioc_status status;
	struct pcsc_ioc_state st;
	int fds[] = { self->fd, self->idle };
	uint8_t byte = 0;

	ASSERT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->fd, ECHO_42));
	ASSERT_EQ(4, write(self->fd, "\x80\xe6\x90", 4));
	GO();
	/* The node is gone from /dev a moment before what is open knows it. */
	EXPECT_TRUE(WITHIN(SOON_MS, cdev_cancel(self->idle) == ENODEV));
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		EXPECT_STREQ("ENODEV", cdev_apdu(fds[i], ECHO_42));
		EXPECT_EQ(ENODEV, cdev_connect(fds[i], PCSC_SHARE_SHARED, ANY));
		EXPECT_EQ(ENODEV, cdev_disconnect(fds[i], PCSC_LEAVE_CARD));
		EXPECT_EQ(ENODEV, cdev_status(fds[i], &status));
		EXPECT_EQ(ENODEV, cdev_begin(fds[i], 0));
		EXPECT_EQ(ENODEV, cdev_state(fds[i], &st));
		EXPECT_EQ(ENODEV, cdev_cancel(fds[i]));
		EXPECT_EQ(ENODEV, cdev_ioctl(fds[i], PCSC_IOC_INFO, &info));
		EXPECT_EQ(-1, write(fds[i], &byte, 1));
		EXPECT_EQ(ENODEV, errno);
		EXPECT_EQ(-1, read(fds[i], &byte, 1));
		EXPECT_EQ(ENODEV, errno);
		p.fd = fds[i];
		ASSERT_EQ(1, poll(&p, 1, 0));
		EXPECT_EQ(POLLHUP | POLLERR | POLLPRI,
			  p.revents & (POLLHUP | POLLERR | POLLPRI));
	}
	/* It comes back as another: the old ones stay what they are. */
	ASSERT_EQ(0, world("%s", variant->come));
	ASSERT_TRUE(WITHIN(SOON_MS, there()));
	EXPECT_STREQ("ENODEV", cdev_apdu(self->fd, ECHO_42));
	EXPECT_EQ(ENODEV, cdev_state(self->idle, &st));
	world("world insert %d", CARD);
	close(self->idle);
	self->idle = cdev_open(CARD, O_RDWR);
	EXPECT_TRUE(cdev_wait_state(self->idle, PCSC_STATE_PRESENT,
				    PCSC_STATE_PRESENT));
	EXPECT_EQ(0, cdev_connect(self->idle, PCSC_SHARE_SHARED, ANY));
	EXPECT_STREQ(ECHO_42_ANSWER, cdev_apdu(self->idle, ECHO_42));
}

/* One who waits for the card, one for his turn, one for an event */
TEST_F(gone, wakes_transmit)
{
	struct call transmit, turn, event;

	call_start(&transmit, self->fd, call_apdu, "80E80000");
	EXPECT_FALSE(call_done(&transmit, QUIET_MS));
	call_start(&turn, self->fd, call_apdu, ECHO_42);
	call_start(&event, self->idle, call_poll_in, NULL);
	EXPECT_FALSE(call_done(&turn, QUIET_MS));
	EXPECT_FALSE(event.done);
	GO();
	EXPECT_EQ(ENODEV, woken(&transmit));
	EXPECT_EQ(ENODEV, woken(&turn));
	ASSERT_TRUE(call_done(&event, SOON_MS));
	EXPECT_EQ(1000 + (POLLHUP | POLLERR), event.error & ~POLLIN);
}

TEST_F(gone, wakes_begin)
{
	struct call begin;

	ASSERT_EQ(0, cdev_begin(self->other, 0));
	call_start(&begin, self->fd, call_begin, NULL);
	EXPECT_FALSE(call_done(&begin, QUIET_MS));
	GO();
	EXPECT_EQ(ENODEV, woken(&begin));
}

TEST_F(gone, wakes_connect)
{
	struct call c;

	ASSERT_EQ(0, cdev_begin(self->other, 0));
	call_start(&c, self->idle, call_connect_exclusive, NULL);
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	GO();
	EXPECT_EQ(ENODEV, woken(&c));
}

TEST_F(gone, wakes_read)
{
	struct call c;

	fcntl(self->fd, F_SETFL, O_NONBLOCK);
	ASSERT_EQ(4, write(self->fd, "\x80\xe8\0", 4));
	fcntl(self->fd, F_SETFL, 0);
	call_start(&c, self->fd, call_read, NULL);
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	GO();
	EXPECT_EQ(ENODEV, woken(&c));
}

TEST_F(gone, wakes_write)
{
	struct call c;

	call_start(&c, self->fd, call_write, "80E80000");
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	GO();
	EXPECT_EQ(ENODEV, woken(&c));
}

/* Closed before it is back, with a command under way that nobody waits for */
TEST_F(gone, closed_meanwhile)
{
	fcntl(self->fd, F_SETFL, O_NONBLOCK);
	ASSERT_EQ(4, write(self->fd, "\x80\xe8\0", 4));
	GO();
	close(self->fd);
	close(self->other);
	close(self->idle);
	ASSERT_EQ(0, world("%s", variant->come));
	ASSERT_TRUE(WITHIN(SOON_MS, there()));
	self->fd = cdev_open(CARD, O_RDWR);
	self->other = cdev_open(CARD, O_RDWR);
	self->idle = cdev_open(CARD, O_RDWR);
}

/* While others open, ask, connect and close, without a pause */
static void *visit(void *arg)
{
	struct pcsc_ioc_state st;
	char path[64];

	cdev_path(path, CARD);
	while (!__atomic_load_n((bool *)arg, __ATOMIC_RELAXED)) {
		int fd = open(path, O_RDWR);

		if (fd < 0)
			continue;
		cdev_state(fd, &st);
		cdev_connect(fd, PCSC_SHARE_SHARED, ANY);
		cdev_apdu(fd, ECHO_42);
		close(fd);
	}
	return NULL;
}

/* On a kernel that looks for mistakes this takes longer than the harness likes. */
TEST_F_TIMEOUT(gone, in_the_middle_of_visits, 180)
{
	pthread_t threads[3];
	bool stop = false;

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, visit, &stop);
	for (int i = 0; i < 5; i++) {
		sleep_ms(30);
		ASSERT_EQ(0, world("%s", variant->go));
		ASSERT_EQ(0, world("%s", variant->come));
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	EXPECT_TRUE(WITHIN(SOON_MS, there()));
}

TEST_HARNESS_MAIN

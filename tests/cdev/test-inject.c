// SPDX-License-Identifier: BSD-2-Clause
/*
 * Each allocation and each copy of user memory on the way of an open, an ioctl, a
 * read, a write or an attribute fails in turn. The call says so by an errno that
 * fits, and the next one works. On version 1 of the registers a part of the calls fails
 * as it always does there.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/sysinfo.h>

#include "cdev.h"

#define ATTR(name)	"/sys/bus/platform/devices/pcsc_reader.0/" name
#define DRIVER		"/sys/bus/platform/drivers/pcsc_reader/"
#define BIG		60000
#define SLOW_S		900

static int fd = -1;
static uint8_t tx[BIG + 9], rx[BIG + 9];
static struct pcsc_ioc_transfer transfer;

/* An APDU that the card echoes, of @data bytes of data */
static void fill(size_t data)
{
	memcpy(tx, "\x80\xe0\0\0\0", 5);
	tx[5] = (uint8_t)(data >> 8);
	tx[6] = (uint8_t)data;
	for (size_t i = 0; i < data; i++)
		tx[7 + i] = (uint8_t)(i * 31 + (i >> 8));
	transfer = (struct pcsc_ioc_transfer) {
		.size = sizeof(transfer), .tx = (uintptr_t)tx,
		.tx_len = (uint32_t)data + 7,
		.rx = (uintptr_t)rx, .rx_len = (uint32_t)data + 2,
	};
}

/* What makes a call possible; they end the test if they fail. */
static void nothing(void)
{
}

static void opened(void)
{
	fd = cdev_open(CARD, O_RDWR);
}

static void connect_patiently(void)
{
	int err = cdev_connect_patiently(fd);

	if (err) {
		printf("# connect: %s\n", strerrorname_np(err));
		abort();
	}
}

static void connected(void)
{
	opened();
	connect_patiently();
}

static void ready_for_little(void)
{
	connected();
	fill(1);
}

static void ready_for_much(void)
{
	connected();
	fill(BIG);
}

/* Its buffers are there, and too small. */
static void ready_for_more(void)
{
	connected();
	if (strcmp(cdev_apdu(fd, ECHO_42), ECHO_42_ANSWER))
		abort();
	fill(BIG);
}

static void opened_nonblock(void)
{
	fd = cdev_open(CARD, O_RDWR | O_NONBLOCK);
	connect_patiently();
}

/* A reader that was not used yet has no buffer and does not know its name. */
static void unused(void)
{
	if (world_put(DRIVER "unbind", "pcsc_reader.0") ||
	    world_put(DRIVER "bind", "pcsc_reader.0"))
		abort();
}

static void unused_opened(void)
{
	unused();
	opened();
}

static int get(const char *path, const char *begins)
{
	int attr = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int err = 0;

	if (attr < 0)
		return errno;
	n = read(attr, rx, sizeof(rx));
	if (n < 0)
		err = errno;
	else if (memcmp(rx, begins, strlen(begins)))
		err = EBADMSG;
	close(attr);
	return err;
}

static void attr_connected(void)
{
	unused();
	if (world_put(ATTR("connect"), "1"))
		abort();
}

/* The calls */
static int run_open(void)
{
	fd = open("/dev/pcsc_reader0", O_RDWR | O_CLOEXEC);
	return fd < 0 ? errno : 0;
}

static int run_connect(void)
{
	return cdev_connect(fd, PCSC_SHARE_SHARED, ANY);
}

static int run_transmit(void)
{
	size_t data = transfer.tx_len - 7;
	int err = cdev_ioctl(fd, PCSC_IOC_TRANSMIT, &transfer);

	if (!err && (transfer.rx_len != data + 2 || memcmp(rx, tx + 7, data)))
		err = EBADMSG;
	return err;
}

static int run_info(void)
{
	struct pcsc_ioc_info info = { .size = sizeof(info) };
	int err = cdev_ioctl(fd, PCSC_IOC_INFO, &info);

	return err || info.name_len ? err : EBADMSG;
}

static int run_state(void)
{
	struct pcsc_ioc_state st;
	int err = cdev_state(fd, &st);

	return err || st.atr_len ? err : EBADMSG;
}

static int run_status(void)
{
	struct pcsc_ioc_status st;
	int err = cdev_status(fd, &st);

	return err || st.name_len ? err : EBADMSG;
}

static int run_write_and_read(void)
{
	if (write(fd, "\x80\xe0\0\0\1\x42", 6) < 0 || read(fd, rx, 300) < 0)
		return errno;
	return memcmp(rx, "\x42\x90", 3) ? EBADMSG : 0;
}

static int run_write_and_poll(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (write(fd, "\x80\xe0\0\0\1\x42", 6) < 0 || poll(&p, 1, SOON_MS) < 0 ||
	    read(fd, rx, 300) < 0)
		return errno;
	return memcmp(rx, "\x42\x90", 3) ? EBADMSG : 0;
}

static int run_attr_connect(void)
{
	return world_put(ATTR("connect"), "1");
}

static int run_attr_transmit(void)
{
	int err = world_put(ATTR("transmit"), "80 E0 00 00 01 42\n");

	return err ? err : get(ATTR("transmit"), "42 90 00\n");
}

static int run_attr_look(void)
{
	int err = get(ATTR("state"), "Reader State:\n");

	if (!err)
		err = get(ATTR("atr"), "3B");
	return err ? err : get(ATTR("name"), "");
}

/*
 * Whatever was made is undone.  A card that is still connected would be reset by the end
 * of its session, for which nobody waits: then maybe under the next one.
 */
static void closed(void)
{
	if (fd >= 0) {
		cdev_disconnect(fd, PCSC_LEAVE_CARD);
		close(fd);
	}
	fd = -1;
}

static void attr_left(void)
{
	if (world_put(ATTR("connect"), "0"))
		abort();
}

/* What is tried, between what makes it possible and what undoes it */
struct attempt {
	void (*before)(void);
	int (*run)(void);
	void (*after)(void);
};

FIXTURE(inject) {
	int unused;
};

FIXTURE_VARIANT(inject) {
	struct attempt attempt;
	int legacy;	/* errno on version 1; 0: it works */
};

FIXTURE_VARIANT_ADD(inject, open) { { nothing, run_open, closed } };

FIXTURE_VARIANT_ADD(inject, connect) { { opened, run_connect, closed } };

FIXTURE_VARIANT_ADD(inject, transmit) { { ready_for_little, run_transmit, closed } };

FIXTURE_VARIANT_ADD(inject, transmit_much) { { ready_for_much, run_transmit, closed }, EMSGSIZE };

FIXTURE_VARIANT_ADD(inject, transmit_more) { { ready_for_more, run_transmit, closed }, EMSGSIZE };

FIXTURE_VARIANT_ADD(inject, info) { { unused_opened, run_info, closed }, EBADMSG };

FIXTURE_VARIANT_ADD(inject, state) { { opened, run_state, closed }, EBADMSG };

FIXTURE_VARIANT_ADD(inject, status) { { connected, run_status, closed }, EOPNOTSUPP };

FIXTURE_VARIANT_ADD(inject, write_and_read) { { opened, run_write_and_read, closed } };

FIXTURE_VARIANT_ADD(inject, write_and_poll) { { opened_nonblock, run_write_and_poll, closed } };

FIXTURE_VARIANT_ADD(inject, attr_connect) { { unused, run_attr_connect, attr_left } };

FIXTURE_VARIANT_ADD(inject, attr_transmit) { { attr_connected, run_attr_transmit, attr_left } };

FIXTURE_VARIANT_ADD(inject, attr_look) { { unused, run_attr_look, attr_left }, ENOTCONN };

static unsigned long kbytes_free(void)
{
	struct sysinfo info;

	return sysinfo(&info) ? 0 : info.freeram / 1024 * info.mem_unit;
}

FIXTURE_SETUP(inject)
{
	ASSERT_TRUE(inject_begin());
	cdev_settle(CARD);
}

FIXTURE_TEARDOWN(inject)
{
	closed();
}

/*
 * What fails without a word, since the kernel tries again or does without, is not the same
 * in each run: that can shift from under the numbers the ones that matter.
 */
#define ROUNDS	8

/* One round: how many failures were errors.  One that does not fit fails the test. */
static unsigned int fail_each(struct __test_metadata *_metadata,
			      const struct attempt *try)
{
	unsigned int n, failed = 0;
	bool had = true;
	int err;

	for (n = 1; had; n++) {
		try->before();
		err = inject_run(n, try->run, &had);
		if (err) {
			EXPECT_TRUE(had && inject_sensible(err))
				TH_LOG("failure %u: %s", n, strerrorname_np(err));
			failed++;
		}
		try->after();
		/* And once more, as if nothing had been. */
		try->before();
		ASSERT_EQ(0, try->run())
			TH_LOG("after failure %u", n);
		try->after();
	}
	TH_LOG("%u failures, %u of them errors", n - 2, failed);
	return failed;
}

TEST_F_TIMEOUT(inject, each_in_turn, SLOW_S)
{
	const struct attempt *try = &variant->attempt;
	unsigned int round, failed = 0;

	if (cdev_is_legacy(CARD) && variant->legacy) {
		try->before();
		EXPECT_EQ(variant->legacy, try->run());
		try->after();
		return;
	}
	for (round = 0; !failed && round < ROUNDS; round++)
		failed = fail_each(_metadata, try);
	EXPECT_LT(0, failed);
}

FIXTURE(pages) {
	int unused;
};

FIXTURE_SETUP(pages)
{
	ASSERT_TRUE(inject_begin());
	cdev_settle(CARD);
}

FIXTURE_TEARDOWN(pages)
{
	closed();
}

/* Kbytes that are gone after transmissions of which failure @n, if not 0, ended each */
#define TRANSMISSIONS	60

static long lost_after(unsigned int n, bool *had)
{
	unsigned long before = kbytes_free();

	for (int i = 0; i < TRANSMISSIONS; i++) {
		ready_for_much();
		inject_run(n, run_transmit, had);
		closed();
	}
	return (long)(before - kbytes_free());
}

/*
 * A buffer that a failure leaves behind is 60 KB of pages, each time.  What the kernel
 * itself sets aside meanwhile can be as much, but not again and again.
 */
TEST_F_TIMEOUT(pages, none_is_lost, SLOW_S)
{
	const long limit = TRANSMISSIONS * BIG / 1024 / 2;
	unsigned int n, tries;
	bool had = true;
	long lost;

	if (cdev_is_legacy(CARD))
		SKIP(return, "no buffer is that large on version 1");
	/* The first time around nothing fails, and the kernel's caches fill. */
	lost_after(0, &had);
	for (n = 1, had = true; had; n++) {
		for (tries = 0; tries < 4; tries++) {
			lost = lost_after(n, &had);
			if (lost < limit)
				break;
			TH_LOG("%ld kbytes gone after failure %u", lost, n);
		}
		EXPECT_GT(limit, lost);
	}
}

TEST_HARNESS_MAIN

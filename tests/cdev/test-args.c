// SPDX-License-Identifier: BSD-2-Clause
/*
 * The argument of every ioctl: good, short, long, nowhere, half there and at odd
 * addresses; numbers, flags and reserved fields that do not exist.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>

#include "cdev.h"

#define UNTOUCHED	0x55555555
#define ROOM		512

FIXTURE(args) {
	int fd;
	uint8_t arg[ROOM];
	uint8_t rx[300];
};

FIXTURE_VARIANT(args) {
	unsigned int nr;
	size_t size;
	/* What a good call returns where nothing but the card is special */
	int good;
	/* Offsets of fields that must be zero; 0 ends them */
	size_t zero[6];
};

#define AT(type, field) offsetof(struct pcsc_ioc_##type, field)

FIXTURE_VARIANT_ADD(args, info) {
	PCSC_IOC_INFO, sizeof(struct pcsc_ioc_info), 0,
	{ AT(info, reserved) }
};

FIXTURE_VARIANT_ADD(args, state) {
	PCSC_IOC_STATE, sizeof(struct pcsc_ioc_state), 0, { 0 }
};

FIXTURE_VARIANT_ADD(args, connect) {
	PCSC_IOC_CONNECT, sizeof(struct pcsc_ioc_connect), 0,
	{ AT(connect, flags), AT(connect, reserved), AT(connect, disposition) }
};

FIXTURE_VARIANT_ADD(args, reconnect) {
	PCSC_IOC_RECONNECT, sizeof(struct pcsc_ioc_connect), 0,
	{ AT(connect, flags), AT(connect, reserved) }
};

FIXTURE_VARIANT_ADD(args, disconnect) {
	PCSC_IOC_DISCONNECT, sizeof(struct pcsc_ioc_end), 0,
	{ AT(end, flags), AT(end, reserved) }
};

FIXTURE_VARIANT_ADD(args, begin) {
	PCSC_IOC_BEGIN, sizeof(struct pcsc_ioc_end), 0,
	{ AT(end, flags), AT(end, reserved), AT(end, disposition) }
};

FIXTURE_VARIANT_ADD(args, end) {
	PCSC_IOC_END, sizeof(struct pcsc_ioc_end), 0,
	{ AT(end, flags), AT(end, reserved) }
};

FIXTURE_VARIANT_ADD(args, status) {
	PCSC_IOC_STATUS, sizeof(struct pcsc_ioc_status), 0,
	{ AT(status, flags), AT(status, reserved) }
};

FIXTURE_VARIANT_ADD(args, transmit) {
	PCSC_IOC_TRANSMIT, sizeof(struct pcsc_ioc_transfer), 0,
	{ AT(transfer, flags), AT(transfer, code) }
};

/* The host does not allow the next and the last unless told to. */
FIXTURE_VARIANT_ADD(args, control) {
	PCSC_IOC_CONTROL, sizeof(struct pcsc_ioc_transfer), EOPNOTSUPP,
	{ AT(transfer, flags), AT(transfer, protocol) }
};

FIXTURE_VARIANT_ADD(args, get_attrib) {
	PCSC_IOC_GET_ATTRIB, sizeof(struct pcsc_ioc_transfer), 0,
	{ AT(transfer, flags), AT(transfer, protocol), AT(transfer, tx_len) }
};

FIXTURE_VARIANT_ADD(args, set_attrib) {
	PCSC_IOC_SET_ATTRIB, sizeof(struct pcsc_ioc_transfer), EOPNOTSUPP,
	{ AT(transfer, flags), AT(transfer, protocol), AT(transfer, rx_len) }
};

FIXTURE_SETUP(args)
{
	cdev_settle(CARD);
	self->fd = cdev_open(CARD, O_RDWR);
}

FIXTURE_TEARDOWN(args)
{
	cdev_disconnect(self->fd, PCSC_RESET_CARD);
	close(self->fd);
}

static const uint8_t echo[] = { 0x80, 0xe0, 0, 0, 1, 0x42 };

/*
 * Makes the open ready for the ioctl, and @arg, at any address, a good argument
 * of @size bytes.
 */
static void good_arg(int fd, uint8_t rx[300], unsigned int nr, size_t known,
		     uint8_t *arg, uint32_t size)
{
	struct pcsc_ioc_connect c = {
		.share = PCSC_SHARE_SHARED, .protocols = ANY };
	struct pcsc_ioc_transfer t = {
		.tx = (uintptr_t)echo, .tx_len = sizeof(echo),
		.rx = (uintptr_t)rx, .rx_len = 300 };
	uint32_t head[2] = { size, UNTOUCHED };

	if (nr != PCSC_IOC_INFO && nr != PCSC_IOC_STATE) {
		cdev_disconnect(fd, PCSC_LEAVE_CARD);
		if (nr != PCSC_IOC_CONNECT)
			cdev_connect(fd, PCSC_SHARE_SHARED, ANY);
		if (nr == PCSC_IOC_END)
			cdev_begin(fd, 0);
	}
	memset(arg, 0, known);
	if (nr == PCSC_IOC_CONNECT || nr == PCSC_IOC_RECONNECT)
		memcpy(arg, &c, sizeof(c));
	if (nr == PCSC_IOC_GET_ATTRIB) {
		t.code = cdev_atr_attribute();
		t.tx_len = 0;
		t.tx = 0;
	} else if (nr == PCSC_IOC_SET_ATTRIB) {
		t.code = 0x7fff0007;
		t.rx_len = 0;
		t.rx = 0;
	} else if (nr == PCSC_IOC_CONTROL) {
		t.code = 0x42000d48;
	}
	if (known == sizeof(t))
		memcpy(arg, &t, sizeof(t));
	memcpy(arg, head, sizeof(head));
}

static bool zeroes(const uint8_t *p, size_t from, size_t to)
{
	while (from < to)
		if (p[from++])
			return false;
	return true;
}

#define GOOD_ARG(where, bytes) \
	good_arg(self->fd, self->rx, variant->nr, variant->size, where, bytes)

static uint32_t word(const uint8_t *arg, size_t at)
{
	uint32_t value;

	memcpy(&value, arg + at, sizeof(value));
	return value;
}

static void set_word(uint8_t *arg, size_t at, uint32_t value)
{
	memcpy(arg + at, &value, sizeof(value));
}

TEST_F(args, good)
{
	GOOD_ARG(self->arg, variant->size);
	EXPECT_EQ(variant->good, cdev_ioctl(self->fd, variant->nr, self->arg));
	EXPECT_EQ(variant->good ? PCSC_E_UNSUPPORTED_FEATURE : PCSC_S_SUCCESS,
		  word(self->arg, 4));
	EXPECT_EQ(variant->size, word(self->arg, 0));
}

TEST_F(args, short_ones)
{
	static const uint32_t sizes[] = { 0, 1, 4, 8, 12, 19 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		GOOD_ARG(self->arg, sizes[i]);
		EXPECT_EQ(EINVAL, cdev_ioctl(self->fd, variant->nr, self->arg))
			TH_LOG("size %u", sizes[i]);
	}
	for (uint32_t less = 1; less <= 4; less++) {
		GOOD_ARG(self->arg, variant->size - less);
		EXPECT_EQ(EINVAL, cdev_ioctl(self->fd, variant->nr, self->arg))
			TH_LOG("%u bytes less", less);
	}
}

TEST_F(args, long_with_zeroes)
{
	static const uint32_t more[] = { 1, 4, 5, 64 };

	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		uint32_t size = variant->size + more[i];

		memset(self->arg, 0, ROOM);
		GOOD_ARG(self->arg, size);
		EXPECT_EQ(variant->good,
			  cdev_ioctl(self->fd, variant->nr, self->arg))
			TH_LOG("size %u", size);
		EXPECT_TRUE(zeroes(self->arg, variant->size, size));
	}
}

TEST_F(args, long_with_more)
{
	static const uint32_t more[] = { 1, 4, 5, 64 };

	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		uint32_t size = variant->size + more[i];

		memset(self->arg, 0, ROOM);
		GOOD_ARG(self->arg, size);
		self->arg[size - 1] = 1;
		EXPECT_EQ(E2BIG, cdev_ioctl(self->fd, variant->nr, self->arg))
			TH_LOG("size %u", size);
	}
}

TEST_F(args, huge)
{
	static const uint32_t sizes[] = { 65536, 0x7fffffff, 0x80000000, 0xffffffff };
	uint8_t *arg = page_before_hole(2 * 65536);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		GOOD_ARG(arg, sizes[i]);
		EXPECT_EQ(E2BIG, cdev_ioctl(self->fd, variant->nr, arg))
			TH_LOG("size %u", sizes[i]);
	}
}

TEST_F(args, nowhere)
{
	GOOD_ARG(self->arg, variant->size);
	EXPECT_EQ(EFAULT, cdev_ioctl(self->fd, variant->nr, NULL));
	EXPECT_EQ(EFAULT, cdev_ioctl(self->fd, variant->nr, hole()));
	EXPECT_EQ(EFAULT, cdev_ioctl(self->fd, variant->nr, (void *)1));
	EXPECT_EQ(EFAULT, cdev_ioctl(self->fd, variant->nr,
				     (void *)0xc0008000));
	EXPECT_EQ(EFAULT, cdev_ioctl(self->fd, variant->nr,
				     (void *)0xfffffffc));
}

TEST_F(args, read_only)
{
	uint8_t *arg;

	GOOD_ARG(self->arg, variant->size);
	arg = page_read_only(self->arg, variant->size);
	EXPECT_EQ(EFAULT, cdev_ioctl(self->fd, variant->nr, arg));
}

TEST_F(args, at_the_end_of_memory)
{
	uint8_t *arg = page_before_hole(variant->size);

	GOOD_ARG(arg, variant->size);
	EXPECT_EQ(variant->good, cdev_ioctl(self->fd, variant->nr, arg));
	/* The structure is there, but not what its size says */
	set_word(arg, 0, variant->size + 4);
	EXPECT_EQ(EFAULT, cdev_ioctl(self->fd, variant->nr, arg));
	/* Only a part of it is there */
	for (size_t there = 1; there < variant->size; there += 7) {
		uint8_t *part = page_before_hole(there);

		memcpy(part, self->arg, there);
		if (there >= 4)
			set_word(part, 0, variant->size);
		EXPECT_EQ(EFAULT, cdev_ioctl(self->fd, variant->nr, part))
			TH_LOG("%zu bytes there", there);
	}
}

TEST_F(args, over_a_page)
{
	uint8_t *arg = page_before_hole(4096 + variant->size / 2);

	GOOD_ARG(arg, variant->size);
	EXPECT_EQ(variant->good, cdev_ioctl(self->fd, variant->nr, arg));
}

TEST_F(args, odd_addresses)
{
	for (size_t i = 1; i < 8; i++) {
		GOOD_ARG(self->arg + i, variant->size);
		EXPECT_EQ(variant->good,
			  cdev_ioctl(self->fd, variant->nr, self->arg + i));
		EXPECT_EQ(variant->size, word(self->arg + i, 0));
	}
}

TEST_F(args, fields_that_must_be_zero)
{
	static const uint32_t values[] = { 2, 0x80000000, 0xffffffff };

	for (size_t i = 0; variant->zero[i]; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(values); k++) {
			GOOD_ARG(self->arg, variant->size);
			set_word(self->arg, variant->zero[i], values[k]);
			EXPECT_EQ(EINVAL, cdev_ioctl(self->fd, variant->nr,
						     self->arg))
				TH_LOG("offset %zu, %#x", variant->zero[i],
				       values[k]);
			EXPECT_EQ(PCSC_S_SUCCESS, word(self->arg, 4));
		}
	}
}

/* What commands need: an open for writing. */
TEST_F(args, open_for_reading)
{
	int fd = cdev_open(CARD, O_RDONLY);
	bool reads = variant->nr == PCSC_IOC_INFO ||
		     variant->nr == PCSC_IOC_STATE;

	GOOD_ARG(self->arg, variant->size);
	EXPECT_EQ(reads ? 0 : EBADF, cdev_ioctl(fd, variant->nr, self->arg));
	close(fd);
}

TEST_F(args, not_connected)
{
	bool needs = variant->nr != PCSC_IOC_INFO &&
		     variant->nr != PCSC_IOC_STATE &&
		     variant->nr != PCSC_IOC_CONNECT;

	GOOD_ARG(self->arg, variant->size);
	cdev_disconnect(self->fd, PCSC_LEAVE_CARD);
	EXPECT_EQ(variant->good ? variant->good : needs ? ENOTCONN : 0,
		  cdev_ioctl(self->fd, variant->nr, self->arg));
}

TEST(unknown_numbers)
{
	static const unsigned int numbers[] = {
		_IO(PCSC_IOC_MAGIC, 0x0d), _IO(PCSC_IOC_MAGIC, 0x7f),
		_IO(PCSC_IOC_MAGIC, 0xff), _IO(PCSC_IOC_MAGIC + 1, 0x00),
		_IO(0, 0x00), 0, 0xffffffff,
		_IOR(PCSC_IOC_MAGIC, 0x00, struct pcsc_ioc_info),
		_IOWR(PCSC_IOC_MAGIC, 0x01, struct pcsc_ioc_state),
	};
	struct pcsc_ioc_info info = { .size = sizeof(info) };
	int fd = cdev_open(CARD, O_RDWR);

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		EXPECT_EQ(ENOTTY, cdev_ioctl(fd, numbers[i], &info))
			TH_LOG("number %#x", numbers[i]);
	}
	close(fd);
}

TEST(cancel_takes_no_argument)
{
	int fd = cdev_open(CARD, O_RDWR);

	EXPECT_EQ(0, cdev_cancel(fd));
	EXPECT_EQ(EINVAL, cdev_ioctl(fd, PCSC_IOC_CANCEL, (void *)1));
	EXPECT_EQ(EINVAL, cdev_ioctl(fd, PCSC_IOC_CANCEL, &fd));
	close(fd);
}

/* Anything at all: the answers do not matter, what the kernel log says does. */
TEST(noise)
{
	int fd = cdev_open(OTHER, O_RDWR);
	uint8_t arg[ROOM];

	srandom(1);
	for (int i = 0; i < 1000; i++) {
		for (size_t k = 0; k < sizeof(arg); k++)
			arg[k] = (uint8_t)(random() & random() & random());
		set_word(arg, 0, (uint32_t)random() % 200);
		set_word(arg, 12, 1 + (uint32_t)random() % 20);
		cdev_ioctl(fd, _IO(PCSC_IOC_MAGIC, i % 16), arg);
	}
	close(fd);
}

TEST_HARNESS_MAIN

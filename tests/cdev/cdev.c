// SPDX-License-Identifier: BSD-2-Clause
/*
 * The calls of the character device, one at a time. See cdev.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cdev.h"

__thread uint32_t cdev_result;

void cdev_path(char path[64], int reader)
{
	snprintf(path, 64, "/dev/pcsc_reader%d", reader);
}

int cdev_open(int reader, int flags)
{
	char path[64];
	int fd;

	cdev_path(path, reader);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

int cdev_ioctl(int fd, unsigned int nr, void *arg)
{
	return ioctl(fd, nr, arg) ? errno : 0;
}

bool cdev_is_legacy(int reader)
{
	struct pcsc_ioc_info info = { .size = sizeof(info) };
	int fd = cdev_open(reader, O_RDONLY);
	int err = cdev_ioctl(fd, PCSC_IOC_INFO, &info);

	close(fd);
	return !err && info.version == 1;
}

/* All structures begin with a size and the result. */
static int call(int fd, unsigned int nr, void *arg, size_t size)
{
	uint32_t *head = arg;
	int err;

	head[0] = (uint32_t)size;
	head[1] = 0xdeadbeef;
	err = cdev_ioctl(fd, nr, arg);
	cdev_result = head[1];
	return err;
}

int cdev_connect(int fd, uint32_t share, uint32_t protocols)
{
	struct pcsc_ioc_connect c = { .share = share, .protocols = protocols };

	return call(fd, PCSC_IOC_CONNECT, &c, sizeof(c));
}

int cdev_reconnect(int fd, uint32_t share, uint32_t protocols,
		   uint32_t disposition)
{
	struct pcsc_ioc_connect c = {
		.share = share, .protocols = protocols,
		.disposition = disposition,
	};

	return call(fd, PCSC_IOC_RECONNECT, &c, sizeof(c));
}

int cdev_disconnect(int fd, uint32_t disposition)
{
	struct pcsc_ioc_end e = { .disposition = disposition };

	return call(fd, PCSC_IOC_DISCONNECT, &e, sizeof(e));
}

int cdev_begin(int fd, uint32_t timeout_ms)
{
	struct pcsc_ioc_end e = { .timeout_ms = timeout_ms };

	return call(fd, PCSC_IOC_BEGIN, &e, sizeof(e));
}

int cdev_end(int fd, uint32_t disposition)
{
	struct pcsc_ioc_end e = { .disposition = disposition };

	return call(fd, PCSC_IOC_END, &e, sizeof(e));
}

int cdev_status(int fd, struct pcsc_ioc_status *st)
{
	memset(st, 0, sizeof(*st));
	return call(fd, PCSC_IOC_STATUS, st, sizeof(*st));
}

int cdev_state(int fd, struct pcsc_ioc_state *st)
{
	memset(st, 0, sizeof(*st));
	return call(fd, PCSC_IOC_STATE, st, sizeof(*st));
}

int cdev_cancel(int fd)
{
	return cdev_ioctl(fd, PCSC_IOC_CANCEL, NULL);
}

int cdev_transmit(int fd, const void *tx, size_t len, void *rx, size_t *rx_len)
{
	struct pcsc_ioc_transfer t = {
		.tx = (uintptr_t)tx, .tx_len = (uint32_t)len,
		.rx = (uintptr_t)rx, .rx_len = (uint32_t)*rx_len,
	};
	int err = call(fd, PCSC_IOC_TRANSMIT, &t, sizeof(t));

	*rx_len = t.rx_len;
	return err;
}

uint32_t cdev_atr_attribute(void)
{
	/* vpcd knows a tag only, others the attribute with its class. */
	return access("/emulated", F_OK) ? 0x303 : 0x90303;
}

static unsigned int digit(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

size_t cdev_bytes(const char *hex, uint8_t *bytes)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(digit(hex[2 * i]) << 4 |
				     digit(hex[2 * i + 1]));
	return n;
}

const char *cdev_hex(const uint8_t *bytes, size_t len)
{
	static __thread char text[129];

	text[0] = 0;
	for (size_t i = 0; i < len && i < 64; i++)
		sprintf(text + 2 * i, "%02X", bytes[i]);
	return text;
}

const char *cdev_apdu(int fd, const char *hex)
{
	uint8_t tx[300], rx[300];
	size_t rx_len = sizeof(rx);
	int err = cdev_transmit(fd, tx, cdev_bytes(hex, tx), rx, &rx_len);

	return err ? strerrorname_np(err) : cdev_hex(rx, rx_len);
}

void cdev_settle(int reader)
{
	int fd = cdev_open(reader, O_RDWR);
	int err = 0;

	for (int tries = 0; tries < SOON_MS / 20; tries++) {
		err = cdev_connect(fd, PCSC_SHARE_EXCLUSIVE, ANY);
		if (!err || err == ENOMEDIUM)
			break;
		sleep_ms(20);
	}
	if (!err)
		err = cdev_disconnect(fd, PCSC_RESET_CARD);
	if (err && err != ENOMEDIUM)
		printf("# reader %d is still in use: %s\n", reader,
		       strerrorname_np(err));
	close(fd);
}

unsigned int cdev_resets(int reader)
{
	unsigned int count = 0;
	const char *answer;
	int fd = cdev_open(reader, O_RDWR);

	cdev_connect(fd, PCSC_SHARE_SHARED, ANY);
	answer = cdev_apdu(fd, "80EA0000");
	if (strlen(answer) != 12 || sscanf(answer, "%8x", &count) != 1)
		printf("# no number of resets: %s\n", answer);
	cdev_disconnect(fd, PCSC_LEAVE_CARD);
	close(fd);
	return count;
}

int cdev_connect_patiently(int fd)
{
	int err;

	WITHIN(SOON_MS, (err = cdev_connect(fd, PCSC_SHARE_SHARED, ANY)) != EUSERS);
	return err;
}

bool cdev_wait_state(int fd, uint32_t mask, uint32_t value)
{
	long long end = now_ms() + SOON_MS;
	struct pcsc_ioc_state st;

	do {
		if (cdev_state(fd, &st))
			return false;
		if ((st.state & mask) == value)
			return true;
		sleep_ms(20);
	} while (now_ms() < end);
	printf("# the state is %#x\n", st.state);
	return false;
}

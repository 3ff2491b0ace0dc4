// SPDX-License-Identifier: BSD-2-Clause
/*
 * The way by the character device.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/pcsc_passthru.h>

#include "client.h"

/* pcsc-lite's numbers */
#define SHARE_SHARED		2
#define PROTOCOLS_ANY		3
#define LEAVE_CARD		0

static int fd = -1;
static struct pcsc_ioc_transfer transfer;
static uint8_t rx[APDU_ROOM];

static bool cdev_open(unsigned int reader, bool quiet)
{
	struct pcsc_ioc_connect connect = {
		.size = sizeof(connect),
		.share = SHARE_SHARED,
		.protocols = PROTOCOLS_ANY,
	};
	char path[32];

	snprintf(path, sizeof(path), "/dev/pcsc_reader%u", reader);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0 && !ioctl(fd, PCSC_IOC_CONNECT, &connect))
		return true;
	if (!quiet)
		fprintf(stderr, "client: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	fd = -1;
	return false;
}

static void cdev_prepare(const uint8_t *apdu, size_t len)
{
	transfer = (struct pcsc_ioc_transfer){
		.size = sizeof(transfer),
		.tx_len = (uint32_t)len,
		.rx_len = sizeof(rx),
		.tx = (uintptr_t)apdu,
		.rx = (uintptr_t)rx,
	};
}

static bool cdev_exchange(void)
{
	return !ioctl(fd, PCSC_IOC_TRANSMIT, &transfer);
}

static size_t cdev_answer(const uint8_t **data)
{
	*data = rx;
	return transfer.rx_len;
}

static void cdev_close(void)
{
	struct pcsc_ioc_end end = {
		.size = sizeof(end),
		.disposition = LEAVE_CARD,
	};

	ioctl(fd, PCSC_IOC_DISCONNECT, &end);
	close(fd);
	fd = -1;
}

const struct way way_cdev = {
	.name = "cdev",
	.max = APDU_ROOM,
	.open = cdev_open,
	.prepare = cdev_prepare,
	.exchange = cdev_exchange,
	.answer = cdev_answer,
	.close = cdev_close,
};

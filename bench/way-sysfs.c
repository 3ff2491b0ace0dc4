// SPDX-License-Identifier: BSD-2-Clause
/*
 * The way by the attributes in sysfs. The text is made and read outside of what is
 * measured, as a shell script has it ready.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

#define DEVICES		"/sys/bus/platform/devices"
/* What one write carries: less than a page of text, two digits a byte */
#define SYSFS_MAX	2047u
#define TEXT_ROOM	8192u

static int transmit = -1;
static char connect_path[96];
static char tx[TEXT_ROOM], rx[TEXT_ROOM];
static size_t tx_len;
static ssize_t rx_len;

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool sysfs_open(unsigned int reader, bool quiet)
{
	char path[96];

	snprintf(connect_path, sizeof(connect_path),
		 DEVICES "/pcsc_reader.%u/connect", reader);
	/* Another client's session is not to suffer from the end of this one. */
	snprintf(path, sizeof(path), DEVICES "/pcsc_reader.%u/disposition",
		 reader);
	put(path, "leave");
	snprintf(path, sizeof(path), DEVICES "/pcsc_reader.%u/transmit", reader);
	if (put(connect_path, "1")) {
		transmit = open(path, O_RDWR | O_CLOEXEC);
		if (transmit >= 0)
			return true;
	}
	if (!quiet)
		fprintf(stderr, "client: reader %u in sysfs: %s\n", reader,
			strerror(errno));
	return false;
}

static void sysfs_prepare(const uint8_t *apdu, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";

	tx_len = 0;
	for (size_t i = 0; i < len && tx_len + 2 < sizeof(tx); i++) {
		tx[tx_len++] = digits[apdu[i] >> 4];
		tx[tx_len++] = digits[apdu[i] & 15];
	}
}

static bool sysfs_exchange(void)
{
	if (pwrite(transmit, tx, tx_len, 0) != (ssize_t)tx_len)
		return false;
	rx_len = 0;
	for (;;) {
		ssize_t n = pread(transmit, rx + rx_len, sizeof(rx) - rx_len,
				  rx_len);

		if (n <= 0)
			return !n;
		rx_len += n;
		if (rx[rx_len - 1] == '\n')
			return true;
	}
}

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

static size_t sysfs_answer(const uint8_t **data)
{
	static uint8_t bytes[TEXT_ROOM / 3 + 1];
	size_t n = 0;

	for (ssize_t i = 0; i + 2 <= rx_len; i += 3)
		bytes[n++] = (uint8_t)(digit(rx[i]) << 4 | digit(rx[i + 1]));
	*data = bytes;
	return n;
}

static void sysfs_close(void)
{
	close(transmit);
	transmit = -1;
	put(connect_path, "0");
}

const struct way way_sysfs = {
	.name = "sysfs",
	.max = SYSFS_MAX,
	.open = sysfs_open,
	.prepare = sysfs_prepare,
	.exchange = sysfs_exchange,
	.answer = sysfs_answer,
	.close = sysfs_close,
};

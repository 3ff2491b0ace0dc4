// SPDX-License-Identifier: BSD-2-Clause
/*
 * The way to a card by sysfs. See soak.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cdev/cdev.h"
#include "errnos.h"
#include "soak.h"

#define DEVICES		"/sys/bus/platform/devices"
/* One write of a page of text is a command. */
#define DATA_MAX	SOAK_SHORT_MAX
#define RX_MAX		(DATA_MAX + 2)
#define TEXT_MAX	(3 * (DATA_MAX + 7) + 2)

#define PATH_ROOM	128

static const char *attr(const struct worker *w, const char *name, char path[PATH_ROOM])
{
	snprintf(path, PATH_ROOM, DEVICES "/pcsc_reader.%u/%s", w->reader, name);
	return path;
}

static int open_attr(const struct worker *w, const char *name, int flags)
{
	char path[PATH_ROOM];

	return open(attr(w, name, path), flags | O_CLOEXEC);
}

static uint32_t put_attr(const struct worker *w, const char *name,
			 const char *text)
{
	char path[PATH_ROOM];

	return (uint32_t)world_put(attr(w, name, path), text);
}

/* Hex text to bytes; returns how many, at most @room. */
static size_t from_hex(const char *text, uint8_t *bytes, size_t room)
{
	size_t n = 0;
	int used;
	unsigned int byte;

	while (n < room && sscanf(text, " %2x%n", &byte, &used) == 1) {
		bytes[n++] = (uint8_t)byte;
		text += used;
	}
	return n;
}

static uint32_t sysfs_connect(struct worker *w)
{
	uint32_t code = put_attr(w, "disposition", "leave\n");
	char text[3 * SOAK_ATR_MAX + 1] = "";
	int fd;

	if (!code)
		code = put_attr(w, "connect", "1\n");
	if (code)
		return code;
	w->atr_len = 0;
	fd = open_attr(w, "atr", O_RDONLY);
	if (fd >= 0) {
		if (read(fd, text, sizeof(text) - 1) > 0)
			w->atr_len = from_hex(text, w->atr, sizeof(w->atr));
		close(fd);
	}
	return 0;
}

static uint32_t sysfs_apdu(struct worker *w, const uint8_t *tx, size_t tx_len,
			   uint8_t *rx, size_t *rx_len)
{
	char text[TEXT_MAX], *p = text;
	int fd = open_attr(w, "transmit", O_RDWR);
	size_t got = 0;
	ssize_t n;

	if (fd < 0)
		return errno;
	for (size_t i = 0; i < tx_len; i++)
		p += sprintf(p, "%02X", tx[i]);
	n = pwrite(fd, text, (size_t)(p - text), 0);
	while (n > 0 && got < sizeof(text) - 1) {
		n = pread(fd, text + got, sizeof(text) - 1 - got, (off_t)got);
		if (n > 0)
			got += (size_t)n;
	}
	if (n < 0) {
		uint32_t code = errno;

		close(fd);
		return code;
	}
	close(fd);
	text[got] = '\0';
	*rx_len = from_hex(text, rx, RX_MAX);
	return 0;
}

static void sysfs_drop(struct worker *w, uint32_t code)
{
	(void)w;
	(void)code;
}

const struct way way_sysfs = {
	.name = "sysfs", .data_max = DATA_MAX, .connect = sysfs_connect,
	.apdu = sysfs_apdu, .drop = sysfs_drop, .codes = soak_errnos,
};

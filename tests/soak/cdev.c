// SPDX-License-Identifier: BSD-2-Clause
/*
 * The ways to a card by the character device: its ioctls, and write, poll and read on an
 * open that does not wait. See soak.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/pcsc_passthru.h>
#include <winscard.h>

#include "errnos.h"
#include "soak.h"

#define PROTOCOLS	(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
/* A command ends by its own time-out before that. */
#define POLL_MS		120000

static uint32_t call(const struct worker *w, unsigned int nr, void *arg)
{
	return ioctl(w->fd, nr, arg) ? (uint32_t)errno : 0;
}

static uint32_t connect_by(struct worker *w, unsigned int nr, uint32_t disposition)
{
	struct pcsc_ioc_connect c = {
		.size = sizeof(c), .protocols = PROTOCOLS,
		.share = w->exclusive ? SCARD_SHARE_EXCLUSIVE : SCARD_SHARE_SHARED,
		.disposition = disposition,
	};
	uint32_t code = call(w, nr, &c);

	if (code)
		return code;
	w->atr_len = c.atr_len;
	memcpy(w->atr, c.atr, sizeof(w->atr));
	return 0;
}

static uint32_t connect_with(struct worker *w, int flags)
{
	char path[64];

	if (w->fd < 0) {
		snprintf(path, sizeof(path), "/dev/pcsc_reader%u", w->reader);
		w->fd = open(path, O_RDWR | O_CLOEXEC | flags);
		if (w->fd < 0)
			return (uint32_t)errno;
	}
	return connect_by(w, PCSC_IOC_CONNECT, SCARD_LEAVE_CARD);
}

static uint32_t ioctl_connect(struct worker *w)
{
	return connect_with(w, 0);
}

static uint32_t ioctl_apdu(struct worker *w, const uint8_t *tx, size_t tx_len,
			   uint8_t *rx, size_t *rx_len)
{
	struct pcsc_ioc_transfer t = {
		.size = sizeof(t), .tx = (uintptr_t)tx, .tx_len = (uint32_t)tx_len,
		.rx = (uintptr_t)rx, .rx_len = SOAK_APDU_MAX,
	};
	uint32_t code = call(w, PCSC_IOC_TRANSMIT, &t);

	*rx_len = t.rx_len;
	return code;
}

static uint32_t ioctl_begin(struct worker *w)
{
	struct pcsc_ioc_end e = { .size = sizeof(e) };

	return call(w, PCSC_IOC_BEGIN, &e);
}

static uint32_t end_by(struct worker *w, unsigned int nr)
{
	struct pcsc_ioc_end e = {
		.size = sizeof(e), .disposition = SCARD_LEAVE_CARD,
	};

	return call(w, nr, &e);
}

static uint32_t ioctl_end(struct worker *w)
{
	return end_by(w, PCSC_IOC_END);
}

static uint32_t cdev_reconnect(struct worker *w, bool reset)
{
	return connect_by(w, PCSC_IOC_RECONNECT,
			  reset ? SCARD_RESET_CARD : SCARD_LEAVE_CARD);
}

static uint32_t cdev_disconnect(struct worker *w)
{
	return end_by(w, PCSC_IOC_DISCONNECT);
}

/* An open file of a reader that went keeps the module. */
static void cdev_drop(struct worker *w, uint32_t code)
{
	if (w->fd < 0 || (code != ENODEV && code != ENXIO))
		return;
	close(w->fd);
	w->fd = -1;
}

const struct way way_ioctl = {
	.name = "ioctl", .data_max = SOAK_DATA_MAX, .connect = ioctl_connect,
	.apdu = ioctl_apdu, .begin = ioctl_begin, .end = ioctl_end,
	.reconnect = cdev_reconnect, .disconnect = cdev_disconnect,
	.drop = cdev_drop, .codes = soak_errnos,
};

static uint32_t stream_connect(struct worker *w)
{
	return connect_with(w, O_NONBLOCK);
}

/* Waits for what a write began, and reads it. */
static uint32_t stream_answer(struct worker *w, uint8_t *rx, size_t *rx_len)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	uint32_t code = ETIMEDOUT;
	ssize_t n;

	*rx_len = 0;
	if (poll(&p, 1, POLL_MS) != 1)
		return code;
	do {
		n = read(w->fd, rx + *rx_len, SOAK_APDU_MAX - *rx_len);
		if (n < 0)
			return (uint32_t)errno;
		*rx_len += (size_t)n;
	} while (n > 0);
	return 0;
}

static uint32_t stream_apdu(struct worker *w, const uint8_t *tx, size_t tx_len,
			    uint8_t *rx, size_t *rx_len)
{
	if (write(w->fd, tx, tx_len) < 0)
		return (uint32_t)errno;
	return stream_answer(w, rx, rx_len);
}

static uint32_t stream_cancel(struct worker *w, const uint8_t *tx, size_t tx_len)
{
	static __thread uint8_t rx[SOAK_APDU_MAX];
	size_t rx_len;
	uint32_t code;

	if (write(w->fd, tx, tx_len) < 0 || ioctl(w->fd, PCSC_IOC_CANCEL, 0))
		return (uint32_t)errno;
	code = stream_answer(w, rx, &rx_len);
	if (code == ECANCELED)
		return 0;
	/* That it was too late must be true. */
	if (!code && (rx_len != 2 || rx[0] != 0x90 || rx[1]))
		code = EBADMSG;
	return code;
}

const struct way way_stream = {
	.name = "stream", .data_max = SOAK_DATA_MAX, .connect = stream_connect,
	.apdu = stream_apdu, .reconnect = cdev_reconnect, .cancel = stream_cancel,
	.disconnect = cdev_disconnect, .drop = cdev_drop, .codes = soak_errnos,
};

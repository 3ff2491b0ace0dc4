// SPDX-License-Identifier: BSD-2-Clause
/*
 * The ways to a card: sysfs, the character device, and winscard on the guest's own
 * pcscd. See soak.h.
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

#include <linux/pcsc_passthru.h>
#include <winscard.h>

#include "soak.h"

#define DEVICES		"/sys/bus/platform/devices"
#define ANY		(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)

/*
 * A card, a service or a reader that is not there, or came back meanwhile.  EPROTO: while
 * a card goes, pcscd forgets its protocol a moment before it forgets the card, and
 * compares that of an APDU with none (SCARD_E_PROTO_MISMATCH, pcsc-lite 1.9.9).  EACCES:
 * while pcscd ends it cannot tell any more who is allowed (SCARD_W_SECURITY_VIOLATION).
 */
static const uint32_t errnos[] = {
	EACCES, EPROTO, ENOMEDIUM, ENOLINK, ECONNRESET, ENOTCONN, EHOSTDOWN, ENODEV, ENXIO,
	ENOENT, EREMOTEIO, ECOMM, ESHUTDOWN, 0,
};

static int open_attr(const struct worker *w, const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), DEVICES "/pcsc_reader.%u/%s", w->reader,
		 name);
	return open(path, flags | O_CLOEXEC);
}

static uint32_t put_attr(const struct worker *w, const char *name,
			 const char *text)
{
	int fd = open_attr(w, name, O_WRONLY);
	uint32_t code = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		code = errno;
	close(fd);
	return code;
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
	char text[3 * SOAK_APDU_MAX + 2], *p = text;
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
	*rx_len = from_hex(text, rx, SOAK_APDU_MAX);
	return 0;
}

static void sysfs_drop(struct worker *w, uint32_t code)
{
	(void)w;
	(void)code;
}

const struct way way_sysfs = {
	"sysfs", sysfs_connect, sysfs_apdu, sysfs_drop, errnos
};

static uint32_t ioctl_connect(struct worker *w)
{
	struct pcsc_ioc_connect c = {
		.size = sizeof(c), .share = SCARD_SHARE_SHARED, .protocols = ANY,
		.disposition = SCARD_LEAVE_CARD,
	};
	char path[64];

	if (w->fd < 0) {
		snprintf(path, sizeof(path), "/dev/pcsc_reader%u", w->reader);
		w->fd = open(path, O_RDWR | O_CLOEXEC);
		if (w->fd < 0)
			return errno;
	}
	if (ioctl(w->fd, PCSC_IOC_CONNECT, &c))
		return errno;
	w->atr_len = c.atr_len;
	memcpy(w->atr, c.atr, sizeof(w->atr));
	return 0;
}

static uint32_t ioctl_apdu(struct worker *w, const uint8_t *tx, size_t tx_len,
			   uint8_t *rx, size_t *rx_len)
{
	struct pcsc_ioc_transfer t = {
		.size = sizeof(t), .tx = (uintptr_t)tx, .tx_len = tx_len,
		.rx = (uintptr_t)rx, .rx_len = SOAK_APDU_MAX,
	};

	if (ioctl(w->fd, PCSC_IOC_TRANSMIT, &t))
		return errno;
	*rx_len = t.rx_len;
	return 0;
}

/* An open file of a reader that went keeps the module. */
static void ioctl_drop(struct worker *w, uint32_t code)
{
	if (w->fd < 0 || (code != ENODEV && code != ENXIO))
		return;
	close(w->fd);
	w->fd = -1;
}

const struct way way_ioctl = {
	"ioctl", ioctl_connect, ioctl_apdu, ioctl_drop, errnos
};

static const uint32_t results[] = {
	(uint32_t)SCARD_E_PROTO_MISMATCH,
	(uint32_t)SCARD_E_NO_SMARTCARD, (uint32_t)SCARD_W_REMOVED_CARD,
	(uint32_t)SCARD_W_RESET_CARD, (uint32_t)SCARD_E_NOT_TRANSACTED,
	(uint32_t)SCARD_W_UNPOWERED_CARD, (uint32_t)SCARD_W_UNRESPONSIVE_CARD,
	(uint32_t)SCARD_E_READER_UNAVAILABLE, 0,
};

/* The guest's pcscd calls reader N "... NN 00", NN in hex. */
static uint32_t find_reader(const struct worker *w, char *name, size_t room)
{
	DWORD size = SCARD_AUTOALLOCATE;
	char end[16], *names = NULL;
	LONG rv = SCardListReaders(w->context, NULL, (char *)&names, &size);

	if (rv != SCARD_S_SUCCESS)
		return (uint32_t)rv;
	snprintf(end, sizeof(end), " %02X 00", w->reader);
	rv = SCARD_E_UNKNOWN_READER;
	for (char *p = names; *p; p += strlen(p) + 1) {
		size_t len = strlen(p);

		if (len < strlen(end) || strcmp(p + len - strlen(end), end))
			continue;
		snprintf(name, room, "%s", p);
		rv = SCARD_S_SUCCESS;
	}
	SCardFreeMemory(w->context, names);
	return (uint32_t)rv;
}

static uint32_t winscard_connect(struct worker *w)
{
	char name[MAX_READERNAME];
	DWORD protocol, state, len = sizeof(w->atr);
	SCARDHANDLE card;
	uint32_t code;
	LONG rv;

	if (!w->context) {
		SCARDCONTEXT context;

		rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL,
					   &context);
		if (rv != SCARD_S_SUCCESS)
			return (uint32_t)rv;
		w->context = context;
	}
	code = find_reader(w, name, sizeof(name));
	if (code)
		return code;
	rv = SCardConnect(w->context, name, SCARD_SHARE_SHARED, ANY, &card,
			  &protocol);
	if (rv != SCARD_S_SUCCESS)
		return (uint32_t)rv;
	w->card = card;
	rv = SCardStatus(w->card, NULL, NULL, &state, &protocol, w->atr, &len);
	w->atr_len = rv == SCARD_S_SUCCESS ? len : 0;
	return (uint32_t)rv;
}

static uint32_t winscard_apdu(struct worker *w, const uint8_t *tx,
			      size_t tx_len, uint8_t *rx, size_t *rx_len)
{
	DWORD len = SOAK_APDU_MAX;
	LONG rv = SCardTransmit(w->card, SCARD_PCI_T0, tx, tx_len, NULL, rx,
				&len);

	*rx_len = len;
	return (uint32_t)rv;
}

static void winscard_drop(struct worker *w, uint32_t code)
{
	(void)code;
	if (w->card)
		SCardDisconnect(w->card, SCARD_LEAVE_CARD);
	w->card = 0;
}

const struct way way_winscard = {
	"winscard", winscard_connect, winscard_apdu, winscard_drop, results
};

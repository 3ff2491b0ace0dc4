// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * One reader, see device.h.  Nothing that the driver says about lengths is taken
 * on trust.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"
#include "failure.h"

bool device_state(struct device *device)
{
	struct pcsc_ioc_state state = { .size = sizeof(state) };

	if (ioctl(device->fd, PCSC_IOC_STATE, &state)) {
		device->error = errno;
		return false;
	}
	if (state.atr_len > sizeof(state.atr))
		state.atr_len = sizeof(state.atr);
	device->state = state;
	return true;
}

bool device_open(struct device *device, unsigned int number)
{
	struct pcsc_ioc_info info = { .size = sizeof(info) };
	char path[64];

	*device = (struct device){ .number = number };
	snprintf(path, sizeof(path), DEVICE_DIR "/" DEVICE_PREFIX "%u", number);
	device->fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (device->fd < 0) {
		device->error = errno;
		return false;
	}
	if (ioctl(device->fd, PCSC_IOC_INFO, &info)) {
		device->error = errno;
		goto close;
	}
	device->info = info;
	device->name_len = info.name_len < sizeof(info.name) ? info.name_len :
			   sizeof(info.name) - 1;
	if (device_state(device))
		return true;
close:
	device_close(device);
	return false;
}

void device_close(struct device *device)
{
	if (device->fd >= 0)
		close(device->fd);
	device->fd = -1;
}

bool device_has_card(const struct device *device)
{
	return device->state.state & PCSC_STATE_PRESENT;
}

/* An ioctl that failed, told to the user */
static enum status failed(struct device *device, const char *what, uint32_t result)
{
	device->error = errno;
	return failure_say(device->number, what, device->error, result);
}

static enum status connect_by(struct device *device, struct link *link, unsigned long request,
			      uint32_t disposition, const char *what)
{
	struct pcsc_ioc_connect arg = {
		.size = sizeof(arg),
		.timeout_ms = device->timeout,
		.share = link->share,
		.protocols = link->protocols,
		.disposition = disposition,
	};

	if (ioctl(device->fd, request, &arg))
		return failed(device, what, arg.result);
	link->protocol = arg.protocol;
	link->atr_len = arg.atr_len < sizeof(link->atr) ? arg.atr_len : sizeof(link->atr);
	memcpy(link->atr, arg.atr, sizeof(link->atr));
	return STATUS_OK;
}

enum status device_connect(struct device *device, struct link *link)
{
	return connect_by(device, link, PCSC_IOC_CONNECT, 0, "connect");
}

enum status device_reconnect(struct device *device, struct link *link, uint32_t disposition)
{
	return connect_by(device, link, PCSC_IOC_RECONNECT, disposition, "reset");
}

static enum status end_by(struct device *device, unsigned long request, uint32_t disposition,
			  const char *what)
{
	struct pcsc_ioc_end arg = {
		.size = sizeof(arg),
		.timeout_ms = device->timeout,
		.disposition = disposition,
	};

	if (ioctl(device->fd, request, &arg))
		return failed(device, what, arg.result);
	return STATUS_OK;
}

enum status device_disconnect(struct device *device, uint32_t disposition)
{
	return end_by(device, PCSC_IOC_DISCONNECT, disposition, "disconnect");
}

enum status device_begin(struct device *device)
{
	return end_by(device, PCSC_IOC_BEGIN, 0, "begin of the transaction");
}

enum status device_end(struct device *device)
{
	return end_by(device, PCSC_IOC_END, PCSC_LEAVE_CARD, "end of the transaction");
}

static enum status transfer_by(struct device *device, struct transfer *transfer,
			       unsigned long request, const char *what)
{
	struct pcsc_ioc_transfer arg = {
		.size = sizeof(arg),
		.timeout_ms = device->timeout,
		.code = transfer->code,
		.tx_len = transfer->tx_len,
		.rx_len = transfer->rx_size,
		.tx = (uintptr_t)transfer->tx,
		.rx = (uintptr_t)transfer->rx,
	};

	transfer->rx_len = 0;
	if (!transfer->tx_len)
		arg.tx = 0;
	if (ioctl(device->fd, request, &arg))
		return failed(device, what, arg.result);
	transfer->rx_len = arg.rx_len < transfer->rx_size ? arg.rx_len : transfer->rx_size;
	return STATUS_OK;
}

enum status device_transmit(struct device *device, struct transfer *transfer)
{
	return transfer_by(device, transfer, PCSC_IOC_TRANSMIT, "transmit");
}

enum status device_control(struct device *device, struct transfer *transfer)
{
	return transfer_by(device, transfer, PCSC_IOC_CONTROL, "control");
}

enum status device_get_attrib(struct device *device, struct transfer *transfer)
{
	return transfer_by(device, transfer, PCSC_IOC_GET_ATTRIB, "attribute");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * One reader: its device file and what can be done with it.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/pcsc_passthru.h>

#include "pcsc_regs.h"
#include "status.h"

#define DEVICE_DIR	"/dev"
#define DEVICE_PREFIX	"pcsc_reader"

/* Room for the longest response */
#define DEVICE_ROOM	PCSC_LENGTH_MAX

/**
 * struct device - a reader
 * @number: N of /dev/pcsc_readerN
 * @fd: -1 if it could not be opened
 * @error: the errno of that
 * @name_len: bytes in the name, never more than there is room for
 * @timeout: for commands, in ms; 0 is the device's own
 * @info: what the driver says of it
 * @state: its state when last asked
 */
struct device {
	unsigned int number;
	int fd;
	int error;
	size_t name_len;
	uint32_t timeout;
	struct pcsc_ioc_info info;
	struct pcsc_ioc_state state;
};

/* Opens reader @number and asks for its info and state; false: see device->error. */
bool device_open(struct device *device, unsigned int number);
void device_close(struct device *device);
/* Asks for the state anew; false: see device->error. */
bool device_state(struct device *device);
/* By the state when last asked */
bool device_has_card(const struct device *device);

/*
 * Commands.  A failure is told to the user; what they return is the exit status.
 */

/* What a connection is to be and what it is */
struct link {
	uint32_t share;
	uint32_t protocols;
	uint32_t protocol;
	uint32_t atr_len;
	uint8_t atr[PCSC_ATR_SIZE];
};

enum status device_connect(struct device *device, struct link *link);
/* As it was connected, the card treated as @disposition says */
enum status device_reconnect(struct device *device, struct link *link, uint32_t disposition);
enum status device_disconnect(struct device *device, uint32_t disposition);
enum status device_begin(struct device *device);
/* The transaction ends, the card is left as it is. */
enum status device_end(struct device *device);

/* Bytes there and back, for transmit, control and get attribute */
struct transfer {
	uint32_t code;
	const uint8_t *tx;
	size_t tx_len;
	uint8_t *rx;
	size_t rx_size;
	size_t rx_len;
};

enum status device_transmit(struct device *device, struct transfer *transfer);
enum status device_control(struct device *device, struct transfer *transfer);
enum status device_get_attrib(struct device *device, struct transfer *transfer);

#endif /* DEVICE_H */

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that the library asks of the kernel about readers.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef LIB_DEVICE_H
#define LIB_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/pcsc_passthru.h>

/* What poll(2) reports of a reader whose state is another than before */
extern const short device_event;

/**
 * device_directory() - where the nodes are, to be watched for new ones
 *
 * Return: a path.
 */
const char *device_directory(void);

/**
 * device_service() - whether there is a driver that could have readers
 *
 * Return: true if the driver is loaded.
 */
bool device_service(void);

/**
 * device_numbers() - which readers have a node
 * @numbers: room for @max of them, in no order
 * @max: at most so many are told
 *
 * Return: how many there are.
 */
size_t device_numbers(unsigned int *numbers, size_t max);

/**
 * device_open() - open a reader
 * @number: the N of its node
 * @flags: O_RDWR for commands, O_RDONLY to look at it
 *
 * Return: a descriptor, or a negative errno.
 */
int device_open(unsigned int number, int flags);

/**
 * device_ioctl() - one request
 * @fd: from device_open()
 * @request: PCSC_IOC_*
 * @argument: its structure, size and all
 *
 * Return: 0 or a negative errno.
 */
int device_ioctl(int fd, unsigned long request, void *argument);

#endif /* LIB_DEVICE_H */

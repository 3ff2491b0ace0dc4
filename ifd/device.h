/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that the handler asks of the kernel's character device.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef IFD_DEVICE_H
#define IFD_DEVICE_H

#include <linux/pcsc_passthru.h>

/* What poll(2) reports of a reader whose state is another than before. */
extern const short device_event;

/**
 * device_open() - open a reader
 * @path: its device node
 *
 * Return: a descriptor, or a negative errno.
 */
int device_open(const char *path);

/**
 * device_ioctl() - one request, which only a signal that ends pcscd interrupts
 * @fd: from device_open()
 * @request: PCSC_IOC_*
 * @argument: its structure, @size and all
 *
 * Return: 0 or a negative errno.
 */
int device_ioctl(int fd, unsigned long request, void *argument);

/**
 * device_close() - close a reader
 * @fd: from device_open(); becomes -1. May be -1
 */
void device_close(int *fd);

#endif /* IFD_DEVICE_H */

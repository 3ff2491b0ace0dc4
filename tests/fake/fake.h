/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Readers that the tests of lib/ and ifd/ play themselves. Each open file is a pipe: a
 * byte in it is an event, its end is the reader's.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/pcsc_passthru.h>

#define FAKE_READERS 4

/* All is as after the start: no reader, no hook, the driver loaded. */
void fake_reset(void);
/* Without it there is no driver. */
void fake_service(bool there);
/* A reader comes: "Fake N", with a card whose ATR is 3B 00 + N. */
void fake_add(unsigned int number);
void fake_remove(unsigned int number);
/* Its state and event counter, and an event for whoever waits */
void fake_state(unsigned int number, uint32_t state, uint32_t events);
/* Whether the host allows control codes; after a reset it does not. */
void fake_allow_control(bool allow);
/* What open(2) answers from here on; 0 to let it work */
void fake_open_error(int error);
/* Open files of the readers */
unsigned int fake_open_files(void);

/*
 * Called with each request after its answer was made up; what it returns, a
 * negative errno or 0, is what the library gets.
 */
typedef int (*fake_hook_t)(unsigned int number, unsigned long request, void *argument);
void fake_hook(fake_hook_t hook);

/*
 * What stands in for the system calls. fake_open() takes a number, fake_open_path() what
 * fake_directory() and a name like pcsc_reader0 make; both return a descriptor or a
 * negative errno.  To poll(2) an event is POLLIN.
 */
const char *fake_directory(void);
bool fake_has_service(void);
size_t fake_numbers(unsigned int *numbers, size_t max);
int fake_open(unsigned int number);
int fake_open_path(const char *path);
int fake_ioctl(int fd, unsigned long request, void *argument);

#endif /* FAKE_H */

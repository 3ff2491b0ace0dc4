// SPDX-License-Identifier: BSD-2-Clause
/*
 * Readers that the tests play themselves. See fake.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <winscard.h>

#include "fake.h"

#define FILES 1024

static char directory[32] = "/tmp/pcsc-lib-test-XXXXXX";

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	bool there;
	uint32_t state;
	uint32_t events;
} readers[FAKE_READERS];
/* By the descriptor that the library has: the other end, and whose it is */
static struct {
	int other;
	unsigned int number;
} files[FILES];
static bool service, control;
static int open_error;
static fake_hook_t hook;

static void node(unsigned int number, bool there)
{
	char path[sizeof(directory) + 20];

	snprintf(path, sizeof(path), "%s/pcsc_reader%u", directory, number);
	if (there)
		close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	else
		unlink(path);
}

static void remove_directory(void)
{
	fake_reset();
	rmdir(directory);
}

void fake_reset(void)
{
	unsigned int i;

	if (!files[0].other) {
		if (!mkdtemp(directory))
			abort();
		atexit(remove_directory);
		for (i = 0; i < FILES; i++)
			files[i].other = -1;
	}
	for (i = 0; i < FAKE_READERS; i++)
		fake_remove(i);
	fake_hook(NULL);
	fake_allow_control(false);
	fake_open_error(0);
	fake_service(true);
}

void fake_service(bool there)
{
	pthread_mutex_lock(&lock);
	service = there;
	pthread_mutex_unlock(&lock);
}

void fake_allow_control(bool allow)
{
	pthread_mutex_lock(&lock);
	control = allow;
	pthread_mutex_unlock(&lock);
}

void fake_open_error(int error)
{
	pthread_mutex_lock(&lock);
	open_error = error;
	pthread_mutex_unlock(&lock);
}

void fake_hook(fake_hook_t new_hook)
{
	pthread_mutex_lock(&lock);
	hook = new_hook;
	pthread_mutex_unlock(&lock);
}

void fake_add(unsigned int number)
{
	pthread_mutex_lock(&lock);
	readers[number].there = true;
	readers[number].state = SCARD_STATE_PRESENT;
	readers[number].events = 1;
	pthread_mutex_unlock(&lock);
	node(number, true);
}

/* Of open files of the reader; what the library has closed has no reader. */
static void for_files(unsigned int number, void (*what)(int *other))
{
	unsigned int i;

	for (i = 0; i < FILES; i++)
		if (files[i].other >= 0 && files[i].number == number)
			what(&files[i].other);
}

static void hang_up(int *other)
{
	close(*other);
	*other = -1;
}

static void ring(int *other)
{
	if (write(*other, "!", 1) < 0)
		hang_up(other);
}

void fake_remove(unsigned int number)
{
	pthread_mutex_lock(&lock);
	readers[number].there = false;
	for_files(number, hang_up);
	pthread_mutex_unlock(&lock);
	node(number, false);
}

void fake_state(unsigned int number, uint32_t state, uint32_t events)
{
	pthread_mutex_lock(&lock);
	readers[number].state = state;
	readers[number].events = events;
	for_files(number, ring);
	pthread_mutex_unlock(&lock);
}

unsigned int fake_open_files(void)
{
	unsigned int i, n = 0;

	pthread_mutex_lock(&lock);
	for (i = 0; i < FILES; i++) {
		struct pollfd p = { .fd = files[i].other };

		/* Nobody has the end that the library had. */
		if (p.fd >= 0 && poll(&p, 1, 0) > 0)
			hang_up(&files[i].other);
		n += files[i].other >= 0;
	}
	pthread_mutex_unlock(&lock);
	return n;
}

const char *fake_directory(void)
{
	return directory;
}

bool fake_has_service(void)
{
	bool there;

	pthread_mutex_lock(&lock);
	there = service;
	pthread_mutex_unlock(&lock);
	return there;
}

size_t fake_numbers(unsigned int *numbers, size_t max)
{
	size_t n = 0;
	unsigned int i;

	pthread_mutex_lock(&lock);
	/* In no order */
	for (i = FAKE_READERS; i-- > 0 && n < max;)
		if (readers[i].there)
			numbers[n++] = i;
	pthread_mutex_unlock(&lock);
	return n;
}

int fake_open(unsigned int number)
{
	int ends[2], fd = -ENOENT;

	pthread_mutex_lock(&lock);
	if (open_error) {
		fd = open_error;
	} else if (readers[number].there) {
		if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) || ends[0] >= FILES)
			abort();
		fd = ends[0];
		/* The descriptor is new, so what had its number is closed. */
		if (files[fd].other >= 0)
			close(files[fd].other);
		files[fd].other = ends[1];
		files[fd].number = number;
	}
	pthread_mutex_unlock(&lock);
	return fd;
}

/* An honest driver's answers; a card says what it was told, and 90 00. */
static void answer(unsigned int number, int fd, unsigned long request, void *argument)
{
	struct pcsc_ioc_info *info = argument;
	struct pcsc_ioc_state *state = argument;
	struct pcsc_ioc_connect *connect = argument;
	struct pcsc_ioc_status *status = argument;
	struct pcsc_ioc_transfer *t = argument;
	char drain[64];

	switch (request) {
	case PCSC_IOC_INFO:
		info->reader = number;
		info->version = 2;
		info->timeout_max = 1000;
		info->max_length = 65548;
		info->features = control ? PCSC_INFO_CONTROL : 0;
		info->name_len = sprintf((char *)info->name, "Fake %u", number);
		break;
	case PCSC_IOC_STATE:
		while (read(fd, drain, sizeof(drain)) > 0)
			;
		state->state = readers[number].state;
		state->events = readers[number].events;
		state->atr_len = 3;
		memcpy(state->atr, (uint8_t[]){ 0x3b, 0, number }, 3);
		break;
	case PCSC_IOC_CONNECT:
	case PCSC_IOC_RECONNECT:
		connect->protocol = SCARD_PROTOCOL_T1;
		connect->atr_len = 3;
		memcpy(connect->atr, (uint8_t[]){ 0x3b, 0, number }, 3);
		break;
	case PCSC_IOC_STATUS:
		status->state = SCARD_PRESENT;
		status->protocol = SCARD_PROTOCOL_T1;
		status->atr_len = 3;
		memcpy(status->atr, (uint8_t[]){ 0x3b, 0, number }, 3);
		break;
	case PCSC_IOC_TRANSMIT:
		t->rx_len = t->tx_len + 2;
		memcpy((void *)(uintptr_t)t->rx, (void *)(uintptr_t)t->tx, t->tx_len);
		memcpy((char *)(uintptr_t)t->rx + t->tx_len, "\x90", 2);
		break;
	case PCSC_IOC_GET_ATTRIB:
	case PCSC_IOC_CONTROL:
		t->rx_len = 0;
		break;
	}
}

int fake_open_path(const char *path)
{
	const char *end = strrchr(path, 'r');
	unsigned int number;

	if (!end || sscanf(end + 1, "%u", &number) != 1 || number >= FAKE_READERS)
		return -ENOENT;
	return fake_open(number);
}

int fake_ioctl(int fd, unsigned long request, void *argument)
{
	unsigned int number;
	fake_hook_t then;
	int error = 0;

	pthread_mutex_lock(&lock);
	number = files[fd].number;
	if (files[fd].other < 0)
		error = -ENODEV;
	else
		answer(number, fd, request, argument);
	then = hook;
	pthread_mutex_unlock(&lock);
	return !error && then ? then(number, request, argument) : error;
}

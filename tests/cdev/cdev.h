/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the character device share: its calls, one at a time or
 * beside the test, and what goes on outside the guest.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef CDEV_H
#define CDEV_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/pcsc_passthru.h>

#include "pcsc_regs.h"

/* The readers: two with the test card, and one without a card */
#define CARD		0
#define OTHER		2
#define EMPTY		4

#define ANY		(PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1)
#define LONGEST		PCSC_LENGTH_MAX

/* Time after which something hangs, and that in which nothing should happen */
#define SOON_MS		15000
#define QUIET_MS	300

/*
 * cdev.c: one call each.  They return 0 or an errno, and leave the structure's
 * "result" in cdev_result, which is the thread's own.
 */
extern __thread uint32_t cdev_result;

void cdev_path(char path[64], int reader);
int cdev_open(int reader, int flags);		/* ends the program if it fails */
bool cdev_is_legacy(int reader);		/* version 1 of the registers */
int cdev_ioctl(int fd, unsigned int nr, void *arg);	/* no cdev_result */
int cdev_connect(int fd, uint32_t share, uint32_t protocols);
/* A session that was closed is free a moment later, and there are few. */
int cdev_connect_patiently(int fd);
int cdev_reconnect(int fd, uint32_t share, uint32_t protocols,
		   uint32_t disposition);
int cdev_disconnect(int fd, uint32_t disposition);
int cdev_begin(int fd, uint32_t timeout_ms);
int cdev_end(int fd, uint32_t disposition);
int cdev_status(int fd, struct pcsc_ioc_status *st);
int cdev_state(int fd, struct pcsc_ioc_state *st);
int cdev_cancel(int fd);
int cdev_transmit(int fd, const void *tx, size_t len, void *rx, size_t *rx_len);
uint32_t cdev_atr_attribute(void);	/* of the ATR, as the reader knows it */

/* An APDU and its answer in hex; the answer is the errno's name if it failed. */
const char *cdev_apdu(int fd, const char *hex);
size_t cdev_bytes(const char *hex, uint8_t *bytes);
const char *cdev_hex(const uint8_t *bytes, size_t len);

/*
 * Waits until nobody is connected with the reader and its card was reset: what
 * an earlier test left ends a moment after it.
 */
void cdev_settle(int reader);
unsigned int cdev_resets(int reader);		/* how often its card was reset */
bool cdev_wait_state(int fd, uint32_t mask, uint32_t value);

/* The test card's commands */
#define ECHO_42		"80E000000142"
#define ECHO_42_ANSWER	"429000"
#define VERIFY		"80EC0100"
#define VERIFIED	"80EC0000"
#define DELAY_1S	"80E403E8"
#define DELAY_3S	"80E40BB8"

/*
 * call.c: calls that wait, each in a thread of its own.
 */
struct call {
	int fd;
	int (*run)(struct call *c);
	const void *data;		/* for @run */
	int error;			/* of @run, when it has returned */
	uint32_t result;
	char answer[64];		/* of an APDU or a read(2) */
	pthread_t thread;
	long long start, end;		/* ms */
	bool done, joined;
};

int call_apdu(struct call *c);		/* @data: hex */
int call_write(struct call *c);		/* the same */
int call_begin(struct call *c);
int call_status(struct call *c);
int call_connect_exclusive(struct call *c);
int call_poll_pri(struct call *c);
int call_poll_in(struct call *c);

void call_start(struct call *c, int fd, int (*run)(struct call *c),
		const void *data);
bool call_done(struct call *c, int ms);	/* whether it returned within @ms */
long long now_ms(void);
void sleep_ms(int ms);

/* Looks every 20 ms, for at most @ms; whether @condition came true. */
#define WITHIN(ms, condition) ({ \
	long long within_end = now_ms() + (ms); \
	bool within_is; \
\
	while (!(within_is = (condition)) && now_ms() < within_end) \
		sleep_ms(20); \
	within_is; \
})

bool wait_pid(pid_t pid, int *status, int ms);

/*
 * fault.c: memory to hand to the kernel.  A page with a hole behind it.
 */
uint8_t *page_before_hole(size_t size);	/* @size bytes end at the hole */
void *page_read_only(const void *data, size_t len);
void *hole(void);

/*
 * inject.c: makes the kernel fail at one place after the other, in the calling
 * thread: allocations of slab and pages, copies of user memory.
 */
bool inject_begin(void);		/* whether this kernel can */
/* @run returns 0 or an errno, and so does this; @had: whether a failure came. */
int inject_run(unsigned int n, int (*run)(void), bool *had);
bool inject_sensible(int err);		/* whether that errno tells what happened */

/*
 * world.c: what happens on the host and in the guest: runs the words as a
 * command of the shell.  "world ..." is what the guest script made of it.
 */
int world(const char *format, ...) __attribute__((format(printf, 1, 2)));
int world_put(const char *path, const char *text);	/* one write; 0 or errno */

#endif /* CDEV_H */

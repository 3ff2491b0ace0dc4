/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One thread that waits for several descriptors, for the time, and for children.
 *
 * Nothing runs beside: whoever waits for something calls loop_step() until it is
 * there, and what else happens meanwhile is handled in between.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stdint.h>

#define SECOND		INT64_C(1000000)
#define LOOP_FOREVER	INT64_MAX

/**
 * struct watch - a descriptor to wait for
 * @fd: the descriptor
 * @events: POLLIN and POLLOUT; 0: not now, not even for a hang-up
 * @ready: called when one of @events, or an error, is there. It must not remove
 *	another watch
 * @arg: for @ready
 */
struct watch {
	int fd;
	short events;
	void (*ready)(void *arg);
	void *arg;
};

/**
 * struct timer - a time to wait for
 * @at: when, on now_us()'s clock; LOOP_FOREVER: not now
 * @expired: called then, once, with @at at LOOP_FOREVER
 * @arg: for @expired
 */
struct timer {
	int64_t at;
	void (*expired)(void *arg);
	void *arg;
};

/* To be called before a child is started: its end ends a loop_step(). */
void loop_init(void);

/* There is room for all that these programs have; more is an error in them. */
void loop_add_watch(struct watch *w);
void loop_remove_watch(struct watch *w);
void loop_add_timer(struct timer *t);

/**
 * loop_step() - wait once, and handle what is there
 * @until: when to return, at the latest, on now_us()'s clock
 *
 * May return early, with nothing done.
 */
void loop_step(int64_t until);

/* Can @fd be written to without waiting? Up to PIPE_BUF bytes at once. */
bool loop_writable(int fd);

#endif

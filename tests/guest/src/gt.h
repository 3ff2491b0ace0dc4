/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the verbs of gt share.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef GT_H
#define GT_H

#include <stdbool.h>
#include <stddef.h>

/* Room for the hex of any response, and for any write that a test makes. */
#define GT_ROOM		(1024 * 1024)

/** gt_catch_stop() - have SIGTERM and SIGINT make gt_stopped() true */
void gt_catch_stop(void);

/** gt_stopped() - whether a verb that goes on for ever is to print and end */
bool gt_stopped(void);

/** gt_now_ms() - CLOCK_MONOTONIC in milliseconds */
long long gt_now_ms(void);

/**
 * gt_fail() - print the name of an errno value on stdout
 * @err: the value
 *
 * Return: the exit status of a verb that failed, 1.
 */
int gt_fail(int err);

/**
 * gt_exchange() - one APDU through a transmit attribute
 * @fd: the attribute, open for reading and writing
 * @hex: what to write
 * @len: its length
 * @answer: the response as the attribute shows it, GT_ROOM bytes
 * @answer_len: its length
 *
 * Return: 0 or a negative errno value.
 */
int gt_exchange(int fd, const char *hex, size_t len, char *answer,
		size_t *answer_len);

/**
 * json_valid() - whether a text is one JSON value and nothing else
 *
 * By RFC 8259, and stricter: no blanks between tokens, no member twice in an object.
 */
bool json_valid(const char *text, size_t len);

/* Verbs; arguments without the verb itself. Return: an exit status. */
int gt_open(int argc, char **argv);
int gt_read(int argc, char **argv);
int gt_write(int argc, char **argv);
int gt_put(int argc, char **argv);
int gt_transmit(int argc, char **argv);
int gt_hold(int argc, char **argv);
int gt_loop(int argc, char **argv);
int gt_poll(int argc, char **argv);
int gt_uevents(int argc, char **argv);
int gt_gap(int argc, char **argv);
int gt_page(int argc, char **argv);
int gt_munmap(int argc, char **argv);
int gt_pin(int argc, char **argv);
int gt_as(int argc, char **argv);
int gt_json(int argc, char **argv);

#endif

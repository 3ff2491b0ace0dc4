/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The card's end of vpcd's protocol: a TCP connection to the reader, on which
 * each side sends a 16-bit big-endian length and that many bytes.
 *
 * All calls may be interrupted by vpcd_stop(), which a signal handler may call.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef VPCD_H
#define VPCD_H

#include <stddef.h>
#include <stdint.h>

/* The port of slot 0; slot N listens on VPCD_PORT + N. */
#define VPCD_PORT	35963
/* A length field of 16 bits ends here. */
#define VPCD_MAX	65535u

/* A message of one byte is one of these and no APDU; only ATR is answered. */
enum vpcd_control {
	VPCD_POWER_OFF = 0,
	VPCD_POWER_ON = 1,
	VPCD_RESET = 2,
	VPCD_ATR = 4,
};

/**
 * enum vpcd_result - how a wait for the reader ended
 * @VPCD_OK: what was asked for is there
 * @VPCD_TIMEOUT: not before the deadline
 * @VPCD_STOPPED: vpcd_stop() was called
 * @VPCD_CLOSED: the reader closed the connection
 * @VPCD_ERROR: anything else; errno says what
 */
enum vpcd_result {
	VPCD_OK,
	VPCD_TIMEOUT,
	VPCD_STOPPED,
	VPCD_CLOSED,
	VPCD_ERROR,
};

/**
 * struct vpcd - a connection
 * @fd: the socket, or -1
 * @got: bytes in @in
 * @used: of these, bytes that the message last returned occupies
 * @in: one message with its length, possibly incomplete
 */
struct vpcd {
	int fd;
	size_t got;
	size_t used;
	uint8_t in[2 + VPCD_MAX];
};

/* Time in ms on a clock that only goes forward. Deadlines are on this clock. */
int64_t vpcd_now(void);

/* No deadline. */
#define VPCD_FOREVER	INT64_MAX

/**
 * vpcd_stop() - end all waiting, now and from now on
 *
 * Safe in a signal handler. The signals must be blocked outside of these calls
 * (vpcd_signals()), or a wait that is about to begin misses them.
 */
void vpcd_stop(void);

/* Makes SIGTERM, SIGINT and SIGHUP call vpcd_stop(), and ignores SIGPIPE. */
void vpcd_signals(void);

/**
 * vpcd_connect() - connect to a reader, trying until the deadline
 * @v: the connection, not open
 * @host: name or address
 * @port: TCP port
 * @deadline: when to give up
 *
 * Return: VPCD_OK, VPCD_STOPPED, VPCD_TIMEOUT (errno: the last refusal's) or
 * VPCD_ERROR (the host's name does not resolve).
 */
enum vpcd_result vpcd_connect(struct vpcd *v, const char *host,
			      unsigned int port, int64_t deadline);

/**
 * vpcd_receive() - wait for the reader's next message
 * @v: the connection
 * @deadline: when to return without one
 * @msg: set to the message, which stays valid until the next call
 * @len: set to its length
 */
enum vpcd_result vpcd_receive(struct vpcd *v, int64_t deadline,
			      const uint8_t **msg, size_t *len);

/**
 * vpcd_send() - send a message
 * @v: the connection
 * @data: the message
 * @len: its length; above VPCD_MAX, the length field says VPCD_MAX and the
 *	whole is sent nevertheless: what a card out of its mind does
 */
enum vpcd_result vpcd_send(struct vpcd *v, const uint8_t *data, size_t len);

/* Closes the connection: to the reader, the card is taken out. */
void vpcd_close(struct vpcd *v);

#endif

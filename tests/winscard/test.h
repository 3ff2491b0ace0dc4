/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * winscard as programs see it. The readers: 0 and 2 have the test card, 4 is empty.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef WINSCARD_TEST_H
#define WINSCARD_TEST_H

#include <stdbool.h>
#include <stdint.h>

#include <winscard.h>

#include "ktap.h"

#define CARD 0
#define OTHER 2
#define EMPTY 4
#define READERS_MAX 32

#define NOBODY ((SCARDHANDLE)0x5eadbeef)
#define LONGEST MAX_BUFFER_SIZE_EXTENDED

/* What the test card says to ECHO of one byte */
#define ECHO "\x80\xe0\0\0\1\x42"
#define ECHO_LEN 6

/* main.c */
extern SCARDCONTEXT context;
extern const char *names[READERS_MAX];	/* in the order of the list */
extern unsigned int readers;

/* One result: what a call returned is what was wanted */
bool returns(LONG rv, LONG wanted, const char *what);

/* A handle that works, or the end of the program */
SCARDHANDLE card_connect(SCARDCONTEXT in, int reader, DWORD share);
/* Whether an ECHO comes back */
LONG card_echo(SCARDHANDLE card);
/* An APDU by T=1 */
LONG card_send(SCARDHANDLE card, const void *tx, DWORD tx_len, BYTE *rx, DWORD *rx_len);
/* Something happens outside: a command line for the word that WORLD says */
bool world(const char *what);
void nap(unsigned int ms);

void test_contexts(void);
void test_lists(void);
void test_connect(void);
void test_status(void);
void test_transmit(void);
void test_attributes(void);
void test_control(void);
void test_sharing(void);
void test_resets(void);
void test_transactions(void);
void test_change(void);
void test_events(void);
void test_threads(unsigned int apdus);
void test_processes(void);
void test_texts(void);

#endif /* WINSCARD_TEST_H */

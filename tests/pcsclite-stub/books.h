/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of contexts and their handles, and two rules for them.
 *
 * pcsc-lite's library finds a handle by a walk over all contexts, the oldest first, and two
 * of its calls do not keep others from that: a context that is released while a card
 * is disconnected is used after it was freed, and the first handle of a context may end the
 * walk to a newer context's handle in nowhere. Here the first ends the process, always, and
 * the second is counted, since only a wait for the card could exclude it.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef STUB_BOOKS_H
#define STUB_BOOKS_H

/**
 * struct counts - as SCardGetAttrib() tells them on the order "counts"
 * @contexts: that there are
 * @disconnects: calls of SCardDisconnect() that run
 * @overtaken: first handles that came when a newer context had one
 */
struct counts {
	unsigned char contexts;
	unsigned char disconnects;
	unsigned char overtaken;
};

/* books_establish() - a context is there */
void books_establish(unsigned long context);

/* books_release() - a context goes, with its handle; that is an error while disconnects run */
void books_release(unsigned long context);

/* books_connect() - a context has a handle, one at most at a time */
void books_connect(unsigned long context, unsigned long card);

/* books_disconnect() - SCardDisconnect() is called; and later: returns, without the handle */
void books_disconnect(void);
void books_disconnected(unsigned long card);

/* books_counts() - the numbers as of now */
struct counts books_counts(void);

#endif

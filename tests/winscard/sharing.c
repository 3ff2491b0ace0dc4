// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two clients of one card: sharing, resets, transactions, and what ends with whom.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

static LONG try_connect(SCARDCONTEXT in, DWORD share, SCARDHANDLE *card)
{
	DWORD protocol;

	return SCardConnect(in, names[CARD], share,
			    share == SCARD_SHARE_DIRECT ? 0 : SCARD_PROTOCOL_T1, card,
			    &protocol);
}

static SCARDCONTEXT another(void)
{
	SCARDCONTEXT other;

	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &other))
		exit(3);
	return other;
}

void test_sharing(void)
{
	SCARDCONTEXT other = another();
	SCARDHANDLE a, b;
	DWORD protocol;

	a = card_connect(context, CARD, SCARD_SHARE_EXCLUSIVE);
	returns(try_connect(other, SCARD_SHARE_SHARED, &b), SCARD_E_SHARING_VIOLATION,
		"an exclusive card: shared");
	returns(try_connect(other, SCARD_SHARE_EXCLUSIVE, &b), SCARD_E_SHARING_VIOLATION,
		"an exclusive card: exclusive");
	/* pcsc-lite's reconnect to shared would keep the others waiting. */
	SCardDisconnect(a, SCARD_LEAVE_CARD);
	a = card_connect(context, CARD, SCARD_SHARE_SHARED);
	returns(try_connect(other, SCARD_SHARE_SHARED, &b), SCARD_S_SUCCESS,
		"a shared card: shared");
	returns(card_echo(a), SCARD_S_SUCCESS, "one of them");
	returns(card_echo(b), SCARD_S_SUCCESS, "the other one");
	SCardDisconnect(b, SCARD_LEAVE_CARD);
	returns(card_echo(a), SCARD_S_SUCCESS, "the one that is left");
	returns(try_connect(other, SCARD_SHARE_EXCLUSIVE, &b), SCARD_E_SHARING_VIOLATION,
		"a shared card: exclusive");
	returns(SCardReconnect(a, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T1,
			       SCARD_LEAVE_CARD, &protocol), SCARD_S_SUCCESS,
		"exclusive from now on");
	returns(try_connect(other, SCARD_SHARE_SHARED, &b), SCARD_E_SHARING_VIOLATION,
		"it is");
	SCardDisconnect(a, SCARD_LEAVE_CARD);
	returns(try_connect(other, SCARD_SHARE_EXCLUSIVE, &b), SCARD_S_SUCCESS,
		"a free card: exclusive");
	returns(SCardReleaseContext(other), SCARD_S_SUCCESS, "who has it goes");
	a = card_connect(context, CARD, SCARD_SHARE_EXCLUSIVE);
	returns(card_echo(a), SCARD_S_SUCCESS, "it is free again");
	SCardDisconnect(a, SCARD_RESET_CARD);
}

/* Whether the card's flag "verified" is set; -1 if it cannot be asked */
static int verified(SCARDHANDLE card)
{
	BYTE rx[8];
	DWORD len = sizeof(rx);

	return card_send(card, "\x80\xec\0\0", 4, rx, &len) || len != 3 ? -1 : rx[0];
}

static void verify(SCARDHANDLE card)
{
	BYTE rx[8];
	DWORD len = sizeof(rx);

	card_send(card, "\x80\xec\1\0", 4, rx, &len);
}

void test_resets(void)
{
	SCARDCONTEXT other = another();
	SCARDHANDLE a = card_connect(context, CARD, SCARD_SHARE_SHARED), b;
	DWORD protocol;

	verify(a);
	ok(verified(a) == 1, "a card remembers");
	returns(SCardReconnect(a, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD,
			       &protocol), SCARD_S_SUCCESS, "reconnect, leave");
	ok(verified(a) == 1, "it does yet");
	returns(SCardReconnect(a, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, SCARD_RESET_CARD,
			       &protocol), SCARD_S_SUCCESS, "reconnect, reset");
	ok(verified(a) == 0, "it forgot");
	verify(a);
	returns(SCardReconnect(a, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1,
			       SCARD_UNPOWER_CARD, &protocol), SCARD_S_SUCCESS,
		"reconnect, unpower");
	ok(verified(a) == 0, "it forgot");

	b = card_connect(other, CARD, SCARD_SHARE_SHARED);
	returns(SCardReconnect(a, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, SCARD_RESET_CARD,
			       &protocol), SCARD_S_SUCCESS, "one resets it");
	returns(card_echo(b), SCARD_W_RESET_CARD, "the other one is told");
	returns(card_echo(b), SCARD_W_RESET_CARD, "as long as it does not reconnect");
	returns(SCardStatus(b, NULL, NULL, NULL, NULL, NULL, NULL), SCARD_W_RESET_CARD,
		"in each call");
	returns(SCardReconnect(b, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD,
			       &protocol), SCARD_S_SUCCESS, "it reconnects");
	returns(card_echo(b), SCARD_S_SUCCESS, "and goes on");
	returns(SCardDisconnect(b, SCARD_RESET_CARD), SCARD_S_SUCCESS,
		"it leaves with a reset");
	returns(card_echo(a), SCARD_W_RESET_CARD, "the first one is told");
	SCardDisconnect(a, SCARD_LEAVE_CARD);
	SCardReleaseContext(other);
}

struct waiter {
	SCARDHANDLE card;
	LONG (*call)(SCARDHANDLE card);
	LONG rv;
	bool done;
};

static void *wait_for_turn(void *argument)
{
	struct waiter *w = argument;

	w->rv = w->call(w->card);
	__atomic_store_n(&w->done, true, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Whether the call waits as long as @card has its transaction, and no longer */
static void wait_for_end(const char *what, LONG (*call)(SCARDHANDLE card),
			 SCARDHANDLE card, SCARDHANDLE other)
{
	struct waiter w = { .card = other, .call = call };
	pthread_t thread;

	returns(SCardBeginTransaction(card), SCARD_S_SUCCESS, "a transaction");
	pthread_create(&thread, NULL, wait_for_turn, &w);
	nap(500);
	ok(!__atomic_load_n(&w.done, __ATOMIC_SEQ_CST), "%s waits", what);
	returns(card_echo(card), SCARD_S_SUCCESS, "meanwhile its owner works");
	returns(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS, "its end");
	pthread_join(thread, NULL);
	returns(w.rv, SCARD_S_SUCCESS, what);
}

void test_transactions(void)
{
	SCARDCONTEXT other = another();
	SCARDHANDLE a = card_connect(context, CARD, SCARD_SHARE_SHARED);
	SCARDHANDLE b = card_connect(other, CARD, SCARD_SHARE_SHARED);

	returns(SCardEndTransaction(a, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED,
		"the end of no transaction");
	wait_for_end("an APDU", card_echo, a, b);
	wait_for_end("a transaction", SCardBeginTransaction, a, b);
	returns(SCardBeginTransaction(b), SCARD_S_SUCCESS, "one in the other");
	returns(SCardEndTransaction(b, SCARD_LEAVE_CARD), SCARD_S_SUCCESS, "its end");
	returns(SCardEndTransaction(b, SCARD_LEAVE_CARD), SCARD_S_SUCCESS, "and another");
	returns(SCardEndTransaction(b, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED,
		"and no third");
	returns(SCardBeginTransaction(a), SCARD_S_SUCCESS, "one that ends with a reset");
	returns(SCardEndTransaction(a, SCARD_RESET_CARD), SCARD_S_SUCCESS, "its end");
	returns(card_echo(b), SCARD_W_RESET_CARD, "the other one is told");
	SCardDisconnect(b, SCARD_LEAVE_CARD);
	returns(card_echo(a), SCARD_W_RESET_CARD, "and so is who did it");
	SCardDisconnect(a, SCARD_LEAVE_CARD);

	a = card_connect(context, CARD, SCARD_SHARE_SHARED);
	b = card_connect(other, CARD, SCARD_SHARE_SHARED);
	returns(SCardBeginTransaction(b), SCARD_S_SUCCESS, "one whose owner leaves");
	returns(SCardDisconnect(b, SCARD_LEAVE_CARD), SCARD_S_SUCCESS, "without an end");
	returns(card_echo(a), SCARD_S_SUCCESS, "sets the card free");
	b = card_connect(other, CARD, SCARD_SHARE_SHARED);
	returns(SCardBeginTransaction(b), SCARD_S_SUCCESS, "one whose context goes");
	returns(SCardReleaseContext(other), SCARD_S_SUCCESS, "without an end");
	SCardDisconnect(a, SCARD_LEAVE_CARD);
	a = card_connect(context, CARD, SCARD_SHARE_SHARED);
	returns(card_echo(a), SCARD_S_SUCCESS, "sets the card free");
	SCardDisconnect(a, SCARD_RESET_CARD);
}

/* A process that ends in the middle of a transaction, by its own hand or not */
static void dies(int how)
{
	SCARDHANDLE card;
	int ready[2], status;
	char byte;
	pid_t pid;

	if (pipe(ready))
		exit(3);
	pid = fork();
	if (!pid) {
		card = card_connect(another(), CARD, SCARD_SHARE_SHARED);
		SCardBeginTransaction(card);
		if (write(ready[1], "!", 1) != 1 || !how)
			_exit(0);
		pause();
	}
	close(ready[1]);
	ok(read(ready[0], &byte, 1) == 1, "a process has a transaction");
	close(ready[0]);
	if (how)
		kill(pid, how);
	waitpid(pid, &status, 0);
	card = card_connect(context, CARD, SCARD_SHARE_SHARED);
	returns(SCardBeginTransaction(card), SCARD_S_SUCCESS, how ? "it was killed" :
		"it ended");
	SCardEndTransaction(card, SCARD_LEAVE_CARD);
	SCardDisconnect(card, SCARD_RESET_CARD);
}

void test_processes(void)
{
	SCARDHANDLE card;
	int status = -1;
	pid_t pid;

	dies(0);
	dies(SIGKILL);

	/* A daemon connects, forks, and lets its first process end. */
	card = card_connect(context, CARD, SCARD_SHARE_SHARED);
	pid = fork();
	if (!pid)
		_exit(card_echo(card) != SCARD_S_SUCCESS);
	waitpid(pid, &status, 0);
	ok(WIFEXITED(status) && !WEXITSTATUS(status), "a child has its parent's handle");
	returns(card_echo(card), SCARD_S_SUCCESS, "and so does the parent");
	SCardDisconnect(card, SCARD_RESET_CARD);
}

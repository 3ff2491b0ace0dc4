// SPDX-License-Identifier: BSD-2-Clause
/*
 * 32 threads on one reader, with an open each and all on one; and as many sessions
 * as there can be.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>

#include "cdev.h"

#define THREADS		32
#define COMMANDS	25
#define SESSIONS	64

struct worker {
	pthread_t thread;
	int fd;
	bool rw;			/* may use write(2) and read(2) */
	unsigned int number;
	unsigned int good;
	char wrong[120];
};

static void complain(struct worker *w, const char *what, const char *got)
{
	if (!w->wrong[0])
		snprintf(w->wrong, sizeof(w->wrong), "%s: %s", what, got);
}

/* An answer that only this command of this thread has */
static void do_echo(struct worker *w, unsigned int seed)
{
	size_t len = 4 + seed % 200;
	uint8_t tx[300] = { 0x80, 0xe0, 0, 0, (uint8_t)len };
	uint8_t rx[300];
	size_t got = sizeof(rx);
	int err = 0;

	for (size_t i = 0; i < len; i++)
		tx[5 + i] = (uint8_t)(seed >> (8 * (i % 4)));
	tx[5] = (uint8_t)w->number;
	if (w->rw && seed & 0x1000) {
		ssize_t n = write(w->fd, tx, len + 5);

		if (n >= 0)
			n = read(w->fd, rx, sizeof(rx));
		err = n < 0 ? errno : 0;
		got = n < 0 ? 0 : (size_t)n;
	} else {
		err = cdev_transmit(w->fd, tx, len + 5, rx, &got);
	}
	if (err)
		complain(w, "echo", strerrorname_np(err));
	else if (got != len + 2 || memcmp(rx, tx + 5, len) ||
		 rx[len] != 0x90 || rx[len + 1])
		complain(w, "echo", cdev_hex(rx, got));
	else
		w->good++;
}

static void do_size(struct worker *w, unsigned int seed)
{
	size_t len = seed % 3000, got = 4000, i;
	uint8_t tx[4] = { 0x80, 0xe2, (uint8_t)(len >> 8), (uint8_t)len };
	uint8_t rx[4000];
	int err = cdev_transmit(w->fd, tx, sizeof(tx), rx, &got);

	for (i = 0; !err && i < len && rx[i] == (i & 0xff); i++)
		;
	if (err)
		complain(w, "size", strerrorname_np(err));
	else if (got != len + 2 || i != len)
		complain(w, "size", "wrong length or bytes");
	else
		w->good++;
}

static void do_word(struct worker *w, unsigned int seed)
{
	char hex[16];
	const char *got;

	snprintf(hex, sizeof(hex), "80E6%02X%02X", w->number,
		 seed >> 8 & 0xff);
	got = cdev_apdu(w->fd, hex);
	if (strcmp(got, hex + 4))
		complain(w, hex, got);
	else
		w->good++;
}

static void do_status(struct worker *w)
{
	struct pcsc_ioc_status st;
	struct pcsc_ioc_state state;
	int err = cdev_status(w->fd, &st);

	if (!err)
		err = cdev_state(w->fd, &state);
	if (err)
		complain(w, "status", strerrorname_np(err));
	else if (st.atr_len != 14 || state.atr_len != 14)
		complain(w, "status", "wrong ATR");
	else
		w->good++;
}

static void do_transaction(struct worker *w, unsigned int seed)
{
	int err = cdev_begin(w->fd, 0);

	if (err) {
		complain(w, "begin", strerrorname_np(err));
		return;
	}
	do_echo(w, seed);
	err = cdev_end(w->fd, PCSC_LEAVE_CARD);
	if (err)
		complain(w, "end", strerrorname_np(err));
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned int state = w->number + 1;

	for (int i = 0; i < COMMANDS; i++) {
		unsigned int seed = (unsigned int)rand_r(&state);

		switch (seed % 7) {
		case 0:
			do_size(w, seed >> 3);
			break;
		case 1:
			do_word(w, seed >> 3);
			break;
		case 2:
			do_status(w);
			break;
		case 3:
			do_transaction(w, seed >> 3);
			break;
		default:
			do_echo(w, seed >> 3);
			break;
		}
	}
	return NULL;
}

static struct worker workers[THREADS];

static void run_all(void)
{
	for (unsigned int i = 0; i < THREADS; i++) {
		workers[i].number = i;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			complain(&workers[i], "pthread_create", "failed");
	}
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
}

#define EXPECT_ALL_GOOD() do { \
	for (unsigned int i = 0; i < THREADS; i++) { \
		EXPECT_STREQ("", workers[i].wrong) TH_LOG("thread %u", i); \
		EXPECT_EQ(COMMANDS, workers[i].good); \
	} \
} while (0)

FIXTURE(threads) {
	int fds[SESSIONS + 1];
};

FIXTURE_SETUP(threads)
{
	cdev_settle(CARD);
	for (size_t i = 0; i <= SESSIONS; i++)
		self->fds[i] = cdev_open(CARD, O_RDWR);
}

FIXTURE_TEARDOWN(threads)
{
	for (size_t i = 0; i <= SESSIONS; i++) {
		cdev_disconnect(self->fds[i], PCSC_LEAVE_CARD);
		close(self->fds[i]);
	}
}

TEST_F_TIMEOUT(threads, an_open_each, 90)
{
	for (unsigned int i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, cdev_connect(self->fds[i], PCSC_SHARE_SHARED,
					  ANY));
		workers[i].fd = self->fds[i];
		workers[i].rw = true;
	}
	run_all();
	EXPECT_ALL_GOOD();
}

TEST_F_TIMEOUT(threads, all_on_one_open, 90)
{
	ASSERT_EQ(0, cdev_connect(self->fds[0], PCSC_SHARE_SHARED, ANY));
	for (unsigned int i = 0; i < THREADS; i++)
		workers[i].fd = self->fds[0];
	run_all();
	EXPECT_ALL_GOOD();
}

TEST_F_TIMEOUT(threads, as_many_sessions_as_there_can_be, 90)
{
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < SESSIONS; i++) {
			ASSERT_EQ(0, cdev_connect_patiently(self->fds[i]))
				TH_LOG("session %zu", i);
		}
		EXPECT_EQ(EUSERS, cdev_connect(self->fds[SESSIONS],
					       PCSC_SHARE_SHARED, ANY));
		EXPECT_EQ(EUSERS, write(self->fds[SESSIONS], "abcd", 4) < 0 ?
				  errno : 0);
		EXPECT_STREQ(ECHO_42_ANSWER,
			     cdev_apdu(self->fds[SESSIONS - 1], ECHO_42));
		/* One goes, and there is room for another, a moment later. */
		close(self->fds[7]);
		EXPECT_EQ(0, cdev_connect_patiently(self->fds[SESSIONS]));
		for (size_t i = 0; i <= SESSIONS; i++) {
			if (i != 7)
				close(self->fds[i]);
		}
		for (size_t i = 0; i <= SESSIONS; i++)
			self->fds[i] = cdev_open(CARD, O_RDWR);
	}
}

TEST_HARNESS_MAIN

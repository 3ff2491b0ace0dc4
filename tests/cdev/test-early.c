// SPDX-License-Identifier: BSD-2-Clause
/*
 * Each allocation on the way of a reader's bind fails in turn, while somebody uses it
 * before it is whole: what he has knows that there is no reader, and he keeps nothing
 * of it at the device.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "cdev.h"

#define DRIVER		"/sys/bus/platform/drivers/pcsc_reader/"
#define DEVICE		"/sys/bus/platform/devices/pcsc_reader.0/"
#define SLOW_S		1800

static int bind_reader(void)
{
	return world_put(DRIVER "bind", "pcsc_reader.0");
}

static int unbind_reader(void)
{
	return world_put(DRIVER "unbind", "pcsc_reader.0");
}

static bool reader_bound(void)
{
	return !access(DEVICE "driver", F_OK);
}

static bool hurry;

static void *connects(void *arg)
{
	(void)arg;
	while (__atomic_load_n(&hurry, __ATOMIC_ACQUIRE))
		world_put(DEVICE "connect", "1");
	return NULL;
}

static int taken[16];

/* By a node of his own, since that of the device comes last. */
static void *opens(void *arg)
{
	size_t n = 0;

	while (__atomic_load_n(&hurry, __ATOMIC_ACQUIRE)) {
		int node = open(arg, O_RDWR | O_CLOEXEC);

		if (node < 0)
			continue;
		if (n < ARRAY_SIZE(taken))
			taken[n++] = node;
		else
			close(node);
	}
	return NULL;
}

/* How many sessions there can be with a reader whose attributes have none */
static int sessions(void)
{
	int nodes[64], n = 0;
	bool more = true;

	unbind_reader();
	bind_reader();
	/* What was closed ends at the device a moment later. */
	sleep_ms(QUIET_MS);
	while (more && n < 64) {
		nodes[n] = cdev_open(CARD, O_RDWR);
		more = !cdev_connect(nodes[n], PCSC_SHARE_SHARED, ANY);
		n++;
	}
	for (int i = 0; i < n; i++)
		close(nodes[i]);
	cdev_settle(CARD);
	return n - 1;
}

FIXTURE(early) {
	int sessions;
	pthread_t thread;
	char node[32];
};

FIXTURE_SETUP(early)
{
	struct stat st;

	ASSERT_TRUE(inject_begin());
	self->sessions = sessions();
	ASSERT_EQ(0, stat("/dev/pcsc_reader0", &st));
	strcpy(self->node, "/tmp/pcsc_reader0");
	ASSERT_EQ(0, mknod(self->node, S_IFCHR | 0600, st.st_rdev));
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		taken[i] = -1;
}

FIXTURE_TEARDOWN(early)
{
	unlink(self->node);
	if (!reader_bound())
		bind_reader();
}

#define SWEEP(body, arg, after) do { \
	bool had = true; \
	for (unsigned int n = 1; had; n++) { \
		int err; \
		ASSERT_EQ(0, unbind_reader()); \
		__atomic_store_n(&hurry, true, __ATOMIC_RELEASE); \
		ASSERT_EQ(0, pthread_create(&self->thread, NULL, body, arg)); \
		sleep_ms(5); \
		err = inject_run(n, bind_reader, &had); \
		__atomic_store_n(&hurry, false, __ATOMIC_RELEASE); \
		pthread_join(self->thread, NULL); \
		EXPECT_EQ(!err, reader_bound()); \
		after; \
		ASSERT_TRUE(reader_bound() || !bind_reader()); \
	} \
} while (0)

TEST_F_TIMEOUT(early, attributes, SLOW_S)
{
	SWEEP(connects, NULL, (void)0);
	/* None of them was left to the device. */
	EXPECT_EQ(self->sessions, sessions());
}

TEST_F_TIMEOUT(early, node, SLOW_S)
{
	unsigned int times = 0;
	struct pcsc_ioc_state st;

	SWEEP(opens, self->node, {
		for (size_t i = 0; i < ARRAY_SIZE(taken); i++) {
			if (taken[i] >= 0 && err) {
				/* It knows that there is no reader. */
				EXPECT_EQ(ENODEV, cdev_state(taken[i], &st));
				times++;
			}
			close(taken[i]);
			taken[i] = -1;
		}
	});
	TH_LOG("%u times opened before the probe failed", times);
	EXPECT_EQ(self->sessions, sessions());
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: BSD-2-Clause
/*
 * Each allocation and each registration on the way of a bind, an unbind, an insmod or
 * an rmmod fails in turn: of a reader, of the controller with its readers, of the module.
 * Then all readers are there and work; a reader for which there was no memory comes later.
 * On version 1 of the registers the controller alone is tried, whose start is another there.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <dirent.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "cdev.h"

#define DEVICES		"/sys/bus/platform/devices/"
#define DRIVERS		"/sys/bus/platform/drivers/"
#define READER		"pcsc_reader.0"
#define SLOW_S		3600
#define OFTEN		8

/* Set by the guest's script */
#define MODULE_FILE	"/pcsc_passthru.ko"

static char controller[NAME_MAX + 1];
static int readers;

static bool there(const char *path)
{
	return !access(path, F_OK);
}

/* How many names in a directory begin so; those that begin with a dot do not count. */
static int count(const char *path, const char *prefix)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.' &&
			!strncmp(entry->d_name, prefix, strlen(prefix));
	if (dir)
		closedir(dir);
	return n;
}

static int count_nodes(void)
{
	return count("/sys/class/pcsc", "");
}

static bool reader_works(int reader)
{
	const char *answer;
	char path[64];
	int node;

	cdev_path(path, reader);
	node = open(path, O_RDWR | O_CLOEXEC);
	if (node < 0 || cdev_connect(node, PCSC_SHARE_SHARED, ANY)) {
		printf("# reader %d: %s\n", reader, strerror(errno));
		close(node);
		return false;
	}
	answer = cdev_apdu(node, ECHO_42);
	if (strcmp(answer, ECHO_42_ANSWER))
		printf("# reader %d answers %s\n", reader, answer);
	close(node);
	return !strcmp(answer, ECHO_42_ANSWER);
}

static bool all_work(void)
{
	for (int i = 0; i < readers; i++)
		if (!reader_works(i))
			return false;
	return count_nodes() == readers;
}

static int bind_controller(void)
{
	return world_put(DRIVERS "pcsc_passthru/bind", controller);
}

static int unbind_controller(void)
{
	return world_put(DRIVERS "pcsc_passthru/unbind", controller);
}

static bool controller_bound(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), DEVICES "%s/driver", controller);
	return there(path);
}

/* If there was no memory for a reader, the bound controller tries again. */
static bool readers_come(void)
{
	return WITHIN(60000, !controller_bound() || count(DEVICES, "pcsc_reader.") == readers);
}

static int bind_reader(void)
{
	return world_put(DRIVERS "pcsc_reader/bind", READER);
}

static int unbind_reader(void)
{
	return world_put(DRIVERS "pcsc_reader/unbind", READER);
}

static bool reader_bound(void)
{
	return there(DEVICES READER "/driver");
}

/* The module alone: the controller is told to wait for another driver. */
static int load(void)
{
	int file = open(MODULE_FILE, O_RDONLY | O_CLOEXEC);
	int err = 0;

	if (file < 0)
		return errno;
	if (syscall(SYS_finit_module, file, "", 0))
		err = errno;
	close(file);
	return err;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "pcsc_passthru", O_NONBLOCK) ? errno : 0;
}

static bool loaded(void)
{
	return there("/sys/module/pcsc_passthru/drivers");
}

static void override(const char *driver)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), DEVICES "%s/driver_override", controller);
	if (world_put(path, driver))
		abort();
}

static bool always(void)
{
	return true;
}

/*
 * This kernel takes some seconds to release an object, and the directory of a driver
 * goes with its object: before that, an insmod finds the name taken (EEXIST).
 */
static bool forgotten(void)
{
	for (int tries = 0; tries < 300; tries++) {
		if (!there(DRIVERS "pcsc_passthru") && !there(DRIVERS "pcsc_reader") &&
		    !there("/sys/class/pcsc"))
			return true;
		usleep(100000);
	}
	return false;
}

static bool bound_again(void)
{
	return !bind_controller() && all_work();
}

static bool loaded_again(void)
{
	bool good;

	if (!loaded() && (!forgotten() || load()))
		return false;
	override("\n");
	good = bound_again();
	if (unbind_controller())
		return false;
	override("none");
	return good && !unload();
}

FIXTURE(probe) {
	bool module;
	bool known;	/* it is as on version 2 */
};

FIXTURE_VARIANT(probe) {
	int (*make)(void);
	int (*unmake)(void);
	bool (*made)(void);
	bool (*gone)(void);	/* waits for what may take its time after unmake */
	bool (*works)(void);
};

FIXTURE_VARIANT_ADD(probe, reader) {
	bind_reader, unbind_reader, reader_bound, always, all_work
};

FIXTURE_VARIANT_ADD(probe, controller) {
	bind_controller, unbind_controller, controller_bound, always, all_work
};

FIXTURE_VARIANT_ADD(probe, module) {
	load, unload, loaded, forgotten, loaded_again
};

FIXTURE_SETUP(probe)
{
	char path[PATH_MAX];

	/* The harness runs a test all the same whose setup says SKIP. */
	self->known = cdev_is_legacy(CARD) && variant->make != bind_controller;
	if (self->known)
		return;
	ASSERT_TRUE(inject_begin());
	ASSERT_NE(NULL, realpath(DEVICES READER "/..", path));
	snprintf(controller, sizeof(controller), "%s", basename(path));
	readers = count_nodes();
	ASSERT_LT(1, readers);
	ASSERT_TRUE(all_work());
	self->module = variant->make == load;
	if (self->module) {
		ASSERT_EQ(0, unbind_controller());
		override("none");
	}
}

FIXTURE_TEARDOWN(probe)
{
	if (self->known)
		return;
	if (self->module) {
		override("\n");
		if (!loaded() && forgotten())
			load();
	} else if (!variant->made()) {
		variant->make();
	}
	EXPECT_TRUE(all_work());
}

/* It is made anew, as if nothing had been. */
static bool made_anew(const FIXTURE_VARIANT(probe) * variant)
{
	/* Even what went well may lack something, such as a reader. */
	return (!variant->made() || !variant->unmake()) && variant->gone() &&
		!variant->make() && variant->works();
}

TEST_F_TIMEOUT(probe, makes, SLOW_S)
{
	unsigned int n, failed = 0;
	bool had = true;
	int err;

	if (self->known)
		SKIP(return, "as on version 2");
	for (n = 1; had; n++) {
		ASSERT_TRUE(!variant->made() || !variant->unmake());
		ASSERT_TRUE(variant->gone());
		err = inject_run(n, variant->make, &had);
		if (err) {
			EXPECT_TRUE(had && inject_sensible(err))
				TH_LOG("failure %u: %s", n, strerrorname_np(err));
			failed++;
		}
		EXPECT_EQ(!err, variant->made())
			TH_LOG("failure %u: %s", n, strerrorname_np(err));
		ASSERT_TRUE(readers_come())
			TH_LOG("failure %u: readers are missing", n);
		/* Not each time, since it takes longer than all the rest. */
		if (n % OFTEN == 0) {
			ASSERT_TRUE(made_anew(variant))
				TH_LOG("after failure %u", n);
		}
		if (n % 100 == 0)
			TH_LOG("%u failures so far", n);
	}
	ASSERT_TRUE(made_anew(variant));
	TH_LOG("%u failures, %u of them errors", n - 2, failed);
	EXPECT_LT(0, failed);
}

TEST_F_TIMEOUT(probe, unmakes, SLOW_S)
{
	bool had = true;
	unsigned int n;
	int err;

	if (self->known)
		SKIP(return, "as on version 2");
	for (n = 1; had; n++) {
		ASSERT_TRUE(variant->made() || (variant->gone() && !variant->make()));
		err = inject_run(n, variant->unmake, &had);
		if (err) {
			EXPECT_TRUE(had && inject_sensible(err))
				TH_LOG("failure %u: %s", n, strerrorname_np(err));
		}
		EXPECT_EQ(!!err, variant->made());
		if (n % OFTEN == 0) {
			ASSERT_TRUE(made_anew(variant))
				TH_LOG("after failure %u", n);
		}
	}
	ASSERT_TRUE(made_anew(variant));
	TH_LOG("%u failures", n - 2);
}

TEST_HARNESS_MAIN

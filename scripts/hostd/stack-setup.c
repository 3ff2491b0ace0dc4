// SPDX-License-Identifier: BSD-2-Clause
/*
 * What scripts/stack does first in its namespaces. See stack.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "stack.h"

static void copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0777);
	ssize_t n = -1;

	if (in >= 0 && out >= 0)
		do
			n = sendfile(out, in, NULL, 1 << 20);
		while (n > 0);
	if (n < 0 || close(out))
		stack_fail("cannot copy %s to %s: %s", from, to,
			   strerror(errno));
	close(in);
}

/*
 * vpcd serves two slots, and keeps them in static data: each pair of slots takes
 * a copy of the file. One configuration file keeps their order.
 */
static void set_up_readers(void)
{
	const char *root = getenv("STACK_ROOT");
	char library[PATH_MAX], conf[2048];
	size_t len = 0;

	snprintf(library, sizeof(library),
		 "%s/usr/lib/pcsc/drivers/serial/libifdvpcd.so",
		 root ? root : "");
	for (int pair = 0; pair < STACK_SLOTS / 2; pair++) {
		const char *copy = stack_path("drivers/libifdvpcd-%d.so", pair);
		int port = STACK_PORT + 2 * pair;

		copy_file(library, copy);
		len += (size_t)snprintf(conf + len, sizeof(conf) - len,
			"FRIENDLYNAME \"Virtual PCD %d\"\n"
			"DEVICENAME /dev/null:0x%X\n"
			"LIBPATH %s\n"
			"CHANNELID 0x%X\n\n", pair, port, copy, port);
		if (len >= sizeof(conf))
			stack_fail("the stack's path is too long");
	}
	stack_write(stack_path("reader.conf.d/vpcd"), "%s", conf);
}

void stack_prepare(const char *cards, bool with_pcscd)
{
	cards_want(cards);
	stack_make_dir(stack_path("reader.conf.d"));
	stack_make_dir(stack_path("drivers"));
	stack_make_dir(stack_path("tmp"));
	set_up_readers();
	if (with_pcscd)
		pcscd_start();
}

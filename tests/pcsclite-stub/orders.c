// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the test wants the calls of the stub to do: a file with a
 * number in its first line, and "CALL VERB ARGUMENT" in the others.  It is read anew
 * at each call; the test replaces it as a whole, each time with another number.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "orders.h"

static const char *orders_file(void)
{
	const char *name = getenv("PCSC_STUB_ORDERS");

	return name ? name : "/dev/null";
}

struct order order_for(const char *call)
{
	struct order order = { "", "", 0 };
	FILE *f = fopen(orders_file(), "r");
	char line[256];
	char name[64];

	while (f && fgets(line, sizeof(line), f)) {
		struct order o = { "", "", 0 };

		if (sscanf(line, "%63s %15s %63s", name, o.verb, o.text) >= 2 &&
		    !strcmp(name, call)) {
			o.number = strtoul(o.text, NULL, 0);
			order = o;
			break;
		}
	}
	if (f)
		fclose(f);
	return order;
}

unsigned long orders_serial(void)
{
	FILE *f = fopen(orders_file(), "r");
	unsigned long serial = 0;

	if (f) {
		if (fscanf(f, "%lu", &serial) != 1)
			serial = 0;
		fclose(f);
	}
	return serial;
}

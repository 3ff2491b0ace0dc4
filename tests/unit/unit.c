// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Runs the unit tests.
 */
#include <stdio.h>

#include "unit.h"

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s TOP-OF-THE-REPOSITORY\n", argv[0]);
		return 2;
	}
	ktap_begin();
	test_hex();
	test_state();
	test_errno(argv[1]);
	return ktap_end();
}

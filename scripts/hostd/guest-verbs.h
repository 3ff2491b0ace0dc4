/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs of the guest's `host` command.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef GUEST_VERBS_H
#define GUEST_VERBS_H

#include "buf.h"
#include "guest.h"

/**
 * struct answer - what a verb gives
 * @out: lines for stdout
 * @err: lines for stderr
 * @status: exit status
 */
struct answer {
	struct buf out;
	struct buf err;
	int status;
};

/* Does what @verb asks with @rest, the arguments; overwrites @rest. */
void verb_run(struct guest *g, const char *verb, char *rest, struct answer *a);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * KTAP for unit tests in C: what ktap.sh is for those in shell.
 */
#ifndef KTAP_H
#define KTAP_H

#include <stdbool.h>

void ktap_begin(void);
/* The plan; returns the exit status, which is the verdict. */
int ktap_end(void);

/* One result; the text says what was to be seen. */
void ok(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A comment */
void diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* KTAP_H */

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What C leaves out.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef UTIL_H
#define UTIL_H

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#endif

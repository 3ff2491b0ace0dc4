/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tells the compiler more.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef COMPILER_H
#define COMPILER_H

/* A function whose @fmt-th argument is a format for those from the @args-th on. */
#define __printf(fmt, args)	__attribute__((		\
	format(printf, fmt, args)))

#endif

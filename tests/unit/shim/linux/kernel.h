/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The pcsc-passthru authors */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include <stdarg.h>
#include <stdio.h>

#define SHIM_PRINTF(fmt, args)	format(printf, fmt, args)
#define __printf(fmt, args)	__attribute__((SHIM_PRINTF(fmt, args)))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* As the kernel's: what was written, not what would have been */
static inline __printf(3, 4)
int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, size, fmt, args);
	va_end(args);
	if (size == 0)
		return 0;
	return (size_t)n < size ? n : (int)size - 1;
}

#endif /* SHIM_LINUX_KERNEL_H */

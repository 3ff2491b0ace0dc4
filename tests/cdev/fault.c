// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory that the kernel can read or write in part, or not at all. See cdev.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cdev.h"

static uint8_t *map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return p;
}

uint8_t *page_before_hole(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (size + page - 1) / page * page;
	uint8_t *p = map(room + page);

	munmap(p + room, page);
	return p + room - size;
}

void *page_read_only(const void *data, size_t len)
{
	uint8_t *p = map((size_t)sysconf(_SC_PAGESIZE));

	memcpy(p, data, len);
	mprotect(p, (size_t)sysconf(_SC_PAGESIZE), PROT_READ);
	return p;
}

void *hole(void)
{
	return page_before_hole(0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the library answers.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef LIB_RESULT_H
#define LIB_RESULT_H

#include <stdint.h>

#include <winscard.h>

#include "context.h"

/* What the structures of all commands begin with */
struct command_head {
	uint32_t size;
	uint32_t result;
	uint32_t flags;
	uint32_t timeout_ms;
};

/**
 * command_run() - one command of a handle
 * @handle: the handle
 * @request: PCSC_IOC_*
 * @head: its structure; size, flags and time-out are filled in
 * @size: of the structure
 *
 * It takes as long as the device allows, and no signal interrupts it but one
 * that ends the process.
 *
 * Return: SCARD_S_SUCCESS, the host's result, or what stands for an errno.
 */
LONG command_run(const struct handle *handle, unsigned long request,
		 struct command_head *head, size_t size);

#define COMMAND(handle, request, structure) ({				\
	typeof(structure) command = (structure);			\
	command_run(handle, request, (struct command_head *)command,	\
		    sizeof(*command));					\
})

/**
 * result_of() - what an errno means to a program that knows winscard only
 * @error: a negative errno
 *
 * Return: a result, never SCARD_S_SUCCESS.
 */
LONG result_of(int error);

/**
 * give() - hand out an answer by the rules of winscard
 * @buffer: the program's, or NULL if it only asks for the length; with
 *          SCARD_AUTOALLOCATE where to put a pointer to memory that
 *          SCardFreeMemory() frees
 * @length: the room there, or SCARD_AUTOALLOCATE; set to @size in any case
 * @data: the answer
 * @size: bytes in it
 *
 * Return: SCARD_S_SUCCESS, SCARD_E_INSUFFICIENT_BUFFER (the buffer is untouched),
 * SCARD_E_INVALID_PARAMETER, SCARD_E_NO_MEMORY.
 */
LONG give(void *buffer, DWORD *length, const void *data, size_t size);

#endif /* LIB_RESULT_H */

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contexts and handles: who they belong to, and who may use them when.
 *
 * The calls of one context run one after the other, as pcsc-lite's do, but for
 * SCardCancel(). Those of several contexts run side by side.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef LIB_CONTEXT_H
#define LIB_CONTEXT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <winscard.h>

#include "readers.h"

/**
 * struct handle - a connection: one open file, one handle at the host
 * @next: of the same context
 * @id: what the program calls it
 * @context: whose it is
 * @fd: the open file
 * @timeout_ms: the longest time-out that the device knows
 * @name: of the reader
 */
struct handle {
	struct handle *next;
	SCARDHANDLE id;
	struct context *context;
	int fd;
	uint32_t timeout_ms;
	char name[PCSC_NAME_SIZE];
};

/**
 * struct context - what SCardEstablishContext() makes
 * @next: in the list of all
 * @id: what the program calls it
 * @users: how many calls use it or wait for @lock, one more while it is valid
 * @cancel: an eventfd(2), for SCardCancel()
 * @waiting: in SCardGetStatusChange()
 * @lock: who has it runs a call
 * @handles: connections
 * @readers: known readers
 *
 * The lock of the list guards @next, @id, @users and @waiting. @handles changes
 * under both locks. @lock guards the rest.
 */
struct context {
	struct context *next;
	SCARDCONTEXT id;
	unsigned int users;
	int cancel;
	bool waiting;
	pthread_mutex_t lock;
	struct handle *handles;
	struct readers readers;
};

/**
 * context_new() - make a context
 * @id: what the program is to call it
 *
 * Return: SCARD_S_SUCCESS, SCARD_E_NO_SERVICE, SCARD_W_SECURITY_VIOLATION or
 * SCARD_E_NO_MEMORY.
 */
LONG context_new(SCARDCONTEXT *id);

/**
 * context_get() - begin a call, after those that run
 * @id: what the program calls the context
 *
 * Return: the context, to be put, or NULL if there is none.
 */
struct context *context_get(SCARDCONTEXT id);

/**
 * context_put() - end the call
 * @context: from context_get()
 */
void context_put(struct context *context);

/**
 * context_end() - release a context and close all of its handles
 * @context: from context_get(); put by this
 */
void context_end(struct context *context);

/**
 * context_valid() - whether there is a context, whatever it does
 * @id: what the program calls it
 *
 * Return: true if there is one.
 */
bool context_valid(SCARDCONTEXT id);

/**
 * context_cancel() - end the SCardGetStatusChange() of a context
 * @id: what the program calls it
 *
 * Return: false if there is no such context.
 */
bool context_cancel(SCARDCONTEXT id);

/**
 * context_wait_begin() - let context_cancel() work
 * @context: from context_get()
 */
void context_wait_begin(struct context *context);

/**
 * context_wait_end() - the opposite
 * @context: likewise
 */
void context_wait_end(struct context *context);

/**
 * handle_add() - make a handle
 * @context: whose; from context_get()
 * @fd: a reader that is connected; the handle's from here on
 * @info: of the reader
 *
 * Return: the handle, or NULL without memory: @fd is then the caller's.
 */
struct handle *handle_add(struct context *context, int fd,
			  const struct pcsc_ioc_info *info);

/**
 * handle_get() - begin a call
 * @id: what the program calls the handle
 *
 * Return: the handle, to be put, or NULL if there is none.
 */
struct handle *handle_get(SCARDHANDLE id);

/**
 * handle_put() - end the call
 * @handle: from handle_get()
 */
void handle_put(struct handle *handle);

/**
 * handle_end() - close a handle and end the call
 * @handle: from handle_get(); put by this
 */
void handle_end(struct handle *handle);

#endif /* LIB_CONTEXT_H */

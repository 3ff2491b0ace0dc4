// SPDX-License-Identifier: BSD-2-Clause
/*
 * The tables of contexts and handles. See context.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "context.h"

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct context *contexts;

static struct context *find_context(SCARDCONTEXT id)
{
	struct context *context = contexts;

	while (context && context->id != id)
		context = context->next;
	return context;
}

static struct handle *find_own(const struct context *context, SCARDHANDLE id)
{
	struct handle *handle = context->handles;

	while (handle && handle->id != id)
		handle = handle->next;
	return handle;
}

static struct handle *find_handle(SCARDHANDLE id)
{
	struct context *context;
	struct handle *handle = NULL;

	for (context = contexts; context && !handle; context = context->next)
		handle = find_own(context, id);
	return handle;
}

/*
 * A number that nothing has.  It begins at random, so that one which a program
 * kept from another run is most likely of no use.
 */
static LONG unused_id(void)
{
	static uint32_t last;

	if (!last && getrandom(&last, sizeof(last), GRND_NONBLOCK) < 0)
		last = (uint32_t)time(NULL);
	do
		last = (last + 1) & 0x7fffffff;
	while (!last || find_context(last) || find_handle(last));
	return last;
}

/* A fork in another thread's call must not leave the child a list in disorder. */
static void lock_list(void)
{
	pthread_mutex_lock(&list_lock);
}

static void unlock_list(void)
{
	pthread_mutex_unlock(&list_lock);
}

static void register_fork(void)
{
	pthread_atfork(lock_list, unlock_list, unlock_list);
}

static void free_context(struct context *context)
{
	struct handle *handle;

	while ((handle = context->handles)) {
		context->handles = handle->next;
		/* The host resets a card that is still connected. */
		close(handle->fd);
		free(handle);
	}
	readers_free(&context->readers);
	if (context->cancel >= 0)
		close(context->cancel);
	pthread_mutex_destroy(&context->lock);
	free(context);
}

LONG context_new(SCARDCONTEXT *id)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct context *context;
	LONG rv;

	pthread_once(&once, register_fork);
	if (!device_service())
		return SCARD_E_NO_SERVICE;
	context = calloc(1, sizeof(*context));
	if (!context)
		return SCARD_E_NO_MEMORY;
	pthread_mutex_init(&context->lock, NULL);
	readers_init(&context->readers);
	context->users = 1;
	context->cancel = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rv = context->cancel < 0 ? SCARD_E_NO_MEMORY :
				   readers_scan(&context->readers);
	if (rv != SCARD_S_SUCCESS) {
		free_context(context);
		return rv;
	}
	lock_list();
	context->id = unused_id();
	context->next = contexts;
	contexts = context;
	*id = context->id;
	unlock_list();
	return SCARD_S_SUCCESS;
}

/* One user less; the last one frees it. */
static void leave(struct context *context)
{
	bool last;

	lock_list();
	last = !--context->users;
	unlock_list();
	if (last)
		free_context(context);
}

static struct context *enter_locked(struct context *context)
{
	if (context)
		context->users++;
	unlock_list();
	if (context)
		pthread_mutex_lock(&context->lock);
	return context;
}

/* Who waited may find that it has been released meanwhile: its number is 0. */
struct context *context_get(SCARDCONTEXT id)
{
	struct context *context;

	lock_list();
	context = enter_locked(id ? find_context(id) : NULL);
	if (!context || context->id)
		return context;
	context_put(context);
	return NULL;
}

void context_put(struct context *context)
{
	pthread_mutex_unlock(&context->lock);
	leave(context);
}

void context_end(struct context *context)
{
	struct context **link = &contexts;

	lock_list();
	while (*link != context)
		link = &(*link)->next;
	*link = context->next;
	context->id = 0;
	context->users--;
	unlock_list();
	context_put(context);
}

bool context_valid(SCARDCONTEXT id)
{
	bool valid;

	lock_list();
	valid = id && find_context(id);
	unlock_list();
	return valid;
}

bool context_cancel(SCARDCONTEXT id)
{
	struct context *context;

	lock_list();
	context = id ? find_context(id) : NULL;
	if (context && context->waiting)
		eventfd_write(context->cancel, 1);
	unlock_list();
	return context;
}

void context_wait_begin(struct context *context)
{
	lock_list();
	context->waiting = true;
	unlock_list();
}

void context_wait_end(struct context *context)
{
	eventfd_t cancelled;

	lock_list();
	context->waiting = false;
	eventfd_read(context->cancel, &cancelled);
	unlock_list();
}

struct handle *handle_add(struct context *context, int fd,
			  const struct pcsc_ioc_info *info)
{
	struct handle *handle = malloc(sizeof(*handle));

	if (!handle)
		return NULL;
	*handle = (struct handle){ .context = context, .fd = fd,
				   .timeout_ms = info->timeout_max };
	memcpy(handle->name, info->name, sizeof(handle->name));
	lock_list();
	handle->id = unused_id();
	handle->next = context->handles;
	context->handles = handle;
	unlock_list();
	return handle;
}

struct handle *handle_get(SCARDHANDLE id)
{
	struct context *context;
	struct handle *handle;

	lock_list();
	handle = id ? find_handle(id) : NULL;
	context = enter_locked(handle ? handle->context : NULL);
	if (!context)
		return NULL;
	handle = context->id ? find_own(context, id) : NULL;
	if (!handle)
		context_put(context);
	return handle;
}

void handle_put(struct handle *handle)
{
	context_put(handle->context);
}

void handle_end(struct handle *handle)
{
	struct context *context = handle->context;
	struct handle **link = &context->handles;

	lock_list();
	while (*link != handle)
		link = &(*link)->next;
	*link = handle->next;
	unlock_list();
	close(handle->fd);
	free(handle);
	context_put(context);
}

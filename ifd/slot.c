// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of slots, and what each was told to hold.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "card.h"
#include "slot.h"

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct slot *table[SLOTS_MAX];

/* pcscd counts readers in the upper half and the slots of one in the lower. */
static struct slot **place(DWORD lun)
{
	DWORD reader = lun >> 16;

	return reader < SLOTS_MAX && !(lun & 0xffff) ? &table[reader] : NULL;
}

static void slot_free(struct slot *s)
{
	card_release(s);
	device_close(&s->look_fd);
	close(s->wake);
	pthread_mutex_destroy(&s->card_lock);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

struct slot *slot_get(DWORD lun)
{
	struct slot **p = place(lun), *s = NULL;

	pthread_mutex_lock(&table_lock);
	if (p && *p) {
		s = *p;
		s->references++;
	}
	pthread_mutex_unlock(&table_lock);
	return s;
}

void slot_put(struct slot *s)
{
	bool last;

	pthread_mutex_lock(&table_lock);
	last = !--s->references;
	pthread_mutex_unlock(&table_lock);
	if (last)
		slot_free(s);
}

/* What the device says now. */
struct look {
	bool present;
	uint32_t state;
	uint32_t events;
	uint32_t atr_len;
	uint8_t atr[PCSC_ATR_SIZE];
};

static bool try_open(struct slot *s)
{
	struct pcsc_ioc_info info = { .size = sizeof(info) };

	s->look_fd = device_open(s->path);
	if (s->look_fd < 0) {
		s->look_fd = -1;
		return false;
	}
	if (!device_ioctl(s->look_fd, PCSC_IOC_INFO, &info))
		s->info = info;
	/* Another device than before has another card. */
	s->moved = s->told;
	return true;
}

/* Called with the lock held.  An absent device is a reader without a card. */
static void look(struct slot *s, struct look *now)
{
	struct pcsc_ioc_state state;
	int tries = 2, error = -ENODEV;

	memset(now, 0, sizeof(*now));
	while (error == -ENODEV && tries--) {
		if (s->look_fd < 0 && !try_open(s))
			return;
		memset(&state, 0, sizeof(state));
		state.size = sizeof(state);
		error = device_ioctl(s->look_fd, PCSC_IOC_STATE, &state);
		if (error == -ENODEV)
			device_close(&s->look_fd);
	}
	if (error)
		return;
	now->state = state.state;
	now->events = state.events;
	now->present = state.state & SCARD_STATE_PRESENT;
	if (state.atr_len <= MAX_ATR_SIZE) {
		now->atr_len = state.atr_len;
		memcpy(now->atr, state.atr, state.atr_len);
	}
}

static bool same_card(const struct slot *s, const struct look *now)
{
	return now->present && now->events == s->told_events && !s->moved;
}

RESPONSECODE slot_create(DWORD lun, const char *path, bool exclusive)
{
	struct slot **p = place(lun), *s;
	struct look now;
	bool taken;

	if (!p || strlen(path) >= sizeof(s->path))
		return IFD_COMMUNICATION_ERROR;
	s = calloc(1, sizeof(*s));
	if (!s)
		return IFD_COMMUNICATION_ERROR;
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake < 0) {
		free(s);
		return IFD_COMMUNICATION_ERROR;
	}
	strcpy(s->path, path);
	s->lun = lun;
	s->references = 1;
	s->exclusive = exclusive;
	s->look_fd = -1;
	s->card_fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->card_lock, NULL);
	look(s, &now);
	s->told = now.present;
	s->told_events = now.events;

	pthread_mutex_lock(&table_lock);
	taken = *p;
	if (!taken)
		*p = s;
	pthread_mutex_unlock(&table_lock);
	if (taken) {
		slot_free(s);
		return IFD_COMMUNICATION_ERROR;
	}
	return IFD_SUCCESS;
}

static void wake(struct slot *s)
{
	/* The counter never fills: whoever waits for it reads it first. */
	(void)eventfd_write(s->wake, 1);
}

void slot_stop(struct slot *s)
{
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	wake(s);
}

RESPONSECODE slot_remove(DWORD lun)
{
	struct slot **p = place(lun), *s = NULL;

	pthread_mutex_lock(&table_lock);
	if (p) {
		s = *p;
		*p = NULL;
	}
	pthread_mutex_unlock(&table_lock);
	if (!s)
		return IFD_COMMUNICATION_ERROR;
	slot_stop(s);
	slot_put(s);
	return IFD_SUCCESS;
}

bool slot_present(struct slot *s)
{
	struct look now;
	bool present;

	pthread_mutex_lock(&s->lock);
	look(s, &now);
	present = s->told && same_card(s, &now);
	pthread_mutex_unlock(&s->lock);
	return present;
}

/* Whether the host let go of a card that it refused; see slot_refused(). */
static bool let_go(struct slot *s, const struct look *now)
{
	uint32_t users = SCARD_STATE_EXCLUSIVE;

	if (!s->refused)
		return false;
	if (s->exclusive)
		users |= SCARD_STATE_INUSE;
	if (now->state & users)
		s->held = true;
	return s->held && !(now->state & users);
}

bool slot_turn(struct slot *s)
{
	struct look now;
	bool turned = true;

	pthread_mutex_lock(&s->lock);
	look(s, &now);
	if (s->told && let_go(s, &now)) {
		s->refused = false;
		s->moved = true;
	}
	if (s->told && !same_card(s, &now)) {
		s->told = false;
		s->moved = false;
		s->stale = true;
	} else if (!s->told && now.present) {
		s->told = true;
		s->told_events = now.events;
		s->moved = false;
	} else {
		turned = false;
	}
	pthread_mutex_unlock(&s->lock);
	card_tidy(s);
	return turned;
}

void slot_moved(struct slot *s)
{
	pthread_mutex_lock(&s->lock);
	s->moved = s->told;
	pthread_mutex_unlock(&s->lock);
	wake(s);
}

void slot_refused(struct slot *s)
{
	bool first;

	pthread_mutex_lock(&s->lock);
	first = !s->refused;
	s->refused = true;
	s->held = false;
	if (first)
		s->moved = s->told;
	pthread_mutex_unlock(&s->lock);
	if (first)
		wake(s);
}

void slot_granted(struct slot *s)
{
	pthread_mutex_lock(&s->lock);
	s->refused = false;
	pthread_mutex_unlock(&s->lock);
}

bool slot_info(struct slot *s, struct pcsc_ioc_info *info)
{
	struct look now;

	pthread_mutex_lock(&s->lock);
	look(s, &now);
	*info = s->info;
	pthread_mutex_unlock(&s->lock);
	return info->size;
}

uint32_t slot_atr(struct slot *s, uint8_t atr[MAX_ATR_SIZE])
{
	struct look now;

	pthread_mutex_lock(&s->lock);
	look(s, &now);
	pthread_mutex_unlock(&s->lock);
	memcpy(atr, now.atr, now.atr_len);
	return now.present ? now.atr_len : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A slot: a reader of pcscd's, whether its device is there or not.
 *
 * Each descriptor has one owner, so that none is closed under another's hands:
 * @look_fd is used under @lock, @card_fd under @card_lock, and the third, which
 * waits for events, by the polling thread alone.  The device ends no session
 * of one descriptor for what another does.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef IFD_SLOT_H
#define IFD_SLOT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <ifdhandler.h>

#include "device.h"

/* As many as the device can have; pcscd has fewer. */
#define SLOTS_MAX 32

struct slot {
	DWORD lun;
	unsigned int references;	/* under the table's lock */
	char path[64];
	bool exclusive;			/* how to connect to the card */
	int wake;			/* eventfd: the polling thread has to look */

	/* Held for moments only, never while a card works. */
	pthread_mutex_t lock;
	int look_fd;
	bool stop;			/* the polling thread has to return */
	bool told;			/* pcscd was told that there is a card, ... */
	uint32_t told_events;		/* ... the one at this count of events */
	bool moved;			/* pcscd has to see that card leave */
	bool stale;			/* the session is with a card that left */
	bool refused, held;		/* see slot_refused() */
	struct pcsc_ioc_info info;	/* as last known; size 0: never */

	/* Held while the card works. */
	pthread_mutex_t card_lock;
	int card_fd;
	bool connected;
	bool touched;			/* it was sent something since it was reset */
	uint32_t protocol;
	uint32_t atr_len;
	uint8_t atr[MAX_ATR_SIZE];
};

/**
 * slot_create() - make a slot and take a first look at its device
 * @lun: pcscd's number of it
 * @path: device node, which need not exist
 * @exclusive: whether a powered card is the guest's alone
 *
 * Return: an IFD code.
 */
RESPONSECODE slot_create(DWORD lun, const char *path, bool exclusive);

/* slot_get() - the slot of this number, or NULL; slot_put() gives it back. */
struct slot *slot_get(DWORD lun);
void slot_put(struct slot *s);

/**
 * slot_remove() - forget a slot: who uses it is woken, the last one frees it
 * @lun: its number
 *
 * Return: an IFD code.
 */
RESPONSECODE slot_remove(DWORD lun);

/* slot_stop() - end the polling thread's wait, or else its next one */
void slot_stop(struct slot *s);

/* slot_present() - whether the card that pcscd knows of is there. */
bool slot_present(struct slot *s);

/**
 * slot_turn() - compare what is there with what pcscd was told
 * @s: the slot
 *
 * Only the polling thread calls it, and returns to pcscd if it says so: then
 * slot_present() has another answer.  A card that was replaced is told as one
 * that leaves and one that comes.
 */
bool slot_turn(struct slot *s);

/* slot_moved() - pcscd has to see the card leave, and to power up what is there */
void slot_moved(struct slot *s);

/**
 * slot_refused() - the card cannot be powered because the host uses it
 * @s: the slot
 *
 * pcscd takes a card that it had powered once for one that still is. It has to
 * see this one leave and come, and fail to power it up again, to try at each
 * client's connect from then on. It sees the card anew, too, when the state has
 * shown that use and then its end.
 */
void slot_refused(struct slot *s);

/* slot_granted() - the card could be powered */
void slot_granted(struct slot *s);

/* slot_info() - what is known of the reader; false: it was never there */
bool slot_info(struct slot *s, struct pcsc_ioc_info *info);

/* slot_atr() - the card's ATR, without a session; returns its length */
uint32_t slot_atr(struct slot *s, uint8_t atr[MAX_ATR_SIZE]);

#endif /* IFD_SLOT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Version 2 of the register interface: what its registers (pcsc_v2.c), its
 * descriptors (pcsc_flight.c) and its command handshake (pcsc_command.c) share.
 */
#ifndef PCSC_V2_H
#define PCSC_V2_H

#include <linux/bitmap.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "pcsc_passthru.h"

/* Sessions we keep track of, however many more the device may offer */
#define PCSC_V2_SESSIONS	256

/* Longest time-out of a command, whatever the device says: one hour */
#define PCSC_V2_TIMEOUT_MS	3600000

/* Longest we wait for the device itself, which no card can delay */
#define PCSC_V2_GRACE_MS	5000

/* A card that answers sooner may hold a processor that has other tasks. */
#define PCSC_V2_QUICK_NS	200000
/* So many commands of another card go by before it may again */
#define PCSC_V2_SLOW_COMMANDS	16

/* A descriptor as the device sees it; pcsc_regs.h explains the fields */
struct pcsc_descriptor {
	__le32 operation;
	__le16 reader;
	__le16 session;
	__le32 generation;
	__le32 timeout;
	__le32 share;
	__le32 protocols;
	__le32 disposition;
	__le32 code;
	__le64 tx_addr;
	__le64 rx_addr;
	__le32 tx_len;
	__le32 rx_size;
	__le32 tag;
	__le32 flags;
	__le32 result;
	__le32 rx_len;
	__le32 protocol;
	__le32 card_state;
	__le32 atr_len;
	u8 atr[36];
	__le32 reserved;
	__le32 status;
};

/**
 * enum pcsc_flight_end - how far a command has come
 * @PCSC_FLYING: the device has it, or its owner has not started it yet
 * @PCSC_ANSWERED: the descriptor holds the answer
 * @PCSC_LOST: the device was reset, or is out of order
 */
enum pcsc_flight_end {
	PCSC_FLYING,
	PCSC_ANSWERED,
	PCSC_LOST,
};

/**
 * struct pcsc_flight - the driver's side of a descriptor in use
 * @wait: its owner waits here for @end
 * @session: the session that owns it; NULL for a CLOSE, which nobody waits for
 * @number: of the session that a CLOSE ends
 * @due: when that must have ended, in jiffies
 * @tag: tells this use of the descriptor from earlier ones
 * @started: the doorbell was rung
 * @owed: and the DONE bit that answers it did not come yet
 * @end: stored with release, so that who loads it with acquire may read the
 *       answer
 */
struct pcsc_flight {
	wait_queue_head_t wait;
	struct pcsc_session *session;
	u32 number;
	unsigned long due;
	u32 tag;
	bool started;
	bool owed;
	enum pcsc_flight_end end;
};

/**
 * enum pcsc_v2_state - what can be asked of the device
 * @PCSC_V2_RUNNING: everything
 * @PCSC_V2_RESETTING: nothing now; commands wait
 * @PCSC_V2_STOPPED: nothing any more
 */
enum pcsc_v2_state {
	PCSC_V2_RUNNING,
	PCSC_V2_RESETTING,
	PCSC_V2_STOPPED,
};

/**
 * struct pcsc_v2 - the driver's side of the interface
 * @pc: the controller
 * @table: the descriptors; an entry belongs to the device from the doorbell to
 *         the end of the flight, and to the flight's owner before and after
 * @table_dma: where the device finds them
 * @table_lost: the device ignores its reset, so that the table stays its own
 * @commands: number of descriptors
 * @sessions: number of session numbers
 * @reset_lock: one reset at a time; outside @lock
 * @lock: guards all that follows but the wait queues and @reap, and every flight
 *        but its wait queue; also session->aborted.  Taken by the interrupt handler.
 * @claim: waits here who finds no free descriptor
 * @reap: looks after CLOSE commands, while there are any
 * @busy: descriptors in use
 * @numbers: session numbers in use
 * @refused: how many of these are in use at the device only, so it says, and set
 *           aside until the next reset
 * @closes: session numbers whose CLOSE waits for a descriptor
 * @closing: reader slot and generation of these
 * @flight: an entry for each descriptor
 * @tag: the last one given
 * @epoch: resets so far; a session of an older epoch is gone
 * @state: see there
 */
struct pcsc_v2 {
	struct pcsc_controller *pc;
	struct pcsc_descriptor *table;
	dma_addr_t table_dma;
	bool table_lost;
	unsigned int commands;
	unsigned int sessions;
	struct mutex reset_lock;	/* see above */
	spinlock_t lock;		/* see above */
	wait_queue_head_t claim;
	struct delayed_work reap;
	DECLARE_BITMAP(busy, PCSC_COMMANDS_MAX);
	DECLARE_BITMAP(numbers, PCSC_V2_SESSIONS);
	unsigned int refused;
	DECLARE_BITMAP(closes, PCSC_V2_SESSIONS);
	struct {
		u32 slot;
		u32 generation;
	} closing[PCSC_V2_SESSIONS];
	struct pcsc_flight flight[PCSC_COMMANDS_MAX];
	u32 tag;
	u32 epoch;
	enum pcsc_v2_state state;
};

static inline bool pcsc_v2_ended(struct pcsc_flight *flight)
{
	/* Pairs with pcsc_v2_end(). */
	return smp_load_acquire(&flight->end) != PCSC_FLYING;
}

/* pcsc_flight.c */
void pcsc_v2_flights_init(struct pcsc_v2 *v2);
void pcsc_v2_flights_stop(struct pcsc_v2 *v2);
int pcsc_v2_number(struct pcsc_v2 *v2, struct pcsc_session *session);
void pcsc_v2_refused(struct pcsc_v2 *v2, struct pcsc_session *session);
void pcsc_v2_reclaim(struct pcsc_v2 *v2);
int pcsc_v2_claim(struct pcsc_v2 *v2, struct pcsc_session *session, bool quick,
		  u32 timeout_ms);
void pcsc_v2_ring_locked(struct pcsc_v2 *v2, unsigned int index);
void pcsc_v2_look_locked(struct pcsc_v2 *v2, unsigned int index);
void pcsc_v2_release(struct pcsc_v2 *v2, unsigned int index);
bool pcsc_v2_done(struct pcsc_v2 *v2, unsigned int index);
void pcsc_v2_set_state(struct pcsc_v2 *v2, enum pcsc_v2_state state);
void pcsc_v2_close(struct pcsc_session *session);
int pcsc_v2_cancel(struct pcsc_session *session);
void pcsc_v2_abort(struct pcsc_session *session);
bool pcsc_v2_alive(struct pcsc_session *session);

/* pcsc_command.c */
unsigned long pcsc_v2_patience(struct pcsc_controller *pc, u32 timeout_ms);
int pcsc_v2_open(struct pcsc_session *session, u32 timeout_ms, u32 *result);
int pcsc_v2_execute(struct pcsc_session *session, struct pcsc_command *cmd);

/* pcsc_v2.c */
#define PCSC_V2_KEPT	"a command does not end"	/* the usual reason */
void pcsc_v2_reset(struct pcsc_v2 *v2, u32 epoch, const char *why);

#endif /* PCSC_V2_H */

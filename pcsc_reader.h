/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * A reader: a child device of the controller, its driver (pcsc_reader.c), its
 * attributes (pcsc_attrs.c) and their session with the card (pcsc_link.c).
 */
#ifndef PCSC_READER_H
#define PCSC_READER_H

#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "pcsc_passthru.h"

struct pcsc_node;

/* Name of the children and of their driver */
#define PCSC_READER_NAME	"pcsc_reader"

/**
 * struct pcsc_reader_info - platform data of a child
 * @pc: the controller
 * @slot: the reader's slot
 * @generation: the reader's generation
 */
struct pcsc_reader_info {
	struct pcsc_controller *pc;
	u32 slot;
	u32 generation;
};

/**
 * enum pcsc_link_state - the sysfs session's connection to a card
 * @PCSC_LINK_NONE: not connected
 * @PCSC_LINK_UP: connected
 * @PCSC_LINK_RESET: was connected, then somebody else reset the card
 * @PCSC_LINK_REMOVED: was connected, then the card went away
 *
 * The last two stay until the user connects or disconnects.
 */
enum pcsc_link_state {
	PCSC_LINK_NONE,
	PCSC_LINK_UP,
	PCSC_LINK_RESET,
	PCSC_LINK_REMOVED,
};

/**
 * struct pcsc_link - what is known of that connection
 * @state: see there
 * @card: it was made to a card, not to an empty reader in direct mode
 * @events: the reader's event counter when it was made
 * @protocol: PCSC_PROTOCOL_*, or 0
 * @atr_len: bytes in @atr
 * @atr: the card's answer to reset
 */
struct pcsc_link {
	enum pcsc_link_state state;
	bool card;
	u32 events;
	u32 protocol;
	size_t atr_len;
	u8 atr[PCSC_ATR_MAX];
};

/**
 * struct pcsc_reader - a bound reader
 * @dev: the child device
 * @pc: the controller
 * @node: its character device
 * @slot: the reader's slot
 * @generation: the reader's generation
 * @share: PCSC_SHARE_*, for the next connect; these four are single words,
 *         read and written without a lock
 * @protocols: PCSC_PROTOCOL_*, for the next connect
 * @disposition: PCSC_LEAVE_CARD ..., for the next disconnect
 * @timeout_ms: for the next command
 * @lock: one command of the sysfs session at a time; guards @session's opening,
 *        @held, @rx and @response_len.  Held while a card is busy; waiting for
 *        it can be interrupted.
 * @session: the sysfs session
 * @held: the host may hold a card for the session, whatever @link says
 * @drop: ends at the host what @held says, once @link is lost
 * @rx: where answers arrive; the last response stays here
 * @response_len: length of the last response
 * @link_lock: guards @link; inside @lock
 * @link: the connection
 */
struct pcsc_reader {
	struct device *dev;
	struct pcsc_controller *pc;
	struct pcsc_node *node;
	u32 slot;
	u32 generation;
	u32 share;
	u32 protocols;
	u32 disposition;
	u32 timeout_ms;
	struct mutex lock;		/* see above */
	struct pcsc_session session;
	bool held;
	struct work_struct drop;
	struct pcsc_buffer rx;
	size_t response_len;
	spinlock_t link_lock;		/* see above */
	struct pcsc_link link;
};

/* pcsc_reader.c */
extern struct platform_driver pcsc_reader_driver;
void pcsc_reader_event(struct pcsc_reader *reader, bool changed);
void pcsc_reader_notify(struct pcsc_reader *reader);

/* pcsc_attrs.c */
int pcsc_attrs_add(struct device *dev);
void pcsc_attrs_remove(struct device *dev);

/* pcsc_link.c */
bool pcsc_link_look(struct pcsc_reader *reader, struct pcsc_slot_state *st,
		    struct pcsc_link *link);
void pcsc_link_drop(struct work_struct *work);
int pcsc_link_connect(struct pcsc_reader *reader);
int pcsc_link_disconnect(struct pcsc_reader *reader);
int pcsc_link_transmit(struct pcsc_reader *reader, struct pcsc_buffer *tx,
		       size_t len);
ssize_t pcsc_link_response(struct pcsc_reader *reader, size_t pos, char *text,
			   size_t size);
int pcsc_link_ask(struct pcsc_reader *reader, struct pcsc_command *cmd);

#endif /* PCSC_READER_H */

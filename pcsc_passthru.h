/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * What the files of the module know of each other.  From the top: a reader
 * (pcsc_reader.h) uses a session; a session runs commands; a controller has
 * readers and one of two register interfaces, chosen at probe.
 *
 * Lifetimes and locks as a whole: Documentation/driver-design.md.
 */
#ifndef PCSC_PASSTHRU_H
#define PCSC_PASSTHRU_H

#include <linux/dma-direction.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "pcsc_regs.h"

struct device;
struct pcsc_controller;
struct pcsc_reader;
struct platform_device;

/**
 * struct pcsc_buffer - memory that the device reads or writes
 * @dev: the controller, on which it is mapped, or was last
 * @data: its contents
 * @size: bytes at @data
 * @dma: where the device finds it, while it is mapped
 * @coherent: from dma_alloc_coherent(), so mapped for good
 * @lost: the device may still read or write here although nothing says so any
 *        more: neither unmapped nor freed, because a device that ignores its
 *        reset owns it, and a bounce buffer that may be in its place
 */
struct pcsc_buffer {
	struct device *dev;
	void *data;
	size_t size;
	dma_addr_t dma;
	bool coherent;
	bool lost;
};

int pcsc_buffer_alloc(struct pcsc_buffer *buf, struct device *dev, size_t size);
int pcsc_buffer_alloc_pages(struct pcsc_buffer *buf, size_t size);
void pcsc_buffer_free(struct pcsc_buffer *buf);
int pcsc_buffer_map(struct pcsc_buffer *buf, size_t len,
		    enum dma_data_direction dir);
void pcsc_buffer_unmap(struct pcsc_buffer *buf, size_t len,
		       enum dma_data_direction dir);

/**
 * struct pcsc_command - one operation of the device, and its answer
 * @op: PCSC_OP_*
 * @timeout_ms: what the device allows it; 0 means the device's default
 * @share: PCSC_SHARE_*
 * @protocols: PCSC_PROTOCOL_*, a set or one of them as @op asks
 * @disposition: PCSC_LEAVE_CARD ...
 * @code: control code or attribute
 * @tx: what to send, or NULL
 * @tx_len: bytes of @tx
 * @rx: room for the answer, or NULL
 * @rx_size: bytes of @rx that may be used
 * @result: answer: PCSC_S_SUCCESS or PCSC_E_* ...
 * @rx_len: answer: bytes in @rx if @result is PCSC_S_SUCCESS, never more than
 *          fit; the length needed if it is PCSC_E_INSUFFICIENT_BUFFER; else 0
 * @protocol: answer: the active protocol
 * @card_state: answer of PCSC_OP_STATUS: PCSC_CARD_*
 * @atr_len: answer: bytes in @atr, never more than fit
 * @atr: answer: the card's answer to reset
 */
struct pcsc_command {
	u32 op;
	u32 timeout_ms;
	u32 share;
	u32 protocols;
	u32 disposition;
	u32 code;
	struct pcsc_buffer *tx;
	size_t tx_len;
	struct pcsc_buffer *rx;
	size_t rx_size;

	u32 result;
	size_t rx_len;
	u32 protocol;
	u32 card_state;
	size_t atr_len;
	u8 atr[PCSC_ATR_MAX];
};

/**
 * struct pcsc_session - one winscard handle at the host
 * @pc: its controller
 * @slot: its reader's slot
 * @generation: which reader in that slot is meant
 * @number: the device's name for it, while @open
 * @epoch: the reset of the device after which it was opened
 * @open: the device knows it
 * @aborted: its user is going away: no command is started or waited for
 * @cancelled: a command that was not started yet ends instead
 * @killable: only a signal that ends the process interrupts its commands
 * @slow: so many commands are not worth to hold the processor for
 *
 * The owner keeps it until pcsc_session_close() has returned.  @open, @number
 * and @epoch are the owner's, who opens and closes one at a time; @aborted and
 * @cancelled are set under the lock of the register interface.  @aborted is never
 * cleared, @cancelled by pcsc_session_rearm().  @killable is the owner's as well,
 * and stays while a command runs; @slow is a guess, which commands that run side
 * by side share without a lock.
 */
struct pcsc_session {
	struct pcsc_controller *pc;
	u32 slot;
	u32 generation;
	u32 number;
	u32 epoch;
	bool open;
	bool aborted;
	bool cancelled;
	bool killable;
	u8 slow;
};

void pcsc_session_init(struct pcsc_session *session, struct pcsc_controller *pc,
		       u32 slot, u32 generation);
int pcsc_session_open(struct pcsc_session *session, u32 timeout_ms, u32 *result);
bool pcsc_session_alive(struct pcsc_session *session);
int pcsc_session_run(struct pcsc_session *session, struct pcsc_command *cmd);
int pcsc_session_cancel(struct pcsc_session *session);
void pcsc_session_rearm(struct pcsc_session *session);
void pcsc_session_abort(struct pcsc_session *session);
void pcsc_session_close(struct pcsc_session *session);

/**
 * struct pcsc_slot_state - what the registers say of one reader
 * @present: there is a reader in the slot
 * @generation: which one; changes whenever one arrives
 * @state: PCSC_STATE_*, without the counter
 * @events: how often a card came or went
 */
struct pcsc_slot_state {
	bool present;
	u32 generation;
	u32 state;
	u32 events;
};

/**
 * struct pcsc_ops - a register interface
 * @start: take the device from any state to running; fill in the limits
 * @interrupt: hard interrupt handler; the argument is the controller
 * @enable: interrupts may come now
 * @stop: end everything at the device; on return it touches no memory of ours
 *        (or the memory is lost, see struct pcsc_buffer)
 * @slots: number of slots that may hold a reader now
 * @slot: read one slot's registers; any context
 * @service: whether the host's PC/SC service answers; any context
 * @open: make @session known to the device, may sleep; @result is why it refused
 * @close: end @session at the device without waiting for a card if the
 *         interface can, its commands have returned; may sleep
 * @cancel: set @session->cancelled and cancel its commands
 * @abort: set @session->aborted and make its commands return soon
 * @alive: whether the device still knows @session; any context
 * @execute: run a command, may sleep; see pcsc_session_run()
 */
struct pcsc_ops {
	int (*start)(struct pcsc_controller *pc);
	irq_handler_t interrupt;
	void (*enable)(struct pcsc_controller *pc);
	void (*stop)(struct pcsc_controller *pc);
	unsigned int (*slots)(struct pcsc_controller *pc);
	void (*slot)(struct pcsc_controller *pc, u32 slot,
		     struct pcsc_slot_state *st);
	bool (*service)(struct pcsc_controller *pc);
	int (*open)(struct pcsc_session *session, u32 timeout_ms, u32 *result);
	void (*close)(struct pcsc_session *session);
	int (*cancel)(struct pcsc_session *session);
	void (*abort)(struct pcsc_session *session);
	bool (*alive)(struct pcsc_session *session);
	int (*execute)(struct pcsc_session *session, struct pcsc_command *cmd);
};

extern const struct pcsc_ops pcsc_v2_ops;
extern const struct pcsc_ops pcsc_v1_ops;

/**
 * struct pcsc_slot - the driver's side of a reader slot
 * @child: its device, while a reader is there
 * @id: the number in the child's name, chosen once for the slot, or negative
 * @last: what the child's users were last told
 * @reader: the child's driver, while it is bound
 * @failed: the child could not be added when it was tried last, which was said
 */
struct pcsc_slot {
	struct platform_device *child;
	int id;
	struct pcsc_slot_state last;
	struct pcsc_reader *reader;
	bool failed;
};

/**
 * struct pcsc_controller - one device
 * @dev: its platform device
 * @regs: its page
 * @regs_size: bytes at @regs
 * @irq: its interrupt
 * @version: 1 or 2, the interface in use
 * @ops: that interface
 * @priv: that interface's own data
 * @max_slots: slots there can be
 * @max_length: longest command or answer, bytes
 * @features: PCSC_FEATURE_*
 * @timeout_default: ms; 0 if commands carry no time-out
 * @timeout_max: ms; 0 likewise
 * @rescan: looks at all slots; queued by the interrupt handler, by a reset, and
 *          by itself, for later, if a reader could not be added
 * @slots_lock: guards @slots[] but for @reader, and @following; held while a
 *              child is added or removed, so no child takes it
 * @following: children come and go as readers do; only while there is who would
 *             remove them
 * @attach_lock: guards @slots[].reader; held while a reader is told of an
 *               event, so that it stays until it was told; inside @slots_lock
 * @slots: the slots
 */
struct pcsc_controller {
	struct device *dev;
	void __iomem *regs;
	resource_size_t regs_size;
	int irq;
	unsigned int version;
	const struct pcsc_ops *ops;
	void *priv;
	unsigned int max_slots;
	size_t max_length;
	u32 features;
	u32 timeout_default;
	u32 timeout_max;
	struct delayed_work rescan;
	struct mutex slots_lock;	/* see above */
	bool following;
	struct mutex attach_lock;	/* see above */
	struct pcsc_slot slots[PCSC_SLOTS_MAX];
};

static inline u32 pcsc_read(struct pcsc_controller *pc, u32 reg)
{
	return readl(pc->regs + reg);
}

static inline void pcsc_write(struct pcsc_controller *pc, u32 reg, u32 value)
{
	writel(value, pc->regs + reg);
}

#endif /* PCSC_PASSTHRU_H */

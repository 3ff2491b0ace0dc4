/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The character device of a reader: the node and what its users see of the
 * reader's life (pcsc_cdev.c), one open file and its commands (pcsc_client.c),
 * its ioctls (pcsc_ioctl.c), its read and write (pcsc_stream.c).
 */
#ifndef PCSC_CDEV_H
#define PCSC_CDEV_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "pcsc_passthru.h"

/* Readers there can be: minor numbers, and numbers of children */
#define PCSC_NODES		256

struct pcsc_client;
struct pcsc_reader;

/**
 * struct pcsc_node - the character device of one reader
 * @dev: in /sys/class/pcsc; its release frees the node
 * @cdev: holds a reference of @dev while a file is open
 * @number: N of the reader
 * @version: of the register interface
 * @features: PCSC_FEATURE_*
 * @max_length: longest command or answer, bytes
 * @timeout_default: ms; 0 if commands carry no time-out
 * @timeout_max: ms; 0 likewise
 * @gate: held for reading by who uses @reader, its controller or a session,
 *        for writing while @reader goes.  Nobody touches a user's memory inside
 *        it, because that may take as long as the user likes.
 * @reader: the reader, or NULL once it is gone
 * @session: asks for what needs no session at the device; never open
 * @clients_lock: guards @clients, @gone
 * @clients: the open files
 * @gone: the reader goes; wakes all that waits
 * @wait: who polls waits here for events
 * @name_lock: guards @name and @name_len
 * @name_len: bytes in @name; 0 until it was asked for
 * @name: what the host calls the reader, without a NUL
 */
struct pcsc_node {
	struct device dev;
	struct cdev cdev;
	u32 number;
	u32 version;
	u32 features;
	size_t max_length;
	u32 timeout_default;
	u32 timeout_max;
	struct rw_semaphore gate;	/* see above */
	struct pcsc_reader *reader;
	struct pcsc_session session;
	struct mutex clients_lock;	/* see above */
	struct list_head clients;
	bool gone;
	wait_queue_head_t wait;
	struct mutex name_lock;		/* see above */
	size_t name_len;
	u8 name[PCSC_NAME_MAX];
};

/**
 * struct pcsc_client - one open file
 * @node: what was opened
 * @entry: in the node's clients
 * @session: its session at the device
 * @flags: PCSC_CLIENT_*
 * @wait: for the end of what has PCSC_CLIENT_BUSY
 * @seen: state and event counter that it was last told, as pcsc_client_pack()
 *        packs them
 * @tx: what is sent
 * @rx: what comes back to an ioctl
 * @response: what comes back to a write
 * @tx_len: bytes of a write in @tx
 * @response_len: bytes in @response
 * @response_pos: how many of them were read
 * @error: of an asynchronous write, until it is read; negative or 0
 * @readable: there is something to read: @response or @error
 * @connected: connected by itself or by a write, and not disconnected since,
 *             whatever became of the connection
 * @protocol: of the connection; what the host says of a transmission may be the
 *            IFD handler's number, which is another
 * @work: runs an asynchronous write
 *
 * Who has PCSC_CLIENT_BUSY owns all from @tx on, and the session's commands.
 */
struct pcsc_client {
	struct pcsc_node *node;
	struct list_head entry;
	struct pcsc_session session;
	unsigned long flags;
#define PCSC_CLIENT_BUSY	0
	wait_queue_head_t wait;
	u32 seen;
	struct pcsc_buffer tx;
	struct pcsc_buffer rx;
	struct pcsc_buffer response;
	size_t tx_len;
	size_t response_len;
	size_t response_pos;
	int error;
	bool readable;
	bool connected;
	u32 protocol;
	struct work_struct work;
};

/**
 * pcsc_client_pack() - what the registers say, in a word that can be compared
 * @st: the registers
 *
 * Return: state and event counter, which have 16 bits each.
 */
static inline u32 pcsc_client_pack(const struct pcsc_slot_state *st)
{
	return (st->events << 16) | (st->state & PCSC_STATE_MASK & ~PCSC_STATE_CHANGED);
}

/* pcsc_cdev.c */
int pcsc_cdev_init(void);
void pcsc_cdev_exit(void);
struct pcsc_node *pcsc_node_add(struct pcsc_reader *reader);
void pcsc_node_remove(struct pcsc_node *node);
void pcsc_node_event(struct pcsc_node *node);
int pcsc_node_look(struct pcsc_node *node, struct pcsc_slot_state *st);
int pcsc_node_ask(struct pcsc_node *node, struct pcsc_command *cmd);
void pcsc_node_queue(struct work_struct *work);

/* pcsc_client.c */
struct pcsc_client *pcsc_client_open(struct pcsc_node *node);
void pcsc_client_release(struct pcsc_client *client);
int pcsc_client_take(struct pcsc_client *client, bool nonblock, bool killable);
void pcsc_client_give(struct pcsc_client *client);
int pcsc_client_room(struct pcsc_buffer *buf, size_t size);
int pcsc_client_run(struct pcsc_client *client, struct pcsc_command *cmd);
int pcsc_client_cancel(struct pcsc_client *client);

/* pcsc_ioctl.c */
long pcsc_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* pcsc_stream.c */
void pcsc_stream_work(struct work_struct *work);
ssize_t pcsc_stream_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *pos);
ssize_t pcsc_stream_read(struct file *file, char __user *buf, size_t count,
			 loff_t *pos);

#endif /* PCSC_CDEV_H */

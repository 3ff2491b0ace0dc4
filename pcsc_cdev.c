// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The character device of a reader.  It outlives its reader while a file is
 * open: from then on it only says that there is none.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kdev_t.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/poll.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include "pcsc_cdev.h"
#include "pcsc_passthru.h"
#include "pcsc_reader.h"

static dev_t pcsc_first;

/* For writes that nobody waits for: a card may keep a worker for long. */
static struct workqueue_struct *pcsc_writes;

void pcsc_node_queue(struct work_struct *work)
{
	queue_work(pcsc_writes, work);
}

static char *pcsc_devnode(PCSC_DEVNODE_CONST struct device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0660;
	return NULL;
}

/* Of the driver core, which may give it back when the module is gone already */
static struct class *pcsc_class;

/*
 * Nodes that were not freed yet, and one for the module itself: it stays until
 * the last is, because the driver core calls pcsc_node_free() when it likes.
 */
static refcount_t pcsc_nodes = REFCOUNT_INIT(1);
static DECLARE_COMPLETION(pcsc_nodes_freed);

static void pcsc_nodes_put(void)
{
	if (refcount_dec_and_test(&pcsc_nodes))
		complete(&pcsc_nodes_freed);
}

/**
 * pcsc_node_look() - read the reader's registers
 * @node: the node
 * @st: filled in
 *
 * Context: may sleep, but no card delays it.
 * Return: 0 or -ENODEV.
 */
int pcsc_node_look(struct pcsc_node *node, struct pcsc_slot_state *st)
{
	struct pcsc_reader *reader;
	int ret = -ENODEV;

	down_read(&node->gate);
	reader = node->reader;
	if (reader && !READ_ONCE(node->gone)) {
		reader->pc->ops->slot(reader->pc, reader->slot, st);
		if (st->present && st->generation == reader->generation)
			ret = 0;
	}
	up_read(&node->gate);
	return ret;
}

/**
 * pcsc_node_ask() - run a command that needs the reader but no session
 * @node: the node
 * @cmd: PCSC_OP_READER_NAME or PCSC_OP_READER_ATR
 *
 * Context: may sleep, but no card delays the answer.
 * Return: as pcsc_session_run().
 */
int pcsc_node_ask(struct pcsc_node *node, struct pcsc_command *cmd)
{
	int ret = -ENODEV;

	down_read(&node->gate);
	if (node->reader)
		ret = pcsc_session_run(&node->session, cmd);
	up_read(&node->gate);
	return ret;
}

/**
 * pcsc_node_event() - something changed at the controller
 * @node: the node, whose reader is attached
 *
 * Who polls compares with what he was told last.
 */
void pcsc_node_event(struct pcsc_node *node)
{
	wake_up_all(&node->wait);
}

static int pcsc_open(struct inode *inode, struct file *file)
{
	struct pcsc_node *node = container_of(inode->i_cdev, struct pcsc_node, cdev);
	struct pcsc_client *client;

	client = pcsc_client_open(node);
	if (IS_ERR(client))
		return PTR_ERR(client);
	file->private_data = client;
	return stream_open(inode, file);
}

static int pcsc_release(struct inode *inode, struct file *file)
{
	pcsc_client_release(file->private_data);
	return 0;
}

static __poll_t pcsc_poll(struct file *file, poll_table *table)
{
	struct pcsc_client *client = file->private_data;
	struct pcsc_slot_state st;
	__poll_t mask = 0;

	poll_wait(file, &client->node->wait, table);
	poll_wait(file, &client->wait, table);
	if (pcsc_node_look(client->node, &st))
		return EPOLLHUP | EPOLLERR | EPOLLPRI;
	if (pcsc_client_pack(&st) != READ_ONCE(client->seen))
		mask |= EPOLLPRI;
	if (READ_ONCE(client->readable))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (!test_bit(PCSC_CLIENT_BUSY, &client->flags))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

static const struct file_operations pcsc_fops = {
	.owner = THIS_MODULE,
	.open = pcsc_open,
	.release = pcsc_release,
	.read = pcsc_stream_read,
	.write = pcsc_stream_write,
	.poll = pcsc_poll,
	.unlocked_ioctl = pcsc_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static void pcsc_node_free(struct device *dev)
{
	struct pcsc_node *node = container_of(dev, struct pcsc_node, dev);

	mutex_destroy(&node->clients_lock);
	mutex_destroy(&node->name_lock);
	kfree(node);
	pcsc_nodes_put();
}

/* What is open knows no reader from here on; the last close frees the node. */
static void pcsc_node_end(struct pcsc_node *node)
{
	struct pcsc_client *client;

	mutex_lock(&node->clients_lock);
	WRITE_ONCE(node->gone, true);
	pcsc_session_abort(&node->session);
	list_for_each_entry(client, &node->clients, entry) {
		pcsc_session_abort(&client->session);
		wake_up_all(&client->wait);
	}
	mutex_unlock(&node->clients_lock);
	wake_up_all(&node->wait);

	down_write(&node->gate);
	mutex_lock(&node->clients_lock);
	list_for_each_entry(client, &node->clients, entry)
		pcsc_session_close(&client->session);
	mutex_unlock(&node->clients_lock);
	node->reader = NULL;
	up_write(&node->gate);
	put_device(&node->dev);
}

/**
 * pcsc_node_add() - give a reader its character device
 * @reader: the reader; it stays until pcsc_node_remove() has returned
 *
 * Context: may sleep.
 * Return: the node or an error pointer.
 */
struct pcsc_node *pcsc_node_add(struct pcsc_reader *reader)
{
	struct pcsc_controller *pc = reader->pc;
	struct pcsc_node *node;
	int ret;

	node = kzalloc_obj(*node, GFP_KERNEL);
	if (!node)
		return ERR_PTR(-ENOMEM);
	node->number = to_platform_device(reader->dev)->id;
	node->version = pc->version;
	node->features = pc->features;
	node->max_length = pc->max_length;
	node->timeout_default = pc->timeout_default;
	node->timeout_max = pc->timeout_max;
	node->reader = reader;
	init_rwsem(&node->gate);
	pcsc_session_init(&node->session, pc, reader->slot, reader->generation);
	/* What it asks waits for no card. */
	node->session.killable = true;
	mutex_init(&node->clients_lock);
	INIT_LIST_HEAD(&node->clients);
	init_waitqueue_head(&node->wait);
	mutex_init(&node->name_lock);

	refcount_inc(&pcsc_nodes);
	device_initialize(&node->dev);
	node->dev.class = pcsc_class;
	node->dev.parent = reader->dev;
	node->dev.devt = MKDEV(MAJOR(pcsc_first), MINOR(pcsc_first) + node->number);
	node->dev.release = pcsc_node_free;
	cdev_init(&node->cdev, &pcsc_fops);
	node->cdev.owner = THIS_MODULE;
	ret = dev_set_name(&node->dev, PCSC_READER_NAME "%u", node->number);
	if (!ret)
		ret = cdev_device_add(&node->cdev, &node->dev);
	if (ret) {
		/* Somebody may have opened it already. */
		pcsc_node_end(node);
		return ERR_PTR(ret);
	}
	return node;
}

/**
 * pcsc_node_remove() - the reader goes
 * @node: its node
 *
 * Wakes who waits, ends all sessions.  The open files stay, and know no reader.
 *
 * Context: may sleep, until commands under way have returned, which no card
 * delays on version 2.
 */
void pcsc_node_remove(struct pcsc_node *node)
{
	cdev_device_del(&node->cdev, &node->dev);
	pcsc_node_end(node);
}

/**
 * pcsc_cdev_init() - make ready for nodes
 *
 * Return: 0 or a negative errno.
 */
int pcsc_cdev_init(void)
{
	int ret;

	pcsc_writes = alloc_workqueue("pcsc_writes", WQ_UNBOUND, WQ_UNBOUND_MAX_ACTIVE);
	if (!pcsc_writes)
		return -ENOMEM;
	ret = alloc_chrdev_region(&pcsc_first, 0, PCSC_NODES, PCSC_READER_NAME);
	if (ret)
		goto workqueue;
	pcsc_class = pcsc_class_create("pcsc");
	if (IS_ERR(pcsc_class)) {
		ret = PTR_ERR(pcsc_class);
		goto region;
	}
	pcsc_class->devnode = pcsc_devnode;
	return 0;

region:
	unregister_chrdev_region(pcsc_first, PCSC_NODES);
workqueue:
	destroy_workqueue(pcsc_writes);
	return ret;
}

/**
 * pcsc_cdev_exit() - there are no readers any more
 *
 * Context: may sleep, until the driver core has let go of all nodes.
 */
void pcsc_cdev_exit(void)
{
	class_destroy(pcsc_class);
	pcsc_nodes_put();
	wait_for_completion(&pcsc_nodes_freed);
	unregister_chrdev_region(pcsc_first, PCSC_NODES);
	destroy_workqueue(pcsc_writes);
}

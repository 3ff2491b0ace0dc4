// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The sysfs attributes of a reader: text in, text out.  Users find them in
 * Documentation/ABI/testing/sysfs-bus-platform-pcsc-reader.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "pcsc_hex.h"
#include "pcsc_passthru.h"
#include "pcsc_reader.h"
#include "pcsc_state.h"

/* A word that users write and read, and the value it stands for */
struct pcsc_word {
	const char *name;
	u32 value;
};

static const struct pcsc_word pcsc_shares[] = {
	{ "shared", PCSC_SHARE_SHARED },
	{ "exclusive", PCSC_SHARE_EXCLUSIVE },
	{ "direct", PCSC_SHARE_DIRECT },
};

/* An active protocol is one of them, or none. */
static const struct pcsc_word pcsc_protocols[] = {
	{ "any", PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1 },
	{ "t0", PCSC_PROTOCOL_T0 },
	{ "t1", PCSC_PROTOCOL_T1 },
	{ "raw", PCSC_PROTOCOL_RAW },
	{ "t15", PCSC_PROTOCOL_T15 },
};

static const struct pcsc_word pcsc_dispositions[] = {
	{ "leave", PCSC_LEAVE_CARD },
	{ "reset", PCSC_RESET_CARD },
	{ "unpower", PCSC_UNPOWER_CARD },
	{ "eject", PCSC_EJECT_CARD },
};

static ssize_t pcsc_word_show(const struct pcsc_word *words, size_t n,
			      u32 value, char *buf)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (words[i].value == value)
			return sysfs_emit(buf, "%s\n", words[i].name);
	return sysfs_emit(buf, "none\n");
}

/* An attribute whose value is one of some words, kept as a u32 of the reader */
struct pcsc_setting {
	struct device_attribute attr;
	const struct pcsc_word *words;
	size_t n;
	size_t offset;
};

static u32 *pcsc_setting_value(struct device *dev, const struct pcsc_setting *setting)
{
	return dev_get_drvdata(dev) + setting->offset;
}

static ssize_t pcsc_setting_show(struct device *dev, struct device_attribute *attr,
				 char *buf)
{
	struct pcsc_setting *setting = container_of(attr, struct pcsc_setting, attr);

	return pcsc_word_show(setting->words, setting->n,
			      READ_ONCE(*pcsc_setting_value(dev, setting)), buf);
}

static ssize_t pcsc_setting_store(struct device *dev, struct device_attribute *attr,
				  const char *buf, size_t count)
{
	struct pcsc_setting *setting = container_of(attr, struct pcsc_setting, attr);
	size_t i;

	for (i = 0; i < setting->n; i++) {
		if (sysfs_streq(buf, setting->words[i].name)) {
			WRITE_ONCE(*pcsc_setting_value(dev, setting),
				   setting->words[i].value);
			return count;
		}
	}
	return -EINVAL;
}

static struct pcsc_setting pcsc_share_mode = {
	.attr = __ATTR(share_mode, 0644, pcsc_setting_show, pcsc_setting_store),
	.words = pcsc_shares,
	.n = ARRAY_SIZE(pcsc_shares),
	.offset = offsetof(struct pcsc_reader, share),
};

static struct pcsc_setting pcsc_protocol = {
	.attr = __ATTR(protocol, 0644, pcsc_setting_show, pcsc_setting_store),
	.words = pcsc_protocols,
	.n = ARRAY_SIZE(pcsc_protocols),
	.offset = offsetof(struct pcsc_reader, protocols),
};

static struct pcsc_setting pcsc_disposition = {
	.attr = __ATTR(disposition, 0644, pcsc_setting_show, pcsc_setting_store),
	.words = pcsc_dispositions,
	.n = ARRAY_SIZE(pcsc_dispositions),
	.offset = offsetof(struct pcsc_reader, disposition),
};

static ssize_t timeout_ms_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	struct pcsc_reader *reader = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", READ_ONCE(reader->timeout_ms));
}

static ssize_t timeout_ms_store(struct device *dev, struct device_attribute *attr,
				const char *buf, size_t count)
{
	struct pcsc_reader *reader = dev_get_drvdata(dev);
	u32 ms;
	int ret;

	ret = kstrtou32(buf, 10, &ms);
	if (ret)
		return ret;
	if (!ms || ms > reader->pc->timeout_max)
		return -ERANGE;
	WRITE_ONCE(reader->timeout_ms, ms);
	return count;
}
static DEVICE_ATTR_RW(timeout_ms);

static ssize_t state_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct pcsc_reader *reader = dev_get_drvdata(dev);
	struct pcsc_slot_state st;
	struct pcsc_link link;

	pcsc_link_look(reader, &st, &link);
	return pcsc_state_text(buf, PAGE_SIZE, st.state,
			       link.state == PCSC_LINK_UP, link.atr, link.atr_len);
}
static DEVICE_ATTR_RO(state);

static ssize_t connect_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct pcsc_slot_state st;
	struct pcsc_link link;

	pcsc_link_look(dev_get_drvdata(dev), &st, &link);
	return sysfs_emit(buf, "%d\n", link.state == PCSC_LINK_UP);
}

static ssize_t connect_store(struct device *dev, struct device_attribute *attr,
			     const char *buf, size_t count)
{
	struct pcsc_reader *reader = dev_get_drvdata(dev);
	int ret = -EINVAL;

	if (sysfs_streq(buf, "1"))
		ret = pcsc_link_connect(reader);
	else if (sysfs_streq(buf, "0"))
		ret = pcsc_link_disconnect(reader);
	return ret ? ret : count;
}
static DEVICE_ATTR_RW(connect);

static ssize_t present_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct pcsc_slot_state st;

	pcsc_link_look(dev_get_drvdata(dev), &st, NULL);
	return sysfs_emit(buf, "%d\n", !!(st.state & PCSC_STATE_PRESENT));
}
static DEVICE_ATTR_RO(present);

static ssize_t events_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct pcsc_slot_state st;

	pcsc_link_look(dev_get_drvdata(dev), &st, NULL);
	return sysfs_emit(buf, "%u\n", st.events);
}
static DEVICE_ATTR_RO(events);

static ssize_t active_protocol_show(struct device *dev,
				    struct device_attribute *attr, char *buf)
{
	struct pcsc_slot_state st;
	struct pcsc_link link;

	pcsc_link_look(dev_get_drvdata(dev), &st, &link);
	return pcsc_word_show(pcsc_protocols, ARRAY_SIZE(pcsc_protocols),
			      link.state == PCSC_LINK_UP ? link.protocol : 0, buf);
}
static DEVICE_ATTR_RO(active_protocol);

static ssize_t atr_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pcsc_reader *reader = dev_get_drvdata(dev);
	struct pcsc_command cmd = { .op = PCSC_OP_READER_ATR };
	struct pcsc_slot_state st;
	struct pcsc_link link;
	int ret;

	pcsc_link_look(reader, &st, &link);
	if (link.state == PCSC_LINK_UP && link.atr_len)
		return pcsc_hex_encode(link.atr, link.atr_len, 0, buf, PAGE_SIZE);
	if (reader->pc->version < 2)
		return -ENOTCONN;
	ret = pcsc_link_ask(reader, &cmd);
	if (ret)
		return ret;
	if (!cmd.atr_len)
		return -ENOMEDIUM;
	return pcsc_hex_encode(cmd.atr, cmd.atr_len, 0, buf, PAGE_SIZE);
}
static DEVICE_ATTR_RO(atr);

static ssize_t name_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pcsc_reader *reader = dev_get_drvdata(dev);
	struct pcsc_command cmd = { .op = PCSC_OP_READER_NAME };
	struct pcsc_buffer rx;
	ssize_t ret;

	ret = pcsc_buffer_alloc(&rx, reader->pc->dev, PCSC_NAME_MAX);
	if (ret)
		return ret;
	cmd.rx = &rx;
	cmd.rx_size = rx.size;
	ret = pcsc_link_ask(reader, &cmd);
	if (!ret)
		ret = sysfs_emit(buf, "%.*s\n", (int)cmd.rx_len, (char *)rx.data);
	pcsc_buffer_free(&rx);
	return ret;
}
static DEVICE_ATTR_RO(name);

/*
 * A binary attribute, because only such a one sees the offset: kernfs cuts a
 * write at PAGE_SIZE, and what follows must not pass for a second command.
 */
static ssize_t transmit_write(struct file *file, struct kobject *kobj,
			      PCSC_BIN_ATTR_CONST struct bin_attribute *attr,
			      char *buf, loff_t pos, size_t count)
{
	struct pcsc_reader *reader = dev_get_drvdata(kobj_to_dev(kobj));
	struct pcsc_buffer tx = { };
	ssize_t len, ret;

	if (pos || count >= PAGE_SIZE) {
		ret = -EMSGSIZE;
		goto wipe;
	}
	/* Two digits make a byte. */
	ret = pcsc_buffer_alloc(&tx, reader->pc->dev, count / 2 + 1);
	if (ret)
		goto wipe;
	len = pcsc_hex_decode(buf, count, tx.data,
			      min(tx.size, reader->pc->max_length));
	ret = len < 0 ? len : pcsc_link_transmit(reader, &tx, len);
	pcsc_buffer_free(&tx);
wipe:
	memzero_explicit(buf, count);
	return ret ? ret : count;
}

static ssize_t transmit_read(struct file *file, struct kobject *kobj,
			     PCSC_BIN_ATTR_CONST struct bin_attribute *attr,
			     char *buf, loff_t pos, size_t count)
{
	struct pcsc_reader *reader = dev_get_drvdata(kobj_to_dev(kobj));

	if (pos >= PCSC_LENGTH_MAX * PCSC_HEX_CHARS)
		return 0;
	return pcsc_link_response(reader, pos, buf, count);
}

static const struct bin_attribute pcsc_transmit = {
	.attr = { .name = "transmit", .mode = 0600 },
	.read = transmit_read,
	.write = transmit_write,
};

static struct attribute *pcsc_attrs[] = {
	&dev_attr_active_protocol.attr,
	&dev_attr_atr.attr,
	&dev_attr_connect.attr,
	&pcsc_disposition.attr.attr,
	&dev_attr_events.attr,
	&dev_attr_name.attr,
	&dev_attr_present.attr,
	&pcsc_protocol.attr.attr,
	&pcsc_share_mode.attr.attr,
	&dev_attr_state.attr,
	&dev_attr_timeout_ms.attr,
	NULL
};

/* Version 1 of the registers has no names and no time-outs. */
static umode_t pcsc_attrs_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	struct pcsc_reader *reader = dev_get_drvdata(kobj_to_dev(kobj));

	if (reader->pc->version < 2 && (attr == &dev_attr_name.attr ||
					attr == &dev_attr_timeout_ms.attr))
		return 0;
	return attr->mode;
}

static const struct attribute_group pcsc_group = {
	.attrs = pcsc_attrs,
	.is_visible = pcsc_attrs_visible,
};

/**
 * pcsc_attrs_add() - give a reader its attributes
 * @dev: the reader, its driver data set
 *
 * Those that are there are used from then on, even if this fails in the end: call
 * pcsc_attrs_remove() then, when they can be done without.
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int pcsc_attrs_add(struct device *dev)
{
	int ret;

	ret = sysfs_create_group(&dev->kobj, &pcsc_group);
	return ret ? ret : sysfs_create_bin_file(&dev->kobj, &pcsc_transmit);
}

/**
 * pcsc_attrs_remove() - take the attributes away
 * @dev: the reader
 *
 * Context: may sleep; waits for who is inside one, lets nobody in any more.
 */
void pcsc_attrs_remove(struct device *dev)
{
	sysfs_remove_bin_file(&dev->kobj, &pcsc_transmit);
	sysfs_remove_group(&dev->kobj, &pcsc_group);
}

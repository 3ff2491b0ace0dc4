/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * What the two test clients of the 2014 registers share: a reader's registers, a
 * buffer with guards around it, hex text, and a module parameter "command" that
 * runs what is written to it and reads as its result.
 */
#ifndef PCSC_CLIENT_H
#define PCSC_CLIENT_H

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pcsc_regs.h"

#define CLIENT_GUARD		64	/* bytes before and behind a buffer */
#define CLIENT_GUARD_BYTE	0xa5
#define CLIENT_RESULT		2048

/**
 * struct client - a client of the 2014 registers
 * @regs: the page
 * @lock: one command at a time; guards @result
 * @result: text for whoever reads the parameter
 */
struct client {
	void __iomem *regs;
	struct mutex lock;	/* see above */
	char result[CLIENT_RESULT];
};

static inline u32 client_read(struct client *c, u32 reader, u32 reg)
{
	return readl(c->regs + PCSC_V1_BLOCK + reader * PCSC_V1_BLOCK_SIZE + reg);
}

static inline void client_write(struct client *c, u32 reader, u32 reg, u32 value)
{
	writel(value, c->regs + PCSC_V1_BLOCK + reader * PCSC_V1_BLOCK_SIZE + reg);
}

/* The low byte is all that clients of 2014 keep. */
static inline u32 client_readers(struct client *c)
{
	return readl(c->regs + PCSC_REG_NUM_READERS) & PCSC_NUM_READERS_COUNT;
}

/* Memory with guards on both sides, all of it with the byte of the guards */
static inline u8 *client_alloc(size_t size)
{
	u8 *p = kmalloc(size + 2 * CLIENT_GUARD, GFP_KERNEL);

	if (!p)
		return NULL;
	memset(p, CLIENT_GUARD_BYTE, size + 2 * CLIENT_GUARD);
	return p + CLIENT_GUARD;
}

static inline void client_free(u8 *p)
{
	if (p)
		kfree(p - CLIENT_GUARD);
}

/* Whether nothing was written around @size bytes at @p, or into them past @used */
static inline bool client_intact(const u8 *p, size_t size, size_t used)
{
	if (memchr_inv(p - CLIENT_GUARD, CLIENT_GUARD_BYTE, CLIENT_GUARD))
		return false;
	return !memchr_inv(p + used, CLIENT_GUARD_BYTE, size - used + CLIENT_GUARD);
}

/* Hex digits, in pairs, less the white space; the end of the text ends them. */
static inline int client_bytes(const char *text, u8 *bytes, size_t size)
{
	size_t n = 0;

	while (*(text = skip_spaces(text))) {
		char pair[] = { text[0], text[1], '\0' };

		if (n == size || !isxdigit(pair[0]) || !isxdigit(pair[1]) ||
		    kstrtou8(pair, 16, &bytes[n]))
			return -EINVAL;
		n++;
		text += 2;
	}
	return n;
}

static inline void client_say_bytes(struct client *c, const char *what,
				    const u8 *bytes, size_t n)
{
	size_t len = scnprintf(c->result, CLIENT_RESULT, "%s", what), i;

	for (i = 0; i < n; i++)
		len += scnprintf(c->result + len, CLIENT_RESULT - len, "%s%02X",
				 len ? " " : "", bytes[i]);
}

/*
 * Run a line: a verb, a reader and the rest. The result is that of @run, whose
 * errno the writer gets.
 */
static inline int client_command(struct client *c, const char *line,
				 int (*run)(struct client *c, const char *verb,
					    u32 reader, const char *rest))
{
	char verb[16] = "";
	u32 reader = 0;
	int used = 0, ret;

	if (sscanf(line, "%15s %u%n", verb, &reader, &used) < 1)
		return -EINVAL;
	mutex_lock(&c->lock);
	c->result[0] = '\0';
	ret = -ENODEV;
	if (c->regs && (!used || reader < client_readers(c)))
		ret = run(c, verb, reader, line + used);
	mutex_unlock(&c->lock);
	return ret;
}

static inline int client_result(struct client *c, char *buf)
{
	int len;

	mutex_lock(&c->lock);
	len = scnprintf(buf, PAGE_SIZE, "%s\n", c->result);
	mutex_unlock(&c->lock);
	return len;
}

#endif /* PCSC_CLIENT_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Memory that the device reads and writes: contiguous, in pages of its own (so
 * that no cache line is shared with other data), zero before use and wiped
 * after it, for it holds PINs and keys.
 */
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "pcsc_passthru.h"

/**
 * pcsc_buffer_alloc() - get a buffer
 * @buf: to be filled in
 * @dev: the controller
 * @size: bytes, at least 1
 *
 * Pages that are next to each other may be rare after a long uptime, so the
 * DMA allocator, which may have some set aside, is asked next.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int pcsc_buffer_alloc(struct pcsc_buffer *buf, struct device *dev, size_t size)
{
	*buf = (struct pcsc_buffer) { .dev = dev, .size = size };
	buf->data = alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO |
				      __GFP_NOWARN | __GFP_NORETRY);
	if (buf->data)
		return 0;
	buf->data = dma_alloc_coherent(dev, size, &buf->dma, GFP_KERNEL);
	if (!buf->data)
		return -ENOMEM;
	buf->coherent = true;
	return 0;
}

/**
 * pcsc_buffer_alloc_pages() - get a buffer that may outlive the controller
 * @buf: to be filled in, all but @buf->dev, which the mapping needs
 * @size: bytes, at least 1
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int pcsc_buffer_alloc_pages(struct pcsc_buffer *buf, size_t size)
{
	*buf = (struct pcsc_buffer) { .size = size };
	buf->data = alloc_pages_exact(size, GFP_KERNEL_ACCOUNT | __GFP_ZERO |
				      __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	return buf->data ? 0 : -ENOMEM;
}

/**
 * pcsc_buffer_free() - wipe a buffer and give it back
 * @buf: the buffer, not mapped; nothing happens if it has no memory or is lost
 *
 * Context: may sleep.
 */
void pcsc_buffer_free(struct pcsc_buffer *buf)
{
	if (!buf->data || buf->lost)
		return;
	memzero_explicit(buf->data, buf->size);
	if (buf->coherent)
		dma_free_coherent(buf->dev, buf->size, buf->data, buf->dma);
	else
		free_pages_exact(buf->data, buf->size);
	buf->data = NULL;
}

/**
 * pcsc_buffer_map() - hand a buffer to the device
 * @buf: the buffer; the CPU leaves it alone until it is unmapped
 * @len: the bytes of it that count
 * @dir: DMA_TO_DEVICE or DMA_FROM_DEVICE
 *
 * Return: 0, or -EIO if the device cannot reach it.
 */
int pcsc_buffer_map(struct pcsc_buffer *buf, size_t len,
		    enum dma_data_direction dir)
{
	if (buf->coherent)
		return 0;
	buf->dma = dma_map_single(buf->dev, buf->data, len, dir);
	return dma_mapping_error(buf->dev, buf->dma) ? -EIO : 0;
}

/**
 * pcsc_buffer_unmap() - take a buffer back from the device
 * @buf: the buffer; nothing happens if it is lost
 * @len: as it was mapped
 * @dir: as it was mapped
 */
void pcsc_buffer_unmap(struct pcsc_buffer *buf, size_t len,
		       enum dma_data_direction dir)
{
	if (!buf->coherent && !buf->lost)
		dma_unmap_single(buf->dev, buf->dma, len, dir);
}

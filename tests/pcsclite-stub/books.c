// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is known of contexts and their handles. See books.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "books.h"

#define ROOM	255

/**
 * struct book - a context
 * @context: it
 * @card: its handle, or 0
 * @had: it has one, or had
 */
struct book {
	unsigned long context;
	unsigned long card;
	bool had;
};

/* The oldest first */
static struct book books[ROOM];
static struct counts counts;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void wrong(const char *what)
{
	fprintf(stderr, "stub: %s\n", what);
	abort();
}

/* Return: its index, or that of none */
static unsigned int find(unsigned long context)
{
	unsigned int i;

	for (i = 0; i < counts.contexts; i++)
		if (books[i].context == context)
			break;
	return i;
}

void books_establish(unsigned long context)
{
	pthread_mutex_lock(&lock);
	if (counts.contexts == ROOM)
		wrong("contexts without end");
	books[counts.contexts++] = (struct book) { .context = context };
	pthread_mutex_unlock(&lock);
}

void books_release(unsigned long context)
{
	unsigned int i;

	pthread_mutex_lock(&lock);
	if (counts.disconnects)
		wrong("a context is released while a card is disconnected");
	i = find(context);
	if (i < counts.contexts) {
		counts.contexts--;
		memmove(&books[i], &books[i + 1], (counts.contexts - i) * sizeof(books[0]));
	}
	pthread_mutex_unlock(&lock);
}

void books_connect(unsigned long context, unsigned long card)
{
	bool overtaken = false;
	unsigned int i;

	pthread_mutex_lock(&lock);
	i = find(context);
	if (i < counts.contexts) {
		if (books[i].card)
			wrong("a context has two handles");
		for (unsigned int j = i + 1; !books[i].had && j < counts.contexts; j++)
			overtaken |= books[j].card;
		books[i].card = card;
		books[i].had = true;
	}
	counts.overtaken += overtaken;
	pthread_mutex_unlock(&lock);
}

void books_disconnect(void)
{
	pthread_mutex_lock(&lock);
	counts.disconnects++;
	pthread_mutex_unlock(&lock);
}

void books_disconnected(unsigned long card)
{
	pthread_mutex_lock(&lock);
	counts.disconnects--;
	for (unsigned int i = 0; i < counts.contexts; i++)
		if (books[i].card == card)
			books[i].card = 0;
	pthread_mutex_unlock(&lock);
}

struct counts books_counts(void)
{
	struct counts now;

	pthread_mutex_lock(&lock);
	now = counts;
	pthread_mutex_unlock(&lock);
	return now;
}

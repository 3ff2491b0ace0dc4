// SPDX-License-Identifier: BSD-2-Clause
/*
 * The stack's cards, in and out. See stack.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "loop.h"
#include "pcsc-names.h"
#include "proc.h"
#include "service.h"
#include "stack.h"

/* Until pcscd sees a card come or go. */
#define CARD_S	20
/* Between two looks at whether the card runs still. */
#define LOOK_MS	300

/**
 * struct card - how to run a card
 * @program: path of the program
 * @slot: its slot
 * @port: vpcd's port for it
 * @argv: the command; its strings are the other members, the kind, or constant
 */
struct card {
	char program[PATH_MAX];
	char slot[16];
	char port[16];
	char *argv[12];
};

/* Fills @c for the card of @kind, which must live as long. */
static void card_command(struct card *c, int slot, char *kind)
{
	const char *top = getenv("STACK_TOP"), *test = getenv("STACK_TESTCARD");
	char *atr = strchr(kind, ':');
	size_t len = atr ? (size_t)(atr - kind) : strlen(kind);
	size_t n = 0;

	if (atr)
		atr++;
	snprintf(c->port, sizeof(c->port), "%d", STACK_PORT + slot);
	c->argv[n++] = c->program;
	if (len == 4 && !strncmp(kind, "vicc", len) && (!atr || !*atr)) {
		snprintf(c->program, sizeof(c->program), "%s/scripts/vicc",
			 top ? top : "");
		c->argv[n++] = "-t";
		c->argv[n++] = "iso7816";
		c->argv[n++] = "-H";
		c->argv[n++] = "127.0.0.1";
		c->argv[n++] = "-P";
		c->argv[n++] = c->port;
	} else if (len == 4 && !strncmp(kind, "test", len)) {
		snprintf(c->program, sizeof(c->program), "%s",
			 test ? test : "");
		if (access(c->program, X_OK))
			stack_fail("the test card is not built: no %s",
				   c->program);
		c->argv[n++] = "--port";
		c->argv[n++] = c->port;
		if (atr && *atr) {
			c->argv[n++] = "--atr";
			c->argv[n++] = atr;
		}
	} else if (!strcmp(kind, "pki")) {
		snprintf(c->program, sizeof(c->program), "%s/scripts/pki",
			 top ? top : "");
		snprintf(c->slot, sizeof(c->slot), "%d", slot);
		c->argv[n++] = "card";
		c->argv[n++] = c->slot;
	} else {
		stack_fail("no such kind of card: %s", kind);
	}
	c->argv[n] = NULL;
}

/* Ends the program if there is no such kind of card. */
static void check_kind(int slot, const char *kind)
{
	char copy[STACK_KIND_MAX];
	struct card c;

	if (snprintf(copy, sizeof(copy), "%s", kind) >= (int)sizeof(copy))
		stack_fail("no such kind of card: %s", kind);
	card_command(&c, slot, copy);
}

/* "" if no card is wanted there. */
static void read_kind(int slot, char *kind)
{
	stack_read(stack_path("slots/%d/kind", slot), kind, STACK_KIND_MAX);
}

static bool wanted(int slot)
{
	char kind[STACK_KIND_MAX];

	read_kind(slot, kind);
	return *kind;
}

static pid_t card_pid(int slot)
{
	return stack_read_pid(stack_path("slots/%d/pid", slot));
}

static bool card_alive(int slot)
{
	return proc_alive(card_pid(slot));
}

static void card_start(int slot)
{
	char kind[STACK_KIND_MAX];
	struct card c;
	pid_t pid;

	read_kind(slot, kind);
	card_command(&c, slot, kind);
	pid = stack_spawn(stack_path("slots/%d/log", slot), c.argv);
	stack_write(stack_path("slots/%d/pid", slot), "%d\n", (int)pid);
}

static void card_end(int slot)
{
	pid_t pid = card_pid(slot);

	if (pid && !proc_end(pid, SIGKILL, CARD_S * SECOND))
		stack_fail("the card in slot %d does not end", slot);
	stack_forget(stack_path("slots/%d/pid", slot));
}

/* Until pcscd shows the card in the slot, or none, or the card ended by itself. */
static LONG wait_for_card(struct service *s, int slot, bool present)
{
	int64_t until = now_us() + CARD_S * SECOND;
	LONG rv;

	do
		rv = service_wait(s, s->readers[slot], present ?
				  SCARD_STATE_PRESENT : SCARD_STATE_EMPTY,
				  LOOK_MS);
	while (rv == SCARD_E_TIMEOUT && now_us() < until &&
	       (!present || card_alive(slot)));
	return rv;
}

static noreturn void fail_wait(int slot, bool present)
{
	const char *log = stack_tail(stack_path("slots/%d/log", slot));

	if (!present)
		stack_fail("pcscd still shows a card in slot %d after %d s",
			   slot, CARD_S);
	if (!card_alive(slot))
		stack_fail("the card in slot %d ended: %s", slot, log);
	stack_fail("pcscd still shows no card in slot %d after %d s: %s", slot,
		   CARD_S, log);
}

static void card_wait(int slot, bool present)
{
	struct service s;
	LONG rv;

	if (!pcscd_responsive())
		return;
	bounded_begin(CARD_S + 5);
	rv = service_open(&s);
	if (rv == SCARD_S_SUCCESS) {
		if ((size_t)slot >= s.count)
			stack_fail("pcscd has no reader for slot %d", slot);
		rv = wait_for_card(&s, slot, present);
	}
	service_close(&s);
	bounded_end();
	if (rv == SCARD_E_TIMEOUT)
		fail_wait(slot, present);
	if (rv != SCARD_S_SUCCESS)
		stack_fail("%s: %s", s.call, pcsc_error_name(rv));
}

void card_insert(int slot, const char *kind)
{
	check_kind(slot, kind);
	if (wanted(slot))
		card_remove(slot);
	stack_make_dir(stack_path("slots/%d", slot));
	stack_write(stack_path("slots/%d/kind", slot), "%s\n", kind);
	if (pcscd_pid()) {
		card_start(slot);
		card_wait(slot, true);
	}
}

void card_remove(int slot)
{
	stack_forget(stack_path("slots/%d/kind", slot));
	card_end(slot);
	card_wait(slot, false);
}

void cards_print(void)
{
	char kind[STACK_KIND_MAX];

	for (int slot = 0; slot < STACK_SLOTS; slot++) {
		read_kind(slot, kind);
		printf("%d %s%s\n", slot, *kind ? kind : "none",
		       *kind && !card_alive(slot) ? " gone" : "");
	}
}

void cards_start(void)
{
	for (int slot = 0; slot < STACK_SLOTS; slot++) {
		if (wanted(slot)) {
			card_end(slot);
			card_start(slot);
		}
	}
	for (int slot = 0; slot < STACK_SLOTS; slot++)
		if (wanted(slot))
			card_wait(slot, true);
}

void cards_wait(void)
{
	for (int slot = 0; slot < STACK_SLOTS; slot++)
		card_wait(slot, card_alive(slot));
}

/* A slot at *@p, which moves behind it; -1: none. */
static int parse_slot(const char **p)
{
	char *end;
	long slot;

	if (!isdigit((unsigned char)**p))
		return -1;
	slot = strtol(*p, &end, 10);
	*p = end;
	return slot < STACK_SLOTS ? (int)slot : -1;
}

/* One item, "0=vicc" or "1-3=test:3B00". */
static void want_item(const char *item)
{
	const char *p = item;
	int first = parse_slot(&p), last = first;

	if (first >= 0 && *p == '-') {
		p++;
		last = parse_slot(&p);
	}
	if (first < 0 || last < first || *p != '=')
		stack_fail("not a list of cards: '%s' (want N=KIND or N-M=KIND, N from 0 to %d)",
			   item, STACK_SLOTS - 1);
	p++;
	for (int slot = first; slot <= last; slot++) {
		if (!strcmp(p, "none")) {
			stack_forget(stack_path("slots/%d/kind", slot));
			continue;
		}
		check_kind(slot, p);
		stack_make_dir(stack_path("slots/%d", slot));
		stack_write(stack_path("slots/%d/kind", slot), "%s\n", p);
	}
}

void cards_want(const char *list)
{
	char *copy = strdup(list), *rest = copy, *item;

	if (!copy)
		abort();
	while ((item = strsep(&rest, ",")))
		if (*item)
			want_item(item);
	free(copy);
}

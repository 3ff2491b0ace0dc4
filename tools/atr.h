/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The answer to reset, as ISO 7816-3 (clause 8.2) has it, and its historical
 * bytes, as ISO 7816-4 has them.
 */
#ifndef ATR_H
#define ATR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define ATR_MAX		33	/* TS and 32 more */
#define ATR_GROUPS	32	/* of TA, TB, TC, TD: more do not fit in 33 bytes */

enum atr_letter { ATR_TA, ATR_TB, ATR_TC, ATR_TD };

/**
 * struct atr - an answer to reset taken apart
 * @bytes: all of it
 * @len: how many there are
 * @fault: what is wrong with it, or NULL; what comes before that place is valid
 * @fault_at: where
 * @groups: how many groups of interface bytes, the first has index 0
 * @group: those; @present has a bit 1 << ATR_TA ... for each byte that is there, and
 *         @protocol is the one they are for (-1: global, in the first group)
 * @protocols: a bit 1 << T for each that is offered
 * @history_at: where the historical bytes begin
 * @history_len: how many there are
 * @has_check: whether TCK is there
 */
struct atr {
	uint8_t bytes[ATR_MAX];
	size_t len;
	const char *fault;
	size_t fault_at;
	unsigned int groups;
	struct {
		unsigned int present;
		uint8_t byte[4];
		int protocol;
	} group[ATR_GROUPS];
	uint32_t protocols;
	size_t history_at;
	size_t history_len;
	bool has_check;
};

/* Takes it apart; true if it is valid, else see atr->fault. */
bool atr_parse(struct atr *atr, const uint8_t *bytes, size_t len);

/* The interface byte of a group, or -1 if it is not there */
int atr_byte(const struct atr *atr, unsigned int group, enum atr_letter letter);
/* The first of the groups for a protocol (15: for all of them), or -1 */
int atr_group(const struct atr *atr, int protocol);
/* The clock rate conversion integer and the baud rate divisor; 0 is reserved. */
unsigned int atr_fi(const struct atr *atr);
unsigned int atr_di(const struct atr *atr);

/* In words, several lines; and as members of a JSON object */
void atr_text(struct text *text, const struct atr *atr);
void atr_json(struct text *text, const struct atr *atr);
/* The same of the historical bytes, which the other two call */
void atr_history_text(struct text *text, const struct atr *atr);
void atr_history_json(struct text *text, const struct atr *atr);

#endif /* ATR_H */

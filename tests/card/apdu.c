// SPDX-License-Identifier: BSD-2-Clause
/*
 * The test card's mind: parses an APDU and answers it. See README.md for the
 * commands and apdu.h for the interface.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <string.h>

#include "apdu.h"

#define SW_OK			0x9000
#define SW_WRONG_LENGTH		0x6700
#define SW_WRONG_P1P2		0x6A86
#define SW_WRONG_INS		0x6D00
#define SW_WRONG_CLA		0x6E00

/* An answer that is later than the driver's default time-out of 60 s. */
#define LATE_MS			70000

/**
 * struct command - an APDU taken apart (ISO 7816-4, cases 1 to 4, both lengths)
 * @lc: length of @data
 * @has_le: an Le field is there
 * @le: the length it asks for; an Le of zero is already the maximum it means
 */
struct command {
	uint8_t cla, ins, p1, p2;
	const uint8_t *data;
	size_t lc;
	bool has_le;
	size_t le;
};

static size_t be16(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

static size_t le_short(uint8_t le)
{
	return le ? le : 256;
}

static size_t le_extended(const uint8_t *p)
{
	return be16(p) ? be16(p) : 65536;
}

/* Fills @cmd from what follows the header; false: the lengths contradict. */
static bool parse_body(struct command *cmd, const uint8_t *body, size_t len)
{
	if (len == 0)
		return true;

	if (len == 1) {
		cmd->has_le = true;
		cmd->le = le_short(body[0]);
		return true;
	}

	if (body[0]) {
		cmd->lc = body[0];
		cmd->data = body + 1;
		len -= 1;
		if (len < cmd->lc || len > cmd->lc + 1)
			return false;
		if (len == cmd->lc + 1) {
			cmd->has_le = true;
			cmd->le = le_short(body[len]);
		}
		return true;
	}

	if (len == 3) {
		cmd->has_le = true;
		cmd->le = le_extended(body + 1);
		return true;
	}

	if (len < 3 || !be16(body + 1))
		return false;
	cmd->lc = be16(body + 1);
	cmd->data = body + 3;
	len -= 3;
	if (len == cmd->lc)
		return true;
	if (len != cmd->lc + 2)
		return false;
	cmd->has_le = true;
	cmd->le = le_extended(cmd->data + cmd->lc);
	return true;
}

static void put_sw(struct tc_answer *answer, unsigned int sw)
{
	answer->data[answer->len++] = (uint8_t)(sw >> 8);
	answer->data[answer->len++] = (uint8_t)sw;
}

/* Whether @len bytes of data and a status word can travel to the reader. */
static bool fits(const struct testcard *card, size_t len)
{
	return len + 2 <= card->max_response;
}

static void put_pattern(struct tc_answer *answer, size_t len)
{
	for (size_t i = 0; i < len; i++)
		answer->data[i] = (uint8_t)i;
	answer->len = len;
}

static unsigned int do_echo(const struct testcard *card,
			    const struct command *cmd, struct tc_answer *answer)
{
	if (!fits(card, cmd->lc))
		return SW_WRONG_LENGTH;
	if (cmd->lc)
		memcpy(answer->data, cmd->data, cmd->lc);
	answer->len = cmd->lc;
	return SW_OK;
}

static unsigned int do_size(const struct testcard *card,
			    const struct command *cmd, struct tc_answer *answer)
{
	size_t len = (size_t)cmd->p1 << 8 | cmd->p2;

	if (cmd->lc == 3) {
		if (len)
			return SW_WRONG_P1P2;
		len = (size_t)cmd->data[0] << 16 | be16(cmd->data + 1);
	} else if (cmd->lc) {
		return SW_WRONG_LENGTH;
	}
	if (!fits(card, len))
		return SW_WRONG_LENGTH;
	put_pattern(answer, len);
	return SW_OK;
}

static unsigned int do_count(const struct testcard *card,
			     const struct command *cmd,
			     struct tc_answer *answer)
{
	uint32_t count;

	if (cmd->p1 > 1 || cmd->p2)
		return SW_WRONG_P1P2;
	count = cmd->p1 ? card->power_ups : card->resets;
	for (int shift = 24; shift >= 0; shift -= 8)
		answer->data[answer->len++] = (uint8_t)(count >> shift);
	return SW_OK;
}

static unsigned int do_verified(struct testcard *card,
				const struct command *cmd,
				struct tc_answer *answer)
{
	if (cmd->p1 > 1 || cmd->p2)
		return SW_WRONG_P1P2;
	if (cmd->p1)
		card->verified = true;
	else
		answer->data[answer->len++] = card->verified;
	return SW_OK;
}

static unsigned int do_challenge(struct testcard *card,
				 const struct command *cmd,
				 struct tc_answer *answer)
{
	if (cmd->p1 || cmd->p2)
		return SW_WRONG_P1P2;
	if (cmd->lc || !cmd->has_le || !fits(card, cmd->le))
		return SW_WRONG_LENGTH;
	card->challenges++;
	for (size_t i = 0; i < cmd->le; i++)
		answer->data[i] = (uint8_t)(card->challenges * 31 + i * 7 + 1);
	answer->len = cmd->le;
	return SW_OK;
}

/* These answers have no status word of their own: the whole is at fault. */
static void do_misbehave(const struct testcard *card,
			 const struct command *cmd, struct tc_answer *answer)
{
	if (cmd->p2) {
		put_sw(answer, SW_WRONG_P1P2);
		return;
	}
	switch (cmd->p1) {
	case 0:
		answer->verdict = TC_SILENT;
		break;
	case 1:
		answer->verdict = TC_PULL;
		break;
	case 2:
		answer->data[answer->len++] = SW_OK >> 8;
		break;
	case 3:
		break;
	case 4:
		put_pattern(answer, card->max_response + TC_EXCESS - 2);
		put_sw(answer, SW_OK);
		break;
	case 5:
		answer->delay_ms = LATE_MS;
		put_sw(answer, SW_OK);
		break;
	default:
		put_sw(answer, SW_WRONG_P1P2);
		break;
	}
}

static void process_own(struct testcard *card, const struct command *cmd,
			struct tc_answer *answer)
{
	unsigned int sw;

	switch (cmd->ins) {
	case 0xE0:
		sw = do_echo(card, cmd, answer);
		break;
	case 0xE2:
		sw = do_size(card, cmd, answer);
		break;
	case 0xE4:
		answer->delay_ms = (uint32_t)cmd->p1 << 8 | cmd->p2;
		sw = SW_OK;
		break;
	case 0xE6:
		sw = (unsigned int)cmd->p1 << 8 | cmd->p2;
		break;
	case 0xE8:
		do_misbehave(card, cmd, answer);
		return;
	case 0xEA:
		sw = do_count(card, cmd, answer);
		break;
	case 0xEC:
		sw = do_verified(card, cmd, answer);
		break;
	default:
		sw = SW_WRONG_INS;
		break;
	}
	put_sw(answer, sw);
}

static void process_iso(struct testcard *card, const struct command *cmd,
			struct tc_answer *answer)
{
	unsigned int sw;

	switch (cmd->ins) {
	case 0xA4:
		sw = SW_OK;
		break;
	case 0x84:
		sw = do_challenge(card, cmd, answer);
		break;
	default:
		sw = SW_WRONG_INS;
		break;
	}
	put_sw(answer, sw);
}

void tc_process(struct testcard *card, const uint8_t *apdu, size_t len,
		struct tc_answer *answer)
{
	struct command cmd = { 0 };

	answer->verdict = TC_ANSWER;
	answer->delay_ms = 0;
	answer->len = 0;

	if (len < 4) {
		put_sw(answer, SW_WRONG_LENGTH);
		return;
	}
	cmd.cla = apdu[0];
	cmd.ins = apdu[1];
	cmd.p1 = apdu[2];
	cmd.p2 = apdu[3];
	if (cmd.cla != 0x00 && cmd.cla != 0x80)
		put_sw(answer, SW_WRONG_CLA);
	else if (!parse_body(&cmd, apdu + 4, len - 4))
		put_sw(answer, SW_WRONG_LENGTH);
	else if (cmd.cla)
		process_own(card, &cmd, answer);
	else
		process_iso(card, &cmd, answer);
}

/* What a card forgets when it starts anew. */
static void forget(struct testcard *card)
{
	card->challenges = 0;
	card->verified = false;
}

void tc_init(struct testcard *card, size_t max_response)
{
	memset(card, 0, sizeof(*card));
	card->max_response = max_response;
}

void tc_power_up(struct testcard *card)
{
	card->power_ups++;
	forget(card);
}

void tc_power_down(struct testcard *card)
{
	forget(card);
}

void tc_reset(struct testcard *card)
{
	card->resets++;
	forget(card);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test card's mind: what it remembers and how it answers an APDU.
 * No sockets and no clock here, so that a unit test can drive it.
 *
 * The APDU set itself is described in README.md beside this file.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef APDU_H
#define APDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest response that winscard can carry (pcsc-lite's extended buffer). */
#define TC_RESPONSE_MAX	65548u
/* What "too long" adds to the longest response of a transport. */
#define TC_EXCESS	3u
/* An ATR has at most 33 bytes; a misbehaving card may send more. */
#define TC_ATR_ROOM	64u

/**
 * enum tc_verdict - what the transport is to do after an APDU
 * @TC_ANSWER: send the response, after the delay
 * @TC_SILENT: never answer
 * @TC_PULL: take the card out without an answer
 */
enum tc_verdict {
	TC_ANSWER,
	TC_SILENT,
	TC_PULL,
};

/**
 * struct testcard - one card
 * @max_response: longest response, in bytes, that the transport can carry
 * @resets: resets since the card was made
 * @power_ups: times the power was switched on since the card was made
 * @challenges: GET CHALLENGE commands since the card's last start
 * @verified: the flag that stands for a verified PIN; lost with every start
 */
struct testcard {
	size_t max_response;
	uint32_t resets;
	uint32_t power_ups;
	uint32_t challenges;
	bool verified;
};

/**
 * struct tc_answer - the card's reaction to one APDU
 * @verdict: what to do
 * @delay_ms: how long to wait before sending; TC_ANSWER only
 * @len: length of the response, which may exceed max_response (MISBEHAVE 04)
 * @data: the response
 */
struct tc_answer {
	enum tc_verdict verdict;
	uint32_t delay_ms;
	size_t len;
	uint8_t data[TC_RESPONSE_MAX + TC_EXCESS];
};

/**
 * tc_init() - make a card that was never powered
 * @card: the card
 * @max_response: as in struct testcard, 2 to TC_RESPONSE_MAX
 */
void tc_init(struct testcard *card, size_t max_response);

/** tc_power_up() - the reader applies power */
void tc_power_up(struct testcard *card);

/** tc_power_down() - the reader takes power away */
void tc_power_down(struct testcard *card);

/** tc_reset() - the reader resets the card, power stays on */
void tc_reset(struct testcard *card);

/**
 * tc_process() - answer one APDU
 * @card: the card
 * @apdu: the command; any bytes at all
 * @len: its length, 0 included
 * @answer: filled in
 */
void tc_process(struct testcard *card, const uint8_t *apdu, size_t len,
		struct tc_answer *answer);

#endif

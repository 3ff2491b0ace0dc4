// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Takes an answer to reset apart, see atr.h.
 */
#include <string.h>

#include "atr.h"

static bool wrong(struct atr *atr, const char *what, size_t at)
{
	atr->fault = what;
	atr->fault_at = at;
	return false;
}

/* The interface bytes from T0 on; *at is then the place behind them. */
static bool parse_groups(struct atr *atr, size_t *at)
{
	uint8_t indicator = atr->bytes[1];
	int protocol = -1, last = -1;
	size_t i = 2;

	/* T0 and each TD say which bytes follow. */
	for (;;) {
		unsigned int g = atr->groups;
		int letter;

		if (!(indicator >> 4))
			break;
		atr->groups++;
		atr->group[g].protocol = protocol;
		for (letter = ATR_TA; letter <= ATR_TD; letter++) {
			if (!(indicator & (0x10 << letter)))
				continue;
			if (i == atr->len)
				return wrong(atr, "ends within the interface bytes", i);
			atr->group[g].present |= 1 << letter;
			atr->group[g].byte[letter] = atr->bytes[i++];
		}
		if (!(atr->group[g].present & (1 << ATR_TD)))
			break;
		indicator = atr->group[g].byte[ATR_TD];
		protocol = indicator & 0xf;
		if (protocol == 15 && g == 0)
			return wrong(atr, "TD1 names T=15, which is no protocol", i - 1);
		if (protocol < last)
			return wrong(atr, "protocols in the wrong order", i - 1);
		last = protocol;
		if (protocol != 15)
			atr->protocols |= 1u << protocol;
	}
	if (!atr->protocols)
		atr->protocols = 1 << 0;
	/* With T=0 alone there is no TCK. */
	atr->has_check = last > 0;
	*at = i;
	return true;
}

static bool check_sum(const struct atr *atr)
{
	uint8_t sum = 0;
	size_t i;

	for (i = 1; i < atr->len; i++)
		sum ^= atr->bytes[i];
	return !sum;
}

bool atr_parse(struct atr *atr, const uint8_t *bytes, size_t len)
{
	size_t at, end;

	*atr = (struct atr){ 0 };
	if (len > ATR_MAX)
		return wrong(atr, "longer than 33 bytes", ATR_MAX);
	memcpy(atr->bytes, bytes, len);
	atr->len = len;
	if (!len)
		return wrong(atr, "empty", 0);
	if (bytes[0] != 0x3b && bytes[0] != 0x3f)
		return wrong(atr, "TS is neither 3B nor 3F", 0);
	if (len == 1)
		return wrong(atr, "ends before T0", 1);
	if (!parse_groups(atr, &at))
		return false;
	atr->history_at = at;
	atr->history_len = bytes[1] & 0xf;
	if (atr->history_len > len - at) {
		atr->history_len = len - at;
		return wrong(atr, "ends within the historical bytes", len);
	}
	end = at + atr->history_len;
	if (atr->has_check && end == len) {
		atr->has_check = false;
		return wrong(atr, "ends before TCK", len);
	}
	end += atr->has_check;
	if (end < len)
		return wrong(atr, "more bytes than it announces", end);
	if (atr->has_check && !check_sum(atr))
		return wrong(atr, "TCK is wrong", end - 1);
	return true;
}

int atr_byte(const struct atr *atr, unsigned int group, enum atr_letter letter)
{
	if (group >= atr->groups || !(atr->group[group].present & (1 << letter)))
		return -1;
	return atr->group[group].byte[letter];
}

/* The second group's bytes are global, or T=0's own: the specific ones begin with TA3. */
int atr_group(const struct atr *atr, int protocol)
{
	unsigned int g;

	for (g = 2; g < atr->groups; g++)
		if (atr->group[g].protocol == protocol)
			return g;
	return -1;
}

unsigned int atr_fi(const struct atr *atr)
{
	static const unsigned int fi[16] = {
		372, 372, 558, 744, 1116, 1488, 1860, 0,
		0, 512, 768, 1024, 1536, 2048, 0, 0
	};
	int ta1 = atr_byte(atr, 0, ATR_TA);

	return fi[ta1 < 0 ? 1 : ta1 >> 4];
}

unsigned int atr_di(const struct atr *atr)
{
	static const unsigned int di[16] = {
		0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0
	};
	int ta1 = atr_byte(atr, 0, ATR_TA);

	return di[ta1 < 0 ? 1 : ta1 & 0xf];
}

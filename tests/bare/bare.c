// SPDX-License-Identifier: BSD-2-Clause
/*
 * Both interfaces of the device at its fixed address, used by a secure client, whose
 * memory nobody else reaches, and by one that is not, which the device must not help to.
 * The device has readers of pcsc-backend-emulated, with a card in the first. KTAP on the
 * first UART, then the machine is switched off.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include "bare.h"

#define PAGE		0x09100000u
#define UART		0x09000000u
#define POWER		0x090b0000u	/* PL061: its first pin switches the machine off */
#define PL061_DIR	0x400
#define PL061_FIRST	0x004		/* data, this pin alone */

#define UNTOUCHED	0xa5
#define TIMES		50

static struct memory secure;
static struct memory normal NORMAL_DATA;

/* What the normal world found */
static struct {
	uint32_t error_table, status, error_dma, result_dma, result, received;
} seen NORMAL_DATA;

static const uint8_t echo[] = { 0x80, 0xe0, 0x00, 0x00, 0x03, 0x01, 0x02, 0x03 };

static unsigned int tests;

/* What the device looks at, or has written, is accessed just as it stands here. */
#define LOAD(p)		__atomic_load_n(p, __ATOMIC_RELAXED)
#define STORE(p, value)	__atomic_store_n(p, value, __ATOMIC_RELAXED)

/* These serve both worlds, so they are where both are let in. */
NORMAL static void barrier(void)
{
	__asm__ __volatile__("dsb" ::: "memory");
}

NORMAL static void put(uint32_t address, uint32_t value)
{
	/* What was written to memory comes before the register. */
	barrier();
	STORE((uint32_t *)address, value);
}

NORMAL static uint32_t get(uint32_t address)
{
	uint32_t value = LOAD((uint32_t *)address);

	barrier();
	return value;
}

NORMAL static void field(uint8_t *desc, unsigned int offset, uint32_t value)
{
	STORE((uint32_t *)(desc + offset), value);
}

NORMAL static uint32_t answer(const uint8_t *desc, unsigned int offset)
{
	return LOAD((const uint32_t *)(desc + offset));
}

/* The table of @memory becomes the device's, and nothing is in it. */
NORMAL static void begin(struct memory *memory)
{
	put(PAGE + PCSC_REG_CONTROL, PCSC_CONTROL_RESET);
	put(PAGE + PCSC_REG_TABLE_LO, (uint32_t)memory->table);
	put(PAGE + PCSC_REG_TABLE_HI, 0);
	put(PAGE + PCSC_REG_CONTROL, PCSC_CONTROL_ENABLE);
}

/* A request in the first descriptor, with its answer wiped */
NORMAL static void request(uint8_t *desc, uint32_t op, const uint8_t *tx, uint32_t tx_len,
			    uint8_t *rx)
{
	unsigned int i;

	for (i = 0; i < PCSC_DESC_SIZE; i += 4)
		field(desc, i, 0);
	field(desc, PCSC_DESC_OPERATION, op);
	field(desc, PCSC_DESC_GENERATION, get(PAGE + PCSC_REG_SLOT(0) + PCSC_SLOT_GENERATION));
	field(desc, PCSC_DESC_SHARE, PCSC_SHARE_SHARED);
	field(desc, PCSC_DESC_PROTOCOLS,
	      op == PCSC_OP_CONNECT ? PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1 : 0);
	field(desc, PCSC_DESC_TX_ADDR, (uint32_t)tx);
	field(desc, PCSC_DESC_TX_LEN, tx_len);
	field(desc, PCSC_DESC_RX_ADDR, (uint32_t)rx);
	field(desc, PCSC_DESC_RX_SIZE, rx ? ROOM : 0);
}

/* Its result, when the device has it */
NORMAL static uint32_t run(uint8_t *desc)
{
	put(PAGE + PCSC_REG_DOORBELL, 0);
	while (!(answer(desc, PCSC_DESC_STATUS) & PCSC_DESC_STATUS_DONE))
		;
	put(PAGE + PCSC_REG_DONE(0), 1);
	return answer(desc, PCSC_DESC_RESULT);
}

static void out(const char *text)
{
	while (*text)
		put(UART, (uint8_t)*text++);
}

static void number(unsigned int n)
{
	char digits[12], *p = digits + sizeof(digits) - 1;

	*p = 0;
	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	out(p);
}

static void check(const char *name, bool good)
{
	out(good ? "ok " : "not ok ");
	number(++tests);
	out(" - ");
	out(name);
	out("\n");
}

static void fill(uint8_t *bytes, uint8_t value)
{
	unsigned int i;

	for (i = 0; i < ROOM; i++)
		STORE(&bytes[i], value);
}

static bool same(const uint8_t *bytes, const uint8_t *wanted, unsigned int n)
{
	while (n--)
		if (LOAD(&bytes[n]) != wanted[n])
			return false;
	return true;
}

static bool untouched(const uint8_t *bytes)
{
	unsigned int i;

	for (i = 0; i < ROOM; i++)
		if (LOAD(&bytes[i]) != UNTOUCHED)
			return false;
	return true;
}

static void put_echo(uint8_t *tx)
{
	unsigned int i;

	for (i = 0; i < sizeof(echo); i++)
		STORE(&tx[i], echo[i]);
}

static void check_secure(void)
{
	static const uint8_t response[] = { 0x01, 0x02, 0x03, 0x90, 0x00 };
	uint8_t *desc = secure.table;
	unsigned int good = 0, i;

	begin(&secure);
	fill(secure.rx, UNTOUCHED);
	request(desc, PCSC_OP_READER_NAME, 0, 0, secure.rx);
	check("a secure client: READER_NAME", run(desc) == PCSC_S_SUCCESS);
	check("its buffer is filled", same(secure.rx, (const uint8_t *)"Emulated Reader", 15));

	request(desc, PCSC_OP_OPEN, 0, 0, 0);
	check("OPEN", run(desc) == PCSC_S_SUCCESS);
	request(desc, PCSC_OP_CONNECT, 0, 0, 0);
	check("CONNECT", run(desc) == PCSC_S_SUCCESS);
	put_echo(secure.tx);
	for (i = 0; i < TIMES; i++) {
		fill(secure.rx, UNTOUCHED);
		request(desc, PCSC_OP_TRANSMIT, secure.tx, sizeof(echo), secure.rx);
		good += run(desc) == PCSC_S_SUCCESS &&
			answer(desc, PCSC_DESC_RX_LEN) == sizeof(response) &&
			same(secure.rx, response, sizeof(response));
	}
	check("TRANSMIT", good == TIMES);
	request(desc, PCSC_OP_CLOSE, 0, 0, 0);
	check("CLOSE", run(desc) == PCSC_S_SUCCESS);
	check("no error", get(PAGE + PCSC_REG_ERROR) == 0);
}

/* The interface of 2014, whose writes return when the card has answered */
static bool legacy_echo(struct memory *memory)
{
	const uint32_t block = PAGE + PCSC_V1_BLOCK;
	const uint32_t how = PCSC_V1_PROTOCOL_T1 | PCSC_SHARE_SHARED << PCSC_V1_SHARE_SHIFT;
	uint32_t length;

	put_echo(memory->tx);
	fill(memory->rx, UNTOUCHED);
	put(block + PCSC_V1_CONTROL, PCSC_V1_CONNECT | how);
	put(block + PCSC_V1_TX_ADDR, (uint32_t)memory->tx);
	put(block + PCSC_V1_TX_SIZE, sizeof(echo));
	put(block + PCSC_V1_RX_ADDR, (uint32_t)memory->rx);
	put(block + PCSC_V1_RX_SIZE, ROOM);
	put(block + PCSC_V1_CONTROL, PCSC_V1_TRANSMIT | how);
	length = get(block + PCSC_V1_RX_SIZE);
	put(block + PCSC_V1_CONTROL, PCSC_V1_DISCONNECT);
	return length == 5 && LOAD(&memory->rx[3]) == 0x90;
}

/* With the table still in secure memory, then with a buffer there, then with neither */
NORMAL static void normal_client(void)
{
	uint8_t *desc = normal.table;

	put(PAGE + PCSC_REG_DOORBELL, 0);
	seen.error_table = get(PAGE + PCSC_REG_ERROR);
	put(PAGE + PCSC_REG_ERROR, seen.error_table);

	begin(&normal);
	request(desc, PCSC_OP_READER_NAME, 0, 0, secure.rx);
	seen.result_dma = run(desc);
	seen.error_dma = get(PAGE + PCSC_REG_ERROR);
	put(PAGE + PCSC_REG_ERROR, seen.error_dma);

	request(desc, PCSC_OP_READER_NAME, 0, 0, normal.rx);
	seen.result = run(desc);
	seen.received = LOAD((uint32_t *)normal.rx);
}

/* A response of 2014 for secure memory */
NORMAL static void normal_legacy(void)
{
	const uint32_t block = PAGE + PCSC_V1_BLOCK;
	const uint32_t how = PCSC_V1_PROTOCOL_T1 | PCSC_SHARE_SHARED << PCSC_V1_SHARE_SHIFT;
	unsigned int i;

	/* SELECT, by hand: the constant above is in the flash, which is not ours here. */
	for (i = 0; i < 7; i++)
		STORE(&normal.tx[i], i == 1 ? 0xa4 : i == 4 ? 2 : i == 5 ? 0x3f : 0);
	put(block + PCSC_V1_CONTROL, PCSC_V1_CONNECT | how);
	put(block + PCSC_V1_TX_ADDR, (uint32_t)normal.tx);
	put(block + PCSC_V1_TX_SIZE, 7);
	put(block + PCSC_V1_RX_ADDR, (uint32_t)secure.rx);
	put(block + PCSC_V1_RX_SIZE, ROOM);
	put(block + PCSC_V1_CONTROL, PCSC_V1_TRANSMIT | how);
	put(block + PCSC_V1_CONTROL, PCSC_V1_DISCONNECT);
}

static void check_normal(void)
{
	uint8_t *desc = secure.table;

	fill(secure.rx, UNTOUCHED);
	fill(normal.rx, UNTOUCHED);
	begin(&secure);
	request(desc, PCSC_OP_READER_NAME, 0, 0, secure.rx);
	in_normal_world(normal_client);
	check("the other world's doorbell does not find the secure table",
	      seen.error_table == PCSC_ERROR_TABLE);
	check("and nothing is written there", !answer(desc, PCSC_DESC_STATUS));
	check("its command for a secure buffer is refused",
	      seen.result_dma == PCSC_E_INVALID_PARAMETER && seen.error_dma == PCSC_ERROR_DMA);
	check("for one of its own it is done",
	      seen.result == PCSC_S_SUCCESS &&
	      same((uint8_t *)&seen.received, (const uint8_t *)"Emul", 4));
	check("the secure buffer is as it was", untouched(secure.rx));
	in_normal_world(normal_legacy);
	check("nor does the interface of 2014 write there", untouched(secure.rx));
}

int main(void)
{
	out("TAP version 14\n");
	check("version 2", get(PAGE + PCSC_REG_ID) == PCSC_ID);
	check_secure();
	check("a secure client of 2014", legacy_echo(&secure));
	check_normal();
	out("1..");
	number(tests);
	out("\n");
	put(POWER + PL061_DIR, 1);
	put(POWER + PL061_FIRST, 1);
	return 0;
}

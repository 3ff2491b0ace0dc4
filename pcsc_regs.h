/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Register interface of the linaro,pcsc-passthru device.
 *
 * The Linux driver and the QEMU device both include this file: plain constants,
 * no kernel or QEMU macro.  What each register means, its errors and the order
 * of memory accesses stand in the specification, docs/specs/pcsc-passthru.rst
 * of QEMU.
 *
 * One 4 KiB page, one level-high interrupt, 32-bit little-endian registers,
 * accessed as aligned 32-bit words:
 *
 *   0x000 - 0x387  version 1, the 2014 layout: two registers and 32 blocks
 *   0x400 - 0x7ff  version 2, global registers
 *   0x800 - 0xbff  version 2, a block for each of 32 reader slots
 */
#ifndef PCSC_REGS_H
#define PCSC_REGS_H

#define PCSC_REG_PAGE_SIZE		0x1000
#define PCSC_SLOTS_MAX			32	/* reader slots the page can hold */

/*
 * Version 1 (2014)
 */
#define PCSC_REG_NUM_READERS		0x000	/* RO */
#define   PCSC_NUM_READERS_COUNT		0x000000ff
#define   PCSC_NUM_READERS_VERSION		0xff000000	/* 0: only version 1 */
#define   PCSC_NUM_READERS_VERSION_SHIFT	24
#define PCSC_REG_IRQ_STATUS		0x004	/* W1C */
#define   PCSC_IRQ_STATUS_CHANGED		0x00000001

#define PCSC_V1_BLOCK			0x008	/* reader 0's block */
#define PCSC_V1_BLOCK_SIZE		0x1c
#define PCSC_V1_CONTROL			0x00	/* offsets in a block */
#define   PCSC_V1_PROTOCOL		0x0000000f
#define     PCSC_V1_PROTOCOL_T0			0x1
#define     PCSC_V1_PROTOCOL_T1			0x2
#define     PCSC_V1_PROTOCOL_T15		0x4
#define     PCSC_V1_PROTOCOL_RAW		0x8
#define   PCSC_V1_SHARE			0x00000030
#define   PCSC_V1_SHARE_SHIFT		4	/* PCSC_SHARE_* */
#define   PCSC_V1_DISPOSITION		0x00000300
#define   PCSC_V1_DISPOSITION_SHIFT	8	/* PCSC_LEAVE_CARD ... */
#define   PCSC_V1_CONNECT		0x00001000
#define   PCSC_V1_DISCONNECT		0x00002000
#define   PCSC_V1_READ_ATR		0x00004000
#define   PCSC_V1_TRANSMIT		0x00008000
#define PCSC_V1_STATE			0x04	/* RO, PCSC_STATE_* and counter */
#define PCSC_V1_TX_ADDR			0x08
#define PCSC_V1_TX_SIZE			0x0c
#define PCSC_V1_RX_ADDR			0x10
#define PCSC_V1_RX_SIZE			0x14
#define PCSC_V1_ATR_LEN			0x18	/* RO */
#define PCSC_V1_APDU_MAX		264	/* short APDU, as in 2014 */

/*
 * Version 2: global registers
 */
#define PCSC_REG_ID			0x400	/* RO */
#define   PCSC_ID				0x43534350	/* "PCSC" */
#define PCSC_REG_VERSION		0x404	/* RO, major << 16 | minor */
#define   PCSC_VERSION_2_0			0x00020000
#define PCSC_REG_FEATURES		0x408	/* RO */
#define   PCSC_FEATURE_CONTROL			0x00000001	/* CONTROL allowed */
#define   PCSC_FEATURE_SET_ATTRIB		0x00000002	/* SET_ATTRIB allowed */
#define   PCSC_FEATURE_WAIT			0x00000004	/* WAIT works */
#define PCSC_REG_MAX_READERS		0x40c	/* RO, slots, at most 32 */
#define PCSC_REG_MAX_SESSIONS		0x410	/* RO, session numbers 0..n-1 */
#define PCSC_REG_MAX_COMMANDS		0x414	/* RO, descriptors in the table */
#define PCSC_REG_MAX_LENGTH		0x418	/* RO, bytes of one buffer */
#define PCSC_REG_TIMEOUT_DEFAULT	0x41c	/* RO, ms */
#define PCSC_REG_TIMEOUT_MAX		0x420	/* RO, ms */
/* 0x424 - 0x42c reserved */
#define PCSC_REG_CONTROL		0x430	/* RW */
#define   PCSC_CONTROL_ENABLE			0x00000001
#define   PCSC_CONTROL_RESET			0x00000002	/* self-clearing */
#define PCSC_REG_STATUS			0x434	/* RO */
#define   PCSC_STATUS_SERVICE			0x00000001	/* pcscd answers */
#define PCSC_REG_TABLE_LO		0x438	/* RW while not enabled */
#define PCSC_REG_TABLE_HI		0x43c	/* RW while not enabled */
#define PCSC_REG_INT_STATUS		0x440	/* RO, cleared at the source */
#define   PCSC_INT_DONE				0x00000001	/* some DONE bit */
#define   PCSC_INT_CHANGED			0x00000002	/* some CHANGED bit */
#define   PCSC_INT_ERROR			0x00000004	/* some ERROR bit */
#define   PCSC_INT_LEGACY			0x00000008	/* IRQ_STATUS */
#define PCSC_REG_INT_ENABLE		0x444	/* RW, reset: PCSC_INT_LEGACY */
#define PCSC_REG_ERROR			0x448	/* W1C */
#define   PCSC_ERROR_DOORBELL			0x00000001	/* index bad or busy */
#define   PCSC_ERROR_TABLE			0x00000002	/* descriptor DMA failed */
#define   PCSC_ERROR_DMA			0x00000004	/* buffer DMA failed */
/* 0x44c reserved */
#define PCSC_REG_DONE(n)		(0x450 + 4 * (n))	/* W1C, n = 0..1 */
#define PCSC_DONE_WORDS			2	/* room for 8 up to 0x46c */
#define PCSC_REG_PRESENT		0x470	/* RO, bit per slot */
#define PCSC_REG_CHANGED		0x478	/* W1C, bit per slot */
#define PCSC_REG_DOORBELL		0x480	/* WO, descriptor index */
#define PCSC_REG_CANCEL			0x484	/* WO, descriptor index */
#define PCSC_REG_WAIT			0x488	/* WO, descriptor index */
/* 0x48c - 0x7fc reserved */

/*
 * Version 2: a block for each reader slot
 */
#define PCSC_REG_SLOT(n)		(0x800 + 0x20 * (n))
#define PCSC_SLOT_STATE			0x00	/* RO, PCSC_STATE_* */
#define PCSC_SLOT_EVENTS		0x04	/* RO, card event counter */
#define PCSC_SLOT_GENERATION		0x08	/* RO, 0: never used */
/* 0x0c - 0x1c reserved */

/*
 * Command descriptor: an entry of the table in guest memory, little-endian.
 * The device reads the request at the doorbell and writes the answer once,
 * PCSC_DESC_STATUS last.
 */
#define PCSC_DESC_SIZE			128
#define PCSC_COMMANDS_MAX		64	/* entries the DONE words can show */
#define PCSC_DESC_OPERATION		0x00	/* u32, PCSC_OP_* */
#define PCSC_DESC_READER		0x04	/* u16, slot */
#define PCSC_DESC_SESSION		0x06	/* u16, number of the session */
#define PCSC_DESC_GENERATION		0x08	/* u32, generation of the slot */
#define PCSC_DESC_TIMEOUT		0x0c	/* u32, ms; 0: the default */
#define PCSC_DESC_SHARE			0x10	/* u32, PCSC_SHARE_* */
#define PCSC_DESC_PROTOCOLS		0x14	/* u32, PCSC_PROTOCOL_* */
#define PCSC_DESC_DISPOSITION		0x18	/* u32, PCSC_LEAVE_CARD ... */
#define PCSC_DESC_CODE			0x1c	/* u32, control code, attribute */
#define PCSC_DESC_TX_ADDR		0x20	/* u64 */
#define PCSC_DESC_RX_ADDR		0x28	/* u64 */
#define PCSC_DESC_TX_LEN		0x30	/* u32, bytes */
#define PCSC_DESC_RX_SIZE		0x34	/* u32, bytes there is room for */
#define PCSC_DESC_TAG			0x38	/* u32, bits 30:0 come back in STATUS */
#define PCSC_DESC_FLAGS			0x3c	/* u32, reserved, zero */
#define PCSC_DESC_REQUEST_SIZE		0x40	/* what the device reads */
#define PCSC_DESC_RESULT		0x40	/* u32, pcsc-lite's error code */
#define PCSC_DESC_RX_LEN		0x44	/* u32, bytes there are */
#define PCSC_DESC_PROTOCOL		0x48	/* u32, active protocol */
#define PCSC_DESC_CARD_STATE		0x4c	/* u32, STATUS: PCSC_CARD_* */
#define PCSC_DESC_ATR_LEN		0x50	/* u32, at most PCSC_ATR_MAX */
#define PCSC_DESC_ATR			0x54	/* u8[36] */
/* 0x78 - 0x7b reserved, written as zero */
#define PCSC_DESC_STATUS		0x7c	/* u32, written last */
#define   PCSC_DESC_STATUS_DONE			0x80000000
#define   PCSC_DESC_STATUS_TAG			0x7fffffff

#define PCSC_LENGTH_MAX			65548	/* extended APDU, either way */
#define PCSC_ATR_MAX			33	/* ISO 7816-3, 8.2.1 */
#define PCSC_NAME_MAX			128	/* reader name, its NUL included */

/*
 * Operations (PCSC_DESC_OPERATION).  READER_* need no session.
 */
#define PCSC_OP_OPEN			1
#define PCSC_OP_CLOSE			2
#define PCSC_OP_CONNECT			3
#define PCSC_OP_RECONNECT		4
#define PCSC_OP_DISCONNECT		5
#define PCSC_OP_STATUS			6
#define PCSC_OP_TRANSMIT		7
#define PCSC_OP_BEGIN			8
#define PCSC_OP_END			9
#define PCSC_OP_CONTROL			10
#define PCSC_OP_GET_ATTRIB		11
#define PCSC_OP_SET_ATTRIB		12
#define PCSC_OP_READER_NAME		13
#define PCSC_OP_READER_ATR		14

/*
 * Values of pcsc-lite (winscard.h, pcsclite.h), which both sides pass on.
 */
#define PCSC_SHARE_EXCLUSIVE		1
#define PCSC_SHARE_SHARED		2
#define PCSC_SHARE_DIRECT		3

#define PCSC_PROTOCOL_T0		0x1
#define PCSC_PROTOCOL_T1		0x2
#define PCSC_PROTOCOL_RAW		0x4
#define PCSC_PROTOCOL_T15		0x8

#define PCSC_LEAVE_CARD			0
#define PCSC_RESET_CARD			1
#define PCSC_UNPOWER_CARD		2
#define PCSC_EJECT_CARD			3

/* SCardGetStatusChange's dwEventState; version 1 adds a counter at 31:16 */
#define PCSC_STATE_IGNORE		0x0001
#define PCSC_STATE_CHANGED		0x0002
#define PCSC_STATE_UNKNOWN		0x0004
#define PCSC_STATE_UNAVAILABLE		0x0008
#define PCSC_STATE_EMPTY		0x0010
#define PCSC_STATE_PRESENT		0x0020
#define PCSC_STATE_ATRMATCH		0x0040
#define PCSC_STATE_EXCLUSIVE		0x0080
#define PCSC_STATE_INUSE		0x0100
#define PCSC_STATE_MUTE			0x0200
#define PCSC_STATE_UNPOWERED		0x0400
#define PCSC_STATE_MASK			0x0000ffff
#define PCSC_STATE_COUNTER_SHIFT	16

/* SCardStatus' dwState, bits 15:0 */
#define PCSC_CARD_UNKNOWN		0x0001
#define PCSC_CARD_ABSENT		0x0002
#define PCSC_CARD_PRESENT		0x0004
#define PCSC_CARD_SWALLOWED		0x0008
#define PCSC_CARD_POWERED		0x0010
#define PCSC_CARD_NEGOTIABLE		0x0020
#define PCSC_CARD_SPECIFIC		0x0040

/* Results (PCSC_DESC_RESULT) that the device itself gives, or the driver tells apart */
#define PCSC_S_SUCCESS			0x00000000
#define PCSC_F_INTERNAL_ERROR		0x80100001
#define PCSC_E_CANCELLED		0x80100002
#define PCSC_E_INVALID_HANDLE		0x80100003
#define PCSC_E_INVALID_PARAMETER	0x80100004
#define PCSC_E_NO_MEMORY		0x80100006
#define PCSC_E_INSUFFICIENT_BUFFER	0x80100008
#define PCSC_E_UNKNOWN_READER		0x80100009
#define PCSC_E_TIMEOUT			0x8010000a
#define PCSC_E_SHARING_VIOLATION	0x8010000b
#define PCSC_E_NO_SMARTCARD		0x8010000c
#define PCSC_E_PROTO_MISMATCH		0x8010000f
#define PCSC_E_NOT_READY		0x80100010
#define PCSC_E_INVALID_VALUE		0x80100011
#define PCSC_F_COMM_ERROR		0x80100013
#define PCSC_E_NOT_TRANSACTED		0x80100016
#define PCSC_E_READER_UNAVAILABLE	0x80100017
#define PCSC_E_READER_UNSUPPORTED	0x8010001a
#define PCSC_E_NO_SERVICE		0x8010001d
#define PCSC_E_SERVICE_STOPPED		0x8010001e
#define PCSC_E_UNSUPPORTED_FEATURE	0x8010001f	/* pcsc-lite's value */
#define PCSC_E_NO_READERS_AVAILABLE	0x8010002e
#define PCSC_W_UNSUPPORTED_CARD		0x80100065
#define PCSC_W_UNRESPONSIVE_CARD	0x80100066
#define PCSC_W_UNPOWERED_CARD		0x80100067
#define PCSC_W_RESET_CARD		0x80100068
#define PCSC_W_REMOVED_CARD		0x80100069
#define PCSC_W_SECURITY_VIOLATION	0x8010006a

#endif /* PCSC_REGS_H */

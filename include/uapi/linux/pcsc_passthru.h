/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The character device of a smart card reader, /dev/pcsc_readerN.
 *
 * Each open file is a client of its own, as a winscard handle is: what it holds
 * at the host ends when it is closed.  The numbers in the structures (share
 * modes, protocols, dispositions, states, attributes, results) are those of
 * pcsc-lite's winscard.h, pcsclite.h and reader.h.
 *
 * How to use it, and every errno:
 * Documentation/ABI/testing/dev-pcsc-reader
 */
#ifndef _UAPI_LINUX_PCSC_PASSTHRU_H
#define _UAPI_LINUX_PCSC_PASSTHRU_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * Every structure begins with its size, which the caller sets.  A kernel that
 * knows more fields than the caller takes them for zero; one that knows fewer
 * refuses (E2BIG) if those that it does not know are not zero.  Fields that are
 * called "reserved", and flags that are not defined, must be zero (EINVAL).
 *
 * "result" is the host's answer, a code of pcsc-lite.  It is written whatever
 * the ioctl returns, and is 0 (SCARD_S_SUCCESS) if the failure was not the
 * host's, but the driver's: then errno alone says what happened.
 *
 * "timeout_ms" limits a command; 0 is the device's default.
 */
#define PCSC_IOC_MAGIC		0xea

#define PCSC_NAME_SIZE		128	/* reader name, its NUL included */
#define PCSC_ATR_SIZE		36	/* room for an ATR, which has at most 33 bytes */

/**
 * struct pcsc_ioc_info - what is known of a reader, whatever its card
 * @size: sizeof(struct pcsc_ioc_info)
 * @result: answer: see above
 * @reader: answer: the number N of the reader
 * @version: answer: of the register interface, 1 or 2
 * @features: answer: PCSC_INFO_*
 * @max_length: answer: bytes in the longest command or response
 * @timeout_default: answer: ms; 0 if commands have no time-out
 * @timeout_max: answer: ms; likewise
 * @name_len: answer: bytes in @name, the NUL not among them; 0 if the reader
 *            has no name (@version 1)
 * @reserved: 0
 * @name: answer: what the host calls the reader, with a NUL
 */
struct pcsc_ioc_info {
	__u32 size;
	__u32 result;
	__u32 reader;
	__u32 version;
	__u32 features;
	__u32 max_length;
	__u32 timeout_default;
	__u32 timeout_max;
	__u32 name_len;
	__u32 reserved;
	__u8 name[PCSC_NAME_SIZE];
};

/* The host allows PCSC_IOC_CONTROL and PCSC_IOC_SET_ATTRIB. */
#define PCSC_INFO_CONTROL	0x00000001

/* Flag: no signal interrupts the command but one that ends the process. */
#define PCSC_KILLABLE		0x00000001

/**
 * struct pcsc_ioc_state - a reader's state, as SCardGetStatusChange() tells it
 * @size: sizeof(struct pcsc_ioc_state)
 * @result: answer: see above
 * @state: answer: SCARD_STATE_*, without the counter
 * @events: answer: how often a card came or went, modulo 65536
 * @atr_len: answer: bytes in @atr; 0 if there is no card
 * @atr: answer: the card's answer to reset, zeroes behind it
 *
 * Needs no connection and waits for no card.  The next EPOLLPRI comes when the
 * state is another than the one told here.
 */
struct pcsc_ioc_state {
	__u32 size;
	__u32 result;
	__u32 state;
	__u32 events;
	__u32 atr_len;
	__u8 atr[PCSC_ATR_SIZE];
};

/**
 * struct pcsc_ioc_connect - SCardConnect(), SCardReconnect()
 * @size: sizeof(struct pcsc_ioc_connect)
 * @result: answer: see above
 * @flags: 0 or PCSC_KILLABLE
 * @timeout_ms: see above
 * @share: SCARD_SHARE_*
 * @protocols: a set of SCARD_PROTOCOL_*; may be 0 if @share is
 *             SCARD_SHARE_DIRECT
 * @disposition: what a reconnect does to the card, SCARD_LEAVE_CARD,
 *               SCARD_RESET_CARD or SCARD_UNPOWER_CARD; 0 for a connect
 * @protocol: answer: the active protocol
 * @atr_len: answer: bytes in @atr
 * @reserved: 0
 * @atr: answer: the card's answer to reset, zeroes behind it
 */
struct pcsc_ioc_connect {
	__u32 size;
	__u32 result;
	__u32 flags;
	__u32 timeout_ms;
	__u32 share;
	__u32 protocols;
	__u32 disposition;
	__u32 protocol;
	__u32 atr_len;
	__u32 reserved;
	__u8 atr[PCSC_ATR_SIZE];
};

/**
 * struct pcsc_ioc_end - SCardDisconnect(), SCardBeginTransaction(),
 *                       SCardEndTransaction()
 * @size: sizeof(struct pcsc_ioc_end)
 * @result: answer: see above
 * @flags: 0 or PCSC_KILLABLE
 * @timeout_ms: see above
 * @disposition: SCARD_LEAVE_CARD ... SCARD_EJECT_CARD; 0 for a begin
 * @reserved: 0
 */
struct pcsc_ioc_end {
	__u32 size;
	__u32 result;
	__u32 flags;
	__u32 timeout_ms;
	__u32 disposition;
	__u32 reserved;
};

/**
 * struct pcsc_ioc_status - SCardStatus()
 * @size: sizeof(struct pcsc_ioc_status)
 * @result: answer: see above
 * @flags: 0 or PCSC_KILLABLE
 * @timeout_ms: see above
 * @state: answer: dwState of SCardStatus()
 * @protocol: answer: the active protocol
 * @atr_len: answer: bytes in @atr
 * @name_len: answer: bytes in @name, the NUL not among them
 * @atr: answer: the card's answer to reset, zeroes behind it
 * @reserved: 0
 * @name: answer: what the host calls the reader, with a NUL
 */
struct pcsc_ioc_status {
	__u32 size;
	__u32 result;
	__u32 flags;
	__u32 timeout_ms;
	__u32 state;
	__u32 protocol;
	__u32 atr_len;
	__u32 name_len;
	__u8 atr[PCSC_ATR_SIZE];
	__u32 reserved;
	__u8 name[PCSC_NAME_SIZE];
};

/**
 * struct pcsc_ioc_transfer - SCardTransmit(), SCardControl(),
 *                            SCardGetAttrib(), SCardSetAttrib()
 * @size: sizeof(struct pcsc_ioc_transfer)
 * @result: answer: see above
 * @flags: 0 or PCSC_KILLABLE
 * @timeout_ms: see above
 * @code: control code or attribute; 0 for a transmit
 * @protocol: transmit: SCARD_PROTOCOL_*, or 0 for the active one; answer: the
 *            active protocol; else 0
 * @tx_len: bytes at @tx; 0 for a get
 * @rx_len: room at @rx, 0 for a set; answer: bytes there, or, if @result is
 *          SCARD_E_INSUFFICIENT_BUFFER, the room that it takes
 * @tx: address of what is sent, 0 if nothing is
 * @rx: address for what comes back, 0 if nothing does
 */
struct pcsc_ioc_transfer {
	__u32 size;
	__u32 result;
	__u32 flags;
	__u32 timeout_ms;
	__u32 code;
	__u32 protocol;
	__u32 tx_len;
	__u32 rx_len;
	__aligned_u64 tx;
	__aligned_u64 rx;
};

/*
 * The numbers carry no size, because the structures do.
 */
#define PCSC_IOC_INFO		_IO(PCSC_IOC_MAGIC, 0x00) /* struct pcsc_ioc_info */
#define PCSC_IOC_STATE		_IO(PCSC_IOC_MAGIC, 0x01) /* struct pcsc_ioc_state */
#define PCSC_IOC_CONNECT	_IO(PCSC_IOC_MAGIC, 0x02) /* struct pcsc_ioc_connect */
#define PCSC_IOC_RECONNECT	_IO(PCSC_IOC_MAGIC, 0x03) /* struct pcsc_ioc_connect */
#define PCSC_IOC_DISCONNECT	_IO(PCSC_IOC_MAGIC, 0x04) /* struct pcsc_ioc_end */
#define PCSC_IOC_BEGIN		_IO(PCSC_IOC_MAGIC, 0x05) /* struct pcsc_ioc_end */
#define PCSC_IOC_END		_IO(PCSC_IOC_MAGIC, 0x06) /* struct pcsc_ioc_end */
#define PCSC_IOC_STATUS		_IO(PCSC_IOC_MAGIC, 0x07) /* struct pcsc_ioc_status */
#define PCSC_IOC_TRANSMIT	_IO(PCSC_IOC_MAGIC, 0x08) /* struct pcsc_ioc_transfer */
#define PCSC_IOC_CONTROL	_IO(PCSC_IOC_MAGIC, 0x09) /* struct pcsc_ioc_transfer */
#define PCSC_IOC_GET_ATTRIB	_IO(PCSC_IOC_MAGIC, 0x0a) /* struct pcsc_ioc_transfer */
#define PCSC_IOC_SET_ATTRIB	_IO(PCSC_IOC_MAGIC, 0x0b) /* struct pcsc_ioc_transfer */
/* The commands under way on this open file end with ECANCELED; argument 0. */
#define PCSC_IOC_CANCEL		_IO(PCSC_IOC_MAGIC, 0x0c)

#endif /* _UAPI_LINUX_PCSC_PASSTHRU_H */

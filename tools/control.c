// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * reset, control and attrib: what else a reader can do.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hex.h"
#include "json.h"
#include "session.h"

/* pcsc-lite's SCARD_ATTR_* */
static const struct {
	const char *name;
	uint32_t id;
} attributes[] = {
	{ "vendor-name", 0x00010100 },
	{ "vendor-ifd-type", 0x00010101 },
	{ "vendor-ifd-version", 0x00010102 },
	{ "vendor-ifd-serial-no", 0x00010103 },
	{ "channel-id", 0x00020110 },
	{ "asynch-protocol-types", 0x00030120 },
	{ "power-mgmt-support", 0x00040131 },
	{ "characteristics", 0x00060150 },
	{ "maxinput", 0x0007a007 },
	{ "current-protocol-type", 0x00080201 },
	{ "icc-presence", 0x00090300 },
	{ "icc-interface-status", 0x00090301 },
	{ "atr-string", 0x00090303 },
	{ "icc-type-per-atr", 0x00090304 },
	{ "device-unit", 0x7fff0001 },
	{ "device-friendly-name", 0x7fff0003 },
	{ "device-system-name", 0x7fff0004 },
};

/* A line with an answer */
static void print(const struct options *options, const struct session *session, const char *key,
		  uint32_t code, const uint8_t *bytes, size_t len)
{
	struct text text = { 0 };

	if (options->json) {
		json_open(&text, NULL, '{');
		json_number(&text, "reader", session->device.number);
		if (code)
			json_number(&text, key, code);
		json_hex(&text, code ? "value" : key, bytes, len);
		json_close(&text, '}');
	} else {
		text_hex(&text, bytes, len);
	}
	text_add(&text, "\n", 1);
	if (!options->quiet)
		text_print(&text);
	text_free(&text);
}

int run_reset(const struct options *options)
{
	struct session session;
	enum status status = session_begin(&session, options,
					   options->argc ? options->argv[0] : NULL,
					   PCSC_SHARE_SHARED, PCSC_RESET_CARD);

	if (status)
		return status;
	status = device_reconnect(&session.device, &session.link, session.disposition);
	if (!status)
		print(options, &session, "atr", 0, session.link.atr, session.link.atr_len);
	session.disposition = PCSC_LEAVE_CARD;
	return session_end(&session, status);
}

/* Control and attribute alike: what is sent, which ioctl, and the answer */
static enum status exchange(const struct options *options, const char *key,
			    struct transfer *transfer,
			    enum status (*call)(struct device *, struct transfer *))
{
	struct session session;
	enum status status = session_begin(&session, options, NULL, PCSC_SHARE_DIRECT,
					   PCSC_LEAVE_CARD);

	if (status)
		return status;
	transfer->rx_size = DEVICE_ROOM;
	transfer->rx = get_memory(NULL, transfer->rx_size);
	status = call(&session.device, transfer);
	if (!status)
		print(options, &session, key, transfer->code, transfer->rx, transfer->rx_len);
	else if (call == device_control && !(session.device.info.features & PCSC_INFO_CONTROL))
		say("the host allows no control codes; QEMU's allow-control=on would");
	explicit_bzero(transfer->rx, transfer->rx_size);
	free(transfer->rx);
	return session_end(&session, status);
}

int run_control(const struct options *options)
{
	struct transfer transfer = { 0 };
	struct hex_fault fault;
	enum status status;
	unsigned long code;
	uint8_t *bytes;
	char none[] = "";
	char *hex = options->argc > 1 ? options->argv[1] : none;
	ssize_t len;

	if (!options_number(options->argv[0], UINT32_MAX, &code) || !code) {
		say("control: not a code: '%s'; it is a number like 0x42000D48", options->argv[0]);
		return STATUS_USAGE;
	}
	bytes = get_memory(NULL, DEVICE_ROOM);
	len = hex_parse(hex, strlen(hex), bytes, DEVICE_ROOM, &fault);
	if (len < 0) {
		say("control: argument 2, character %zu: %s", fault.position + 1, fault.what);
		status = STATUS_USAGE;
	} else {
		/* It may be a PIN block, and ps shows it. */
		explicit_bzero(hex, strlen(hex));
		transfer.code = code;
		transfer.tx = bytes;
		transfer.tx_len = len;
		status = exchange(options, "code", &transfer, device_control);
	}
	explicit_bzero(bytes, DEVICE_ROOM);
	free(bytes);
	return status;
}

static int print_attributes(const struct options *options)
{
	struct text text = { 0 };
	size_t i;

	if (options->json)
		json_open(&text, NULL, '{');
	for (i = 0; i < ARRAY_SIZE(attributes); i++) {
		if (options->json)
			json_number(&text, attributes[i].name, attributes[i].id);
		else
			text_printf(&text, "0x%08X  %s\n", (unsigned int)attributes[i].id,
				    attributes[i].name);
	}
	if (options->json) {
		json_close(&text, '}');
		text_add(&text, "\n", 1);
	}
	text_print(&text);
	text_free(&text);
	return STATUS_OK;
}

int run_attrib(const struct options *options)
{
	struct transfer transfer = { 0 };
	unsigned long id;
	size_t i;

	if (!options->argc)
		return print_attributes(options);
	for (i = 0; i < ARRAY_SIZE(attributes); i++)
		if (!strcmp(attributes[i].name, options->argv[0]))
			transfer.code = attributes[i].id;
	if (!transfer.code && options_number(options->argv[0], UINT32_MAX, &id))
		transfer.code = id;
	if (!transfer.code) {
		say("attrib: no such attribute: '%s'; 'pcsc-reader attrib' shows their names",
		    options->argv[0]);
		return STATUS_USAGE;
	}
	return exchange(options, "attribute", &transfer, device_get_attrib);
}

// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * list and status: what there is, without touching a card.
 */
#include <string.h>

#include "failure.h"
#include "json.h"
#include "options.h"
#include "readers.h"

int run_list(const struct options *options)
{
	struct text text = { 0 };
	struct readers readers;
	enum status status = readers_find(&readers);
	size_t i, seen = 0, opened = 0;

	if (status)
		return status;
	if (options->json)
		json_open(&text, NULL, '[');
	for (i = 0; i < readers.count; i++) {
		struct device *device = &readers.device[i];

		if (!readers_match(device, options->reader))
			continue;
		seen++;
		if (device->fd < 0) {
			status = failure_say(device->number, "open", device->error, 0);
			continue;
		}
		opened++;
		if (options->json) {
			json_open(&text, NULL, '{');
			readers_json(&text, device);
			json_close(&text, '}');
			continue;
		}
		text_printf(&text, "%-2u  ", device->number);
		readers_name(&text, device);
		text_printf(&text, "  [");
		readers_state(&text, device);
		text_printf(&text, "]\n");
	}
	if (options->json) {
		json_close(&text, ']');
		text_add(&text, "\n", 1);
	}
	if (!options->quiet)
		text_print(&text);
	text_free(&text);
	readers_close(&readers);
	if (!seen) {
		say("no reader is called that; see 'pcsc-reader list'");
		return STATUS_NO_READER;
	}
	return opened ? STATUS_OK : status;
}

static void details(struct text *text, const struct device *device, bool verbose)
{
	text_printf(text, "reader  %u\nname    ", device->number);
	readers_name(text, device);
	text_printf(text, "\nstate   ");
	readers_state(text, device);
	text_printf(text, "\nevents  %u\n", device->state.events);
	if (device->state.atr_len) {
		text_printf(text, "atr     ");
		text_hex(text, device->state.atr, device->state.atr_len);
		text_add(text, "\n", 1);
	}
	if (!verbose)
		return;
	text_printf(text, "version %u\nlength  at most %u bytes\n", device->info.version,
		    device->info.max_length);
	if (device->info.timeout_max)
		text_printf(text, "timeout %u ms, at most %u ms\n", device->info.timeout_default,
			    device->info.timeout_max);
	text_printf(text, "control %s\n", device->info.features & PCSC_INFO_CONTROL ?
		    "allowed" : "not allowed");
}

/* 0 if there is a card, so that a script needs no more than the exit status */
int run_status(const struct options *options)
{
	struct text text = { 0 };
	struct device device;
	enum status status = readers_choose(&device, options->argc ? options->argv[0] :
					    options->reader, false);

	if (status)
		return status;
	if (options->json) {
		json_open(&text, NULL, '{');
		readers_json(&text, &device);
		json_number(&text, "version", device.info.version);
		json_number(&text, "max_length", device.info.max_length);
		json_number(&text, "timeout_default", device.info.timeout_default);
		json_number(&text, "timeout_max", device.info.timeout_max);
		json_bool(&text, "control", device.info.features & PCSC_INFO_CONTROL);
		json_close(&text, '}');
		text_add(&text, "\n", 1);
	} else {
		details(&text, &device, options->verbose);
	}
	if (!options->quiet)
		text_print(&text);
	text_free(&text);
	device_close(&device);
	if (device.state.state & PCSC_STATE_UNAVAILABLE)
		return STATUS_NO_SERVICE;
	return device_has_card(&device) ? STATUS_OK : STATUS_NO_CARD;
}

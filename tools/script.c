// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The APDUs of the user, see script.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hex.h"
#include "pcsc_regs.h"
#include "script.h"
#include "text.h"

size_t script_least(const struct options *options)
{
	return options->protocols == PCSC_PROTOCOL_RAW ? 1 : 4;
}

/* The bytes of a text; what is wrong is told with its place. */
static enum status take(const char *where, const char *unit, unsigned long number,
			const char *text, size_t len, size_t least, uint8_t *bytes,
			size_t *count)
{
	struct hex_fault fault;
	ssize_t n = hex_parse(text, len, bytes, PCSC_LENGTH_MAX, &fault);

	*count = 0;
	if (n < 0) {
		say("%s: %s %lu, character %zu: %s", where, unit, number, fault.position + 1,
		    fault.what);
		return STATUS_USAGE;
	}
	if (n && (size_t)n < least) {
		say("%s: %s %lu: too short for an APDU, which has 4 bytes at least\n"
		    "pcsc-reader: an APDU is one word: '00 84 00 00 08' or 0084000008",
		    where, unit, number);
		return STATUS_USAGE;
	}
	*count = n;
	return STATUS_OK;
}

enum status script_line(struct lines *lines, size_t least, uint8_t *bytes, size_t *count)
{
	enum status status;
	char *line, *comment;
	size_t len;

	*count = 0;
	do {
		status = lines_next(lines, &line, &len);
		if (status || !line)
			return status;
		comment = memchr(line, '#', len);
		if (comment)
			len = comment - line;
		status = take(lines->name, "line", lines->number, line, len, least, bytes, count);
	} while (!status && !*count);
	return status;
}

/* One more; the room for it is as long as it is. */
static void add(struct script *script, const uint8_t *bytes, size_t len)
{
	struct step *step;

	script->step = get_memory(script->step, (script->count + 1) * sizeof(*step));
	step = &script->step[script->count++];
	*step = (struct step){ .len = len };
	if (len) {
		step->bytes = get_memory(NULL, len);
		memcpy(step->bytes, bytes, len);
	}
}

static enum status load_file(struct script *script, const char *file, size_t least,
			     uint8_t *bytes)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct lines lines;
	enum status status;
	size_t len;

	if (fd < 0) {
		say("%s: %s", file, strerror(errno));
		return STATUS_USAGE;
	}
	lines_open(&lines, fd, file);
	for (;;) {
		status = script_line(&lines, least, bytes, &len);
		if (status || !len)
			break;
		add(script, bytes, len);
	}
	lines_close(&lines);
	close(fd);
	return status;
}

enum status script_load(struct script *script, const struct options *options)
{
	uint8_t *bytes = get_memory(NULL, PCSC_LENGTH_MAX);
	size_t least = script_least(options);
	enum status status = STATUS_OK;
	size_t len;
	int i;

	*script = (struct script){ 0 };
	if (options->file && !strcmp(options->file, "-"))
		add(script, NULL, 0);
	else if (options->file)
		status = load_file(script, options->file, least, bytes);
	for (i = 0; i < options->argc && !status; i++) {
		char *word = options->argv[i];

		if (!strcmp(word, "-")) {
			add(script, NULL, 0);
			continue;
		}
		status = take("apdu", "argument", i + 1, word, strlen(word), least, bytes, &len);
		/* Where ps shows it */
		explicit_bzero(word, strlen(word));
		if (!status && !len) {
			say("argument %d is empty", i + 1);
			status = STATUS_USAGE;
		}
		if (!status)
			add(script, bytes, len);
	}
	if (!status && !script->count && !options->file) {
		say("apdu wants APDUs: in hex as arguments, in a file (-f FILE), or '-' for stdin");
		status = STATUS_USAGE;
	}
	explicit_bzero(bytes, PCSC_LENGTH_MAX);
	free(bytes);
	return status;
}

void script_free(struct script *script)
{
	size_t i;

	for (i = 0; i < script->count; i++) {
		if (script->step[i].bytes)
			explicit_bzero(script->step[i].bytes, script->step[i].len);
		free(script->step[i].bytes);
	}
	free(script->step);
	*script = (struct script){ 0 };
}

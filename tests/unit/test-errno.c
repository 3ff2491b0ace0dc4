// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Three places know pcsc-lite's codes: the header of the registers, the driver's
 * table, and the one that users read. They must agree.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pcsc_errno.h"
#include "pcsc_regs.h"
#include "unit.h"

#define DOCUMENT "Documentation/ABI/testing/sysfs-bus-platform-pcsc-reader"

struct row {
	char name[64];
	char error[32];
	unsigned int code;
};

static struct row rows[64];
static size_t n_rows;

static FILE *open_file(const char *top, const char *name)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	f = fopen(path, "r");
	if (!f) {
		perror(path);
		exit(1);
	}
	return f;
}

/* Rows of the document: PCSC_NAME, code, errno */
static void read_document(const char *top)
{
	FILE *f = open_file(top, DOCUMENT);
	char line[256];

	while (fgets(line, sizeof(line), f) && n_rows < 64) {
		struct row *r = &rows[n_rows];

		if (sscanf(line, " PCSC_%63s 0x%x %31s", r->name, &r->code, r->error) == 3)
			n_rows++;
	}
	fclose(f);
}

static const struct row *find_row(const char *name)
{
	size_t i;

	for (i = 0; i < n_rows; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

void test_errno(const char *top)
{
	char line[256], name[64], kind;
	unsigned int code, codes = 0;
	FILE *f;
	size_t i;

	read_document(top);
	for (i = 0; i < n_rows; i++) {
		int error = -pcsc_errno(rows[i].code);
		const char *got = error ? strerrorname_np(error) : "0";

		ok(!strcmp(got, rows[i].error), "PCSC_%s (%#x) is %s", rows[i].name,
		   rows[i].code, rows[i].error);
		if (strcmp(got, rows[i].error))
			diag("the driver says %s", got);
	}

	f = open_file(top, "pcsc_regs.h");
	while (fgets(line, sizeof(line), f)) {
		const struct row *r;

		if (sscanf(line, "#define PCSC_%63s 0x%x", name, &code) != 2 ||
		    sscanf(name, "%c_", &kind) != 1 || name[1] != '_' ||
		    !strchr("SFEW", kind))
			continue;
		codes++;
		r = find_row(name);
		ok(r && r->code == code, "PCSC_%s is documented", name);
		ok(pcsc_errno(code) != -EIO || code == PCSC_F_INTERNAL_ERROR,
		   "PCSC_%s has an errno of its own", name);
	}
	fclose(f);
	ok(codes > 20 && codes == n_rows, "the header has %u codes, the document %zu",
	   codes, n_rows);
	ok(pcsc_errno(PCSC_S_SUCCESS) == 0, "success is no error");
	ok(pcsc_errno(0x80100999) == -EIO && pcsc_errno(0x12345678) == -EIO &&
	   pcsc_errno(1) == -EIO, "an unknown code is EIO");
}

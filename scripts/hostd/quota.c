// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a process has, and what it may have. See quota.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "quota.h"

/* More than any of our processes has */
#define FILES_MAX	4096

/* Its open descriptors. Return: how many, or -errno. */
static long open_files(pid_t pid, bool used[FILES_MAX])
{
	char path[64];
	struct dirent *entry;
	long count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	memset(used, 0, FILES_MAX * sizeof(*used));
	while ((entry = readdir(dir))) {
		long fd = strtol(entry->d_name, NULL, 10);

		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		count++;
		if (fd < FILES_MAX)
			used[fd] = true;
	}
	closedir(dir);
	return count;
}

static int set_limit(pid_t pid, rlim_t wanted)
{
	struct rlimit limit;

	if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit))
		return -errno;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	return prlimit(pid, RLIMIT_NOFILE, &limit, NULL) ? -errno : 0;
}

int quota_starve(pid_t pid)
{
	bool used[FILES_MAX];
	long count = open_files(pid, used);
	rlim_t first = 0;

	if (count < 0)
		return (int)count;
	/* A new one gets the lowest number that is free: that is out of bounds. */
	while (first < FILES_MAX && used[first])
		first++;
	return set_limit(pid, first);
}

int quota_feed(pid_t pid)
{
	return set_limit(pid, RLIM_INFINITY);
}

/* The number in a line of /proc/PID/status, -1 if it is not there */
static long status_field(pid_t pid, const char *name)
{
	char line[256], path[64];
	size_t len = strlen(name);
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return -1;
	while (value < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, len) && line[len] == ':')
			value = strtol(line + len + 1, NULL, 10);
	fclose(file);
	return value;
}

int quota_usage(pid_t pid, char text[QUOTA_TEXT])
{
	bool used[FILES_MAX];
	long files = open_files(pid, used);
	long threads, kbytes;

	if (files < 0)
		return (int)files;
	threads = status_field(pid, "Threads");
	kbytes = status_field(pid, "RssAnon");
	if (threads < 0 || kbytes < 0)
		return -ESRCH;
	snprintf(text, QUOTA_TEXT, "threads %ld files %ld kbytes %ld", threads, files, kbytes);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process has, and what it may have.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef QUOTA_H
#define QUOTA_H

#include <sys/types.h>

/**
 * quota_starve() - let a process open no more files, sockets and the like
 * @pid: the process
 *
 * What it has open it keeps, and what it closes it does not get back.
 *
 * Return: 0, or -errno.
 */
int quota_starve(pid_t pid);

/* The end of that: as many as its hard limit allows. Return: 0, or -errno. */
int quota_feed(pid_t pid);

/* Room for the words of quota_usage() */
#define QUOTA_TEXT	96

/*
 * What a process has, as "threads N files N kbytes N": open file descriptors; private
 * memory in KiB, neither files nor what is shared.
 *
 * Return: 0, or -errno.
 */
int quota_usage(pid_t pid, char text[QUOTA_TEXT]);

#endif

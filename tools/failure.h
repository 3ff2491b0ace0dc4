/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * From an errno of the driver to words, advice and an exit status.
 */
#ifndef FAILURE_H
#define FAILURE_H

#include <stdint.h>

#include "status.h"

enum status failure_status(int error);

/**
 * failure_say() - tells the user what went wrong and what to do next
 * @reader: number of the reader
 * @what: what was attempted
 * @error: the errno
 * @result: the host's answer, 0 if the failure was not the host's
 *
 * Nothing is said of EINTR: whoever sent the signal knows.
 *
 * Return: the exit status.
 */
enum status failure_say(unsigned int reader, const char *what, int error, uint32_t result);

#endif /* FAILURE_H */

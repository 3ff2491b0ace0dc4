/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the driver may say of a disaster. See soak.h.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef ERRNOS_H
#define ERRNOS_H

#include "soak.h"

/* Of the ways whose codes are errnos */
extern const struct code soak_errnos[];

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The pcsc-passthru authors */
#include "trace/trace-hw_pcsc.h"

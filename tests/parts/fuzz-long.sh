#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# long: yes
#
# The part "fuzz", ten minutes a target.
set -eu

PCSC_FUZZ_SECONDS=${PCSC_FUZZ_SECONDS:-600} PCSC_FUZZ_NAME=fuzz-long \
	exec "$(dirname -- "$0")/fuzz.sh"

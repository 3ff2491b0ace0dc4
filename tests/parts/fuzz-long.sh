#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# long: yes
#
# The part "fuzz", ten minutes a target, and each time from another seed.
set -eu

PCSC_FUZZ_SECONDS=${PCSC_FUZZ_SECONDS:-600} PCSC_FUZZ_NAME=fuzz-long \
	PCSC_FUZZ_SEED=${PCSC_FUZZ_SEED:-0} exec "$(dirname -- "$0")/fuzz.sh"

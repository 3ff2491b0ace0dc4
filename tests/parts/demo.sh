#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# `make demo` succeeds, notices an output that is wrong, and the README shows what
# it prints.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"
# shellcheck source=tests/demo-part.sh
. "$top/tests/demo-part.sh"

# Random bytes of the card differ each time.
varying() {
	sed -E 's/^([0-9A-F]{2} ){8}90 00$/(challenge) 90 00/'
}

ktap_begin
demo_succeeds demo
# It must fail if it expects another ATR than vicc's.
demo_changed demo 's/ATR:3B 95/ATR:3B 96/'
is "a wrong output fails the demo" "$status $(grep -c '\^' "$tmp/out")" "1 2" ||
	diag "$(cat "$tmp/out" "$tmp/err")"
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154 # top: set by common.sh
#
# For tests that run what the README shows; sourced after common.sh.

# readme_block MARK [K]: what is in the first block after the line "<!-- MARK -->", or
# in the Kth
readme_block() {
	awk -v mark="<!-- $1 -->" -v k="${2:-1}" '
	$0 == mark { seen = 1; next }
	seen && /^```/ { if (inside) { inside = 0; if (n == k) exit } else { inside = 1; n++ }; next }
	inside && n == k' "$top/README.md"
}

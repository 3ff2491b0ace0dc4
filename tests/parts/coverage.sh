#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# How much of the device and its back ends their tests run, by gcov: at least 95 % of the
# lines. Those that were not run are in build/check/coverage.missed, those that have a
# branch that was never taken in build/check/coverage.branches. The device that lies is for
# tests of drivers and does not count.
#
# long: yes
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/sanitize.sh
. "$top/tests/sanitize.sh"

ours='^(hw|backends)/pcsc/.*[.]c$'
missed=$build/check/coverage.missed
branches=$build/check/coverage.branches

reports_to() { :; }
reports() { :; }

qemu=$("$top/scripts/build-qemu" --sanitize coverage | head -n 1)
find "${qemu%/*}/build" -name '*.gcda' -exec rm -f {} +
status=0
sanitize coverage linux_guest || status=1

ktap_begin
rm -f "$missed" "$branches"
report=$(cd "${qemu%/*}/build" && find . -name '*pcsc*.gcda' -exec gcov --branch-probabilities --stdout {} + |
	awk -F: -v ours="$ours" -v except=pcsc-hostile -v missed="$missed" -v branches="$branches" \
		-f "$top/tests/lines.awk")
diag "$(echo "$report" | awk '
	$1 == "branches" { last = sprintf("%5.1f %% of %d branches taken", $4 / 10, $3); next }
	{ printf "%5.1f %% of %4d lines  %s\n", $4 / 10, $3, $1 }
	END { print last }')"
check "the branches are there" test -s "$branches" || :
rate=$(echo "$report" | awk '$1 == "all" { print $4 }')
check "at least 95 % of the lines are run" test "${rate:-0}" -ge 950
ktap_end || status=1
exit $status

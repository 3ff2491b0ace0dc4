#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The device on a real pcscd, without a guest: each script of tests/host is one
# test, which starts the PC/SC stack that it needs.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

ktap_begin
for t in "$top"/tests/host/*.sh; do
	name=$(basename "$t" .sh)
	[ -e "$t" ] || { not_ok "no tests in tests/host"; continue; }
	echo "    # Subtest: $name"
	status=0
	timeout 900 "$t" >"$tmp/out" || status=$?
	sed 's/^/    /' "$tmp/out"
	if [ "$status" = 0 ] && grep -q '^ok' "$tmp/out"; then
		ok "$name"
	else
		not_ok "$name"
		diag "status $status"
	fi
done
ktap_end

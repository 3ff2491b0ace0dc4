#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# `make demo-pki` succeeds, notices an output that is wrong, and the README shows what
# it prints.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"
# shellcheck source=tests/demo-part.sh
. "$top/tests/demo-part.sh"

varying() { cat; }

ktap_begin
demo_succeeds demo-pki
# It must fail if the guest signs with another key than that of the certificate.
demo_changed demo-pki 's/--id 0001/--id 0002/'
is "a signature that the host refuses fails the demo" \
	"$status $(grep -c '^Verified OK' "$tmp/out") $(grep -c '\^ should be: Verified OK' "$tmp/out")" "1 0 1" ||
	diag "$(cat "$tmp/out" "$tmp/err")"
ktap_end

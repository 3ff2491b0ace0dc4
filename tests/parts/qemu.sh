#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The device against the emulated back end: QEMU's own test framework, qtest.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"

QTEST_QEMU_BINARY=$build/qemu/10.0/qemu-system-arm
export QTEST_QEMU_BINARY
rc=0
for t in "$build"/qemu/10.0/build/tests/qtest/pcsc-passthru*-test; do
	timeout 600 "$t" --tap -k || rc=1
done
exit $rc

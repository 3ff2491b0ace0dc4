#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The device against the emulated back end, by QEMU's own test framework, qtest, and
# that back end alone.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/qtest.sh
. "$top/tests/qtest.sh"

rc=0
unit_tests "$build/qemu/10.0" || rc=1
qtests "$build/qemu/10.0" 'pcsc-passthru*' || rc=1
exit $rc

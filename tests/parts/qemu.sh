#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The device against the emulated back end: QEMU's own test framework, qtest.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/qtest.sh
. "$top/tests/qtest.sh"

qtests "$build/qemu/10.0" 'pcsc-passthru*'

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# QEMU on a libpcsclite that misbehaves: every error from every call, answers that
# are late, never come or are not as long as they claim, a service that dies.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/qtest.sh
. "$top/tests/qtest.sh"

stub_tests "$build/qemu/10.0"

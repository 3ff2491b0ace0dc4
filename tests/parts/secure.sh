#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The device in a machine with a secure world (virt with secure=on): it fills secure
# memory for a secure client, and refuses it to the other one.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"

exec "$top/tests/bare/run" "$("$top/scripts/build-qemu")"

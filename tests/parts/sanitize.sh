#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# QEMU built with AddressSanitizer and UndefinedBehaviorSanitizer: nothing is
# reported in the device's tests, with a real pcscd, or in a guest.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/sanitize.sh
. "$top/tests/sanitize.sh"

# reports_to PREFIX: the names of the reports begin with that.  Undefined behaviour is
# told on stderr whatever log_path says: it ends QEMU, which fails its test.
reports_to() {
	ASAN_OPTIONS=log_path=$tmp/$1:detect_leaks=1
	UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	export ASAN_OPTIONS UBSAN_OPTIONS
}

# reports: the first lines of each; a mere remark of the sanitizer is none
reports() {
	grep -l 'ERROR: ' "$tmp"/* 2>/dev/null | xargs -r -n 1 head -n 60
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
sanitize address linux_guest

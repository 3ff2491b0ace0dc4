#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# QEMU built with AddressSanitizer and UndefinedBehaviorSanitizer: nothing is
# reported in the device's tests, with a real pcscd, or in a guest.
#
# long: yes
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"
# shellcheck source=tests/qtest.sh
. "$top/tests/qtest.sh"

# reports_to PREFIX: the names of the reports begin with that.  Undefined behaviour is
# told on stderr whatever log_path says: it ends QEMU, which fails its test.
reports_to() {
	ASAN_OPTIONS=log_path=$reports/$1:detect_leaks=1
	UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	export ASAN_OPTIONS UBSAN_OPTIONS
}

# found: the first lines of each report; a mere remark of the sanitizer is none
found() {
	grep -l 'ERROR: ' "$reports"/* 2>/dev/null | xargs -r -n 1 head -n 60
}

reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
qemu=$("$top/scripts/build-qemu" --sanitize address --qtest | head -n 1)
[ -x "$qemu" ] || die "no QEMU with sanitizers"

rc=0
reports_to qtest
unit_tests "${qemu%/*}" || rc=1
qtests "${qemu%/*}" 'pcsc-passthru*' || rc=1
stub_qtests "${qemu%/*}" || rc=1
unset PCSC_TEST_STUB
# In process namespaces numbers come again: other names
reports_to host
"$top/tests/host/compare.sh" --sanitize address || rc=1

reports_to guest
ktap_begin
is "a guest" "$("$top/scripts/guest" --qemu "$qemu" --cards 0=test --timeout 600 - <<-'E2'
	cd /sys/bus/platform/devices/pcsc_reader.0
	echo 1 >connect
	for i in $(seq 20); do
		echo '80 E0 00 00 03 01 02 03' >transmit
		cat transmit
	done | sort -u
	host card remove 0
	echo '80 E0 00 00 03 01 02 03' >transmit || echo refused
	rmmod pcsc_passthru
	insmod "/lib/modules/$(uname -r)/pcsc_passthru.ko" >/dev/null
	ls -d ../pcsc_reader.* | wc -l
E2
)" "$(printf '%s\n' '01 02 03 90 00' refused 10)" || rc=1
is "reports" "$(found)" '' || rc=1
ktap_end || rc=1
exit $rc

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154
#
# What is run on a QEMU that a sanitizer or gcov watches, for parts that have sourced
# scripts/common.sh.

# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"
# shellcheck source=tests/qtest.sh
. "$top/tests/qtest.sh"

# linux_guest QEMU: a small session in a guest, and the module reloaded
linux_guest() {
	ktap_begin
	is "a guest" "$("$top/scripts/guest" --qemu "$1" --cards 0=test --smp 2 --timeout 600 - <<-'E2'
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
	)" "$(printf '%s\n' '01 02 03 90 00' refused 10)" || :
	ktap_end
}

# bare_guest QEMU: one without a system
bare_guest() {
	"$top/tests/bare/run" "$1"
}

# sanitize FLAVOUR GUEST: the device's tests, those with a real pcscd, and one of these
# guests, on a QEMU of `build-qemu --sanitize FLAVOUR`. What else there is: reports_to NAME
# sets the sanitizer's options for the processes to come; reports prints those that matter.
sanitize() {
	qemu=$("$top/scripts/build-qemu" --sanitize "$1" --qtest | head -n 1)
	[ -x "$qemu" ] || die "no QEMU with sanitizers"
	rc=0
	reports_to qtest
	unit_tests "${qemu%/*}" || rc=1
	qtests "${qemu%/*}" 'pcsc-passthru*' || rc=1
	stub_tests "${qemu%/*}" || rc=1
	# In process namespaces numbers come again: other names
	reports_to host
	"$top/tests/host/compare.sh" --sanitize "$1" || rc=1

	reports_to guest
	"$2" "$qemu" || rc=1
	ktap_begin
	is "reports" "$(reports)" '' || rc=1
	ktap_end || rc=1
	return $rc
}

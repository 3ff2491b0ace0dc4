#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# Each series of changes to QEMU applies with git am and is what an export gives; the QEMU
# versions that the other parts do not use build with it, pass the device's tests, and run
# a guest.
# long: yes
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/qtest.sh
. "$top/tests/qtest.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

versions=$("$top/scripts/qemu-series" list)
rc=0
ktap_begin
for v in $versions; do
	check "QEMU $v: the series" "$top/scripts/qemu-series" check "$v" || :
done
ktap_end || rc=1
for v in $versions; do
	[ "$v" != 10.0 ] || continue	# of the part qemu
	qemu=$("$top/scripts/build-qemu" --version "$v" --qtest | head -n 1)
	unit_tests "${qemu%/*}" || rc=1
	qtests "${qemu%/*}" 'pcsc-passthru*' || rc=1
	ktap_begin
	is "QEMU $v: which it is" "$("$qemu" --version | sed -n 's/.*version \([0-9]*\.[0-9]*\).*/\1/p')" "$v" || :
	for machine in vexpress-a15 virt-aarch64 virt-aarch64-uefi virt-riscv64; do
		target=${machine#*-}
		case $target in
		a15) target=arm ;;
		esac
		qemu=$("$top/scripts/build-qemu" --version "$v" --target "${target%-uefi}")
		is "QEMU $v: a guest on $machine" "$("$top/scripts/guest" --machine $machine \
			--qemu "$qemu" --cards 0=test - <<-'E2'
			cd /sys/bus/platform/devices/pcsc_reader.0
			echo 1 >connect && echo '80 E0 00 00 02 12 34' >transmit && cat transmit
		E2
		)" "12 34 90 00" || :
	done
	ktap_end || rc=1
done
exit $rc

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154
#
# QEMU's test programs, for parts that have sourced scripts/common.sh.

# unit_tests DIR: runs those of the back ends' code in a build of QEMU, which print TAP
unit_tests() {
	unit_rc=0
	for unit_test in "$1"/build/tests/unit/test-pcsc-*; do
		[ -f "$unit_test" ] || continue
		timeout 900 "$unit_test" --tap -k || unit_rc=1
	done
	return $unit_rc
}

# qtests DIR PATTERN...: runs those of a build of QEMU, which print TAP each
qtests() {
	qtests_dir=$1
	shift
	qtests_rc=0
	QTEST_QEMU_BINARY=$qtests_dir/qemu-system-arm
	export QTEST_QEMU_BINARY
	for qtests_pattern; do
		for qtests_program in "$qtests_dir"/build/tests/qtest/$qtests_pattern-test; do
			timeout 900 "$qtests_program" --tap -k || qtests_rc=1
		done
	done
	return $qtests_rc
}

# stub_tests DIR: runs those that need the libpcsclite of tests/pcsclite-stub
stub_tests() (
	make -s -C "$top/tests/pcsclite-stub" BUILD="$build" >&2 || return
	PCSC_TEST_STUB=$build/pcsclite-stub
	export PCSC_TEST_STUB
	stub_rc=0
	stub_dir=$(mktemp -d)
	LD_LIBRARY_PATH=$PCSC_TEST_STUB PCSC_STUB_ORDERS=$stub_dir/orders \
		timeout 900 "$1/build/tests/unit/test-pcsc-pcsclite" --tap -k || stub_rc=1
	rm -rf "$stub_dir"
	qtests "$1" pcsc-backend-broken pcsc-backend-contexts pcsc-backend-lies || stub_rc=1
	return $stub_rc
)

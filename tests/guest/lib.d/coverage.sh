# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# Put before a script by tests/coverage: at the script's end, what the module's gcov has
# counted goes to the host, on stderr.

coverage_send() {
	coverage_status=$?
	[ -d /sys/kernel/debug/gcov ] || mount -t debugfs debugfs /sys/kernel/debug
	mkdir /tmp/coverage
	# These files have no size, so tar cannot take them from there.
	find /sys/kernel/debug/gcov -name 'pcsc_*.gcda' | while read -r counts; do
		cat "$counts" >"/tmp/coverage/${counts##*/}"
	done
	echo "coverage begins"
	tar -c -C /tmp/coverage . | gzip | base64
	echo "coverage ends"
	exit $coverage_status
} >&2
trap coverage_send EXIT

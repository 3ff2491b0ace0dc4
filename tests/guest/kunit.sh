# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The module's KUnit suites (tests/modules/pcsc_*_kunit.c): text, states and errnos, who
# has which descriptor, and what is believed of an answer, in a kernel that sees every
# access. The results are KUnit's own. Debian's kernels have no KUnit.
# kernels: 6.1-debug
# guest: --no-module --cards none
# guest: --add @build@/module/@series@/tests/pcsc_kunit_tests.ko:/tests/kunit.ko

mount -t debugfs debugfs /sys/kernel/debug

ktap_begin
# Loading runs them.
check "insmod" insmod /tests/kunit.ko
for suite in /sys/kernel/debug/kunit/*/results; do
	name=$(basename "${suite%/results}")
	# Each has a plan for one suite around it, in the place of which is ours.
	grep '^ ' "$suite"
	is "$name" "$(tail -n 1 "$suite")" "ok 1 $name"
done
is "suites" "$(find /sys/kernel/debug/kunit -name results | wc -l)" 5
check "rmmod" rmmod pcsc_kunit_tests
check "kernel log" kernel_is_calm
ktap_end

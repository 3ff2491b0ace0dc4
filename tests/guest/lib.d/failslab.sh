# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The kernel's fault injection by count, for what the programs of tests/cdev do with it.

debug=/sys/kernel/debug

# failslab_setup: every allocation may fail, also one that could wait for memory; from
# here on leaks are counted. The kernel's own list of where it let one fail would be
# longer than its log, and what it says of each object that goes takes long on the console.
failslab_setup() {
	dmesg -n 5
	mount -t debugfs debugfs $debug
	for kind in failslab fail_page_alloc; do
		echo N >$debug/$kind/ignore-gfp-wait
		echo 0 >$debug/$kind/verbose
	done
	echo N >$debug/fail_page_alloc/ignore-gfp-highmem
	echo 0 >$debug/fail_page_alloc/min-order
	echo 0 >$debug/fail_usercopy/verbose
	# The C library's restartable sequences are copied on the way back from a call,
	# too: a failure there is a SIGSEGV that is none of ours.
	export GLIBC_TUNABLES=glibc.pthread.rseq=0
	echo clear >$debug/kmemleak
}

# lost: what nothing points to any more, of all that was allocated below our module, but
# for the name of a class that could not be registered: that is Linux' own to free, which
# 6.1's __class_register() does not.
lost() {
	# It stops for good when it runs out of memory itself.
	echo scan >$debug/kmemleak || echo "kmemleak does not look"
	# An object has to be seen twice, and be some seconds old.
	sleep 6
	echo scan >$debug/kmemleak || echo "kmemleak does not look"
	awk '
		function report() { if (text !~ /__class_register\+/) printf "%s", text; text = "" }
		/^unreferenced object/ { report() }
		{ text = text $0 "\n" }
		END { report() }' $debug/kmemleak
}

# log_is_calm: kernel_is_calm of the whole log, from the boot on, less kmemleak's word that
# it has reports, which lost shows
log_is_calm() {
	dmesg | head -n 1 | grep 'Booting Linux' >/dev/null ||
		{ echo "the log has lost its beginning"; return 1; }
	! dmesg | grep -v 'kmemleak: [0-9]* new' | splats
}

# failslab_begin [LEVEL]: the console hears what is above LEVEL
failslab_begin() {
	cdev_setup emulated
	failslab_setup
	[ $# = 0 ] || dmesg -n "$1"
	ktap_begin
}

# failslab_end [CALM]: CALM judges the log in place of kernel_is_calm
failslab_end() {
	is "leaks" "$(lost)" ""
	check "kernel log" "${1:-kernel_is_calm}"
	ktap_end
}

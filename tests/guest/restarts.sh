# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# pcscd restarted 100 times in a row, by SIGTERM and by SIGKILL in turn, while two readers
# are busy: no answer is wrong, all works in the end, and QEMU has as many threads and file
# descriptors as before.
# once: yes
# guest: --cards 0=test,2=test,4=test --smp 2

times=100
echo_apdu='80 E0 00 00 02 BE EF'
echo_answer='BE EF 90 00'

works() {
	put "$1" connect 1 && [ "$(tx "$1" "$echo_apdu")" = "$echo_answer" ]
}
busy() {
	gt loop "$(attr "$1" transmit)" "$echo_apdu" "$echo_answer" \
		"$(attr "$1" connect)" >"/tmp/loop.$1" &
	eval "loop_$1=$!"
}
judge() {
	eval "finish \$loop_$1"
	loop=$(cat "/tmp/loop.$1")
	diag "reader $1: $loop"
	is "reader $1: wrong answers" "$(field bad "$loop")" 0
	check "reader $1: good answers" test "$(field good "$loop")" -gt 10
	check "reader $1: it saw failures" test "$(field failed "$loop")" -gt 10
	check "reader $1: no command took long" test "$(field max_ms "$loop")" -lt 30000
}
same_usage() {
	now=$(host qemu usage | sed 's/ kbytes.*//')
	[ "$now" = "$before" ]
}

ktap_begin
check "readers work" eval 'works 0 && works 2 && works 4'
before=$(host qemu usage | sed 's/ kbytes.*//')
busy 0
busy 2
start=$(uptime_s)
check "$times restarts" host pcscd restart $times
diag "$times restarts took $(($(uptime_s) - start)) s"
check "reader 4 works" until_true 30 works 4
sleep 2
judge 0
judge 2
for n in 0 2 4; do
	check "reader $n works" until_true 30 works $n
done
is "readers" "$(readers)" 10
check "QEMU has as many threads and files as before" until_true 20 same_usage ||
	diag "before: $before, now: $now"
check "kernel log" kernel_is_calm
ktap_end

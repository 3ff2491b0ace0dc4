# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154 # set by lib.d/works.sh
#
# pcscd restarted 100 times in a row, by SIGTERM and by SIGKILL in turn, while two readers
# are busy: no answer is wrong, all works in the end, and QEMU has as many threads and file
# descriptors as before.
# lib: works
# once: yes
# guest: --cards 0=test,2=test,4=test --smp 2

times=100
ktap_begin
check "readers work" eval 'works 0 && works 2 && works 4'
before=$(qemu_usage)
loop_begin 0
loop_begin 2
start=$(uptime_s)
check "$times restarts" host pcscd restart $times
diag "$times restarts took $(($(uptime_s) - start)) s"
check "reader 4 works" until_true 30 works 4
sleep 2
for n in 0 2; do
	loop_end $n 10 10 EHOSTDOWN ENOTCONN EACCES ENOLINK
	check "reader $n: no command took long" test "$(field max_ms "$loop")" -lt 30000
done
for n in 0 2 4; do
	check "reader $n works" until_true 30 works $n
done
is "readers" "$(readers)" 10
same_usage "QEMU has as many threads and files as before" "$before"
check "kernel log" kernel_is_calm
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154 # set by lib.d/works.sh
#
# pcscd stopped, killed and paused while two readers are busy: failures have their
# errno, nothing hangs, and when it is back so are the readers.
# lib: works
# guest: --cards 0=test,2=test,4=test --smp 2

ktap_begin
check "readers work" eval 'works 0 && works 2 && works 4'
for way in stop kill; do
	loop_begin 0
	loop_begin 2
	sleep 1
	check "$way pcscd" host pcscd $way
	check "$way: the readers say so" until_true 20 state_is 4 '  Unavailable'
	is "$way: connect" "$(put 4 connect 1)" EHOSTDOWN
	is "$way: transmit" "$(tx 4 "$works_apdu")" EHOSTDOWN
	sleep 1
	check "$way: pcscd starts again" host pcscd start
	check "$way: reader 4 works again" until_true 30 works 4
	sleep 2
	loop_end 0 5 0
	loop_end 2 5 0
	# Only now: a command of ours that fails would take their response away.
	for n in 0 2; do
		check "$way: reader $n works again" until_true 30 works $n
	done
	is "$way: state afterwards" "$(get 4 state | head -n 2)" "$(text_inserted | head -n 2)"
done

# A pcscd that hangs: commands wait, but no longer than they are allowed to.
put 4 timeout_ms 2000
check "pause pcscd" host pcscd pause
is "paused: transmit" "$(tx 4 "$works_apdu")" ETIMEDOUT
check "continue pcscd" host pcscd cont
check "continued: reader 4 works again" until_true 30 works 4
check "continued: reader 0 works again" until_true 30 works 0
is "readers" "$(readers)" 10
check "kernel log" kernel_is_calm
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# pcscd stopped, killed and paused while two readers are busy: failures have their
# errno, nothing hangs, and when it is back so are the readers.
# guest: --cards 0=test,2=test,4=test --smp 2

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
# judge N: ends the loop on reader N; it must have seen both good and bad times
judge() {
	eval "finish \$loop_$1"
	loop=$(cat "/tmp/loop.$1")
	diag "reader $1: $loop"
	is "reader $1: wrong answers" "$(field bad "$loop")" 0
	check "reader $1: good answers" test "$(field good "$loop")" -gt 5
	check "reader $1: it saw the failure" test "$(field failed "$loop")" -gt 0
}

ktap_begin
check "readers work" eval 'works 0 && works 2 && works 4'
for way in stop kill; do
	busy 0
	busy 2
	sleep 1
	check "$way pcscd" host pcscd $way
	check "$way: the readers say so" until_true 20 state_is 4 '  Unavailable'
	is "$way: connect" "$(put 4 connect 1)" EHOSTDOWN
	is "$way: transmit" "$(tx 4 "$echo_apdu")" EHOSTDOWN
	sleep 1
	check "$way: pcscd starts again" host pcscd start
	check "$way: reader 4 works again" until_true 30 works 4
	sleep 2
	judge 0
	judge 2
	# Only now: a command of ours that fails would take their response away.
	for n in 0 2; do
		check "$way: reader $n works again" until_true 30 works $n
	done
	is "$way: state afterwards" "$(get 4 state | head -n 2)" "$(text_inserted | head -n 2)"
done

# A pcscd that hangs: commands wait, but no longer than they are allowed to.
put 4 timeout_ms 2000
check "pause pcscd" host pcscd pause
is "paused: transmit" "$(tx 4 "$echo_apdu")" ETIMEDOUT
check "continue pcscd" host pcscd cont
check "continued: reader 4 works again" until_true 30 works 4
check "continued: reader 0 works again" until_true 30 works 0
is "readers" "$(readers)" 10
check "kernel log" kernel_is_calm
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# A card that thinks for 8 seconds, and who must not wait for it.

slow_apdu='80 E4 1F 40'		# 90 00 after 8,000 ms

# never_waited NAME MS: passes if MS is at most half of the delay: far more than a
# busy host takes, far less than a freeze
never_waited() {
	check "$1 ($2 ms)" test "${2:-999999}" -lt 4000
}
# more NAME NUMBER LIMIT: passes if there is a number and it is above LIMIT
more() {
	check "$1 ($2 > $3)" test "${2:-0}" -gt "$3"
}

# slow_card PREFIX...: sends the slow APDU to reader 0, by way of PREFIX (env: none);
# sets slow_ms, slow_answer and, of QMP replies meanwhile, qmp_ms and qmp_replies
slow_card() {
	host qmp-start
	slow_start=$(cut -d' ' -f1 /proc/uptime | tr -d .)
	slow_answer=$("$@" gt transmit "$(attr 0 transmit)" "$slow_apdu")
	slow_ms=$((($(cut -d' ' -f1 /proc/uptime | tr -d .) - slow_start) * 10))
	slow_qmp=$(host qmp-stop)
	diag "QMP: $slow_qmp"
	qmp_ms=$(field max_ms "$slow_qmp")
	qmp_replies=$(field replies "$slow_qmp")
}

# slow_check: what must hold of it on either interface
slow_check() {
	is "the slow card's answer" "$slow_answer" "90 00"
	more "it took its time" "$slow_ms" 7500
	more "QMP replied meanwhile" "$qmp_replies" 5
	never_waited "QMP: longest wait" "$qmp_ms"
}

# slow_test: version 2; the guest's clock and a second reader go on. Not slot 1, which
# shares slot 0's driver in pcscd.
slow_test() {
	check "connect the slow card" put 0 connect 1
	check "connect another" put 2 connect 1
	background /tmp/gap gt gap
	slow_gap=$!
	gt loop "$(attr 2 transmit)" "80 E0 00 00 02 12 34" "12 34 90 00" >/tmp/loop &
	slow_loop=$!
	slow_card env
	finish $slow_loop
	finish "$slow_gap"
	slow_check
	diag "second reader: $(cat /tmp/loop)"
	diag "clock: $(tail -n 1 /tmp/gap)"
	more "second reader: answers" "$(field good "$(cat /tmp/loop)")" 20
	is "second reader: wrong answers" "$(field bad "$(cat /tmp/loop)")" 0
	is "second reader: failures" "$(field failed "$(cat /tmp/loop)")" 0
	never_waited "second reader: longest wait" "$(field max_ms "$(cat /tmp/loop)")"
	never_waited "clock: longest gap" "$(field gap_ms "$(cat /tmp/gap)")"
	more "clock: it ran" "$(field elapsed_ms "$(cat /tmp/gap)")" 7500
}

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# Ten readers at once: each shows its own card and answers with its own bytes,
# all ten at the same time.
# guest: --smp 2
# guest: --cards 0=test:3B021450,1=test:3B021451,2=test:3B021452,3=test:3B021453,4=test:3B021454,5=test:3B021455,6=test:3B021456,7=test:3B021457,8=test:3B021458,9=test:3B021459

# data N: the bytes that only card N is sent: N+1 times 40 + N, in hex
data() {
	i=0
	while [ $i -le "$1" ]; do
		printf ' 4%s' "$1"
		i=$((i + 1))
	done
}

# all COMMAND...: runs COMMAND N for N = 0..9; names those that fail
all() {
	all_bad=
	for n in 0 1 2 3 4 5 6 7 8 9; do
		"$@" "$n" || all_bad="$all_bad $n"
	done
	[ -z "$all_bad" ] || { echo "readers:$all_bad"; return 1; }
}
connect() {
	put "$1" connect 1
}
own_atr() {
	[ "$(get "$1" state | tail -n 1)" = "ATR:3B 02 14 5$1" ]
}
# A card's challenges depend on how many it gave before: N for card N.
challenge() {
	i=0
	while [ $i -lt "$1" ]; do
		tx "$1" '00 84 00 00 01' >/dev/null
		i=$((i + 1))
	done
}
own_challenge() {
	[ "$(tx "$1" '00 84 00 00 01')" = "$(printf '%02X 90 00' $((($1 + 1) * 31 % 256 + 1)))" ]
}
echo_apdu() {
	printf '80 E0 00 00 %02X%s' $(($1 + 1)) "$(data "$1")"
}
start() {
	gt loop "$(attr "$1" transmit)" "$(echo_apdu "$1")" \
		"$(data "$1" | cut -c2-) 90 00" >"/tmp/loop.$1" &
	eval "loop_$1=$!"
}
stop() {
	eval "finish \$loop_$1"
}
worked() {
	diag "$1: $(cat "/tmp/loop.$1")"
	[ "$(field bad "$(cat "/tmp/loop.$1")")" = 0 ] &&
		[ "$(field failed "$(cat "/tmp/loop.$1")")" = 0 ] &&
		[ "$(field good "$(cat "/tmp/loop.$1")")" -gt 5 ]
}

ktap_begin
is "readers" "$(readers)" 10
check "insmod says so" sh -c 'dmesg | grep -q "number of reader detected: 10"'
check "connect each" all connect
check "each shows its own ATR" all own_atr
all challenge
check "each gives its own challenge" all own_challenge
all start
# In 6 s not all ten programs have begun on the debug kernel.
case $(uname -r) in
*-debug) sleep 60 ;;
*) sleep 6 ;;
esac
all stop
check "ten at once, each its own answers" all worked
host card remove 4
check "one card leaves" until_true 20 state_is 4 '  Card removed'
others() {
	[ "$1" = 4 ] || [ "$(tx "$1" "$(echo_apdu "$1")")" = "$(data "$1" | cut -c2-) 90 00" ]
}
check "the other nine stay connected" all others
check "kernel log" kernel_is_calm
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# A card inserted and pulled 50 times: each time poll(2) on `state` wakes, a change
# uevent names the reader, and `state`, `present` and `events` tell the truth.
# guest: --cards 1=test

rounds=50

# event WANTED VERB...: does VERB at the host and sees what reader 0 makes of it
event() {
	wanted=$1
	shift
	before=$(get 0 events)
	seen=$(wc -l </tmp/uevents)
	background /tmp/poll gt poll "$(attr 0 state)" 60000
	host card "$@" || { bad="$bad $round:host"; return 1; }
	wait $! || { bad="$bad $round:no-wake"; return 1; }
	until_true 10 state_is 0 "$wanted" || { bad="$bad $round:state"; return 1; }
	[ "$(get 0 events)" -gt "$before" ] || { bad="$bad $round:events"; return 1; }
	until_true 10 new_uevent || { bad="$bad $round:uevent"; return 1; }
}
new_uevent() {
	tail -n +$((seen + 1)) /tmp/uevents | grep -q '^change@.*/pcsc_reader\.0 '
}

ktap_begin
background /tmp/uevents gt uevents
uevents=$!
is "empty" "$(get 0 state)" "$(text_removed)"
bad='' round=1
while [ -z "$bad" ] && [ $round -le $rounds ]; do
	event '  Card inserted' insert 0 test
	is_present=$(get 0 present)
	[ "$is_present" = 1 ] || bad="$bad $round:present=$is_present"
	event '  Card removed' remove 0
	is_present=$(get 0 present)
	[ "$is_present" = 0 ] || bad="$bad $round:present=$is_present"
	# Every tenth card is used, and pulled while it is connected.
	if [ $((round % 10)) = 0 ]; then
		event '  Card inserted' insert 0 test
		put 0 connect 1 >/dev/null || bad="$bad $round:connect"
		[ "$(tx 0 '80E0000001AB')" = "AB 90 00" ] || bad="$bad $round:transmit"
		event '  Card removed' remove 0
		[ "$(get 0 connect)" = 0 ] || bad="$bad $round:connected"
	fi
	round=$((round + 1))
done
is "wrong in $rounds rounds" "$bad" ""
is "the end is empty" "$(get 0 state)" "$(text_removed)"
is "no uevent of another reader's card" \
	"$(grep -c '^change@.*/pcsc_reader\.[1-9]' /tmp/uevents)" 0
kill "$uevents"
check "kernel log" kernel_is_calm
ktap_end

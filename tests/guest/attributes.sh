# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# Every attribute of a reader: who may use it, its text, its good and bad values,
# and what `transmit` takes for a command.  errno.sh has the failures.
# guest: --cards 0=test:3B951381018073FF01000B,2=test:3B021450

# text N: the whole of `state`, its end made visible
text() {
	get "$1" state
	echo .
}
# keeps N NAME VALUE...: each VALUE can be written, and read back
keeps() {
	reader=$1
	name=$2
	shift 2
	for value; do
		put "$reader" "$name" "$value" || return 1
		[ "$(get "$reader" "$name")" = "$value" ] || { echo "$value reads $(get "$reader" "$name")"; return 1; }
	done
}
# refuses N NAME ERRNO VALUE...: each VALUE gives ERRNO and changes nothing
refuses() {
	reader=$1
	name=$2
	errno=$3
	shift 3
	was=$(get "$reader" "$name")
	for value; do
		got=$(put "$reader" "$name" "$value")
		[ "$got" = "$errno" ] || { echo "'$value' gives '$got'"; return 1; }
		[ "$(get "$reader" "$name")" = "$was" ] || { echo "'$value' changed it"; return 1; }
	done
}
# is_inserted N: the card is there and nobody has it
is_inserted() {
	[ "$(get "$1" state)" = "$(text_inserted)" ]
}
# raw TEXT: exactly TEXT, with printf's escapes, into transmit; then the response
raw() {
	# shellcheck disable=SC2059 # escapes are wanted
	raw_out=$(printf "$1" | gt write "$(attr 0 transmit)") || { echo "$raw_out"; return 1; }
	gt read "$(attr 0 transmit)"
}
modes() {
	for name in "$@"; do
		stat -c '%n %a %u' "$(attr 0 "$name")" | sed 's|.*/||'
	done
}

ktap_begin

# Who may do what
is "who reads" "$(modes state present events name atr active_protocol)" \
	"state 444 0
present 444 0
events 444 0
name 444 0
atr 444 0
active_protocol 444 0"
is "who writes" "$(modes connect share_mode protocol disposition timeout_ms)" \
	"connect 644 0
share_mode 644 0
protocol 644 0
disposition 644 0
timeout_ms 644 0"
is "transmit is root's" "$(modes transmit)" "transmit 600 0"
is "a user cannot open it" "$(gt as 65534 gt open "$(attr 0 transmit)" r)" EACCES
is "a user cannot connect" "$(gt as 65534 gt open "$(attr 0 connect)" w)" EACCES
is "a user can read the state" "$(gt as 65534 gt read "$(attr 0 state)")" "$(text_inserted)"
is "no attribute is forgotten here" "$(cd "$(attr 0 .)" && find . -maxdepth 1 -type f | sort | tr -d './\n')" \
	"active_protocolatrconnectdispositiondriver_overrideeventsmodaliasnamepresentprotocolshare_modestatetimeout_mstransmituevent"

# state, as the README of 2014 shows it
is "state: inserted" "$(text 0)" "$(text_inserted)
."
is "state: removed" "$(text 1)" "Reader State:
  Card removed

."
check "connect" put 0 connect 1
is "state: connected" "$(text 0)" "Reader State:
  Card inserted
  Shared Mode
Card Connected: [Yes]
ATR:3B 95 13 81 01 80 73 FF 01 00 0B
."
is "connect reads" "$(get 0 connect)" 1
check "connect again is no error" put 0 connect 1
is "active_protocol" "$(get 0 active_protocol)" t1
is "atr" "$(get 0 atr)" "3B 95 13 81 01 80 73 FF 01 00 0B"
check "disconnect" put 0 connect 0
is "connect reads" "$(get 0 connect)" 0
check "disconnect again is no error" put 0 connect 0
check "state: disconnected" until_true 10 is_inserted 0
is "active_protocol" "$(get 0 active_protocol)" none
is "atr of a card that is not connected" "$(get 0 atr)" "3B 95 13 81 01 80 73 FF 01 00 0B"
is "atr without a card" "$(get 1 atr)" ENOMEDIUM
put 0 share_mode exclusive
check "connect, exclusive" put 0 connect 1
is "state: exclusive" "$(text 0)" "Reader State:
  Card inserted
  Exclusive Mode
Card Connected: [Yes]
ATR:3B 95 13 81 01 80 73 FF 01 00 0B
."
put 0 connect 0
put 0 share_mode shared
is "connect takes 1 and 0 only" "$(put 0 connect 2; put 0 connect ''; put 0 connect please)" "EINVAL
EINVAL
EINVAL"

# One value each
is "present" "$(get 0 present)$(get 1 present)" 10
like "name" "$(get 0 name)" "Virtual PCD 0 00 0[0-9]"
like "name of the next" "$(get 1 name)" "Virtual PCD 0 00 0[0-9]"
like "events" "$(get 0 events)" "[0-9]*"
is "defaults" "$(get 0 share_mode) $(get 0 protocol) $(get 0 disposition) $(get 0 timeout_ms)" \
	"shared any reset 60000"
check "share_mode: its words" keeps 0 share_mode exclusive direct shared
check "share_mode: others" refuses 0 share_mode EINVAL 0 Shared 'shared exclusive' ''
check "protocol: its words" keeps 0 protocol t0 t1 raw t15 any
check "protocol: others" refuses 0 protocol EINVAL T0 none 3 ''
check "disposition: its words" keeps 0 disposition leave unpower eject reset
check "disposition: others" refuses 0 disposition EINVAL stay 1 ''
check "timeout_ms: numbers" keeps 0 timeout_ms 1 600000 60000
check "timeout_ms: too small, too large" refuses 0 timeout_ms ERANGE 0 600001 4294967296
check "timeout_ms: no numbers" refuses 0 timeout_ms EINVAL -1 soon '' '10 s'
for name in state present events name atr active_protocol; do
	is "$name cannot be written" "$(gt as 65534 gt open "$(attr 0 $name)" w)" EACCES
done

# The settings are used
put 2 protocol t0
check "connect by T=0" put 2 connect 1
is "active_protocol" "$(get 2 active_protocol)" t0
put 2 connect 0
put 1 share_mode direct
check "connect to an empty reader, direct" put 1 connect 1
is "state: direct" "$(get 1 connect)" 1
put 1 connect 0

# What transmit takes
check "connect" put 0 connect 1
is "spaces, upper case, newline" "$(raw '80 E0 00 00 02 AB CD\n')" "AB CD 90 00"
is "no spaces, no newline" "$(raw '80E0000002ABCD')" "AB CD 90 00"
is "lower case" "$(raw '80 e0 00 00 02 ab cd')" "AB CD 90 00"
is "tabs, CR, more white space" "$(raw ' 80E0\t0000\r\n02  ABCD \n\n')" "AB CD 90 00"
is "the shell's way" "$(echo '80 E0 00 00 01 07' >"$(attr 0 transmit)"; cat "$(attr 0 transmit)")" "07 90 00"
is "the response stays" "$(cat "$(attr 0 transmit)")" "07 90 00"
is "a response with its newline" "$(gt read "$(attr 0 transmit)" | wc -c)" 9
is "a read at an offset" "$(gt read "$(attr 0 transmit)" 3)" "90 00"
is "a short read" "$(gt read "$(attr 0 transmit)" 3 2)" 90
is "a read at the end" "$(gt read "$(attr 0 transmit)" 9)" ""
is "a status word alone" "$(raw '80 E6 6A 82')" "6A 82"
is "SELECT" "$(raw '00 A4 00 00 02 3F 00')" "90 00"
is "GET CHALLENGE" "$(raw '00 84 00 00 08' | wc -c)" 30
check "disconnect" put 0 connect 0
check "kernel log" kernel_is_calm
ktap_end

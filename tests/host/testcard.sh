#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The test card behind a real pcscd and vpcd, as a client on the host sees it:
# what the guest tests build on. Also tests the host client, scard. Both are built
# with the sanitizers.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

case ${1-} in
inside) ;;
*)
	make -s -C "$top/tests/card" BUILD="$build" SANITIZE=1
	make -s -C "$top/tests/host" BUILD="$build" SANITIZE=1
	PCSC_TESTCARD=$build/host/sanitize/testcard
	export PCSC_TESTCARD
	exec "$top/scripts/stack" --cards 0=test -- "$0" inside
	;;
esac

scard=$build/host/sanitize/scard
ctl=$top/scripts/stack-ctl
atr='3B 88 80 11 FE 50 43 53 43 54 45 53 54 F2'
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# run COMMAND...: its output in $out, the two streams together, its status in $rc
run() {
	rc=0
	out=$("$@" 2>&1) || rc=$?
}

# gives NAME STATUS OUTPUT COMMAND...: COMMAND ends with STATUS and prints OUTPUT
gives() {
	name=$1 want_rc=$2 want=$3
	shift 3
	run "$@"
	is "$name" "$rc: $out" "$want_rc: $want" || :
}

# ends NAME PID: a client in the background ends well
ends() {
	if wait "$2"; then
		ok "$1"
	else
		not_ok "$1"
	fi
}

# insert: a fresh test card in slot 0
insert() {
	"$ctl" card insert 0 test
}

# ext INS LC: an extended APDU of LC bytes 41
ext() {
	printf '80%s000000%04X' "$1" "$2"
	head -c "$2" /dev/zero | tr '\0' A | od -An -v -tx1 | tr -d ' \n'
	echo
}

# median HEX: of 200 round trips, in microseconds
median() {
	"$scard" time 0 200 "$1" | cut -d' ' -f2
}

ktap_begin

# scard's own ways to fail.
gives 'no such verb' 2 '' sh -c "'$scard' nonsense 2>/dev/null"
gives 'too few arguments' 2 '' sh -c "'$scard' apdu 0 2>/dev/null"
gives 'a wrong option value' 2 '' sh -c "'$scard' -s all list 2>/dev/null"
gives 'no such reader' 1 'scard: no such reader: SCARD_E_UNKNOWN_READER' "$scard" atr 10
gives 'no card' 1 'scard: SCardConnect: SCARD_E_NO_SMARTCARD' "$scard" atr 9
gives 'a wait that ends by time' 1 'scard: SCardGetStatusChange: SCARD_E_TIMEOUT' \
	"$scard" wait 9 present 100
gives 'no hex' 2 'scard: not an APDU in hex, or too long' "$scard" apdu 0 80E

is 'ten readers' "$("$scard" list | wc -l)" 10 || :
gives 'a wait for what is there' 0 '' "$scard" wait 0 present 100
like 'state' "$("$scard" state 0)" "state: SCARD_STATE_PRESENT
events: *
atr: $atr" || :
gives 'ATR' 0 "$atr" "$scard" atr 0
name=$("$scard" list | sed -n 's/^0 //p')
gives 'a reader by its name' 0 "$atr" "$scard" atr "$name"
like 'T=1 is preferred' "$("$scard" -d reset status 0)" '*protocol: T=1*' || :
like 'T=0 on request' "$("$scard" -p t0 -d reset status 0)" '*protocol: T=0*' || :

check 'a first client' "$scard" atr 0 || :
gives 'its protocol stays' 1 'scard: SCardConnect: SCARD_E_PROTO_MISMATCH' \
	"$scard" -p t0 atr 0

gives 'commands' 0 "11 22 33 90 00
90 00
00 01 02 90 00
6A 82
6E 00
67 00" "$scard" apdu 0 80E0000003112233 00A4000C023F00 '80 E2 00 03 00' 80E66A82 81000000 05
printf '80E0000001AA\n80E0000001BB\n' >"$tmp/apdus"
gives 'commands from stdin' 0 "AA 90 00
BB 90 00" sh -c "'$scard' apdu 0 - <'$tmp/apdus'"
is 'the longest response' "$("$scard" apdu 0 80E2FFFD | wc -c)" $((65535 * 3)) || :
is 'the longest command' "$(ext E0 65528 | "$scard" apdu 0 - | wc -c)" $((65530 * 3)) || :
check 'a delay' [ "$("$scard" time 0 1 80E4012C | cut -d' ' -f1)" -ge 300000 ] || :

# A fresh card: one power-up, no reset; the next comes within the time in which
# pcscd leaves an unused card powered.
insert
gives 'the flag outlives a client' 0 "90 00
01 90 00
00 00 00 00 90 00" sh -c "'$scard' apdu 0 80EC0100 && '$scard' apdu 0 80EC0000 80EA0000"
gives 'but not a reset' 0 "00 90 00
00 00 00 01 90 00
00 00 00 01 90 00" sh -c "'$scard' reset 0 && '$scard' apdu 0 80EC0000 80EA0000 80EA0100"
gives 'nor power-off' 0 "90 00
00 90 00
00 00 00 01 90 00
00 00 00 02 90 00" sh -c "'$scard' -d unpower apdu 0 80EC0100 && '$scard' apdu 0 80EC0000 80EA0000 80EA0100"

# Two clients.
held() {
	: >"$tmp/held"
	"$scard" "$@" >"$tmp/held" &
	holder=$!
	i=0
	until grep -q held "$tmp/held"; do
		i=$((i + 1))
		[ $i -lt 100 ] || return 1
		sleep 0.05
	done
}
held -s exclusive hold 0 1500 || not_ok 'connect alone'
gives 'an exclusive client keeps others out' 1 \
	'scard: SCardConnect: SCARD_E_SHARING_VIOLATION' "$scard" atr 0
ends 'and ends' "$holder"
held hold 0 1500 || not_ok 'connect'
gives 'a shared client keeps an exclusive one out' 1 \
	'scard: SCardConnect: SCARD_E_SHARING_VIOLATION' "$scard" -s exclusive atr 0
gives 'but not a shared one' 0 "$atr" "$scard" atr 0
ends 'and ends' "$holder"
# pcscd's client library tries a locked reader again every 100 ms or so.
held lock 0 1500 || not_ok 'lock'
start=$(date +%s%N)
gives 'a transaction makes the others wait' 0 '90 00' "$scard" apdu 0 80E00000
check 'for its end' [ $((($(date +%s%N) - start) / 1000000)) -ge 1000 ] || :
ends 'and ends' "$holder"

# Misbehaviour: what pcscd makes of it, see tests/card/README.md.
gives 'one byte for an answer' 0 "90
90 00" "$scard" apdu 0 80E80200 80E00000
gives 'an empty answer' 0 '' "$scard" apdu 0 80E80300
gives 'and the card is gone' 0 '' "$scard" wait 0 absent 3000
insert
is 'too long an answer is cut' "$("$scard" apdu 0 80E80400 | wc -c)" $((65535 * 3)) || :
gives 'and the card is gone' 0 '' "$scard" wait 0 absent 3000
insert
gives 'pulled during a command' 0 '' "$scard" apdu 0 80E80100
gives 'and the card is gone' 0 '' "$scard" wait 0 absent 3000
gives 'after that' 1 'scard: SCardConnect: SCARD_E_NO_SMARTCARD' "$scard" atr 0
insert
"$scard" apdu 0 80E80000 >"$tmp/never" 2>&1 &
never=$!
sleep 0.5
check 'no answer' kill -0 "$never" || :
"$ctl" card remove 0
ends 'until the card is taken out' "$never"
is 'which looks like an empty answer' "$(cat "$tmp/never")" '' || :
insert
ext E0 65529 >"$tmp/long"
gives 'a command too long for vpcd' 1 'scard: SCardTransmit: SCARD_E_NOT_TRANSACTED' \
	sh -c "'$scard' apdu 0 - <'$tmp/long'"

# ATRs.
"$ctl" card insert 1 test:3B00
gives 'a short ATR' 0 '3B 00' "$scard" atr 1
"$ctl" card insert 1 test:3B02144E
like 'one protocol only' "$("$scard" status 1)" '*protocol: T=0*' || :
gives 'the other is refused' 1 'scard: SCardConnect: SCARD_E_PROTO_MISMATCH' \
	"$scard" -p t1 atr 1
long='3B 9F 80 11 FE'
while [ ${#long} -lt 101 ]; do
	long="$long 41"
done
"$ctl" card insert 2 "test:$(echo "$long" | tr -d ' ')"
like 'an ATR of 34 bytes' "$("$scard" state 2)" 'state: SCARD_STATE_PRESENT SCARD_STATE_MUTE
*' || :
gives 'is a mute card' 1 'scard: SCardConnect: SCARD_W_UNPOWERED_CARD' "$scard" atr 2

# 44 ms would be Nagle's algorithm and delayed acknowledgement at work.
insert
for size in 0000 00FF 0FA0 EA60; do
	us=$(median "80E2$size")
	diag "median of 200 round trips, response of $((0x$size)) bytes: $us us"
	check "a quick answer of $((0x$size)) bytes" [ "$us" -lt 10000 ] || :
done

"$ctl" pcscd stop
gives 'no pcscd' 1 'scard: SCardEstablishContext: SCARD_E_NO_SERVICE' "$scard" list

ktap_end

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The private stack as its users see it: what stack-ctl's verbs do and refuse, and
# that a list of cards is understood. Also the unit tests of the programs behind
# scripts/stack and scripts/guest. All are built with the sanitizers.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

PCSC_SANITIZE=1
export PCSC_SANITIZE
case ${1-} in
inside) ;;
*)
	make -s -C "$top/scripts/hostd" BUILD="$build" SANITIZE=1 test
	exec "$top/scripts/stack" --cards 0=vicc,1-2=test,2=none -- "$0" inside
	;;
esac

ctl=$top/scripts/stack-ctl
scard=${STACK_CTL%/*}/scard
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# gives NAME STATUS OUTPUT COMMAND...: the two streams together
gives() {
	name=$1 want_status=$2 want=$3
	shift 3
	status=0
	out=$("$@" 2>&1) || status=$?
	if [ "$status" = "$want_status" ] && [ "$out" = "$want" ]; then
		ok "$name"
	else
		not_ok "$name"
		diag "status $status: $out"
	fi
}
# done_in NAME SECONDS COMMAND...: succeeds, in time and without a word
done_in() {
	name=$1 limit=$2
	shift 2
	start=$(date +%s)
	gives "$name" 0 '' "$@"
	check "$name: in time" [ $(($(date +%s) - start)) -le "$limit" ] || :
}
slots() { "$ctl" cards | grep -v none | tr '\n' ' '; }

ktap_begin

"${STACK_CTL%/*}/test-hostd" >"$tmp/unit" || sed -n '/^not/s/^/# /p' "$tmp/unit"
is "unit tests" "$(grep -c '^ok' "$tmp/unit")" "$(sed -n 's/^1\.\.//p' "$tmp/unit")" || :

known='card insert N [vicc | test | test:ATR | pki]
card remove N
cards
pcscd start | stop | kill | pause | cont | status
pcscd restart COUNT
pcscd refuse
pcscd starve | feed
pcscd usage'
gives "no such verb" 1 "stack-ctl: error: cannot do 'cards 1'; known:
$known" "$ctl" cards 1
gives "no such slot" 1 "stack-ctl: error: not a slot: '10' (0 to 9)" "$ctl" card insert 10 test
gives "no number" 1 "stack-ctl: error: not a slot: '-1' (0 to 9)" "$ctl" card remove -1
gives "no such card" 1 "stack-ctl: error: no such kind of card: tests" "$ctl" card insert 3 tests
gives "no list of cards" 1 \
	"stack-ctl: error: not a list of cards: '3-1=test' (want N=KIND or N-M=KIND, N from 0 to 9)" \
	"$STACK_CTL" prepare 3-1=test none
gives "outside of a stack" 2 "stack-ctl: error: not inside scripts/stack" \
	env -u STACK_CTL "$ctl" cards

is "cards at the start" "$(slots)" "0 vicc 1 test " || :
gives "vicc is there" 0 "3B 95 13 81 01 80 73 FF 01 00 0B" "$scard" atr 0
done_in "a card out" 10 "$ctl" card remove 1
gives "pcscd sees that" 1 "scard: SCardConnect: SCARD_E_NO_SMARTCARD" "$scard" atr 1
done_in "a card in" 10 "$ctl" card insert 1 test:3B00
gives "pcscd sees it at once" 0 "3B 00" "$scard" atr 1
done_in "one in its place" 10 "$ctl" card insert 1 test:3B021451
gives "pcscd sees the new one" 0 "3B 02 14 51" "$scard" atr 1
start=$(date +%s)
like "a card that does not work" "$("$ctl" card insert 4 test:3B0 2>&1)" \
	"stack-ctl: error: the card in slot 4 ended: *" || :
check "which is not waited for" [ $(($(date +%s) - start)) -le 5 ] || :
"$ctl" card remove 4
is "a card that ended" "$(kill -9 "$(cat "$STACK_DIR/slots/1/pid")"; sleep 0.2; slots)" \
	"0 vicc 1 test:3B021451 gone " || :

done_in "pause" 1 "$ctl" pcscd pause
gives "paused" 0 paused "$ctl" pcscd status
done_in "a card in meanwhile" 1 "$ctl" card insert 5 test
done_in "cont waits for it" 10 "$ctl" pcscd cont
gives "running" 0 running "$ctl" pcscd status
check "and it is there" "$scard" atr 5 || :

for way in stop kill; do
	done_in "$way" 10 "$ctl" pcscd $way
	gives "$way: stopped" 0 stopped "$ctl" pcscd status
	gives "$way: twice" 1 'stack-ctl: error: pcscd does not run' "$ctl" pcscd $way
	done_in "$way: start" 10 "$ctl" pcscd start
	gives "$way: start twice" 1 'stack-ctl: error: pcscd runs already' "$ctl" pcscd start
	is "$way: the cards are back" "$(slots)" "0 vicc 1 test:3B021451 5 test " || :
done
done_in "restart" 30 "$ctl" pcscd restart 2
is "restart: the cards are back" "$(slots)" "0 vicc 1 test:3B021451 5 test " || :
gives "restart: no number" 1 "stack-ctl: error: not a number of times: '2x'" "$ctl" pcscd restart 2x
is "usage" "$("$ctl" pcscd usage | tr -s 0-9 N)" 'threads N files N kbytes N' || :
done_in "starve" 1 "$ctl" pcscd starve
"$scard" list >"$tmp/starved" 2>&1 &
starved=$!
sleep 1
check "nobody gets in" kill -0 "$starved" || :
done_in "feed" 1 "$ctl" pcscd feed
rc=0
wait "$starved" || rc=$?
is "who waited does" "$rc" 0 || :
is "and sees all" "$(wc -l <"$tmp/starved")" 10 || :
"$ctl" pcscd stop
done_in "refuse" 10 "$ctl" pcscd refuse
# Its answer, or that it hangs up, whichever libpcsclite sees first
refused=$("$scard" atr 1 2>&1) || :
case $refused in
*SCARD_E_NO_SERVICE | *SCARD_W_SECURITY_VIOLATION) ok "refused" ;;
*) is "refused" "$refused" SCARD_W_SECURITY_VIOLATION || : ;;
esac
done_in "its end" 10 "$ctl" pcscd stop
done_in "one that does not" 10 "$ctl" pcscd start
gives "and pcscd knows" 0 "3B 02 14 51" "$scard" atr 1

# A pcscd that hangs without being asked to: nothing waits for ever.
kill -STOP "$(cat "$STACK_DIR/pcscd.pid")"
gives "pcscd hangs" 1 "stack-ctl: error: pcscd does not answer" "$ctl" card remove 5
kill -CONT "$(cat "$STACK_DIR/pcscd.pid")"

ktap_end

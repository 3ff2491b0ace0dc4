#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# Nothing polls: with ten readers, a card in each and ten connected sessions, no
# thread of QEMU's PC/SC back end makes a system call for 30 s. Then a card is
# taken out, to show that a call would have been seen.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

seconds=${IDLE_SECONDS:-30}

case ${1-} in
inside) ;;
*)
	need strace
	qemu=$("$top/scripts/build-qemu")
	make -s -C "$top/tests/card" BUILD="$build"
	exec "$top/scripts/stack" --cards 0-9=test -- "$0" inside "$qemu"
	;;
esac

tmp=$(mktemp -d)
# shellcheck source=tests/machine.sh
. "$top/tests/machine.sh"
trap 'machine_end; rm -rf "$tmp"' EXIT

# threads: each thread of the back end, as "TID NAME" lines
threads() {
	for t in /proc/"$qemu"/task/*; do
		read -r name <"$t/comm" || continue
		case $name in
		pcsc-*) echo "${t##*/} $name" ;;
		esac
	done
}

# trace SECONDS FILE: what the threads call meanwhile, the name of each first. A
# call that is under way when strace comes is shown as one line; it is no new one.
trace() {
	set -- "$1" "$2" "$(threads | sed 's/ .*//; s/^/-p /' | tr '\n' ' ')"
	# shellcheck disable=SC2086 # a list of options
	timeout -s INT "$1" strace -qq -o "$2" $3 >"$tmp/strace" 2>&1 || :
	[ -s "$2" ] || {
		diag "$(cat "$tmp/strace")"
		return 1
	}
	threads | while read -r tid name; do
		grep "^$tid " "$2" | sed "1d; s/^/$name /" || :
	done
}

ktap_begin
machine_begin "$2"

# ask_all COMMAND OFFSET [VALUE]: of each reader's block in the 2014 interface
ask_all() {
	for n in 0 1 2 3 4 5 6 7 8 9; do
		ask "$1" $((0x1f000000 + n * 0x1c + $2)) ${3+"$3"} || return
	done
}
# That is the shortest way to a session on each: connect, T=1, shared, in CONTROL.
check 'ten readers are connected to' ask_all writel 0x08 0x1022 || :
is 'a monitor and ten workers' "$(threads | sed 's/.* //; s/[0-9]*$//' | sort | uniq -c | tr -s ' ' |
	tr '\n' ';')" ' 1 pcsc-mon; 10 pcsc-s;' || :
check 'their states can be read' ask_all readl 0x0c || :
# Shared, with a card: 0x120, under the counter of events.
is 'all are in shared mode' "$(grep -c '^OK 0x0*[0-9a-f]*0120$' "$tmp/out")" 10 || :

# What connecting set in motion ends: pcscd tells its news with its next poll.
sleep 3
is "no system call in $seconds s" "$(trace "$seconds" "$tmp/idle")" '' || :
is 'all threads were watched' "$(cut -d' ' -f1 "$tmp/idle" | sort -u | wc -l)" 11 || :

(sleep 1 && exec "$top/scripts/stack-ctl" card remove 4) &
event=$!
like 'an event is seen by the monitor' "$(trace 4 "$tmp/event")" '*pcsc-mon *' || :
wait "$event"
ktap_end

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# QEMU ends while its guest holds a card. Killed, pcscd ends an exclusive connection or a
# transaction, with a reset of the card; told to quit, QEMU resets a card that it shares,
# too: nothing that was verified stays so.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

case ${1-} in
inside) ;;
*)
	qemu=$("$top/scripts/build-qemu")
	host=$("$top/scripts/build-host")
	exec "$top/scripts/stack" --cards 0=test -- "$0" inside "$qemu" "$host"
	;;
esac

scard=$3/scard
program=$2
tmp=$(mktemp -d)
page=0x1f000000 table=0x80000000
# shellcheck source=tests/machine.sh
. "$top/tests/machine.sh"
trap 'machine_end; rm -rf "$tmp"' EXIT

# resets: how often the card was
resets() {
	echo $((0x$("$scard" -d leave apdu 0 80EA0000 | sed 's/ 90 00$//; s/ //g')))
}

# What another client says to the card, or sees of it
verify() {
	"$scard" -d leave apdu 0 80EC0100
}
verified() {
	"$scard" -d leave apdu 0 80EC0000
}

# le NUMBER...: as little-endian words of 32 bits, in hex
le() {
	for n; do
		printf '%02x%02x%02x%02x' $((n & 255)) $((n >> 8 & 255)) $((n >> 16 & 255)) $((n >> 24))
	done
}
is_done() {
	ask readl $((page + 0x450)) && [ $((answer)) = 1 ]
}
# operation OPERATION SHARE PROTOCOLS: in descriptor 0, of session 0 with reader 0
operation() {
	ask readl $((page + 0x808))
	generation=$((answer))
	ask memset $table 128 0x00
	ask write $table 32 "0x$(le "$1" 0 $generation 0 "$2" "$3" 0 0)"
	ask writel $((page + 0x480)) 0
	until_true is_done || return 1
	ask writel $((page + 0x450)) 1
	ask readl $((table + 0x40))
	[ $((answer)) = 0 ] || { diag "operation $1: $answer"; return 1; }
}
# shared: a session with a shared connection
shared() {
	before=$(resets)
	machine_begin "$program"
	ask writel $((page + 0x438)) $table
	ask writel $((page + 0x43c)) 0
	ask writel $((page + 0x430)) 1
	check "$1: OPEN" operation 1 0 0 || :
	check "$1: CONNECT, shared" operation 3 2 3 || :
}
# killed NAME: nothing of it is left
killed() {
	machine_end KILL
	check "$1: killed: the card is free" until_true "$scard" -s exclusive -d leave status 0 || :
	check "$1: and was reset" [ "$(resets)" -gt "$before" ] || :
}

ktap_begin
before=$(resets)
machine_begin "$program"
# Connect, T=1, exclusive: the CONTROL register of reader 0 in the interface of 2014
check 'exclusive: QEMU connects' ask writel $((page + 8)) 0x1012 || :
like 'exclusive: it holds the card' "$("$scard" status 0 2>&1)" '*SHARING_VIOLATION*' || :
killed exclusive

shared transaction
check 'transaction: BEGIN' operation 8 0 0 || :
others_wait() {
	! timeout 3 "$scard" -d leave apdu 0 80EA0000 >/dev/null 2>&1
}
check 'transaction: others wait' others_wait || :
killed transaction

# The card is verified by QEMU, and nobody else resets it.
for how in TERM INT; do
	shared "$how"
	like "$how: the PIN is verified" "$(verify)" '90 00' || :
	like "$how: for others, too" "$(verified)" '01 90 00' || :
	machine_end "$how"
	like "$how: and is not any more when QEMU has ended" "$(verified)" '00 90 00' || :
done
ktap_end

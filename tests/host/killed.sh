#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# QEMU killed while its guest holds a card exclusively: pcscd ends that, with a reset of
# the card, so that nothing that was verified stays so.
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
tmp=$(mktemp -d)
qemu=
# shellcheck disable=SC2317 # called by the trap
finish() {
	[ -z "$qemu" ] || kill "$qemu" 2>/dev/null || :
	rm -rf "$tmp"
}
trap finish EXIT

# until_true COMMAND...: for 20 s at most
until_true() {
	i=0
	until "$@" >/dev/null 2>&1; do
		i=$((i + 1))
		[ $i -lt 200 ] || return 1
		sleep 0.1
	done
}

# resets: how often the card was
resets() {
	echo $((0x$("$scard" -d leave apdu 0 80EA0000 | sed 's/ 90 00$//; s/ //g')))
}

ktap_begin
before=$(resets)
mkfifo "$tmp/in"
"$2" -machine vexpress-a15 -accel qtest -qtest stdio -display none -serial none \
	<"$tmp/in" >"$tmp/out" 2>"$tmp/err" &
qemu=$!
exec 3>"$tmp/in"
# Connect, T=1, exclusive: the CONTROL register of reader 0 in the interface of 2014
printf 'writel 0x1f000008 0x1012\n' >&3
check 'QEMU connects' until_true grep -q '^OK' "$tmp/out" || diag "$(cat "$tmp/err")"
like 'and holds the card' "$("$scard" status 0 2>&1)" '*SHARING_VIOLATION*' || :
kill -KILL "$qemu"
wait "$qemu" 2>/dev/null || :
qemu=
exec 3>&-
check 'it is killed: the card is free' until_true "$scard" -s exclusive -d leave status 0 || :
check 'and was reset' [ "$(resets)" -gt "$before" ] || :
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# A guest that dies: it panics, is reset from outside, reboots without a word. What it held
# at the host (an exclusive connection, a transaction, a verified PIN, a command under way)
# has ended before it is up again, and its readers work again.
#
# This script begins anew with each boot. How far it is stands at the host, which a reset
# does not touch: in the ATR of the card in slot 9.
# lib: works
# once: yes
# guest: --no-module --programs --cards 0=test,2=test,4=test
# guest: --qemu-arg -action --qemu-arg reboot=reset

results=10	# of each boot

load() {
	insmod "$(find /lib/modules / -xdev -name pcsc_passthru.ko 2>/dev/null | head -n 1)"
}
# hold: what another client could not get past; the results are about that
hold() {
	mkfifo /tmp/to /tmp/from
	put 0 connect 0
	put 0 share_mode exclusive
	put 0 connect 1
	tx 0 '80 EC 01 00' >/dev/null
	is "$1: a PIN is verified" "$(tx 0 '80 EC 00 00')" "01 90 00"
	like "$1: the host cannot have card 0" "$(host scard status 0 2>&1)" "*SHARING_VIOLATION*"
	pcsc-reader apdu -x -r 2 - </tmp/to >/tmp/from 2>&1 &
	exec 3>/tmp/to 4</tmp/from
	echo 80E0000000 >&3
	read -r answer <&4
	is "$1: a transaction" "$answer" "90 00"
	put 4 connect 1
	gt transmit "$(attr 4 transmit)" '80 E4 13 88' >/dev/null &
	sleep 1
}
die() {
	case $1 in
	panic) echo c >/proc/sysrq-trigger ;;
	reset) host qmp '{"execute":"system_reset"}' >/dev/null ;;
	reboot) reboot -f ;;
	esac
	sleep 600
}
# free NAME: no module is loaded yet, so all of it is the reset's doing
free() {
	is "$1: no module is loaded" "$(lsmod | grep -c pcsc)" 0
	check "$1: card 0 is free" host scard -s exclusive status 0
	is "$1: its PIN is not verified" "$(host scard apdu 0 80EC0000)" "00 90 00"
	is "$1: card 2 is free" "$(host scard apdu 2 80E0000000)" "90 00"
	check "$1: card 4 is free" until_true 30 host scard -s exclusive status 4
	check "$1: the module loads" load
	check "$1: the readers work" until_true 20 eval 'works 0 && works 2 && works 4'
}

boot=$(host cards | sed -n 's/^9 test:3B02145//p')
boot=${boot:-0}
ways='panic reset reboot end'
# Lockdep finds fault with the board's own way to reboot.
case $(uname -r) in *-debug) ways='panic reset end' ;; esac
if [ "$boot" = 0 ]; then
	ktap_begin
	load
else
	# shellcheck disable=SC2034 # of ktap.sh
	ktap_n=$((results * boot - 7))
	# shellcheck disable=SC2086 # words
	free "$(echo $ways | cut -d' ' -f"$boot")"
fi
# shellcheck disable=SC2086
way=$(echo $ways | cut -d' ' -f$((boot + 1)))
if [ "$way" != end ]; then
	hold "$way"
	host card insert 9 "test:3B02145$((boot + 1))"
	die "$way"
fi
ktap_end

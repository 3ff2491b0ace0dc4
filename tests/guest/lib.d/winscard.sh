# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The two ways on which winscard programs reach our readers, for tests that run
# Debian's own: the library without a daemon, and the guest's pcscd with the IFD
# handler.

# on lib|ifd: which way the programs take that are run from here on; $names is what the
# readers are called there. pcscd puts two numbers behind each name. Fails if there is
# no such way, after a result that says so.
# shellcheck disable=SC2034 # for the tests
on() {
	names=$(host scard list | sed 's/^[0-9]* //')
	way=$1
	case $1 in
	lib)
		if [ ! -e /usr/lib/pcsc-passthru/libpcsclite.so.1 ]; then
			skip "$way" "there is no library yet"
			return 1
		fi
		pcscd_stop
		export LD_LIBRARY_PATH=/usr/lib/pcsc-passthru
		;;
	ifd)
		unset LD_LIBRARY_PATH
		pcscd_start --slots 10 || { not_ok "$way: pcscd"; return 1; }
		names=$(echo "$names" | awk '{ printf "%s %02X 00\n", $0, NR - 1 }')
		;;
	esac
}

# pcscd_start [OPTION OF pcsc-passthru-reader-conf]...: the guest's own, with our
# readers. It prints to /tmp/pcscd.log what goes wrong, or what $pcscd_log (an option of
# pcscd) asks for.
pcscd_log=
pcscd_start() {
	[ -z "$(pidof pcscd)" ] || return 0
	mkdir -p /run/pcscd /etc/reader.conf.d
	pcsc-passthru-reader-conf "$@" /etc/reader.conf.d/pcsc-passthru || return
	# Version 2 asks polkit who may, root as well, and these guests have none.
	polkit=
	! pcscd --help 2>&1 | grep -q -e --disable-polkit || polkit=--disable-polkit
	# shellcheck disable=SC2086 # an option or none
	pcscd --foreground $polkit $pcscd_log >/tmp/pcscd.log 2>&1 &
	until_true 20 test -S /run/pcscd/pcscd.comm
}

# pcscd_stop: done when it is gone
pcscd_stop() {
	[ -n "$(pidof pcscd)" ] || return 0
	# shellcheck disable=SC2046 # numbers
	kill $(pidof pcscd)
	until_true 20 no_pcscd
}
no_pcscd() {
	[ -z "$(pidof pcscd)" ]
}

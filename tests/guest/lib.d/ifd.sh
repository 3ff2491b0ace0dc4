# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The guest's own pcscd, told to log all that it does, and programs of it.

# ifd_start [OPTION OF pcsc-passthru-reader-conf]...
ifd_start() {
	# shellcheck disable=SC2034 # for pcscd_start
	pcscd_log=--debug
	pcscd_start "$@"
}

# ifd_stop: fails if it is gone already
ifd_stop() {
	[ -n "$(pidof pcscd)" ] && pcscd_stop
}

# reader N: the beginning of the name by which the guest has it
reader() {
	scard list | sed -n "s/^$1 //p"
}

# ifd N WORD...: one connection to reader N; the answers in one line
ifd() {
	ifd_reader=$(reader "$1")
	shift
	ifd-client "$ifd_reader" "$@" | tr '\n' ';'
}

# ifd_is N PRESENT|EMPTY...: whether the guest's pcscd says so of reader N
ifd_is() {
	scard state "$1" | grep -q "$2"
}

# logged TEXT: how many lines of pcscd's log have it
logged() {
	grep -c -- "$1" /tmp/pcscd.log
}

# at_host N APDU: the response that a program on the host gets
at_host() {
	host scard apdu "$1" "$(echo "$2" | tr -d ' ')"
}

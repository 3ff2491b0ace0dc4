# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The guest's own pcscd on our readers, and programs of it; it logs to /tmp/ifd.log.

# ifd_start [OPTION OF pcsc-passthru-reader-conf]...
ifd_start() {
	mkdir -p /run/pcscd /etc/reader.conf.d
	pcsc-passthru-reader-conf "$@" /etc/reader.conf.d/pcsc-passthru || return
	pcscd --foreground --debug >/tmp/ifd.log 2>&1 &
	until_true 20 test -S /run/pcscd/pcscd.comm
}

# ifd_stop: done when it is gone
ifd_stop() {
	kill "$(pidof pcscd)"
	until_true 20 ifd_gone
}
ifd_gone() {
	[ -z "$(pidof pcscd)" ]
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
	grep -c -- "$1" /tmp/ifd.log
}

# at_host N APDU: the response that a program on the host gets
at_host() {
	host scard apdu "$1" "$(echo "$2" | tr -d ' ')"
}

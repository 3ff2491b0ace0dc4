# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2034,SC2154 # for bench/inside, which sources this
#
# The paths of an APDU that are compared.

paths_ours='floor chardev chardev-armmp winscard sysfs ifd legacy'
paths_peers='usb-ccid vpcd-net'

# path PATH: sets
#	guest	where the client runs (see guests.sh), or host
#	client	the client, and how it reaches the card: a program and a way
#	way
#	max	so many bytes there and back at most
#	why	why no more
path() {
	max=65535 why=''
	guest=ours@vexpress-a15
	case $1 in
	floor) guest=host client=$out/host/client way=winscard ;;
	chardev) client=client way=cdev ;;
	chardev-armmp) guest=bare@vexpress-a15@armmp client=client way=cdev ;;
	winscard) client='LD_LIBRARY_PATH=/usr/lib/pcsc-passthru winscard' way=winscard ;;
	sysfs) client=client way=sysfs max=2040 why='one write to sysfs is less than a page of text' ;;
	ifd) guest=ours@vexpress-a15@pcscd client=winscard way=winscard ;;
	legacy)
		guest=bare@vexpress-a15@legacy client=client way=cdev max=255
		why='264 bytes is what the 2014 interface carries'
		;;
	usb-ccid)
		guest=usb-ccid@virt client=winscard way=winscard max=255
		why='short APDUs: a response above 372 bytes fails, after minutes'
		;;
	vpcd-net) guest=vpcd-net@virt client=winscard way=winscard ;;
	*) die "no such path: $1; there are: $paths_ours $paths_peers" ;;
	esac
}

# machine: of $guest
machine() {
	m=${guest#*@}
	printf '%s\n' "${m%%@*}"
}

# ask VERB ARGUMENT...: what $client on $guest prints
ask() {
	verb=$1
	shift
	case $guest in
	host) "$client" "$verb" "$way" "$@" ;;
	*) guest_ask "$guest" "$client $verb $way $*" ;;
	esac
}

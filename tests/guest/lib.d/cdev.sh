# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154 # controller_find() of reader.sh sets them
#
# Running the programs of tests/cdev, and what they ask for: `world` makes something
# happen outside the guest, `bindings` binds and unbinds our drivers.

# cdev_setup real|emulated: which back end QEMU has
cdev_setup() {
	if [ "$1" = real ]; then
		cat >/bin/world <<-'WORLD'
			#!/bin/sh
			case $1 in
			insert) exec host card insert "$2" test ;;
			remove) exec host card remove "$2" ;;
			reset) exec host scard reset "$2" ;;
			hold) exec host scard-start -s "$3" hold "$2" 600000 >/dev/null ;;
			release) exec host scard-stop >/dev/null ;;
			service) case $2 in up) w=start ;; *) w=stop ;; esac; exec host pcscd $w ;;
			esac
			exit 1
		WORLD
	else
		: >/emulated
		cat >/bin/world <<-'WORLD'
			#!/bin/sh
			[ "$1" != hold ] || set -- hold "$2"
			exec host qom-set /objects/readers event "$@"
		WORLD
	fi
	controller_find
	cat >/bin/bindings <<-BINDINGS
		#!/bin/sh
		case \$2 in
		reader) echo pcsc_reader.0 >$(readlink -f "$(attr 0 driver)")/\$1 ;;
		controller) echo ${controller_device##*/} >$controller_files/\$1 ;;
		esac
	BINDINGS
	chmod 755 /bin/world /bin/bindings
}

# cdev NAME: the results of cdev-NAME as subtests, and one for all
cdev() {
	echo "  KTAP version 1"
	{
		cdev_rc=0
		KSFT_TAP_LEVEL=1 "cdev-$1" 2>&1 || cdev_rc=$?
		echo $cdev_rc >/tmp/cdev-status
	} | grep -Ev '^# ( RUN| +OK|Starting|Totals)' | sed 's/^/  /'
	is "cdev-$1" "$(cat /tmp/cdev-status)" 0 || :
	diag "$(cut -d' ' -f1 /proc/uptime) s after boot"
}

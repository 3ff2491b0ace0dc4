# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154 # failslab.sh sets $debug
#
# No memory at all below one function of the module: where it has two ways to get some, no
# failure of one allocation is an error. After failslab_setup.

# starve FUNCTION
starve() {
	starve_range=$(awk '$4 == "[pcsc_passthru]" && $2 ~ /[tT]/ { print $1, $3 }' /proc/kallsyms |
		sort | awk -v name="$1" '
			begin { print begin, "0x" $1; exit }
			$2 == name { begin = "0x" $1 }')
	[ -n "$starve_range" ] || { echo "no function $1"; return 1; }
	for starve_kind in failslab fail_page_alloc; do
		echo "${starve_range% *}" >"$debug/$starve_kind/require-start"
		echo "${starve_range#* }" >"$debug/$starve_kind/require-end"
		echo 32 >"$debug/$starve_kind/stacktrace-depth"
		echo 1000000 >"$debug/$starve_kind/times"
		echo 100 >"$debug/$starve_kind/probability"
	done
}

# feed: there is memory again
feed() {
	for starve_kind in failslab fail_page_alloc; do
		echo 0 >"$debug/$starve_kind/probability"
	done
}

# nobody_holds: the card of reader 0, as the host says
nobody_holds() {
	! state_is 0 "  Shared Mode" && ! state_is 0 "  Exclusive Mode"
}

# starving NAME WANTED COMMAND...: it says ENOMEM while there is no memory for a buffer, and
# what is wanted when there is
starving() {
	starving_name=$1 starving_want=$2
	shift 2
	check "$starving_name: no memory" starve pcsc_buffer_alloc
	is "$starving_name: no buffer" "$("$@")" ENOMEM
	feed
	is "$starving_name: then" "$("$@")" "$starving_want"
}

# buffers 1|2: each call of the attributes that gets a buffer, on that version of the
# registers; then a host that wants the card for itself can have it
buffers() {
	reader_driver unbind 0
	reader_driver bind 0
	starving "the first connect" "" put 0 connect 1
	starving "transmit" "42 90 00" tx 0 '80 E0 00 00 01 42'
	check "disconnect" put 0 connect 0
	if [ "$1" = 1 ]; then
		# It has a buffer by now, and wants one for the ATR, when it holds the card already.
		check "connect: no memory" starve pcsc_buffer_alloc
		is "connect: no buffer" "$(put 0 connect 1)" ENOMEM
		feed
		check "connect: nobody holds the card" nobody_holds
		check "connect: then" put 0 connect 1
		check "connect: somebody does" state_is 0 "  Shared Mode"
	else
		starving "name" "$(get 0 name)" get 0 name
	fi
	check "disconnect again" put 0 connect 0
	check "share it with nobody" put 0 share_mode exclusive
	check "connect that" put 0 connect 1
	check "disconnect that" put 0 connect 0
	put 0 share_mode shared
}

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The module on a device that has the 2014 interface only.
# guest: --cards 0=test:3B021450,1=test
# guest: --qemu-arg -global --qemu-arg pcsc-passthru.version=1

# echo_apdu N: an ECHO of N bytes, in extended length if it must be
echo_apdu() {
	if [ "$1" -le 255 ]; then
		printf '80E00000%02X' "$1"
	else
		printf '80E0000000%04X' "$1"
	fi
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "%02X", i % 256 }'
}

ktap_begin
check "the module is on the 2014 interface" sh -c 'dmesg | grep -q "number of reader detected: 10"'
is "readers" "$(readers)" 10
is "inserted" "$(get 0 state)" "$(text_inserted)"
is "removed" "$(get 5 state)" "$(text_removed)"
is "transmit before connect" "$(tx 0 '80 E0 00 00')" ENOTCONN
is "connect without a card" "$(put 5 connect 1)" ENOMEDIUM
check "connect" put 0 connect 1
is "connected" "$(get 0 state)" "Reader State:
  Card inserted
  Shared Mode
Card Connected: [Yes]
ATR:3B 02 14 50"
is "SELECT" "$(tx 0 '00 A4 00 00 02 3F 00')" "90 00"
is "ECHO" "$(tx 0 '80 E0 00 00 03 01 02 03')" "01 02 03 90 00"
is "a status word" "$(tx 0 '80 E6 6A 82')" "6A 82"

# 264 bytes, the most that the interface carries, and one byte more
is "264 bytes" "$(tx 0 "$(echo_apdu 257)" | wc -c)" $(((257 + 2) * 3))
tx 0 '80 EC 00 00' >/dev/null
is "265 bytes" "$(tx 0 "80EC0100000102$(awk 'BEGIN { for (i = 0; i < 258; i++) printf "AA" }')")" EMSGSIZE
is "nothing was sent" "$(tx 0 '80 EC 00 00')" "00 90 00"

check "connect the other reader" put 1 connect 1
is "its answer" "$(tx 1 '80 E0 00 00 01 11')" "11 90 00"
check "disconnect" put 0 connect 0
is "transmit afterwards" "$(tx 0 '80 E0 00 00')" ENOTCONN
background /tmp/poll gt poll "$(attr 0 state)" 60000
host card remove 0
wait $!
is "poll wakes" "$(tail -n 1 /tmp/poll)" woken
check "the card is gone" until_true 10 state_is 0 '  Card removed'
host card insert 0 test
check "the card is back" until_true 10 state_is 0 '  Card inserted'
check "connect again" put 0 connect 1
is "transmit again" "$(tx 0 '80 E0 00 00 01 22')" "22 90 00"
check "kernel log" kernel_is_calm
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The table of the ABI document, row by row: QEMU's emulated card makes connect and
# transmit end with each PC/SC result, and the errno is the one that is written there.
# guest: --cards none --backend pcsc-backend-emulated,count=3,max-sessions=2
# guest: --add @top@/Documentation/ABI/testing/sysfs-bus-platform-pcsc-reader:/abi

sed -n 's/^ *PCSC_\([SEFW]_[A-Z_]*\) *\(0x[0-9a-f]*\) *\(E[A-Z]*\) .*/\1 \2 \3/p' /abi >/tmp/rows

ktap_begin
check "connect" put 0 connect 1
is "an honest command" "$(tx 0 '80 E0 00 00 01 42')" "42 90 00"
while read -r name code errno <&3; do
	put 0 connect 1
	check "$name: ordered" emulated fail 0 "$code"
	is "$name: transmit" "$(tx 0 '80 E0 00 00 01 42')" "$errno"
	put 0 connect 0
	emulated fail 0 "$code"
	is "$name: connect" "$(put 0 connect 1)" "$errno"
	is "$name: not connected then" "$(cat "$(attr 0 connect)")" 0
done 3</tmp/rows
is "all rows of the table" "$(wc -l </tmp/rows)" "$(grep -c '^  PCSC_[A-Z_]* *0x8' /abi)"
check "that is many" test "$(wc -l </tmp/rows)" -gt 20
check "connect" put 0 connect 1
is "an honest command" "$(tx 0 '80 E0 00 00 01 42')" "42 90 00"

# Two sessions are allowed
check "a second session" put 1 connect 1
is "one too many" "$(put 2 connect 1)" EUSERS
check "unplug the second reader" emulated unplug 1
check "its device goes" until_true 10 test ! -e "$(attr 1 state)"
check "and makes room" until_true 10 put 2 connect 1
check "plug it again" emulated plug 1
check "its device comes, with the same number" until_true 10 test -e "$(attr 1 state)"
check "kernel log" kernel_is_calm
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# A client that drives the registers of 2014 as the Linux driver of 2014 did, on a
# device that has version 2 beside them: interrupts, commands, lengths, errors.
# guest: --no-module --cards 0=test:3B951381018073FF01000B,2=test
# guest: --add @build@/module/@series@/tests/pcsc_client_2014.ko:/tests/client.ko

command=/sys/module/pcsc_client_2014/parameters/command
# run WORDS...: one command of the client; prints its result, or the errno
run() {
	gt put $command "$*" >/tmp/errno || { cat /tmp/errno; return; }
	cat $command
}
# bit N MASK: whether reader N's STATE, as the interrupt handler saw it, has MASK
bit() {
	[ $(($(run state "$1") & $2)) != 0 ]
}
bytes() {
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "%02X", i % 256 }'
}
spaced() {
	bytes "$1" | sed 's/../& /g; s/ $//'
}
present=0x20 empty=0x10 inuse=0x100

ktap_begin
check "insmod" insmod /tests/client.ko
check "it says so" sh -c 'dmesg | grep -q "number of reader detected: 10"'
is "number of readers" "$(run count)" 10
check "state: inserted" bit 0 $present
check "state: removed" bit 1 $empty
is "connect" "$(run connect 0)" "ATR 3B 95 13 81 01 80 73 FF 01 00 0B"
check "state: in use, told by interrupt" until_true 20 bit 0 $inuse
is "SELECT" "$(run transmit 0 00A40000023F00)" "90 00"
is "GET CHALLENGE" "$(run transmit 0 0084000008 | wc -w)" 10
is "ECHO" "$(run transmit 0 80E0000003A1B2C3)" "A1 B2 C3 90 00"
is "the longest short command" "$(run transmit 0 "80E00000FF$(bytes 255)00")" "$(spaced 255) 90 00"
is "the longest short response" "$(run transmit 0 80E20100)" "$(spaced 256) 90 00"
is "a response longer than the room" "$(run room 0 8 80E20010)" "6F 00"
is "and the next one" "$(run transmit 0 80E0000001A1)" "A1 90 00"
is "264 bytes" "$(run transmit 0 "80E00000000101$(bytes 257)" | wc -w)" 2
is "265 bytes" "$(run transmit 0 "80E00000000102$(bytes 258)")" "6F 00"
is "no bytes" "$(run transmit 0)" "6F 00"
is "a reader without a card" "$(run connect 1)" "no ATR"
is "transmit there" "$(run transmit 1 80E00000)" "6F 00"
is "disconnect" "$(run disconnect 0)" "done"
is "transmit afterwards" "$(run transmit 0 80E00000)" "6F 00"
is "connect again" "$(run connect 0)" "ATR 3B 95 13 81 01 80 73 FF 01 00 0B"

# Cards come and go
irqs=$(run irqs)
events=$(($(run state 0) >> 16))
host card remove 0
check "removed, told by interrupt" until_true 20 bit 0 $empty
check "there was an interrupt" test "$(run irqs)" -gt "$irqs"
is "IRQ_STATUS is clear" "$(run status)" 0x0
is "transmit to a card that went" "$(run transmit 0 80E00000)" "6F 00"
host card insert 0 test:3B021450
check "inserted, told by interrupt" until_true 20 bit 0 $present
check "the event counter counts" test $(($(run state 0) >> 16)) -gt "$events"
is "a card without T=1" "$(run connect 0)" "no ATR"
host card insert 0 test:3B82011450C7
check "connect to another" until_true 20 sh -c "echo connect 0 >$command; grep -qx 'ATR 3B 82 01 14 50 C7' $command"
is "transmit" "$(run transmit 0 80E0000001A2)" "A2 90 00"

# pcscd goes: the guest goes on
host pcscd stop
is "transmit without pcscd" "$(run transmit 0 80E00000)" "6F 00"
is "connect without pcscd" "$(run connect 0)" "no ATR"
host pcscd start
check "with it" until_true 30 sh -c "echo connect 0 >$command; grep -q ^ATR $command"
is "transmit" "$(run transmit 0 80E0000001A3)" "A3 90 00"
check "rmmod" rmmod pcsc_client_2014
check "kernel log" kernel_is_calm
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# A client that drives the registers of 2014 as OP-TEE did: physical addresses, no
# interrupt, STATE read once, 23 bytes of room for the ATR, 2 for SELECT's answer.
# guest: --no-module --cards 0=test:3B951381018073FF01000B,2=test
# guest: --add @build@/module/@series@/tests/pcsc_client_optee.ko:/tests/client.ko

command=/sys/module/pcsc_client_optee/parameters/command
# run WORDS...: one command of the client; prints its result, or the errno
run() {
	gt put $command "$*" >/tmp/errno || { cat /tmp/errno; return; }
	cat $command
}
# bit N MASK: whether reader N's STATE, as it was at boot, has MASK
bit() {
	[ $(($(run state "$1") & $2)) != 0 ]
}
present=0x20 empty=0x10

ktap_begin
check "insmod" insmod /tests/client.ko
is "number of readers" "$(run count)" 10
check "the first STATE: inserted" bit 0 $present
check "the first STATE: another" bit 2 $present
check "the first STATE: removed" bit 1 $empty
is "connect" "$(run connect 0)" "ATR 3B 95 13 81 01 80 73 FF 01 00 0B"
is "connect the other" "$(run connect 2)" "ATR 3B 88 80 11 FE 50 43 53 43 54 45 53 54 F2"
is "SELECT" "$(run select 0 A0000000030000)" "90 00"
is "SELECT, 16 bytes" "$(run select 2 000102030405060708090A0B0C0D0E0F)" "90 00"
is "ECHO" "$(run transmit 0 80E0000003010203)" "01 02 03 90 00"
is "a card's own error" "$(run transmit 0 80E66A82)" "6A 82"
is "the longest response" "$(run transmit 2 80E20100 | wc -w)" 258
is "disconnect" "$(run disconnect 0)" "done"
is "transmit afterwards" "$(run transmit 0 80E00000)" "6F 00"
is "a reader without a card" "$(run connect 1)" "no ATR"
is "SELECT there" "$(run select 1 A000000003)" "6F 00"
is "connect again" "$(run connect 0)" "ATR 3B 95 13 81 01 80 73 FF 01 00 0B"
host card remove 0
is "SELECT on a card that went" "$(run select 0 A000000003)" "6F 00"
host card insert 0 test:3B951381018073FF01000B
check "connect to a new card" until_true 20 \
	sh -c "echo connect 0 >$command; grep -q '^ATR 3B 95' $command"
is "SELECT on it" "$(run select 0 A000000003)" "90 00"
is "the other reader" "$(run transmit 2 80E000000155)" "55 90 00"
check "rmmod" rmmod pcsc_client_optee
check "kernel log" kernel_is_calm
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The guest suspended to idle and woken by its clock: connected, with commands under way,
# and with a card that goes meanwhile.
# once: yes
# 6.1-debug and 6.1-arm64-kcsan do not wake from suspend to idle, whether our module is
# there or not, and the clock of the RISC-V board has no alarm to wake by.
# not on: 6.1-debug 6.1-arm64-kcsan riscv64
# guest: --cards 0=test,2=test,4=test --smp 2 --programs --packages libpcsclite1
# guest: --add @programs@/scard:/bin/scard

works() {
	put "$1" connect 1 && [ "$(tx "$1" '80 E0 00 00 02 C0 DE')" = "C0 DE 90 00" ]
}
now_s() {
	cat /sys/class/rtc/rtc0/since_epoch
}
# nap SECONDS: sleeps that long; fails if it did not
nap() {
	echo 0 >/sys/class/rtc/rtc0/wakealarm
	echo "+$1" >/sys/class/rtc/rtc0/wakealarm
	nap_from=$(now_s)
	sh -c 'echo freeze >/sys/power/state' || return
	[ $(($(now_s) - nap_from)) -ge $(($1 - 1)) ]
}
# by_library N HEX: by a program whose commands no signal interrupts but one that ends it
by_library() {
	LD_LIBRARY_PATH=/usr/lib/pcsc-passthru scard apdu "$@"
}

ktap_begin
check "the kernel can" grep -qw freeze /sys/power/state
check "readers work" eval 'works 0 && works 2 && works 4'
check "verify" test "$(tx 0 '80 EC 01 00')" = "90 00"
check "sleep" nap 3
is "connected: still so" "$(get 0 connect)" 1
is "connected: and the card is as it was" "$(tx 0 '80 EC 00 00')" "01 90 00"

# Whoever waits is woken before all sleep, and hears that his command may have been done.
gt transmit "$(attr 0 transmit)" '80 E4 13 88' >/tmp/sysfs &
sysfs=$!
pcsc-reader apdu -r 2 80E41388 >/tmp/reader 2>&1 &
reader=$!
sleep 1
check "sleep with commands under way" nap 3
wait $sysfs
wait $reader
is "pcsc-reader: status" $? 10
is "the command by sysfs" "$(cat /tmp/sysfs)" EINTR
like "the command by pcsc-reader" "$(cat /tmp/reader)" "pcsc-reader: reader 2: * interrupted*"
check "afterwards both work" until_true 20 eval 'works 0 && works 2'

# But a card that such a program waits for is waited for by all, and not for ever.
by_library 2 80E40FA0 >/tmp/library &
library=$!
sleep 1
check "sleep with a command that is not interrupted" nap 10
wait $library
is "it had its answer first" "$(cat /tmp/library)" "90 00"
by_library 2 80E488B8 >/tmp/library 2>&1 &
library=$!
sleep 1
start=$(uptime_s)
is "a card that takes too long for that" "$(nap 60 2>&1 | grep -o 'Device or resource busy')" \
	"Device or resource busy"
diag "it was tried for $(($(uptime_s) - start)) s"
check "readers work" eval 'works 0 && works 4'
wait $library
is "it has its answer" "$(cat /tmp/library)" "90 00"

before=$(get 4 events)
host later 2 card remove 4
check "sleep while a card goes" nap 5
check "the guest has seen it" until_true 10 state_is 4 '  Card removed'
check "and counted it" test "$(get 4 events)" -gt "$before"
is "its connection is over" "$(tx 4 '80 E0 00 00')" ENOLINK
host card insert 4 test
check "another card works" until_true 20 works 4
check "kernel log" kernel_is_calm
ktap_end

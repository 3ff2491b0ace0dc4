# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# No pcscd at boot: no readers, and no harm. Then there is one.
# guest: --no-pcscd --cards 0=test

ten() {
	[ "$(readers)" = 10 ]
}
ten_uevents() {
	[ "$(grep -c '^add@.*/pcsc_reader\.[0-9] .*SUBSYSTEM=platform' /tmp/uevents)" = 10 ]
}

ktap_begin
check "insmod finds none" sh -c 'dmesg | grep -q "number of reader detected: 0"'
is "no reader" "$(readers)" 0
background /tmp/uevents gt uevents
uevents=$!
check "pcscd starts" host pcscd start
check "ten readers come" until_true 30 ten
check "with a uevent each" until_true 10 ten_uevents
kill "$uevents"
check "the card is seen" until_true 20 state_is 0 '  Card inserted'
check "connect" put 0 connect 1
is "transmit" "$(tx 0 '80 E0 00 00 01 77')" "77 90 00"
check "pcscd stops" host pcscd stop
check "the readers stay, unavailable" until_true 20 state_is 0 '  Unavailable'
check "there are still ten" ten
check "pcscd starts again" host pcscd start
check "connect again" until_true 30 put 0 connect 1
is "transmit again" "$(tx 0 '80 E0 00 00 01 78')" "78 90 00"
check "kernel log" kernel_is_calm
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# A session in trouble: signals, time-outs, a verified PIN that must not outlive
# it, and another client on the host that shares, holds or resets the card.
# guest: --cards 0=test,2=test,4=test

verified='80 EC 00 00'		# 00 or 01, and 90 00
verify='80 EC 01 00'
slow='80 E4 9C 40'		# 40 s
echo_apdu='80 E0 00 00 01 42'
echo_answer='42 90 00'

ktap_begin
check "connect" put 0 connect 1

# A signal ends the wait at once, though its handler restarts system calls.
start=$(uptime_s)
gt transmit "$(attr 0 transmit)" "$slow" >/tmp/signalled &
transmit=$!
sleep 1
kill -USR1 $transmit
wait $transmit
is "a signal during transmit" "$(cat /tmp/signalled)" EINTR
check "it did not wait for the card" test $(($(uptime_s) - start)) -lt 20

# So does the time-out that is set.
check "connect" put 2 connect 1
check "a time-out of 1 s" put 2 timeout_ms 1000
start=$(uptime_s)
is "a card that is later" "$(tx 2 "$slow")" ETIMEDOUT
check "it did not wait for the card" test $(($(uptime_s) - start)) -lt 20
is "the other readers go on" "$(put 4 connect 1; tx 4 "$echo_apdu")" "$echo_answer"

# What was verified in a session ends with it, unless told otherwise.
check "verify" test "$(tx 4 "$verify")" = "90 00"
is "verified" "$(tx 4 "$verified")" "01 90 00"
put 4 connect 0
put 4 connect 1
is "after a disconnect" "$(tx 4 "$verified")" "00 90 00"
tx 4 "$verify" >/dev/null
put 4 disposition leave
put 4 connect 0
put 4 connect 1
is "after a disconnect that leaves the card" "$(tx 4 "$verified")" "01 90 00"
put 4 disposition reset
rmmod pcsc_passthru
insmod "$(find /lib/modules / -xdev -name pcsc_passthru.ko 2>/dev/null | head -n 1)"
put 4 connect 1
is "after the module went" "$(tx 4 "$verified")" "00 90 00"

# Another client
host scard-start hold 4 60000
is "shared with another client" "$(tx 4 "$echo_apdu")" "$echo_answer"
put 4 connect 0
put 4 share_mode exclusive
is "exclusive while another is connected" "$(put 4 connect 1)" EBUSY
put 4 share_mode shared
check "shared works" put 4 connect 1
host scard-stop
put 4 connect 0
host scard-start -s exclusive hold 4 60000
is "shared while another is exclusive" "$(put 4 connect 1)" EBUSY
# pcsc-lite tells nobody that a reader is not free any more, and pcscd itself sees it
# only with its next look at the reader: an attempt to connect brings `state` up to date.
refused() {
	put 4 connect 1
	state_is 4 '  Exclusive Mode'
}
check "state says so" until_true 10 refused
host scard-stop
check "afterwards it works" put 4 connect 1
check "another client resets the card" host scard reset 4
is "transmit after that" "$(tx 4 "$echo_apdu")" ECONNRESET
is "and again" "$(tx 4 "$echo_apdu")" ECONNRESET
check "connect" put 4 connect 1
is "transmit works" "$(tx 4 "$echo_apdu")" "$echo_answer"

# And the guest in the other's way
put 4 connect 0
put 4 share_mode exclusive
put 4 connect 1
like "the guest is exclusive" "$(host scard status 4 2>&1)" "*SHARING_VIOLATION*"
check "state says so" until_true 10 state_is 4 '  Exclusive Mode'
put 4 connect 0
check "the guest is done" host scard status 4

# A card that goes takes the connection along, at the host, too
put 4 share_mode shared
check "connect" put 4 connect 1
check "the card goes" host card remove 4
check "and another comes" host card insert 4 test
not_inuse() {
	host scard state 4 | grep -q PRESENT && ! host scard state 4 | grep -q INUSE
}
check "nobody holds that one" until_true 10 not_inuse
check "kernel log" kernel_is_calm
ktap_end

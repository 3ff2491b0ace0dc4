# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# Cards that misbehave, as Documentation/faults.md has them: what the guest sees, that
# nobody else is disturbed, and what it takes until the reader works again.
# lib: works
# once: yes
# guest: --cards 0=test,2=test --smp 2

# again NAME: another card in slot 0, and it works
again() {
	check "$1: another card" host card insert 0 test
	check "$1: the reader works again" until_true 20 works 0
	check "$1: another reader works" works 2
}
# gone NAME: the reader has noticed that its card is not there
gone() {
	check "$1: the card is gone" until_true 10 state_is 0 '  Card removed'
	is "$1: connect reads" "$(get 0 connect)" 0
	is "$1: the next command" "$(tx 0 '80 E0 00 00')" ENOLINK
	is "$1: connect" "$(put 0 connect 1)" ENOMEDIUM
}
# busy HEX: a command to reader 0 beside; its end goes to /tmp/busy
busy() {
	gt transmit "$(attr 0 transmit)" "$1" >/tmp/busy &
	busy=$!
	sleep 1
}

ktap_begin
check "reader 0 works" works 0
check "reader 2 works" works 2

is "one byte" "$(tx 0 '80 E8 02 00')" 90
is "one byte: the next command" "$(tx 0 '80 E0 00 00 01 01')" "01 90 00"

is "nothing" "$(tx 0 '80 E8 03 00')" ENOLINK
is "nothing: there is no response" "$(get 0 transmit)" ""
gone nothing
again nothing

# More than vpcd can carry: pcscd gets what fits, and the guest what pcscd gets.
tx 0 '80 E8 04 00' >/tmp/long
is "too long: as much as the host's reader carries" "$(wc -w </tmp/long)" 65535
gone "too long"
again "too long"

# The pulled card, and the card that is killed: of these two the host cannot tell.
within 20 "pulled by the command" ENOLINK tx 0 '80 E8 01 00'
gone pulled
again pulled
busy '80 E4 9C 40'
check "killed during a command" host card remove 0
within 20 "killed: the command, which its card would have taken 40 s for" ENOLINK busy_end
wait $busy
gone killed
again killed

# Late, but in time; later than that, and the answer belongs to nobody.
is "late" "$(tx 0 '80 E4 07 D0')" "90 00"
put 0 timeout_ms 1000
is "too late" "$(tx 0 '80 E4 0F A0')" ETIMEDOUT
is "too late: connect reads" "$(get 0 connect)" 1
put 0 timeout_ms 60000
is "too late: the next command gets its own answer" "$(tx 0 '80 E0 00 00 01 02')" "02 90 00"

# Never: the command ends, its call at the host does not; only the card can end that.
put 0 timeout_ms 1000
start=$(uptime_s)
is "never" "$(tx 0 '80 E8 00 00')" ETIMEDOUT
check "never: the guest waits no longer than it said" test $(($(uptime_s) - start)) -lt 15
is "never: the next command" "$(tx 0 '80 E0 00 00 01 03')" ETIMEDOUT
check "never: another reader works" works 2
for verb in unbind bind; do
	within 20 "never: $verb" "" reader_driver $verb 0
done
check "never: the card is taken out" host card remove 0
again never
check "kernel log" kernel_is_calm
ktap_end

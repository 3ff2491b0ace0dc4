# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The module out and in again, 50 times, and its drivers unbound and bound: idle,
# connected, with a transmission under way and with a file open. The debug kernel delays
# the release of objects, for which rmmod waits: a quarter of a minute each time. There
# kmemleak.sh does it 50 times.
# guest: --cards 0=test,2=test,4=test,6=test --smp 2

rounds=50
case $(uname -r) in *-debug) rounds=10 ;; esac

# works: connects, and the answer is the right one; else prints what came
works() {
	put 0 connect 1 || return
	works_got=$(tx 0 '80 E0 00 00 01 5A')
	[ "$works_got" = "5A 90 00" ] || { echo "$works_got"; return 1; }
}
# quickly COMMAND...: runs COMMAND, which must not wait for a card
quickly() {
	start=$(uptime_s)
	"$@" || return 1
	[ $(($(uptime_s) - start)) -le 30 ] || { echo "took $(($(uptime_s) - start)) s"; return 1; }
}
ten() {
	[ "$(readers)" = 10 ]
}
none() {
	[ "$(readers)" = 0 ]
}
# busy N: a transmission on reader N that takes 40 s (each time another reader: the
# card goes on with it, and so does the driver in pcscd, which serves two slots)
busy() {
	put "$1" connect 1
	gt transmit "$(attr "$1" transmit)" '80 E4 9C 40' >/tmp/busy &
	busy=$!
	sleep 1
}

ktap_begin
check "it works" works
module=$(find /lib/modules / -xdev -name pcsc_passthru.ko 2>/dev/null | head -n 1)
check "the module's file" test -n "$module"
bad='' round=1
while [ -z "$bad" ] && [ $round -le $rounds ]; do
	rmmod pcsc_passthru || bad="$bad $round:rmmod"
	none || bad="$bad $round:left"
	insmod "$module" || bad="$bad $round:insmod"
	ten || bad="$bad $round:readers"
	works >/tmp/works || bad="$bad $round:$(cat /tmp/works)"
	round=$((round + 1))
done
is "wrong in $rounds rounds" "$bad" ""

# With a file open
background /tmp/hold gt hold "$(attr 0 state)" r
hold=$!
check "rmmod with state open" quickly rmmod pcsc_passthru
finish "$hold"
is "what the open file says" "$(tail -n 1 /tmp/hold)" ENODEV
check "insmod" insmod "$module"
check "it works" works

# With a transmission under way
busy 2
check "rmmod with a transmission under way" quickly rmmod pcsc_passthru
wait "$busy"
is "the transmission's end" "$(cat /tmp/busy)" ENODEV
check "insmod" insmod "$module"
check "it works" works

# A reader alone
check "unbind a reader" reader_driver unbind 0
check "its attributes are gone" test ! -e "$(attr 0 state)"
check "bind it" reader_driver bind 0
check "it works" works
busy 4
check "unbind a reader with a transmission under way" quickly reader_driver unbind 4
wait "$busy"
is "the transmission's end" "$(cat /tmp/busy)" ENODEV
check "bind it" reader_driver bind 4
check "another reader works" works

# The controller
controller_find
bad='' round=1
while [ -z "$bad" ] && [ $round -le 10 ]; do
	controller_driver unbind || bad="$bad $round:unbind"
	none || bad="$bad $round:left"
	controller_driver bind || bad="$bad $round:bind"
	works >/tmp/works || bad="$bad $round:$(cat /tmp/works)"
	round=$((round + 1))
done
is "wrong in 10 rounds of unbind and bind" "$bad" ""
busy 6
check "unbind it with a transmission under way" quickly controller_driver unbind
wait "$busy"
is "the transmission's end" "$(cat /tmp/busy)" ENODEV
check "bind it" controller_driver bind
check "it works" works
check "kernel log" kernel_is_calm
ktap_end

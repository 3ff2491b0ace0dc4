# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# pcsc-reader monitor: cards and readers that come and go, as they do; it sleeps in
# between.  Then attributes and control codes, on a reader that has them.
# once: yes
# guest: --programs --cards none
# guest: --backend pcsc-backend-emulated,count=5,cards=0;2,allow-control=on

# shows TEXT: whether the monitor has printed such a line
shows() {
	grep -qE "^$1" /tmp/monitor
}
# naps: how often the monitor has gone to sleep
naps() {
	sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$monitor/status"
}

controller_find
ktap_begin
background /tmp/monitor pcsc-reader monitor
monitor=$!
check "how things are" until_true 10 shows 'now  *4 .*\[empty\]$'
is "all readers" "$(grep -c ^now /tmp/monitor)" 5
before=$(naps)
sleep 3
is "it sleeps while nothing happens" "$(naps)" "$before"
check "a card goes" emulated remove 2
check "seen" until_true 10 shows 'card-removed  *2 .*\[empty\]$'
check "a card comes" emulated insert 2
check "seen" until_true 10 shows 'card-inserted  *2 .*\[card\]$'
check "a reader leaves the host" emulated unplug 3
check "seen" until_true 10 shows 'reader-removed  *3 '
check "it returns" emulated plug 3
check "seen" until_true 10 shows 'reader-added  *3 '
check "the driver is unbound" controller_driver unbind
check "seen" until_true 10 shows 'reader-removed  *4 '
check "and bound" controller_driver bind
check "seen" until_true 10 shows 'reader-added  *4 .*\[empty\]$'
check "a card of theirs goes" emulated remove 0
check "seen" until_true 10 shows 'card-removed  *0 '
kill -TERM "$monitor"
wait "$monitor"
is "SIGTERM ends it" "$?" 143
is "no reader came or left twice" "$(grep -c '^reader' /tmp/monitor)" 12
emulated insert 0

background /tmp/monitor pcsc-reader monitor --json -r 2 -n 2
monitor=$!
emulated remove 2
until_true 10 grep -q card-removed /tmp/monitor
emulated insert 2
wait "$monitor"
is "-n ends it" "$?" 0
is "JSON" "$(gt json /tmp/monitor)" "lines 3 wrong 0"
is "its events" "$(sed 's/^{"event":"\([a-z-]*\)","reader":2,.*/\1/' /tmp/monitor | tr '\n' ' ')" \
	"now card-removed card-inserted "
pcsc-reader monitor -q -n 1 -t 500 >/tmp/out 2>/tmp/err
is "status 7: no event in time" "$?" 7
is "-q: not how things are" "$(cat /tmp/out)" ""
check "a time-out alone is its end" pcsc-reader monitor -q -t 100

is "an attribute by name" "$(pcsc-reader attrib atr-string)" \
	"$(pcsc-reader atr | sed -n 's/^ATR //p')"
is "by number" "$(pcsc-reader attrib 0x90303)" "$(pcsc-reader attrib atr-string)"
pcsc-reader attrib 0x12345678 >/tmp/out 2>/tmp/err
is "status 10: one that it does not have" "$?" 10
pcsc-reader attrib nonsense >/tmp/out 2>/tmp/err
is "status 2: no attribute" "$?" 2
is "control" "$(pcsc-reader control 0x42000001 '01 02 03')" "01 02 03"
pcsc-reader --json control 0x42000001 0102 >/tmp/json
is "as JSON" "$(gt json /tmp/json)" "lines 1 wrong 0"
is "an empty reader has attributes, too" "$(pcsc-reader attrib vendor-name -r 4 | grep -c .)" 1

# No readers at all
controller_driver unbind
pcsc-reader list >/tmp/out 2>/tmp/err
is "status 3: no readers" "$?" 3
like "it says why" "$(cat /tmp/err)" "*does its pcscd run*"
check "kernel log" kernel_is_calm
rmmod pcsc_passthru
pcsc-reader list >/tmp/out 2>/tmp/err
is "status 3: no driver" "$?" 3
like "it says so" "$(cat /tmp/err)" "*the driver is not loaded*"
ktap_end

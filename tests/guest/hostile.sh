# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# A device that lies, QEMU's pcsc-hostile: each lie gets its errno, in bounded time, and
# the next honest command succeeds. A storm of interrupts holds the only processor until
# the kernel ends it, which on a busy host is longer than its watchdogs like.
# lib: hostile
# once: yes
# guest: --append nosoftlockup --append rcupdate.rcu_cpu_stall_suppress=1
# guest: --cards none --backend pcsc-backend-emulated,count=2
# guest: --qemu-arg -device --qemu-arg pcsc-hostile,id=liar

echo_apdu='80 E0 00 00 01 42'
echo_answer='42 90 00'

ktap_begin
controller_find

# What the device says of itself, when the driver is bound
while read -r name words <&3; do
	refused "$name" EINVAL "$words"
done 3<<EOS
no-command read:0x414:0
no-length read:0x418:0
length-for-no-name read:0x418:127
no-default-time-out read:0x41c:0
no-longest-time-out read:0x420:0
default-above-longest read:0x420:1
EOS
refused "a reset that never ends" ETIMEDOUT read:0x430:2
while read -r words <&3; do
	accepted "$words" 2 "$words"
	recovers "$words"
done 3<<EOS
read:0x414:1
read:0x414:65
read:0x414:0xffffffff
read:0x418:65549
read:0x418:0xffffffff
read:0x410:0xffffffff
read:0x40c:33
read:0x40c:0x80000000
read:0x40c:0xffffffff
read:0x408:0xffffffff
EOS
accepted "time-outs without end" 2 read:0x41c:0xffffffff read:0x420:0xffffffff
is "time-outs without end: an hour by default" "$(get 0 timeout_ms)" 3600000
is "time-outs without end: an hour at most" "$(put 0 timeout_ms 3600001)" ERANGE
recovers "time-outs without end"
accepted "no session" 2 read:0x410:0
is "no session: connect" "$(put 0 connect 1)" EUSERS
accepted "one session" 2 read:0x410:1
recovers "one session"
is "one session: another" "$(put 1 connect 1)" EUSERS

# Numbers of sessions that are in use at the device only: the next one is tried at once, and
# those come back when no session is left that would be lost.
accepted "two sessions" 2 read:0x410:2
lie "op:1 answer word:0x40:0x80100003"
within 60 "all numbers in use, it says: connect" EUSERS put 0 connect 1
recovers "all numbers in use"
check "all numbers in use: then for two" put 1 connect 1
lie "op:2 answer"
check "a CLOSE that was none" reader_driver unbind 0
check "the next user of that reader" reader_driver bind 0
lie
is "the number of a CLOSE that was none" "$(put 0 connect 1)" EUSERS
is "then the other session" "$(tx 1 "$echo_apdu")" "$echo_answer"
check "the end of the other session" reader_driver unbind 1
check "the next user of the other reader" reader_driver bind 1
recovers "a CLOSE that was none"
check "a CLOSE that was none: then for two" put 1 connect 1
connected read:0x410:3
lie "op:2 answer"
check "a CLOSE that was none, with a number left" reader_driver unbind 0
check "the next user of that reader" reader_driver bind 0
lie
check "a CLOSE that was none, with a number left: connect" put 0 connect 1
is "then the other session" "$(tx 1 "$echo_apdu")" "$echo_answer"

# How many readers there are
while read -r n words <&3; do
	accepted "$words" "$n" "$words"
	honest
	recovers "$words"
done 3<<EOS
0 read:0x40c:0
0 read:0x0:0x02000000
1 read:0x0:0x02000001 read:0x470:0xffffffff
2 read:0x0:0x02000021
2 read:0x0:0x020000ff
0 read:0x0:0x80000000
0 read:0x470:0
32 read:0x0:0x02000021 read:0x470:0xffffffff
32 read:0x0:0xffffffff read:0x40c:0xffffffff read:0x470:0xffffffff
EOS
accepted "so many" 32 read:0x0:0xffffffff read:0x40c:0xffffffff read:0x470:0xffffffff
is "one that is not there: connect" "$(put 31 connect 1)" ENODEV
is "one that is not there: name" "$(get 31 name)" ENODEV
recovers "readers that are not there beside it"
honest

# Answers
connected
while read -r errno words <&3; do
	lie "op:7 answer $words"
	within 60 "transmit: $words" "$errno" tx 0 "$echo_apdu"
	recovers "transmit: $words"
done 3<<EOS
EBADMSG word:0x44:65549
EBADMSG word:0x44:0x80000000
EBADMSG word:0x44:0xffffffff
EBADMSG word:0x50:34
EBADMSG word:0x50:0xffffffff
EBADMSG word:0x40:0x8010000a word:0x50:0xffffffff
EOVERFLOW word:0x40:0x80100008 word:0x44:0xffffffff
EIO word:0x40:0x12345678
EIO word:0x40:0xffffffff
ECANCELED word:0x40:0x80100002
EOS
while read -r errno words <&3; do
	put 0 connect 0
	lie "op:3 answer $words"
	within 60 "connect: $words" "$errno" put 0 connect 1
	is "connect: $words: not connected" "$(get 0 connect)" 0
	recovers "connect: $words"
done 3<<EOS
EBADMSG word:0x44:1
EBADMSG word:0x50:34
EBADMSG word:0x50:0xffffffff
EIO word:0x40:1
EOS
# So may the answer to the OPEN that a reader's first connect needs.
while read -r errno words <&3; do
	reader_driver unbind 0
	reader_driver bind 0
	lie "op:1 answer $words"
	within 60 "open: $words" "$errno" put 0 connect 1
	recovers "open: $words"
done 3<<EOS
EBADMSG word:0x44:1
EBADMSG word:0x50:34
EIO word:0x40:0x12345678
ECANCELED word:0x40:0x80100002
ENOMEM word:0x40:0x80100006
EOS

# Names and answers to reset
put 0 connect 0
while read -r verb want words <&3; do
	lie "answer $words"
	within 60 "$verb: $(echo "$words" | cut -c1-24)" "$(printf '%b' "$want")" get 0 "$verb"
	recovers "$verb"
	put 0 connect 0
done 3<<EOS
name EBADMSG word:0x44:129
name EBADMSG word:0x44:0xffffffff
name EBADMSG word:0x50:0xffffffff
name A?B?C?D data:4100420a431b44
name \0377\0376 data:fffe
name ???\0201 data:090d7f81
name $(repeat 128 A) data:$(repeat 128 41)
atr EBADMSG word:0x50:34
atr EBADMSG word:0x44:1
atr EBADMSG word:0x50:0xffffffff
atr ENOMEDIUM word:0x50:0
EOS
put 0 connect 0
lie "answer word:0x50:33 $(for i in 54 58 5c 60 64 68 6c 70 74; do echo "word:0x$i:0xffffffff"; done | tr '\n' ' ')"
is "atr: 33 odd bytes" "$(get 0 atr)" "$(repeat 32 'FF ')FF"
recovers "atr: 33 odd bytes"

# Completions that nobody waits for
connected
lie "op:7 stale data:DEAD"
is "an answer with an old tag before the real one" "$(tx 0 '80 E4 00 C8')" "90 00"
lie "op:7 twice data:ABCD9000"
is "an answer that comes twice" "$(tx 0 "$echo_apdu")" "AB CD 90 00"
is "what is asked meanwhile" "$(tx 1 "$echo_apdu")" "AB CD 90 00"
sleep 1
recovers "twice"
lie "op:7 twice data:ABCD9000"
is "once more" "$(tx 0 "$echo_apdu")" "AB CD 90 00"
lie
is "its second answer finds another command" "$(tx 0 '80 E4 03 E8')" "90 00"
recovers "twice"
for i in 0 5 63; do
	n=$(interrupts)
	lie "done:$i"
	check "done with descriptor $i: an interrupt" until_true 20 interrupts_above "$n"
	recovers "done with descriptor $i, which was not in use"
done
lie "op:7 early word:0x44:0xffffffff"
is "done before the answer is there" "$(tx 0 "$echo_apdu")" EBADMSG
sleep 1
recovers "early"

# States
lie "read:0x800:0xffffffff read:0x804:0xffffffff"
like "a reader in all states at once" "$(get 0 state)" "Reader State:*"
is "its events" "$(get 0 events)" 65535
recovers "all states"
lie "count:0x804:0"
is "events that go on and on: the card went" "$(get 0 connect)" 0
is "events that go on and on: transmit" "$(tx 0 "$echo_apdu")" ENOLINK
recovers "events that go on and on"
lie "count:0x808:1000"
happens
check "a generation that changes all the time" until_true 30 connect_is ENODEV
lie
happens
check "generations: then connect" until_true 20 put 0 connect 1
recovers "generations"

# Interrupts
case $(uname -m) in
# That machine's interrupt controller in QEMU does not look at the line again.
riscv64) skip "no cause at all" "a line that stays high is one interrupt there" ;;
*) storm "no cause at all" line:high ;;
esac
storm "DONE of all descriptors" line:high read:0x440:1 read:0x450:0xffffffff read:0x454:0xffffffff
storm "CHANGED for ever" line:high read:0x440:2 read:0x478:0xffffffff
storm "ERROR for ever" line:high read:0x440:4 read:0x448:0xffffffff
connected
put 0 timeout_ms 1000
lie line:low
within 60 "no interrupt" "90 00" tx 0 '80 E4 01 2C'
recovers "no interrupt"

# Commands that never end
lie "op:7 drop"
within 60 "a command that never ends" ETIMEDOUT tx 0 "$echo_apdu"
is "the device was reset then" "$(tx 0 "$echo_apdu")" ECONNRESET
recovers "a command that never ended"
lie "op:7 drop read:0x430:2"
within 90 "nor does the reset" EIO tx 0 "$echo_apdu"
lie
is "the device is given up: transmit" "$(tx 0 "$echo_apdu")" ECONNRESET
is "the device is given up: disconnect" "$(put 0 connect 0)" ""
is "the device is given up: then transmit" "$(tx 0 "$echo_apdu")" ENOTCONN
is "the device is given up: connect" "$(put 0 connect 1)" EIO
is "the device is given up: name" "$(get 0 name)" EIO
within 30 "unbind" "" controller unbind
honest
recovers "bound again"

# The interface of 2014
while read -r n words <&3; do
	accepted "$words" "$n" "$words"
	honest
	recovers "$words"
done 3<<EOS
0 read:0x0:0
2 read:0x0:2
32 read:0x0:33
32 read:0x0:255
2 read:0x0:0x02000002 read:0x400:0
2 read:0x0:0x02000002 read:0x404:0x00030000
EOS
v1=read:0x0:2
connected "$v1"
while read -r errno words <&3; do
	lie "$v1 $words"
	within 60 "version 1, transmit: $words" "$errno" tx 0 "$echo_apdu"
	lie "$v1"
	is "version 1, transmit: $words: works" "$(tx 0 "$echo_apdu")" "$echo_answer"
done 3<<EOS
EBADMSG read:0x1c:265
EBADMSG read:0x1c:0xffffffff
EREMOTEIO read:0x1c:0
EOS
while read -r errno words <&3; do
	put 0 connect 0
	lie "$v1 $words"
	within 60 "version 1, connect: $words" "$errno" put 0 connect 1
	lie "$v1"
	check "version 1, connect: $words: works" put 0 connect 1
	is "version 1, connect: $words: works" "$(tx 0 "$echo_apdu")" "$echo_answer"
done 3<<EOS
EBADMSG read:0x20:34
EBADMSG read:0x20:0xffffffff
EPROTO read:0x20:0
EOS
storm_begins "$v1 line:high read:0x4:1"
storm_ends "version 1: CHANGED for ever"
lie "$v1"
is "version 1: a storm that is over" "$(tx 0 "$echo_apdu")" "$echo_answer"
honest
recovers "version 2"
check "kernel log" kernel_is_calm
ktap_end

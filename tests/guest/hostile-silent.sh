# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# A device that lies, QEMU's pcsc-hostile, to the calls of the character device, and one that
# keeps commands: whatever it keeps, nobody waits for ever, and nothing stays lost.
# lib: hostile cdev
# once: yes
# guest: --add @programs@/cdev-lies:/bin/cdev-lies
# guest: --cards none --backend pcsc-backend-emulated,count=2,allow-control=on
# guest: --qemu-arg -device --qemu-arg pcsc-hostile,id=liar

# At bind: a command has one second, so that the driver need not wait for a minute
brief=read:0x41c:1000

# unplugged N...: the drivers of these readers, unbound and bound, which closes a session each
unplugged() {
	for unplugged_verb in unbind bind; do
		for unplugged_n; do
			check "$unplugged_verb reader $unplugged_n" reader_driver $unplugged_verb "$unplugged_n"
		done
	done
}

# resets: how often the driver had to
resets() {
	dmesg | grep -c 'does not end, resetting the device'
}

ktap_begin
controller_find

connected $brief
cdev lies
honest

for what in "13 name" "14 atr"; do
	connected $brief
	n=$(resets)
	put 0 connect 0
	lie "op:${what% *} drop"
	within 60 "the ${what#* } never comes" ETIMEDOUT get 0 "${what#* }"
	is "the device was reset then" "$(resets)" $((n + 1))
	recovers "${what#* }"
done

# Of two descriptors one is left to those that no card delays: a CLOSE takes the other.
connected $brief read:0x414:2
n=$(resets)
lie "op:2 drop"
unplugged 0
put 1 timeout_ms 60000
within 60 "behind a CLOSE that never ends" ECONNRESET tx 1 '80 E0 00 00 01 42'
is "the device was reset then" "$(resets)" $((n + 1))
recovers "a CLOSE that never ended"
is "the other reader" "$(put 1 connect 1)$(tx 1 '80 E0 00 00 01 42')" "42 90 00"

# Who has little time does not wait for the descriptor of who has much.
connected $brief read:0x414:2
n=$(resets)
put 0 timeout_ms 600000
lie "op:7 drop"
gt transmit "$(attr 0 transmit)" '80 E0 00 00 01 42' >/tmp/patient &
patient=$!
sleep 1
put 1 timeout_ms 1000
within 30 "behind one that may take ten minutes" ETIMEDOUT tx 1 '80 E0 00 00 01 42'
is "for which no reset is needed" "$(resets)" "$n"
check "who has ten minutes still waits" kill $patient
wait $patient 2>/dev/null || :
recovers "behind one that may take ten minutes"

# As many numbers of sessions, and descriptors, as there are readers: a CLOSE whose interrupt
# does not come gives both back all the same.
connected $brief read:0x414:3 read:0x410:2
n=$(resets)
lie line:low
unplugged 0 1
sleep 1
for reader in 0 1; do
	within 60 "behind a CLOSE without an interrupt: connect" "" put $reader connect 1
	within 60 "and transmit" "42 90 00" tx $reader '80 E0 00 00 01 42'
done
is "for which no reset is needed" "$(resets)" "$n"
recovers "no interrupt"
check "kernel log" kernel_is_calm
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The guest's own pcscd with our handler: the readers under the host's names, the
# generator of its configuration, power, protocols, lengths, attributes, refused control
# codes, and no wake-up while nothing happens.
# lib: winscard ifd
# once: yes
# guest: --packages pcscd --programs
# guest: --add @programs@/scard:/bin/scard
# guest: --add @programs@/ifd-client:/bin/ifd-client
# guest: --cards 0=test,2=test:3B021450


# names: as pcscd makes them of the host's, and of those that are not there
names() {
	{
		host scard list | sed 's/^[0-9]* //'
		echo pcsc_reader10
		echo pcsc_reader11
	} | awk '{ printf "%d %s %02X 00\n", NR - 1, $0, NR - 1 }'
}

# resets: how often the card in slot 0 was
resets() {
	echo $((0x$(at_host 0 '80 EA 00 00' | sed 's/ 90 00$//;s/ //g')))
}

# switches: how often any thread of pcscd was switched to
switches() {
	cat /proc/"$(pidof pcscd)"/task/*/status | grep ctxt
}

# calm: no thread of pcscd ran for 5 s
calm() {
	switches >/tmp/before
	sleep 5
	switches >/tmp/after
	[ "$(wc -l </tmp/before)" -ge 24 ] && cmp -s /tmp/before /tmp/after
}

unpowered() {
	! host scard state 0 | grep -q INUSE
}

generator_test() {
	fake=/tmp/sys/class/pcsc
	mkdir -p $fake/pcsc_reader0/device $fake/pcsc_reader1/device $fake/pcsc_reader3/device
	printf 'A "quoted" one\t#1 \\ \047x\047\n' >$fake/pcsc_reader0/device/name
	printf 'twice\n' >$fake/pcsc_reader1/device/name
	printf 'twice\n' >$fake/pcsc_reader3/device/name
	is "generator: names" \
		"$(pcsc-passthru-reader-conf --sysfs /tmp/sys | sed -n 's/^FRIENDLYNAME //p')" \
		"$(printf '%s\n' "\"A 'quoted' one #1 \\ 'x'\"" '"twice"' '"pcsc_reader2"' '"twice"')"
	is "generator: no reader" \
		"$(pcsc-passthru-reader-conf --sysfs /none | grep -c '^DEVICENAME /dev/pcsc_reader0:shared$')" 1
	is "generator: exclusive" \
		"$(pcsc-passthru-reader-conf --exclusive --slots 3 | grep -c ':exclusive$')" 3
	for wrong in 0 33 -1 x 1x 08; do
		check "generator: not $wrong slots" not pcsc-passthru-reader-conf --slots "$wrong"
	done
	check "generator: no path with a blank" not pcsc-passthru-reader-conf --library '/a b'
	pcsc-passthru-reader-conf --slots 2 /tmp/conf
	is "generator: the file is what it prints" "$(cat /tmp/conf)" \
		"$(pcsc-passthru-reader-conf --slots 2)"
	node=$(stat -c %i /tmp/conf)
	pcsc-passthru-reader-conf --slots 2 /tmp/conf
	is "generator: a file that is right is left alone" "$(stat -c %i /tmp/conf)" "$node"
	pcsc-passthru-reader-conf --slots 3 /tmp/conf
	is "generator: another is replaced" "$(grep -c DEVICENAME /tmp/conf)" 3
	is "generator: nothing else is left" "$(find /tmp -name '.conf*')" ""
}
not() {
	! "$@" >/dev/null 2>&1
}

ktap_begin
generator_test
check "pcscd starts" ifd_start --slots 12
is "the readers, under the host's names" "$(scard list)" "$(names)"
check "with our polling thread" test "$(logged 'Using the reader polling thread')" = 12
is "pcscd's own polls none" "$(logged 'Using the pcscd polling thread')" 0
check "a card" ifd_is 0 PRESENT
check "no card" ifd_is 1 EMPTY
check "an absent reader has no card" ifd_is 11 EMPTY
is "connect, two APDUs" "$(ifd 0 shared apdu=80E0000003010203 apdu=00A40000)" \
	"T=1;01 02 03 90 00;90 00;"
is "ATR" "$(scard atr 2)" "$(host scard atr 2)"
is "a card of T=0" "$(ifd 2 shared apdu=80E000000111)" "T=0;11 90 00;"
is "T=1 it does not have" "$(ifd 2 shared=1)" "8010000F;"

is "in T=0" "$(ifd 0 shared end=reset shared=0 apdu=80E000000122 end=reset)" \
	"T=1;ended;T=0;22 90 00;ended;"
ifd-client "$(reader 0)" shared=0 sleep=3000 end=reset >/tmp/t0 &
until_true 20 grep -q T=0 /tmp/t0
is "T=0 on the host, too" "$(host scard status 0 | grep -o 'T=[01]' | head -n 1)" T=0
wait $!
is "in T=1" "$(ifd 0 shared=1 apdu=80E000000133)" "T=1;33 90 00;"

is "65,000 bytes there and back" "$(ifd 0 shared size=65000 echo=65000)" "T=1;ok;ok;"
is "too long for the host's reader: an error" \
	"$(ifd 0 shared size=65534 apdu=80E000000144)" "T=1;wrong length;44 90 00;"

before=$(resets)
is "a warm reset" "$(ifd 0 shared apdu=80EC0100 apdu=80EC0000 reset apdu=80EC0000 end=leave)" \
	"T=1;90 00;01 90 00;T=1;00 90 00;ended;"
check "the card was reset" test "$(resets)" -gt "$before"
before=$(resets)
is "a guest client leaves the card verified" "$(ifd 0 shared apdu=80EC0100 end=leave)" \
	"T=1;90 00;ended;"
check "after a while pcscd powers down: the session ends" until_true 60 unpowered
is "and what was unlocked is locked" "$(at_host 0 '80 EC 00 00')" "00 90 00"
# The host's pcscd may have powered down as well, which counts as no reset.
check "by a reset" test "$(resets)" -gt "$before"
before=$(resets)
is "a card that the guest only looks at" "$(ifd 0 shared end=leave)" "T=1;ended;"
check "is powered down" until_true 60 unpowered
is "without a reset" "$(resets)" "$before"
is "powered up again" "$(ifd 0 shared apdu=80EC0000)" "T=1;00 90 00;"

is "one feature of our own" "$(ifd 0 shared features tlv)" "T=1;12:42504353;65536;"
is "without a card, too" "$(ifd 1 direct features tlv)" "T=0;12:42504353;65536;"
is "control codes are refused" "$(ifd 0 shared control=42000001)" "T=1;8010001F;"
is "the ATR as an attribute" "$(ifd 0 shared attrib=90303)" \
	"T=1;3B 88 80 11 FE 50 43 53 43 54 45 53 54 F2;"
check "the host driver's own attribute" sh -c \
	"ifd-client '$(reader 0)' shared attrib=10100 | tail -n 1 | grep -qE '^([0-9A-F]{2} )+[0-9A-F]{2}|8010001F$'"
is "an attribute that nobody has" "$(ifd 0 shared attrib=7FFF1234)" "T=1;8010001F;"

check "everything is powered down" until_true 60 unpowered
sleep 6
check "nothing wakes pcscd while nothing happens" until_true 30 calm
check "pcscd ends" ifd_stop
is "it had no complaint about its configuration" "$(logged 'invalid value')" 0
is "its log has no APDU" "$(logged '80 EC 01 00')" 0
check "every session is over" unpowered
check "kernel log" kernel_is_calm
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# Debian's pcsc_scan and opensc-tool and pcsc-lite's own test program, unmodified: they
# list the ten readers by the host's names, see a card come and go, and use it; on our
# library, picked by LD_LIBRARY_PATH and installed, and on the guest's own pcscd with the
# IFD handler.
# lib: winscard
# once: yes
# guest: --packages pcscd,opensc,pcsc-tools,libpcsc-perl-,libc-bin --programs
# guest: --add @guest@/testpcsc:/bin/testpcsc
# guest: --cards 0=test

way='' names=''
atr='3B 88 80 11 FE 50 43 53 43 54 45 53 54 F2'
other_atr='3B 02 14 53'

# plain [FILE]: without colours
plain() {
	sed "s/$(printf '\033')\[[0-9;]*m//g" "$@" | tr -d '\r'
}
# scan_shows STATE [ATR]: whether the last that pcsc_scan says of reader 3 is that
# shellcheck disable=SC2317 # called by until_true
scan_shows() {
	plain /tmp/scan | grep -A3 '^ *Reader 3:' | tail -n 3 >/tmp/scan.last
	grep -q "Card state: Card $1" /tmp/scan.last &&
		{ [ -z "${2-}" ] || grep -q "ATR: $2" /tmp/scan.last; }
}

scan_test() {
	is "$way: pcsc_scan lists the readers" \
		"$(pcsc_scan -r | plain | sed 's/^[0-9]*: //')" "$names"
	pcsc_scan -n >/tmp/scan 2>&1 &
	scan_pid=$!
	check "$way: it shows no card in reader 3" until_true 60 scan_shows removed
	check "$way: the card in reader 0" sh -c "grep -A3 '^ *Reader 0:' /tmp/scan | grep 'ATR: .*$atr'"
	host card insert 3 "test:$(echo "$other_atr" | tr -d ' ')"
	check "$way: a card comes" until_true 60 scan_shows inserted "$other_atr"
	host card remove 3
	check "$way: it goes" until_true 60 scan_shows removed
	kill "$scan_pid"
	wait "$scan_pid" 2>/dev/null
}

opensc_test() {
	first=$(echo "$names" | head -n 1)
	is "$way: opensc-tool prints the ATR" "$(opensc-tool --reader "$first" --atr 2>&1)" \
		"$(echo "$atr" | tr ' A-F' ':a-f')"
	is "$way: opensc-tool sends APDUs" \
		"$(opensc-tool --reader "$first" --send-apdu 80:E0:00:00:03:41:42:43 \
			--send-apdu 80:EE:00:00 2>&1)" \
		"$(printf '%s\n' 'Sending: 80 E0 00 00 03 41 42 43 ' \
			'Received (SW1=0x90, SW2=0x00):' '41 42 43 ABC' \
			'Sending: 80 EE 00 00 ' 'Received (SW1=0x6D, SW2=0x00)')"
	is "$way: opensc-tool without a card" \
		"$(opensc-tool --reader "$(echo "$names" | sed -n 2p)" --atr 2>&1 | head -n 1)" \
		"Card not present."
}

# The first line of its input chooses the reader, the second is the Enter key.
testpcsc_test() {
	printf '1\n\n' | testpcsc >/tmp/testpcsc 2>&1
	is "$way: testpcsc: status" "$?" 0
	plain /tmp/testpcsc >/tmp/testpcsc.plain
	is "$way: testpcsc: its last word" "$(tail -n 1 /tmp/testpcsc.plain)" \
		"PC/SC Test Completed Successfully !" || diag "$(cat /tmp/testpcsc.plain)"
	is "$way: testpcsc: the readers" \
		"$(sed -n 's/^Reader [0-9]*: //p' /tmp/testpcsc.plain)" "$names"
	is "$way: testpcsc: the card" "$(sed -n 's/.*ATR Value[^:]*: *//p' /tmp/testpcsc.plain)" "$atr "
	is "$way: testpcsc: the response" "$(sed -n 's/^ *card response: *//p' /tmp/testpcsc.plain)" \
		"90 00"
}

# As lib/README.md says, for all programs and without a word to each
installed_test() {
	unset LD_LIBRARY_PATH
	first=$(echo "$names" | head -n 1)
	is "$way: before it is installed" \
		"$(opensc-tool --reader "$first" --atr 2>&1 | head -n 1)" \
		"No smart card readers found."
	mkdir -p /etc/ld.so.conf.d
	[ -e /etc/ld.so.conf ] || echo 'include /etc/ld.so.conf.d/*.conf' >/etc/ld.so.conf
	echo /usr/lib/pcsc-passthru >/etc/ld.so.conf.d/00-pcsc-passthru.conf
	ldconfig
	is "$way: installed" "$(opensc-tool --reader "$first" --atr 2>&1)" \
		"$(echo "$atr" | tr ' A-F' ':a-f')"
	rm /etc/ld.so.conf.d/00-pcsc-passthru.conf
	ldconfig
	is "$way: removed again" \
		"$(opensc-tool --reader "$first" --atr 2>&1 | head -n 1)" \
		"No smart card readers found."
}

ktap_begin
for to in lib ifd; do
	on $to || continue
	is "$way: ten readers" "$(echo "$names" | wc -l)" 10
	scan_test
	opensc_test
	testpcsc_test
	[ "$way" = ifd ] || installed_test
done
check "kernel log" kernel_is_calm
ktap_end

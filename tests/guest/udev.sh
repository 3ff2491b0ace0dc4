# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The udev rule, with Debian's udev: the readers go to the group pcscd where there is
# one, and udev has nothing to complain of where there is none.
# once: yes
# guest: --cards none --packages udev
# guest: --add @top@/tools/udev/60-pcsc-passthru.rules:/etc/udev/rules.d/60-pcsc-passthru.rules

node=/dev/pcsc_reader0

# Its daemon goes by its name, and the rule by that of a program that any system has.
udevd() {
	[ -x /bin/grep ] || ln -s "$(readlink /proc/$$/exe)" /bin/grep
	ln -s "$(command -v udevadm)" /tmp/systemd-udevd
	/tmp/systemd-udevd >/tmp/udev.log 2>&1 &
	until_true 20 udevadm control --ping
}
owner() {
	stat -c '%a %u %g' "$node"
}
again() {
	udevadm control --reload &&
		udevadm trigger --action=add --subsystem-match=pcsc --settle
}

ktap_begin
sed -i '/^pcscd:/d' /etc/group
check "udev starts" udevd
check "no group pcscd: the rule is used" again
is "no group pcscd: mode and owner" "$(owner)" "660 0 0"
is "no group pcscd: udev says nothing of it" "$(grep pcsc /tmp/udev.log)" ""
echo 'pcscd:x:4711:' >>/etc/group
check "group pcscd: the rule is used" again
is "group pcscd: mode and owner" "$(owner)" "660 0 4711"
chmod 600 "$node"
check "an event of the reader" again
is "group pcscd: after an event" "$(owner)" "660 0 4711"
check "rmmod and insmod" eval 'rmmod pcsc_passthru && insmod /lib/modules/*/pcsc_passthru.ko'
check "a reader that comes" until_true 20 eval "udevadm settle && test -c $node"
is "a reader that comes: mode and owner" "$(owner)" "660 0 4711"
ktap_end

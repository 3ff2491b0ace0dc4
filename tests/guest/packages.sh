# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# Our Debian packages, installed by dpkg in a guest of Debian's: pcsc-reader, and the
# guest's own pcscd with the IFD handler, use the host's card; removed, they leave nothing.
# lib: winscard
# once: yes
# not on: arm64 riscv64
# (these packages are for armhf)
# guest: --cards 0=test --packages pcscd,dpkg,libc-bin
# guest: --add @build@/packages/armhf/pcsc-passthru-tools.deb:/root/tools.deb
# guest: --add @build@/packages/armhf/pcsc-passthru-ifd.deb:/root/ifd.deb
# guest: --add @programs@/scard:/bin/scard

# What a guest's packages left is unpacked, and dpkg knows of none: tell it of the C
# library that is there, the one thing that ours depend on.
database() {
	libc=$(echo /lib/*/libc.so.6 /usr/lib/*/libc.so.6 | tr ' ' '\n' | grep -v '\*' | head -n 1)
	mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates
	printf '%s: %s\n' Package libc6 Status 'install ok installed' Architecture armhf \
		Multi-Arch same Maintainer nobody Description 'C library' \
		Version "$("$libc" | sed -n 's/.*release version \([0-9.]*[0-9]\).*/\1/p')" \
		>/var/lib/dpkg/status
}
installed() {
	dpkg-query -W -f '${Package} ${db:Status-Status}\n' pcsc-passthru-tools pcsc-passthru-ifd | sort | tr '\n' ';'
}

# busybox has a dpkg, too, which its shell prefers.
dpkg() { /usr/bin/dpkg "$@"; }

ktap_begin
check "dpkg's database" database
check "dpkg installs them" dpkg -i /root/tools.deb /root/ifd.deb
is "installed" "$(installed)" "pcsc-passthru-ifd installed;pcsc-passthru-tools installed;"
dpkg -L pcsc-passthru-tools pcsc-passthru-ifd >/tmp/list
check "pcsc-reader" sh -c 'pcsc-reader list | grep "^0 .*card\]"'
check "pcscd with the handler" pcscd_start
is "the host's card, by the guest's pcscd" "$(scard apdu 0 80E00000021234)" "12 34 90 00"
check "pcscd ends" pcscd_stop
check "dpkg purges them" dpkg -P pcsc-passthru-tools pcsc-passthru-ifd
is "no file is left" "$({ cat /tmp/list; echo /etc/reader.conf.d/pcsc-passthru; } |
	while read -r f; do [ ! -f "$f" ] || echo "$f"; done)" ""
check "kernel log" kernel_is_calm
ktap_end

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The tree for Buildroot, as far as that goes without Buildroot and its downloads: its
# Config.in files and the defconfig are read by a Kconfig library, its packages are built
# by a stand-in for Buildroot's package infrastructure and Debian's compiler, and what
# they installed, with busybox and Debian's kernel, boots to the demo by the script that
# the post-image script wrote.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

export BR2_EXTERNAL_PCSC_PASSTHRU_PATH="$top/buildroot"
tree=$top/buildroot
here=$top/tests/buildroot
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
kernel=$("$top/scripts/kernel" 6.12)
guest=$("$top/scripts/build-guest" armhf)
qemu=$("$top/scripts/build-qemu")

judge() {
	"$here/judge.py" "$here/Config.in" "$tree/configs/pcsc_passthru_vexpress_a15_defconfig" \
		"$@" 2>&1
}
packages() {
	make -f "$here/standin.mk" OUT="$tmp" KERNEL="$kernel" PCSC="$guest/dev" \
		P='pcsc-passthru-module pcsc-passthru-tools pcsc-passthru-ifd' all
}

# What Buildroot does with what the packages installed. Its init is busybox', which calls
# the scripts of /etc/init.d.
images() {
	root=$tmp/target
	export BINARIES_DIR="$tmp/images"
	mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/sbin" "$BINARIES_DIR"
	cp -R "$tree/board/vexpress-a15/overlay/." "$root/"
	# The defconfig has no pcscd.
	rm -f "$root/etc/init.d/S30pcscd"
	"$top/scripts/fetch" into "$tmp/busybox" bookworm armhf busybox-static || return
	cp "$tmp/busybox/bin/busybox" "$root/bin/"
	cp /usr/arm-linux-gnueabihf/lib/ld-linux-armhf.so.3 /usr/arm-linux-gnueabihf/lib/libc.so.6 \
		"$root/lib/" || return
	for applet in sh mount cat modprobe poweroff; do
		ln -s busybox "$root/bin/$applet"
	done
	cat >"$root/init" <<-'INIT'
		#!/bin/sh
		mount -t devtmpfs devtmpfs /dev
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		export PATH=/bin:/usr/bin:/sbin
		for s in /etc/init.d/S??*; do
			$s start
		done
		echo "all started"
		poweroff -f
	INIT
	chmod +x "$root/init"
	depmod -b "$root" "$(cat "$kernel/release")"
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet | gzip -1) >"$BINARIES_DIR/rootfs.cpio.gz"
	cp "$kernel/vmlinuz" "$BINARIES_DIR/zImage"
	cp "$kernel/vexpress-v2p-ca15-tc1.dtb" "$BINARIES_DIR/"
	"$tree/board/vexpress-a15/post-image.sh"
}
# Debian's kernel has no power switch on this board: the text is the end.
boot() {
	QEMU=$qemu timeout 600 "$top/scripts/stack" --cards 0=vicc -- "$tmp/images/start-qemu.sh" \
		</dev/null 2>&1 | tr -d '\r' | sed '/all started/q'
}

ktap_begin
is "external.desc names it" "$(sed -n 's/^name: //p' "$tree/external.desc")" PCSC_PASSTHRU
is "Config.in and the defconfig" "$(judge)" \
	"BR2_PACKAGE_PCSC_PASSTHRU_MODULE BR2_PACKAGE_PCSC_PASSTHRU_TOOLS" || :
is "the handler brings pcscd" "$(judge BR2_PACKAGE_PCSC_PASSTHRU_IFD=y)" \
	"BR2_PACKAGE_PCSC_LITE BR2_PACKAGE_PCSC_PASSTHRU_IFD BR2_PACKAGE_PCSC_PASSTHRU_MODULE BR2_PACKAGE_PCSC_PASSTHRU_TOOLS" || :
is "not where all is static" "$(judge BR2_PACKAGE_PCSC_PASSTHRU_IFD=y BR2_STATIC_LIBS=y)" \
	"BR2_PACKAGE_PCSC_PASSTHRU_MODULE BR2_PACKAGE_PCSC_PASSTHRU_TOOLS" || :
is "no module without a kernel" "$(judge BR2_LINUX_KERNEL=n)" "BR2_PACKAGE_PCSC_PASSTHRU_TOOLS" || :
if check "its packages are built and installed" packages; then
	is "what they install" "$(cd "$tmp/target" && find . -type f ! -name 'modules.*' | sort |
		sed "s|/$(cat "$kernel/release")/[a-z]*/|/RELEASE/|;s|\.ko\.xz|.ko|" | tr '\n' ' ')" \
		"./etc/init.d/S30pcscd \
./lib/modules/RELEASE/pcsc_passthru.ko \
./usr/bin/pcsc-reader \
./usr/lib/pcsc/drivers/serial/libifdpcscpassthru.so \
./usr/lib/systemd/system/pcscd.service.d/pcsc-passthru.conf \
./usr/lib/udev/rules.d/60-pcsc-passthru.rules \
./usr/sbin/pcsc-passthru-reader-conf \
./usr/share/bash-completion/completions/pcsc-reader \
./usr/share/man/man1/pcsc-reader.1 \
./usr/share/man/man8/pcsc-passthru-reader-conf.8 " || :
	check "the images" images || :
	console=$(boot)
	diag "$(echo "$console" | sed -n '/pcsc-reader list/,$p')"
	echo "$console" >"$tmp/console"
	check "the demo sees the readers" grep '^0 .*Virtual PCD 0 00 00 .*card' "$tmp/console" || :
	check "and gets eight random bytes" grep -Ex '([0-9A-F]{2} ){8}90 00' "$tmp/console" || :
fi
ktap_end

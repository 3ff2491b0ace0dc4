#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The README's commands, run as they stand there: each block of them follows a
# line "<!-- test: NAME -->".  (`make demo` is a part of its own.)
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"
# shellcheck source=tests/readme-block.sh
. "$top/tests/readme-block.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
series=6.1
kernel=$("$top/scripts/kernel" "$series")

# block NAME [K]: the commands after the mark; with K, the Kth block after it
block() {
	readme_block "test: $1" "${2:-1}"
}

# An initramfs as a user would make one: busybox, the module, a shell script.
make_rootfs() {
	root=$tmp/root
	release=$(cat "$kernel/release")
	mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/lib/modules/$release"
	cp "$build/module/$series/pcsc_passthru.ko" "$root/lib/modules/$release/"
	"$top/scripts/fetch" into "$tmp/busybox" bookworm armhf busybox-static
	cp "$tmp/busybox/bin/busybox" "$root/bin/"
	cat >"$root/init" <<-'INIT'
		#!/bin/busybox sh
		/bin/busybox mount -t proc proc /proc
		/bin/busybox mount -t sysfs sysfs /sys
		/bin/busybox insmod /lib/modules/$(/bin/busybox uname -r)/pcsc_passthru.ko
		for r in /sys/bus/platform/devices/pcsc_reader.*; do
			/bin/busybox echo "found $(/bin/busybox cat $r/name)"
		done
		/bin/busybox echo "all found"
		/bin/busybox poweroff -f
	INIT
	chmod +x "$root/init"
	(cd "$root" && find . | cpio -o -H newc -R 0:0 2>/dev/null) >"$tmp/rootfs.cpio"
}

# boot NAME: run a QEMU command of the README beside a pcscd; its console
boot() {
	# Debian's kernel has no power switch here: the text is the end.
	KERNEL=$kernel/vmlinuz DTB=$kernel/vexpress-v2p-ca15-tc1.dtb ROOTFS=$tmp/rootfs.cpio \
		timeout 120 "$top/scripts/stack" --cards 0=test -- \
		sh -c "cd '$tmp/tree' && $(block "$1")" </dev/null 2>&1 |
		tr -d '\r' | sed '/all found/q'
}

module_2014() {
	mkdir "$tmp/drv"
	cp -r "$top/Kbuild" "$top"/*.[ch] "$top/compat" "$top/include" "$tmp/drv/"
	(cd "$kernel/headers" && DRV=$tmp/drv sh -ec "$(block module-2014)") &&
		test -e "$tmp/drv/pcsc_passthru.ko"
}

# Of QEMU's own tarball it works as it stands; Debian's has no firmware to install.
configure_2014() {
	PYTHONPATH=$build/qemu/meson/usr/lib/python3/dist-packages
	export PYTHONPATH
	mkdir "$tmp/qemu"
	(cd "$tmp/qemu" && sh -ec "$(block configure-2014 |
		sed "s,^\./configure .*,$build/qemu/10.0/src/& --disable-install-blobs,")") >"$tmp/log" 2>&1 || {
		tail -n 20 "$tmp/log"
		return 1
	}
	grep '^CONFIG_PCSC_PASSTHRU=y' "$tmp/qemu/arm-softmmu-config-devices.mak"
}

ktap_begin
is "a script in a guest" "$(cd "$top" && sh -ec "$(block guest-script)" 2>"$tmp/err")" \
	"$(block guest-script 2)" || diag "$(cat "$tmp/err")"
is "pcsc-reader in a guest" "$(cd "$top" && sh -ec "$(block pcsc-reader)" 2>"$tmp/err")" \
	"$(block pcsc-reader 2)" || diag "$(cat "$tmp/err")"
is "a winscard program in a guest" "$(cd "$top" && sh -ec "$(block winscard)" 2>"$tmp/err")" \
	"$(block winscard 2)" || diag "$(cat "$tmp/err")"
check "the module, by the command of 2014" module_2014 || :
check "QEMU, by the command of 2014" configure_2014 || :

# The commands name build/: a tree with nothing else in it
mkdir -p "$tmp/tree"
ln -s "$build" "$tmp/tree/build"
make_rootfs
like "own kernel and root file system: ten readers" "$(boot own-kernel)" \
	"*number of reader detected: 10*found Virtual PCD 4 00 01*all found*" || :
out=$(boot allow)
like "readers by pattern: two" "$out" "*number of reader detected: 2*" || :
is "readers by pattern: these" "$(printf '%s\n' "$out" | sed -n 's/^found //p')" \
	"$(printf '%s\n' 'Virtual PCD 0 00 00' 'Virtual PCD 0 00 01')" || :
is "another board" "$(cd "$top" && sh -ec "$(block boards)" 2>"$tmp/log")" "Virtual PCD 0 00 00" ||
	diag "$(tail -n 20 "$tmp/log")"
ktap_end

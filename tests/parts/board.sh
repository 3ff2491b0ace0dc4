#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The device on its boards: the node in the device tree, the machine's options, the
# log of guest errors, and what a kernel that reboots leaves behind.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
kernel=$("$top/scripts/kernel" 6.1)
dtb=vexpress-v2p-ca15-tc1.dtb

# guest OPTION...: runs the script on stdin; its output, or the reason why not
guest() {
	"$top/scripts/guest" --keep-log "$tmp/console" "$@" - 2>"$tmp/err" || {
		status=$?
		tail -n 5 "$tmp/err"
		return $status
	}
}

# shellcheck disable=SC2016 # for the guest's shell
count_script='
cd /sys/firmware/devicetree/base; find . -name compatible | while read -r f; do
	! tr "\0" "\n" <"$f" | grep -qx linaro,pcsc-passthru || echo "${f%/compatible}"
done | sort
ls -d /sys/bus/platform/devices/pcsc_reader.* 2>/dev/null | wc -l'

ktap_begin
# QEMU adds the node to a stock DTB ...
is "stock DTB: one node, ten readers" "$(echo "$count_script" | guest)" \
	"$(printf '%s\n' ./pcsc@1f000000 10)" || :

# ... and leaves one that is there alone.
mkdir "$tmp/kernel"
ln -s "$kernel"/* "$tmp/kernel/"
rm "$tmp/kernel/$dtb"
{
	dtc -q -I dtb -O dts "$kernel/$dtb"
	echo '/ {'
	awk '/^```c/ { c = 1; next } /^```/ { c = 0 } c' "$top/dts/README.md"
	echo '};'
} >"$tmp/own.dts"
check "a DTB with the node of 2014" dtc -q -I dts -O dtb -o "$tmp/kernel/$dtb" "$tmp/own.dts" || :
is "that DTB: one node, ten readers" "$(echo "$count_script" | guest --kernel "$tmp/kernel" --module "$build/module/6.1/pcsc_passthru.ko")" \
	"$(printf '%s\n' ./pcsc@0x1f000000 10)" || :

is "vexpress-a9: the same" "$(echo "$count_script" | guest --machine vexpress-a9)" \
	"$(printf '%s\n' ./pcsc@1f000000 10)" || :
is "virt, pcsc=on: where firmware expects it" \
	"$(echo "$count_script" | guest --machine virt-arm --bare-machine --qemu-arg -machine --qemu-arg pcsc=on)" \
	"$(printf '%s\n' ./pcsc@9100000 10)" || :

# two BUS CPUS: two devices of two readers each on the platform bus of the machine; its nodes,
# the readers, its processors, and an answer of each card
two() {
	two_bus=$1 two_cpus=$2
	shift 2
	is "$*: two devices" "$({ echo "$count_script"; cat <<-'SCRIPT'; } | guest "$@" --backend \
		pcsc-backend-emulated,count=2,cards=0 --qemu-arg -object --qemu-arg \
		pcsc-backend-emulated,id=other,count=2,prefix=Other,cards=1 \
		--qemu-arg -device --qemu-arg pcsc-passthru,backend=other
		cat /sys/devices/system/cpu/online
		for n in 0 1 2 3; do
			cd /sys/bus/platform/devices/pcsc_reader.$n
			[ "$(cat present)" = 1 ] || continue
			echo 1 >connect
			echo 80E000000101 >transmit
			echo "$(cat name): $(cat transmit)"
		done | sort
	SCRIPT
	)" "$(printf '%s\n' "./platform-bus@$two_bus/pcsc@0" "./platform-bus@$two_bus/pcsc@1000" 4 "$two_cpus" \
		'Emulated Reader 0: 01 90 00' 'Other 1: 01 90 00')" || :
}
two c000000 0 --machine virt-arm
two c000000 0-7 --machine virt-aarch64 --smp 8
two 4000000 0-1 --machine virt-riscv64 --smp 2
# much OPTION...: a session in a machine with 8 GB, most of it above what 32 bits address
much() {
	is "$*: 8 GB" "$(guest "$@" --backend pcsc-backend-emulated,count=1,cards=0 \
		--qemu-arg -m --qemu-arg 8G <<-'SCRIPT'
		awk '/MemTotal/ { print ($2 > 7000000 ? "8 GB" : "less") }' /proc/meminfo
		cd /sys/bus/platform/devices/pcsc_reader.0
		echo 1 >connect
		echo 80E000000101 >transmit
		cat transmit
	SCRIPT
	)" "$(printf '%s\n' '8 GB' '01 90 00')" || :
}
# 32-bit Linux has its kernel's own memory below 4 GiB, which the device reaches as well.
much --machine virt-arm --kernel 6.1-lpae
much --machine virt-aarch64 --qemu-arg -trace --qemu-arg pcsc_command_start \
	--qemu-arg -D --qemu-arg "$tmp/much"
check "virt-aarch64: buffers above 4 GiB" grep -Eq ' tx 0x[1-9a-f][0-9a-f]{8,} 6 rx 0x[1-9a-f][0-9a-f]{8,} ' "$tmp/much" ||
	diag "$(cat "$tmp/much")"

# By firmware: one device of the machine and two on its bus, each with an address and an
# interrupt of its own, the alias that loads the driver, and an answer of its card.
is "virt-aarch64-uefi: three devices, by ACPI" "$(guest --machine virt-aarch64-uefi --timeout 300 --backend \
	pcsc-backend-emulated,count=1,cards=0 --qemu-arg -device --qemu-arg pcsc-passthru,backend=b \
	--qemu-arg -machine --qemu-arg pcsc=on,pcsc-backend=c \
	--qemu-arg -object --qemu-arg pcsc-backend-emulated,id=b,count=1,prefix=B,cards=0 \
	--qemu-arg -object --qemu-arg pcsc-backend-emulated,id=c,count=1,prefix=C,cards=0 <<-'SCRIPT'
	[ -e /sys/firmware/devicetree/base ] || echo 'no device tree'
	cd /sys/bus/platform/devices
	for n in 0 1 2; do
		dev=$(readlink -f "pcsc_reader.$n/..")
		echo 1 >pcsc_reader.$n/connect
		echo 80E000000101 >pcsc_reader.$n/transmit
		echo "$(cat "$dev/firmware_node/path") $(cat "$dev/modalias")" \
			"$(sed -n "s/^\([0-9a-f]*\)-.* : ${dev##*/}\$/\1/p" /proc/iomem)" \
			"$(awk -v dev="${dev##*/}" '$NF == dev { print $4, ($2 > 0 ? "came" : "never came") }' /proc/interrupts)" \
			"$(cat pcsc_reader.$n/name | cut -c1): $(cat pcsc_reader.$n/transmit)"
	done | sort
	! dmesg | grep 'nobody cared'
SCRIPT
)" "$(cat <<-'EXPECTED'
	no device tree
	\_SB_.SC2F of:Nsc2fTClinaro,pcsc-passthru 09100000 47 came C: 01 90 00
	\_SB_.SC90 of:Nsc90TClinaro,pcsc-passthru 0c000000 144 came E: 01 90 00
	\_SB_.SC91 of:Nsc91TClinaro,pcsc-passthru 0c001000 145 came B: 01 90 00
EXPECTED
)" || :

is "pcsc=off: no node, no reader" \
	"$(echo "$count_script" | guest --qemu-arg -machine --qemu-arg pcsc=off)" 0 || :

# 0xffc is reserved
echo 'busybox devmem 0x1f000ffc 32' |
	guest --no-module --qemu-arg -d --qemu-arg guest_errors --qemu-arg -D --qemu-arg "$tmp/log" >"$tmp/out" || :
check "guest_errors: a read of a reserved register" grep -i 'pcsc.*0xffc' "$tmp/log" || :

# The kernel that reboots has taken all memory back from the device: after the last
# command comes a reset of version 2.
status=0
cat <<-'SCRIPT' | guest --qemu-arg -D --qemu-arg "$tmp/trace" --qemu-arg -trace \
	--qemu-arg pcsc_command_done --qemu-arg -trace --qemu-arg pcsc_v2_reset >"$tmp/out" || status=$?
	echo 1 > /sys/bus/platform/devices/pcsc_reader.0/connect
	cat /sys/bus/platform/devices/pcsc_reader.0/connect
	reboot -f
	sleep 60
SCRIPT
is "the guest reboots, so the runner says 125" "$status" 125 || :
is "it had connected" "$(head -n 1 "$tmp/out")" 1 || diag "$(cat "$tmp/out")"
check "there were commands" grep pcsc_command_done "$tmp/trace" || :
is "the last thing is a reset" "$(grep -o 'pcsc_[a-z0-9_]*' "$tmp/trace" | tail -n 1)" \
	pcsc_v2_reset || :
ktap_end

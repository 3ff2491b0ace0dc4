# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2034
#
# What there is to know of the guests' architectures, for scripts that have sourced
# common.sh. Debian's names for them are ours.

archs='armhf arm64 riscv64'

# arch_of SERIES: that of a kernel which scripts/kernel knows
arch_of() {
	case $1 in
	*-arm64 | *-arm64-*) echo arm64 ;;
	*-riscv64) echo riscv64 ;;
	*) echo armhf ;;
	esac
}

# use_arch ARCH: sets
#	triplet	of the compiler, and of Debian's directories for libraries
#	karch	what the kernel calls it
#	target	what QEMU calls it
#	machine	that of scripts/guest, if nobody says another
#	suite	of Debian's packages for guests
use_arch() {
	suite=bookworm
	case $1 in
	armhf) triplet=arm-linux-gnueabihf karch=arm target=arm machine=vexpress-a15 ;;
	arm64) triplet=aarch64-linux-gnu karch=arm64 target=aarch64 machine=virt-aarch64 ;;
	# Debian 12 has none.
	riscv64)
		triplet=riscv64-linux-gnu karch=riscv target=riscv64 machine=virt-riscv64
		suite=trixie
		;;
	*) die "architecture $1 is not known; known are: $archs" ;;
	esac
}

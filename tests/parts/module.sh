#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The module builds without a warning: W=1, sparse, by clang and LLVM's tools, and by
# the command line of the 2014 README from a kernel tree.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# A tree of its own for each build: kbuild writes beside the sources.
sources() {
	rm -rf "$tmp/src"
	mkdir "$tmp/src"
	cp -r "$top/Kbuild" "$top"/*.[ch] "$top/compat" "$tmp/src/"
	[ ! -d "$top/include" ] || cp -r "$top/include" "$tmp/src/"
}

quiet() { # COMMAND...: succeeds without a warning
	"$@" >"$tmp/log" 2>&1 || { cat "$tmp/log"; return 1; }
	! grep -iE 'warning|error' "$tmp/log"
}

# What these kernels' configuration says of gcc, said of clang. Their assembler and
# linker options are those that both have.
clang_config() {
	clang -dumpversion | {
		IFS=. read -r major minor patch
		echo "CONFIG_CLANG_VERSION=$((major * 10000 + minor * 100 + patch))"
		# Needed for what the next ones do by themselves
		[ "$major" -gt 15 ] || echo CONFIG_CC_HAS_AUTO_VAR_INIT_ZERO_ENABLER=y
	}
	printf '%s\n' CONFIG_CC_IS_GCC= CONFIG_GCC_VERSION=0 CONFIG_CC_IS_CLANG=y \
		CONFIG_CC_IMPLICIT_FALLTHROUGH=-Wimplicit-fallthrough
}

ktap_begin
for series in 6.1 6.12; do
	kdir=$("$top/scripts/kernel" "$series")/headers
	sources
	check "$series: W=1 and sparse" quiet make -C "$kdir" -j"$jobs" \
		ARCH=arm CROSS_COMPILE=arm-linux-gnueabihf- CC=arm-linux-gnueabihf-gcc-12 \
		W=1 C=2 M="$tmp/src" modules || :
	check "$series: sparse really ran" grep -q CHECK "$tmp/log" || :
	sources
	# shellcheck disable=SC2046 # words without blanks
	check "$series: clang, LLVM=1, W=1" quiet make -C "$kdir" -j"$jobs" ARCH=arm \
		LLVM=1 CC=clang W=1 $(clang_config) M="$tmp/src" modules || :
	check "$series: clang really built it" sh -c \
		"readelf -p .comment '$tmp/src/pcsc_passthru.ko' | grep 'clang version'" || :
	sources
	DRV=$tmp/src
	check "$series: the 2014 command line" quiet make -C "$kdir" V=0 ARCH=arm \
		CROSS_COMPILE=arm-linux-gnueabihf- M="$DRV" modules || :
	check "$series: pcsc_passthru.ko alone" test "$(cd "$tmp/src" && echo *.ko)" = pcsc_passthru.ko || :
done
# Every kernel that was prepared: what tests/prepare and the guest tests built. That a kernel's
# own compiler was an older 12 is no word on the module.
for log in "$build"/log/module-*.log; do
	series=$(basename "$log" .log)
	[ -e "$log" ] || { not_ok "no module was built"; continue; }
	is "$series: no warning" "$(grep -i warning "$log" |
		grep -v 'the compiler differs from the one used to build the kernel' || :)" "" || :
done
ktap_end

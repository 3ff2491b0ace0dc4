#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# Static analysis: the kernel's semantic patches over the module, clang's warnings and
# its analyzer over the programs. Each must find the defect that is planted for it, too.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The module's sources, with one more; and a source tree of coccicheck and its patches,
# less those that only an OCaml compiler could run: one is for another driver, of the
# other's comparisons of pointers with 0 sparse warns.
coccicheck_prepare() {
	mkdir "$tmp/src" "$tmp/kernel"
	cp -r "$top"/*.[ch] "$top/compat" "$top/include" "$tmp/src/"
	cat >"$tmp/src/planted.c" <<-'C'
		void planted(char *text)
		{
			kfree(text);
			*text = 0;
		}
	C
	cp -r "$(dirname "$("$top/scripts/kernel" --coccicheck)")" "$tmp/kernel/scripts"
	grep -rl '^@.*:ocaml' "$tmp/kernel/scripts/coccinelle" | xargs rm
	# Debian's headers come without it, so their make gets it by another way.
	cat >"$tmp/coccicheck" <<-SH
		#!/bin/sh
		srctree=$tmp/kernel exec bash $tmp/kernel/scripts/coccicheck
	SH
	chmod +x "$tmp/coccicheck"
}

# What was reported, less the greeting
coccicheck() {
	make -s --no-print-directory -C "$("$top/scripts/kernel" 6.1)/headers" ARCH=arm \
		CROSS_COMPILE=arm-linux-gnueabihf- CC=arm-linux-gnueabihf-gcc-12 \
		MODE=report J="$jobs" DEBUG_FILE="$tmp/coccicheck.log" BASH="$tmp/coccicheck" \
		M="$tmp/src" coccicheck >"$tmp/reports" || {
		echo "coccicheck failed: $(tail -n 1 "$tmp/coccicheck.log")"
		return
	}
	sed "/^\$/d; /^Please check for false/d; /^When using \"patch\"/d; s|^$tmp/src/||" \
		"$tmp/reports"
}

# A compiler that analyzes what it compiles
analyzer() {
	cat >"$tmp/cc" <<-'SH'
		#!/bin/sh
		case " $* " in
		*' -c '*)
			clang --analyze -Xclang -analyzer-output=text -Xclang -analyzer-werror \
				"$@" -o /dev/null -MF /dev/null || exit
			;;
		esac
		exec clang "$@"
	SH
	chmod +x "$tmp/cc"
}

# analyze DIR TARGET...
analyze() {
	dir=$1
	shift
	check "clang and its analyzer: $dir" make -s -j"$jobs" -C "$top/$dir" \
		BUILD="$tmp/build" HOSTCC="$tmp/cc" CC="$tmp/cc" CROSS_COMPILE= \
		PCSC_CFLAGS="$(pkg-config --cflags libpcsclite)" "$@" || :
}

# What only a look into another function shows
analyzer_finds() {
	cat >"$tmp/planted.c" <<-'C'
		#include <stdlib.h>
		static void drop(char *text)
		{
			free(text);
		}
		char planted(char *text)
		{
			drop(text);
			return *text;
		}
	C
	! "$tmp/cc" -Wall -Wextra -c -o "$tmp/planted.o" "$tmp/planted.c" >"$tmp/found" 2>&1 &&
		grep unix.Malloc "$tmp/found"
}

ktap_begin
coccicheck_prepare
is "coccicheck reports what was planted, nothing else" "$(coccicheck)" \
	"planted.c:4:1-5: ERROR: reference preceded by free on line 3" || :
is "coccicheck ran every semantic patch" \
	"$(grep -c -- ' --cocci-file ' "$tmp/coccicheck.log")" \
	"$(find "$tmp/kernel/scripts/coccinelle" -name '*.cocci' | wc -l)" || :

analyzer
check "clang's analyzer finds what was planted" analyzer_finds || :
analyze lib all
analyze ifd all
analyze tools all
analyze scripts/hostd all "test"
analyze tests/card all pki
analyze tests/host all
ktap_end

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The programs for a guest (tools/, lib/, ifd/) build against Debian's libpcsclite-dev for
# each architecture, and the library has the ABI of Debian's own.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

machine() {
	readelf -h "$1" | sed -n 's/^ *Machine: *//p'
}
soname() {
	readelf -d "$1" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p'
}
# The names and kinds of what others can use
exports() {
	nm -D --defined-only --with-symbol-versions "$1" | awk '{ print $2, $3 }' |
		grep -v ' _' | sort
}

ktap_begin
for arch in armhf arm64; do
	if ! dir=$("$top/scripts/build-guest" "$arch"); then
		not_ok "$arch: build"
		continue
	fi
	case $arch in
	armhf) want=ARM ;;
	arm64) want=AArch64 ;;
	esac
	for f in pcsc-reader libpcsclite.so.1 libifdpcscpassthru.so; do
		is "$arch: $f: its machine" "$(machine "$dir/$f")" "$want"
	done
	debian=$(echo "$dir"/dev/usr/lib/*/libpcsclite.so.1)
	is "$arch: the library's name" "$(soname "$dir/libpcsclite.so.1")" "$(soname "$debian")"
	is "$arch: what the library exports" "$(exports "$dir/libpcsclite.so.1")" \
		"$(exports "$debian")" || :
done
ktap_end

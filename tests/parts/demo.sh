#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# `make demo` succeeds, notices an output that is wrong, and the README shows what
# it prints.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Random bytes of the card differ each time; so does the time it took.
steady() {
	sed -E 's/^([0-9A-F]{2} ){8}90 00$/(challenge) 90 00/; /^Every output was right/,$d' |
		sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

ktap_begin
check "make demo" sh -c "make -s -C '$top' demo >'$tmp/out' 2>'$tmp/err' || { cat '$tmp/out' '$tmp/err'; exit 1; }" || :
is "the README shows its output" \
	"$(awk '/^<!-- demo -->$/ { d = 1; next } d && /^```/ { if (i) exit; i = 1; next } i' "$top/README.md" | steady)" \
	"$(sed 1d "$tmp/out" | steady)" || :

# A demo that expects another ATR than vicc's must fail: scripts/demo in a tree
# of links, with one byte changed.
mkdir "$tmp/tree"
for f in "$top"/* "$top"/.git*; do
	ln -s "$f" "$tmp/tree/"
done
rm "$tmp/tree/scripts"
mkdir "$tmp/tree/scripts"
ln -s "$top"/scripts/* "$tmp/tree/scripts/"
rm "$tmp/tree/scripts/demo"
sed 's/ATR:3B 95/ATR:3B 96/' "$top/scripts/demo" >"$tmp/tree/scripts/demo"
chmod +x "$tmp/tree/scripts/demo"
status=0
PCSC_BUILD=$build "$tmp/tree/scripts/demo" >"$tmp/out" 2>"$tmp/err" || status=$?
is "a wrong output fails the demo" "$status $(grep -c '\^' "$tmp/out")" "1 2" ||
	diag "$(cat "$tmp/out" "$tmp/err")"
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2034,SC2154 # top, build: set by common.sh; status: for the parts
#
# What the parts that run a demo share. Sourced after common.sh and ktap.sh, by a script
# that has a filter "varying" for what the demo prints anew each time.

# shellcheck source=tests/readme-block.sh
. "$top/tests/readme-block.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The time that it took differs, too.
steady() {
	sed '/^Every output was right/,$d' | varying | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

# demo_succeeds NAME: `make NAME` does, and the README shows what it prints. With -w, as
# `make -C` has it, make names directories; no make that our scripts run may do so.
demo_succeeds() {
	check "make $1" sh -c "make -s -w -C '$top' $1 >'$tmp/out' 2>'$tmp/err' || { cat '$tmp/out' '$tmp/err'; exit 1; }" || :
	sed -i '/^make: .* directory /d' "$tmp/out"
	is "the README shows its output" \
		"$(readme_block "$1" | steady)" "$(sed 1d "$tmp/out" | steady)" || :
}

# demo_changed NAME EDIT: runs scripts/NAME as sed's EDIT makes it, in a tree of links;
# sets $status, and its output is in $tmp/out and $tmp/err
demo_changed() {
	mkdir -p "$tmp/tree/scripts"
	for f in "$top"/* "$top"/.git*; do
		[ "${f##*/}" = scripts ] || ln -s "$f" "$tmp/tree/"
	done
	ln -s "$top"/scripts/* "$tmp/tree/scripts/"
	rm "$tmp/tree/scripts/$1"
	sed "$2" "$top/scripts/$1" >"$tmp/tree/scripts/$1"
	chmod +x "$tmp/tree/scripts/$1"
	status=0
	PCSC_BUILD=$build "$tmp/tree/scripts/$1" >"$tmp/out" 2>"$tmp/err" || status=$?
}

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# `make demo-pki` succeeds, notices an output that is wrong, and the README shows what
# it prints.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The time that it took differs.
steady() {
	sed '/^Every output was right/,$d' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

ktap_begin
check "make demo-pki" sh -c "make -s -C '$top' demo-pki >'$tmp/out' 2>'$tmp/err' || { cat '$tmp/out' '$tmp/err'; exit 1; }" || :
is "the README shows its output" \
	"$(awk '/^<!-- demo-pki -->$/ { d = 1; next } d && /^```/ { if (i) exit; i = 1; next } i' "$top/README.md" | steady)" \
	"$(sed 1d "$tmp/out" | steady)" || :

# A signature that is not that of the certificate must fail: scripts/demo-pki in a tree
# of links, where the guest signs with another key.
mkdir "$tmp/tree"
for f in "$top"/* "$top"/.git*; do
	ln -s "$f" "$tmp/tree/"
done
rm "$tmp/tree/scripts"
mkdir "$tmp/tree/scripts"
ln -s "$top"/scripts/* "$tmp/tree/scripts/"
rm "$tmp/tree/scripts/demo-pki"
sed 's/--id 0001/--id 0002/' "$top/scripts/demo-pki" >"$tmp/tree/scripts/demo-pki"
chmod +x "$tmp/tree/scripts/demo-pki"
status=0
PCSC_BUILD=$build "$tmp/tree/scripts/demo-pki" >"$tmp/out" 2>"$tmp/err" || status=$?
is "a signature that the host refuses fails the demo" \
	"$status $(grep -c '^Verified OK' "$tmp/out") $(grep -c '\^ should be: Verified OK' "$tmp/out")" "1 0 1" ||
	diag "$(cat "$tmp/out" "$tmp/err")"
ktap_end

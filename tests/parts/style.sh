#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# What a reviewer's tools say: checkpatch (the kernel's, strict, and QEMU's), SPDX
# tags, links in documents, sizes of files, and shellcheck; and that the README's table has
# a row for each part of `make check-all`.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"
cd "$top"

files() {
	git ls-files -co --exclude-standard -- "$@" | while read -r f; do
		[ ! -f "$f" ] || echo "$f"
	done
}

# each NAME CHECKER FILE...: one result for all files, each shown that fails
each() {
	name=$1
	checker=$2
	shift 2
	[ $# -gt 0 ] || { not_ok "$name: no files found"; return 0; }
	bad=
	for f; do
		out=$("$checker" "$f" 2>&1) || { bad=1; diag "$f: $out"; }
	done
	if [ -z "$bad" ]; then ok "$name ($# files)"; else not_ok "$name"; fi
}

kernel_checkpatch=$(scripts/kernel --checkpatch)
qemu_src=$build/qemu/10.0/src
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

kernel_style() {
	case $1 in
	# user space: C's own types, winscard's names, no kernel macros
	bench/* | tests/* | scripts/* | lib/* | ifd/* | tools/*)
		printf '%s\n' DWORD LONG UCHAR LPSTR LPBYTE LPCBYTE RESPONSECODE >"$tmp/types"
		set -- "$1" --typedefsfile "$tmp/types" --ignore PREFER_KERNEL_TYPES,CAMELCASE,PREFER_DEFINED_ATTRIBUTE_MACRO
		;;
	# the one place for version checks
	compat/*) set -- "$1" --ignore LINUX_VERSION_CODE,CONSTANT_COMPARISON ;;
	esac
	file=$top/$1
	shift
	(cd "$tmp" && perl "$kernel_checkpatch" --no-tree --strict --terse --no-summary -f "$file" "$@")
}
# By its path in QEMU's tree, on which some rules depend; the build copied it.
qemu_style() {
	in_tree=${1#qemu-patches/files/}
	cmp "$top/$1" "$qemu_src/$in_tree" &&
		(cd "$qemu_src" && perl scripts/checkpatch.pl --strict --no-summary -q -f "$in_tree")
}
qemu_mail() {
	(cd "$qemu_src" && perl scripts/checkpatch.pl --strict --no-summary -q "$top/$1")
}
shell_style() { shellcheck -x "$1"; }
spdx() {
	case $1 in
	LICENSES/* | *.patch | *.hex) return 0 ;;
	# Debian and Buildroot say what these look like.
	debian/changelog | debian/copyright | debian/source/format | debian/*.dkms | buildroot/external.desc) return 0 ;;
	esac
	head -n 12 "$1" | grep -q 'SPDX-License-Identifier: ' || {
		echo "no SPDX-License-Identifier in its first lines"
		return 1
	}
}
size() {
	n=$(wc -l <"$1")
	[ "$n" -le 450 ] || { echo "$n lines"; return 1; }
}
links() {
	dir=$(dirname "$1")
	# Markdown links and images to files of the repository
	grep -oE '\]\([^)# ]+' "$1" | sed 's/^](//' | grep -v : | sort -u | {
		rc=0
		while read -r l; do
			[ -e "$dir/$l" ] || { echo "dead link: $l"; rc=1; }
		done
		exit $rc
	}
}
# No function of a guest test takes the place of one that it shares with others.
once() {
	twice=$(tests/part --script "$(basename "$1" .sh)" | sed -n 's/^\([a-z_0-9]*\)().*/\1/p' |
		sort | uniq -d)
	[ -z "$twice" ] || { echo "defined twice: $twice"; return 1; }
}
is_shell() {
	for f; do
		case $f in
		*.sh) echo "$f" ;;
		*) if head -n 1 "$f" | grep -q '^#!/bin/sh'; then echo "$f"; fi ;;
		esac
	done
}

ktap_begin
# shellcheck disable=SC2046 # no file name here has a space
{
	each "checkpatch --strict: module, its tests and tools" kernel_style \
		$(files '*.c' '*.h' | grep -v '^qemu-patches/')
	each "checkpatch: QEMU files" qemu_style \
		$(files 'qemu-patches/files/*.c' 'qemu-patches/files/*.h')
	each "checkpatch: QEMU patches" qemu_mail $(files 'qemu-patches/patches-*/*.patch')
	each "shellcheck" shell_style \
		$(is_shell $(files . ':!LICENSES' ':!*.svg' ':!*.c' ':!*.h' ':!*.md'))
	each "SPDX tag" spdx $(files .)
	each "files of at most 450 lines" size $(files '*.c' '*.h' '*.sh' 'scripts/*')
	each "functions of a guest test" once $(files 'tests/guest/*.sh' ':!tests/guest/*/*')
	each "links in documents" links $(files '*.md')
}
is "rows in the README's table" \
	"$(sed -n '/table: check-all/,/table: end/s/^| \([a-z][^ ]*\) | [0-9].*/\1/p' README.md)" \
	"$(tests/part --list-all | sed 's/^\(guest:[^:]*\):.*/\1/' | uniq)" || :
ktap_end

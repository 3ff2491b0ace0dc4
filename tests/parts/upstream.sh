#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The series for Linux and QEMU that scripts/upstream makes: each patch applies with git
# am on what Debian's sid has of them, checkpatch has nothing to say, and the driver
# builds from the patches alone, without a warning, for Debian's newest kernel. Sid moves,
# and its checkpatch learns: in `make check-all` only.
# long: yes
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

author='A Tester <tester@example.org>'
out=$build/upstream/test
rm -rf "$out" "$out"-*
mkdir -p "$out"
trap 'rm -rf "$out" "$out"-*' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# mails PROJECT: the patches
mails() { find "$out/$1" -name '*.patch' ! -name '0000-cover-letter.patch' | sort; }
# applied PROJECT: what git am makes of the patches, on a copy of the base
# shellcheck disable=SC2046 # no file name here has a space
applied() {
	git -C "$out/$1-tree" worktree add -q --detach "$out/$1-am" base &&
		git -C "$out/$1-am" -c user.name=tester -c user.email=tester@example.org \
			am -q $(mails "$1") &&
		test -z "$(git -C "$out/$1-tree" diff HEAD "$(git -C "$out/$1-am" rev-parse HEAD)")"
}
# judged PROJECT: checkpatch, in the tree that has them all
# shellcheck disable=SC2046
judged() {
	(cd "$out/$1-tree" && for p in $(mails "$1"); do
		said=$(perl scripts/checkpatch.pl --strict --terse --no-summary "$p" 2>&1) ||
			[ -n "$said" ] || said="checkpatch ended with $?"
		# The one file that QEMU takes from Linux: that it is added is meant.
		case $p in
		*include-standard-headers*)
			said=$(echo "$said" | grep -v 'WARNING: added, moved or deleted file(s)') || : ;;
		esac
		[ -z "$said" ] || echo "$said"
	done)
}

ktap_begin
for project in linux qemu; do
	check "$project: the series is made" "$top/scripts/upstream" --author "$author" "$project" \
		"$out/$project" || continue
	check "$project: git am" applied "$project" || :
	is "$project: checkpatch --strict" "$(judged "$project")" "" || :
	is "$project: nothing of it but by that author" "$(grep -ho '^\(From\|Signed-off-by\): .*@.*' \
		"$out/$project"/*.patch | sed 's/^[^:]*: //' | sort -u)" "$author" || :
	is "$project: no word of other versions" "$(cd "$out/$project" &&
		grep -lE '^\+.*(LINUX_VERSION_CODE|QEMU_VERSION_|pcsc.compat)' ./*.patch)" "" || :
done

# The driver, with the kernel's own headers and nothing else of ours
kernel=$("$top/scripts/kernel" sid)
# shellcheck source=scripts/arch.sh
. "$top/scripts/arch.sh"
use_arch "$(arch_of sid)"
driver=$out/linux-am/drivers/misc/pcsc-passthru
headers=$(readlink "$kernel/headers" | sed "/^[^/]/s,^,$kernel/,")
build_driver() {
	"$top/scripts/kernel.d/enter" "$kernel" make -C "$headers" ARCH=$karch \
		CROSS_COMPILE=$triplet- CC=$triplet-gcc W=1 CONFIG_DEBUG_INFO_BTF_MODULES= \
		CONFIG_PCSC_PASSTHRU=m KCFLAGS="-I$out/linux-am/include -Werror" M="$driver" modules
}
check "linux: the driver builds" build_driver || :
check "linux: pcsc_passthru.ko" test -s "$driver/pcsc_passthru.ko" || :
ktap_end

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# QEMU built with ThreadSanitizer: no data race and no lock in the wrong order is ours in
# the device's tests, with a real pcscd, or in a guest.
#
# long: yes
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/sanitize.sh
. "$top/tests/sanitize.sh"

# reports_to PREFIX: the names of the reports begin with that. The test programs start
# QEMU by fork(), which ThreadSanitizer lets nobody do unasked.
reports_to() {
	TSAN_OPTIONS=log_path=$tmp/$1:suppressions=$tmp.supp:exitcode=0
	TSAN_OPTIONS=$TSAN_OPTIONS:die_after_fork=0:second_deadlock_stack=1:history_size=4
	export TSAN_OPTIONS
}

reports() {
	judged "$tmp"/*
}

# judged FILE...: what is about us in these
judged() {
	cat "$@" 2>/dev/null | awk -f "$top/tests/tsan/ours.awk"
}

# control: that a report about us is seen, and one about others is not. They are made as
# QEMU's are, and names of folders have no part in them.
control() {
	mkdir "$tmp.control"
	${CC:-cc} -O1 -g -fsanitize=thread -pthread -ffile-prefix-map="$top"=. \
		-o "$tmp.control/control" "$top/tests/tsan/control.c" ||
		die "no program with ThreadSanitizer"
	ktap_begin
	for kind in race locks; do
		for whose in ours theirs; do
			reports_to "$kind-$whose"
			TSAN_OPTIONS=$TSAN_OPTIONS:log_path=$tmp.control/$kind-$whose \
				"$tmp.control/control" $kind $whose
			is "control: $kind: $whose is reported" \
				"$(cat "$tmp.control/$kind-$whose".* | grep -c '^WARNING: ThreadSanitizer')" 1 || :
			is "control: $kind: how many of $whose are judged" \
				"$(judged "$tmp.control/$kind-$whose".* | grep -c '^WARNING: ThreadSanitizer')" \
				"$([ $whose = theirs ] && echo 0 || echo 1)" || :
		done
	done
	ktap_end
}

# It needs its memory where it expects it, and this random choice can spoil.
case ${1-} in
'') exec setarch --addr-no-randomize "$0" here ;;
esac

tmp=$(mktemp -d)
trap 'rm -rf "$tmp" "$tmp.supp" "$tmp.control"' EXIT
"$top/scripts/build-qemu" >/dev/null
cat "$top/tests/tsan/suppressions" "$build/qemu/10.0/src/tests/tsan/suppressions.tsan" >"$tmp.supp"
status=0
control || status=1
# ThreadSanitizer never forgets what piece of translated code was made where, which for
# Linux is more than 20 GB: the guest is one that is small.
sanitize thread bare_guest || status=1
diag "$(cat "$tmp"/* 2>/dev/null | grep -c '^WARNING: ThreadSanitizer') reports, QEMU's own among them"
exit $status

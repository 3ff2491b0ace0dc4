#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# Every operation of the device's version 2 interface, through QEMU's pcsclite
# back end on a real pcscd and vpcd, against the same calls of a host client: the
# test program is QEMU's pcsc-backend-pcsclite-test; here it gets its stack. The
# options are those of scripts/build-qemu: which build of QEMU it is.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

case ${1-} in
inside) ;;
*)
	test=$("$top/scripts/build-qemu" --qtest "$@" | grep '/pcsc-backend-pcsclite-test$') ||
		die 'scripts/build-qemu built no pcsc-backend-pcsclite-test'
	make -s -C "$top/tests/card" BUILD="$build"
	exec "$top/scripts/stack" --cards 0=test -- "$0" inside "$test"
	;;
esac

log=$(mktemp)
trap 'rm -f "$log"' EXIT
ktap_begin
QTEST_QEMU_BINARY=${2%/build/*}/qemu-system-arm PCSC_TEST_CARDS=$top/scripts/stack-ctl \
	timeout 300 "$2" --verbose --tap -k >"$log" 2>&1 && rc=0 || rc=$?
while read -r verdict _ name rest; do
	case $verdict/$rest in
	ok/*SKIP*) not_ok "$name was skipped" ;;
	ok/*) ok "$name" ;;
	esac
done <<-EOF
	$(grep '^ok ' "$log" || :)
EOF
if [ "$rc" -ne 0 ] || [ "$ktap_n" -eq 0 ]; then
	not_ok "status $rc of $(basename -- "$2")"
	diag "$(tail -n 40 "$log")"
fi
ktap_end

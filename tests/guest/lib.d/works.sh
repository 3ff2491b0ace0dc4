# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# Whether a reader with a test card works, now or all the time, and what QEMU has.

works_apdu='80 E0 00 00 02 BE EF'
works_answer='BE EF 90 00'

# works N: connects, and the answer is the right one
works() {
	put "$1" connect 1 && [ "$(tx "$1" "$works_apdu")" = "$works_answer" ]
}
# busy_end: what a command beside said in /tmp/busy, when it has ended
busy_end() {
	until_true 60 test -s /tmp/busy
	cat /tmp/busy
}
# loop_begin N: commands without end, a connect after each failure
loop_begin() {
	gt loop "$(attr "$1" transmit)" "$works_apdu" "$works_answer" \
		"$(attr "$1" connect)" >"/tmp/loop.$1" &
	eval "loop_$1=$!"
}
# loop_end N GOOD FAILED [ERRNO...]: no answer was wrong, more than so many were good and
# failed, and these with no other errno. Sets $loop, what `gt loop` says.
loop_end() {
	eval "finish \$loop_$1"
	loop=$(cat "/tmp/loop.$1")
	diag "reader $1: $loop"
	is "reader $1: wrong answers" "$(field bad "$loop")" 0
	check "reader $1: good answers" test "$(field good "$loop")" -gt "$2"
	check "reader $1: it saw failures" test "$(field failed "$loop")" -gt "$3"
	[ $# -gt 3 ] || return 0
	loop_n=$1
	shift 3
	is "reader $loop_n: no other errno than $*" \
		"$(sed -n 's/^errnos *//p' "/tmp/loop.$loop_n" | tr ' ' '\n' |
			grep -vxF "$(printf '%s\n' "$@")")" ""
}
# qemu_usage: QEMU's threads and files
qemu_usage() {
	host qemu usage | sed 's/ kbytes.*//'
}
qemu_has() {
	[ "$(qemu_usage)" = "$1" ]
}
# same_usage NAME BEFORE: they are what they were
same_usage() {
	check "$1" until_true 20 qemu_has "$2" || diag "before: $2, now: $(qemu_usage)"
}

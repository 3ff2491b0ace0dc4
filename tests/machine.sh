# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154
#
# A QEMU without a system in it, whose registers a script reads and writes by qtest's
# protocol: for tests on the host that look at QEMU from outside. tests/ktap.sh is needed,
# and $tmp, a folder. The machine's number is in $qemu.

qemu=

# machine_begin QEMU
machine_begin() {
	rm -f "$tmp/in"
	mkfifo "$tmp/in"
	"$1" -machine vexpress-a15 -accel qtest -qtest stdio -display none -serial none \
		<"$tmp/in" >"$tmp/out" 2>"$tmp/err" &
	qemu=$!
	exec 3>"$tmp/in"
}

# machine_end [SIGNAL]: also for a trap
machine_end() {
	[ -n "$qemu" ] || return 0
	kill -s "${1-TERM}" "$qemu" 2>/dev/null || :
	wait "$qemu" 2>/dev/null || :
	qemu=
	exec 3>&-
}

# until_true COMMAND...: for 20 s at most
until_true() {
	until_i=0
	until "$@" >/dev/null 2>&1; do
		until_i=$((until_i + 1))
		[ $until_i -lt 200 ] || return 1
		sleep 0.1
	done
}

# machine_answers: how many commands it has answered; counted there, since a test's check
# runs what it is given in a shell of its own
machine_answers() {
	grep -c '^OK' "$tmp/out" || :
}
machine_answered() {
	[ "$(machine_answers)" -ge "$machine_n" ]
}

# ask WORD...: a command of that protocol; its answer is in $answer
# shellcheck disable=SC2034
ask() {
	machine_n=$(($(machine_answers) + 1))
	echo "$*" >&3
	until_true machine_answered || { diag "$(cat "$tmp/err")"; return 1; }
	answer=$(grep '^OK' "$tmp/out" | sed -n "${machine_n}s/^OK *//p")
}

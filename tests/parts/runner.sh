#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# scripts/guest itself: what a script in the guest prints and ends with comes out
# unharmed, what can go wrong says so, and nothing is left behind.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"
# shellcheck source=tests/splats.sh
. "$top/tests/splats.sh"
set +e	# a bad result is one among others

guest=$top/scripts/guest
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# in_guest NAME [OPTION...]: runs stdin as a guest's script; its output is in
# $tmp/NAME.out and .err, its status in $status
in_guest() {
	name=$1
	shift
	status=0
	"$guest" --keep-log "$tmp/$name.log" "$@" - >"$tmp/$name.out" 2>"$tmp/$name.err" || status=$?
	[ "$status" != 125 ] || sed 's/^/# /' "$tmp/$name.err"
}

# mine: processes that a runner of this test left: their environment has our mark
mark=PCSC_RUNNER_TEST=$$
export PCSC_RUNNER_TEST=$$
mine() {
	for p in /proc/[0-9]*; do
		[ "${p#/proc/}" != $$ ] || continue
		if tr '\0' '\n' <"$p/environ" 2>/dev/null | grep -qx "$mark" &&
			[ "$(readlink "$p/exe")" != "$(readlink /proc/$$/exe)" ]; then
			printf '%s ' "${p#/proc/}"
			tr '\0' ' ' <"$p/cmdline"
			echo
		fi
	done
}
none_left() {
	i=0
	# In two steps: a grep beside would be found by its own words.
	while mine >"$tmp/mine" 2>/dev/null &&
		grep -E 'qemu|pcscd|testcard|vicc|unshare|guest' "$tmp/mine" >"$tmp/left"; do
		i=$((i + 1))
		[ $i -lt 50 ] || { cat "$tmp/left"; return 1; }
		sleep 0.1
	done
}

ktap_begin

# One guest for all that goes well.
head -c 3000000 /dev/urandom >"$tmp/big"
printf 'two words\n' >"$tmp/small"
in_guest good --cards 0=test --add "$tmp/big:/data/deep/big" --add "$tmp/small:/small" <<'E2'
echo to the console >/dev/console
cat /data/deep/big
cat /small >&2
cat /data/deep/big >&2
exit 42
E2
# On a busy host another part may hold a lock for longer than goes without a word.
LC_ALL=C sed -i '1{/: waiting for another run (/d}' "$tmp/good.err"
is "exit status" "$status" 42
check "3 MB of any bytes on stdout" cmp "$tmp/big" "$tmp/good.out"
cat "$tmp/small" "$tmp/big" >"$tmp/both"
check "and on stderr" cmp "$tmp/both" "$tmp/good.err"
check "the console's log" grep -q 'to the console' "$tmp/good.log"

in_guest host --cards 0=test,1=test:3B021450 <<'E2'
say() { echo "$@"; "$@" 2>&1; echo "status $?"; }
cd /sys/bus/platform/devices
say host card remove 1
sleep 2
sed -n 2p pcsc_reader.1/state
say host card insert 1 test:3B021451
sleep 2
sed -n 2p pcsc_reader.1/state
host cards | sed -n 1,3p
say host pcscd stop
say host pcscd stop >/dev/null && host pcscd stop >/dev/null 2>&1 || echo refused
say host pcscd start
host card insert 99 test >/dev/null 2>/tmp/e || echo refused
cat /tmp/e
host card insert 3 spoon >/dev/null 2>/tmp/e || echo refused
cat /tmp/e
host nonsense >/dev/null 2>&1 || echo refused
start=$(cut -d. -f1 /proc/uptime)
say host sleep 3
test $(($(cut -d. -f1 /proc/uptime) - start)) -ge 2 && echo slept
(exit 7)
E2
is "the status of the last command" "$status" 7
diag "$(cat "$tmp/host.out")"
check "card verbs" grep -qx '  Card removed' "$tmp/host.out"
is "verbs that were refused" "$(grep -c '^refused' "$tmp/host.out")" 4
is "verbs that were done" "$(grep -c '^status 0' "$tmp/host.out")" 5
check "host sleep" grep -qx slept "$tmp/host.out"
check "host cards" grep -qx '1 test:3B021451' "$tmp/host.out"

# What goes wrong, each with 125 and a reason
in_guest panic --no-module <<'E2'
lsmod | grep pcsc
ls /sys/bus/platform/devices | grep pcsc_reader
find / -xdev -name pcsc_passthru.ko
echo c >/proc/sysrq-trigger
sleep 60
E2
is "a panic: status" "$status" 125
is "a panic: what was said before" "$(sed 's|.*/||' "$tmp/panic.out")" pcsc_passthru.ko
check "--no-module: not loaded, but there" grep -q '^/usr/lib/modules/' "$tmp/panic.out"
check "a panic: the reason" grep -qi panic "$tmp/panic.err"

in_guest slow --timeout 5 <<'E2'
sleep 600
E2
is "a time-out: status" "$status" 125
check "a time-out: the reason" grep -qiE 'time' "$tmp/slow.err"

in_guest off <<'E2'
poweroff -f
sleep 60
E2
is "a guest that went: status" "$status" 125
check "a guest that went: the reason" test -s "$tmp/off.err"

in_guest broken --qemu-arg -no-such-option </dev/null
is "QEMU does not start: status" "$status" 125
check "QEMU does not start: the reason" grep -q no-such-option "$tmp/broken.err"
check "no processes left" none_left

# Ctrl-C and kill
for signal in INT TERM; do
	echo 'echo up; sleep 600' >"$tmp/sleep"
	setsid env --default-signal=INT "$guest" --cards 0=test "$tmp/sleep" >"$tmp/signal.out" 2>"$tmp/signal.err" &
	runner=$!
	i=0
	until [ -s "$tmp/signal.out" ] || [ $i = 600 ]; do
		sleep 0.2
		i=$((i + 1))
	done
	if [ $signal = INT ]; then
		# As a terminal does: to all of the foreground group. A shell has
		# the jobs it starts beside ignore SIGINT: env undoes that.
		kill -s INT -- -"$runner"
	else
		kill -s TERM "$runner"
	fi
	status=0
	wait "$runner" || status=$?
	check "SIG$signal: not a success ($status)" test "$status" != 0
	check "SIG$signal: no processes left" none_left
done

# What a kernel that finds data races says: ours count, also in what we call
race() { # TITLE FRAME...: of its second stack
	race_title=$1
	shift
	printf '%s\n' "$equals" "BUG: KCSAN: data-race in $race_title" '' \
		'write to 0xffff000003d0a1c0 of 8 bytes by task 66 on cpu 1:' ' memcpy+0x24/0x100' \
		' seq_read+0x24/0x100' ' vfs_read+0x24/0x100' ' ksys_read+0x24/0x100' '' \
		'read to 0xffff000003d0a1c0 of 8 bytes by task 67 on cpu 0:'
	printf ' %s+0x38/0x84\n' "$@"
	printf '%s\n' '' 'Reported by Kernel Concurrency Sanitizer on:' "$equals"
}
equals=$(printf '%066d' 0 | tr 0 =)
races() {
	race "$@" | splats
}
is "a race of ours" "$(races 'memcpy / pcsc_look' pcsc_look)" \
	'BUG: KCSAN: data-race in memcpy / pcsc_look'
is "a race in what we call" "$(races 'memcpy / find_bit' find_bit pcsc_look vfs_read)" \
	'BUG: KCSAN: data-race in memcpy / find_bit'
is "a race far below us" "$(races 'memcpy / find_bit' find_bit a b pcsc_look)" ''
is "a race of the kernel" "$(races 'memcpy / find_bit' find_bit vfs_read)" ''
is "a race of ours behind one of the kernel" "$({ race 'a / b' c; race 'd / e' e pcsc_look; } | splats)" \
	'BUG: KCSAN: data-race in d / e'
is "what is no race" "$(printf '%s\n' 'BUG: KASAN: x' 'all is well' | splats)" 'BUG: KASAN: x'
check "nothing at all" eval '! echo "all is well" | splats'

# A host that stands still: all of a part's processes are stopped for a while, as with a
# virtual machine. What fails then runs again; what succeeds, or fails by itself, does not.
cat >"$tmp/still" <<'E2'
say() { echo "$*" >&2; }
. "$1/tests/stillness.sh"
part() {
	echo once
	sleep "$1"
	return "$2"
}
unless_still "$2" part "$3" "$4"
E2
# group_is_gone PGID: or is left to init, which may take its time to wait for it
group_is_gone() {
	! ps -eo pgid=,stat=,args= | awk -v pgid="$1" '$1 == pgid && $2 !~ /^Z/' | grep .
}
# still NAME SECONDS STATUS STOPPED: a part that takes so long and ends so; 0 STOPPED: not
still() {
	setsid sh -eu "$tmp/still" "$top" "$tmp/beats" "$2" "$3" >"$tmp/still.out" 2>"$tmp/still.err" &
	runner=$!
	if [ "$4" != 0 ]; then
		sleep 2
		kill -s STOP -- -$runner
		sleep "$4"
		kill -s CONT -- -$runner
	fi
	status=0
	wait $runner || status=$?
	is "$1: status" "$status" "$3"
	sleep 1.5
	check "$1: no watcher left" group_is_gone $runner
}
still "a part that fails" 3 1 0
is "it ran once" "$(cat "$tmp/still.out")" once
still "a part that succeeds on a host that stands still" 3 0 12
is "it ran once" "$(cat "$tmp/still.out")" once
like "the host's fault is told" "$(cat "$tmp/still.err")" "*the host stood still for 1[0-3] s*"
still "a part that fails on a host that stands still" 3 1 12
is "it ran again" "$(cat "$tmp/still.out")" "once
once"
like "and that is told" "$(cat "$tmp/still.err")" "*once more*"

# A guest that dies takes the results with it: the summary says what is known.
mkdir -p "$tmp/build/check"
printf 'KTAP version 1\n' >"$tmp/build/check/dead.tap"
printf 'build: 3 files\nguest: error: QEMU ended with status -6\nguest: what QEMU said:\nhw: Assertion\n%s\n' \
	"guest: the end of its console:
  | error: of the guest" >"$tmp/build/check/dead.err"
echo 125 >"$tmp/build/check/dead.status"
echo 7 >"$tmp/build/check/dead.time"
status=0
PCSC_BUILD=$tmp/build "$top/tests/part" --summary >"$tmp/summary" || status=$?
is "a part that was cut short: status" "$status" 1
is "and why" "$(tail -n +2 "$tmp/summary")" "guest: error: QEMU ended with status -6
guest: what QEMU said:
hw: Assertion
guest: the end of its console:
0 passed, 1 failed, 0 skipped"
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# Short words for what guest tests do with readers; put before each of them.

devices=/sys/bus/platform/devices

# attr N NAME: the path of an attribute of reader N
attr() {
	echo "$devices/pcsc_reader.$1/$2"
}

# get N NAME, put N NAME VALUE: one read, one write; prints what it gave, or the
# name of the errno.  put prints nothing if all was written.
get() {
	gt read "$(attr "$1" "$2")"
}
put() {
	if put_out=$(gt put "$(attr "$1" "$2")" "$3"); then
		return 0
	fi
	echo "$put_out"
	return 1
}

# tx N HEX: one APDU; prints the response, or the name of the errno
tx() {
	gt transmit "$(attr "$1" transmit)" "$2"
}

# until_true SECONDS COMMAND...: waits for COMMAND to succeed, quietly
until_true() {
	until_end=$(($(uptime_s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(uptime_s)" -lt "$until_end" ] || return 1
		sleep 0.1
	done
}

# uptime_s: seconds since the guest booted, without those of a suspended clock
uptime_s() {
	cut -d. -f1 /proc/uptime
}

# within SECONDS NAME WANTED COMMAND...: passes if COMMAND prints what is wanted, in time
within() {
	within_limit=$1 within_name=$2 within_want=$3
	shift 3
	within_start=$(uptime_s)
	is "$within_name" "$("$@")" "$within_want"
	within_took=$(($(uptime_s) - within_start))
	[ "$within_took" -le "$within_limit" ] || not_ok "$within_name: took $within_took s"
}

# state_is N TEXT: whether `state` has TEXT among its lines
state_is() {
	get "$1" state | grep -qxF "$2"
}

# text_inserted, text_removed: the whole of `state`, as the 2014 README shows it
text_inserted() {
	printf 'Reader State:\n  Card inserted\nCard Connected: [No]\n'
}
text_removed() {
	printf 'Reader State:\n  Card removed\n\n'
}

# reader_driver unbind|bind N: prints the name of the errno if there is one
reader_driver() {
	reader_driver_says=$(gt put "/sys/bus/platform/drivers/pcsc_reader/$1" "pcsc_reader.$2") ||
		{ echo "$reader_driver_says"; return 1; }
}

# controller_find: that of reader 0, for controller_driver
controller_find() {
	controller_device=$(readlink -f "$(attr 0 ..)")
	controller_files=$(readlink -f "$controller_device/driver")
}
# controller_driver unbind|bind: prints the name of the errno if there is one
controller_driver() {
	controller_driver_says=$(gt put "$controller_files/$1" "${controller_device##*/}") ||
		{ echo "$controller_driver_says"; return 1; }
}

# readers: how many there are
readers() {
	find $devices -name 'pcsc_reader.*' | wc -l
}

# background FILE COMMAND...: runs COMMAND beside, with its output in FILE, and
# returns when its first line is there; its number is in $!
background() {
	background_out=$1
	shift
	: >"$background_out"
	"$@" >"$background_out" 2>&1 &
	until_true 20 test -s "$background_out"
}

# finish PID: ends a program of gt that goes on until SIGTERM
finish() {
	kill -TERM "$1" 2>/dev/null || :
	wait "$1" || :
}

# field NAME TEXT: the number after NAME in a line of gt or host
field() {
	echo "$2" | sed -n "s/.*\b$1 \([0-9]*\).*/\1/p" | tail -n 1
}

# kernel_is_calm: nothing in the kernel's log that a bug would leave there
kernel_is_calm() {
	! dmesg | splats
}

# lockdep_looks: the end of each test on a kernel that has lockdep. That stops looking when
# it has found something, does not end the guest by it (panic_on_warn), and its words do not
# reach a console that is told less.
# shellcheck disable=SC2034 # for ktap_end
ktap_last=lockdep_looks
lockdep_looks() {
	[ -e /proc/lockdep_stats ] || return 0
	is "lockdep still looks" \
		"$(awk '$1 == "debug_locks:" { print $2 }' /proc/lockdep_stats)" 1 || :
}

# emulated EVENT [WORD]...: what happens to the readers of QEMU's emulated back end
emulated() {
	host qom-set /objects/readers event "$@"
}

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154 # controller_find() of reader.sh sets them
#
# A device that lies as it is told (hw/pcsc/pcsc-hostile.c has the words), and the driver
# that is bound to it.

# lie WORD...: from here on, instead of what it told before; none: the truth
lie() {
	host qom-set /machine/peripheral/liar lie "$@" || { not_ok "lie: $*"; return 1; }
}

# controller bind|unbind: prints the errno if there is one. Before Linux 5.12 a bind whose
# probe fails is ENODEV, whatever the probe said: that is in the log then.
controller() {
	echo "hostile: $1" >/dev/kmsg
	controller_says=$(controller_driver "$1")
	if [ "$1 $controller_says" = "bind ENODEV" ]; then
		case $(dmesg | awk '/hostile: bind$/ { at = "" }
			/: probe of .* failed with error -/ { at = $NF }
			END { print at }') in
		-22) controller_says=EINVAL ;;
		-110) controller_says=ETIMEDOUT ;;
		esac
	fi
	[ -z "$controller_says" ] || echo "$controller_says"
}

# again: as if the driver were loaded now; prints the errno
again() {
	[ ! -e "$controller_device/driver" ] || controller unbind
	controller bind
}

# honest: no lies, and a driver that has heard none
honest() {
	lie
	again
}

# connected [WORD...]: no lies but these from the start, and reader 0 and 1 connected
connected() {
	lie "$*"
	again
	check "connect" put 0 connect 1
	check "connect the other" put 1 connect 1
}

# refused NAME ERRNO WORD...: the driver cannot be bound, and can without the lie
refused() {
	refused_name=$1 refused_errno=$2
	shift 2
	lie
	controller unbind
	lie "$*"
	within 60 "$refused_name: bind" "$refused_errno" controller bind
	is "$refused_name: readers" "$(readers)" 0
	lie
	is "$refused_name: honest: bind" "$(controller bind)" ""
	recovers "$refused_name"
}

# accepted NAME COUNT WORD...: the driver can be bound, and sees so many readers
accepted() {
	accepted_name=$1 accepted_count=$2
	shift 2
	lie "$*"
	within 60 "$accepted_name: bind" "" again
	is "$accepted_name: readers" "$(readers)" "$accepted_count"
}

# recovers NAME: the truth is told, and a command succeeds at once
recovers() {
	lie
	is "$1: then connect" "$(put 0 connect 1)" ""
	is "$1: then an honest command" "$(tx 0 '80 E0 00 00 01 42')" "42 90 00"
}

# repeat N TEXT
repeat() {
	awk -v n="$1" -v text="$2" 'BEGIN { while (n--) printf "%s", text }'
}

# connect_is ERRNO: whether a connect fails so
connect_is() {
	[ "$(put 0 connect 1)" = "$1" ]
}

# happens: the card of reader 0 goes and comes, which the device tells by an interrupt
happens() {
	for happens_what in remove insert; do
		emulated "$happens_what" 0
	done
}

# interrupts: how many there were
interrupts() {
	awk -v name="${controller_device##*/}" '$NF == name { n = 0; for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i; print n }' /proc/interrupts
}
interrupts_above() {
	[ "$(interrupts)" -gt "$1" ]
}

# storm_begins WORD...; storm_ended: whether the kernel disabled the interrupt since
storm_begins() {
	storm_n=$(dmesg | grep -c 'Disabling IRQ')
	lie "$*"
}
storm_ended() {
	[ "$(dmesg | grep -c 'Disabling IRQ')" -gt "$storm_n" ]
}
# storm_ends NAME: it does so after 100,000 interrupts, of which a debug kernel handles some
# hundred in a second
storm_ends() {
	case $(uname -r) in
	*-debug | *-kcsan) storm_limit=1500 ;;
	*) storm_limit=60 ;;
	esac
	check "$1: the kernel ends it" until_true $storm_limit storm_ended
}

# storm NAME WORD...: the line never falls; the kernel ends that, commands are answered,
# if late, and interrupts are back when the driver is bound anew
storm() {
	storm_name=$1
	shift
	connected ''
	put 0 timeout_ms 1000
	storm_begins "$@"
	storm_ends "$storm_name"
	lie
	within 60 "$storm_name: a command" "42 90 00" tx 0 '80 E0 00 00 01 42'
	again
	recovers "$storm_name"
	storm_interrupts=$(interrupts)
	happens
	check "$storm_name: then bound anew: interrupts" until_true 20 interrupts_above "$storm_interrupts"
}

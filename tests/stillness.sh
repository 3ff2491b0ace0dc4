# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# A host that stands still for a while (a virtual machine that is paused, a disk that does
# not take a byte) has the clock of a guest jump: every limit of a test is over at once, and
# the guest's kernel finds itself locked up. For tests/part, which sees that by a clock
# of its own. scripts/common.sh is needed.

# Seconds: what a beat of one second may take on a host that is just busy, and what all that
# took longer may be, together, before a test that fails says nothing
still_beat_max=5
still_limit=10

# still_beat FILE: the time goes there
still_beat() {
	read -r still_now _ </proc/uptime
	echo "${still_now%%.*}" >>"$1"
}

# still_watch FILE: beats once a second, as long as this shell lives
still_watch() {
	while kill -0 $$; do
		still_beat "$1"
		sleep 1
	done
}

# still_seconds FILE: how long it stood still, from the first beat in FILE to the last
still_seconds() {
	awk -v max=$still_beat_max '
		NR > 1 && $1 - last > max { still += $1 - last - 1 }
		{ last = $1 }
		END { print still + 0 }' "$1"
}

# unless_still FILE COMMAND...: runs COMMAND, with its beats in FILE, and once more if it
# failed and the host stood still meanwhile
unless_still() {
	still_file=$1
	shift
	for still_try in 1 2; do
		: >"$still_file"
		still_watch "$still_file" </dev/null >/dev/null 2>&1 &
		still_watcher=$!
		still_status=0
		"$@" || still_status=$?
		kill $still_watcher
		wait $still_watcher 2>/dev/null || :
		still_beat "$still_file"
		still_s=$(still_seconds "$still_file")
		[ "$still_s" -ge $still_limit ] || break
		say "the host stood still for $still_s s in $*"
		if [ "$still_status" = 0 ] || [ $still_try = 2 ]; then break; fi
		say "it failed, which says nothing then: once more"
	done
	return "$still_status"
}

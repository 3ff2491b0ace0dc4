# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154
#
# The guest's side of tests/parts/soak.sh, which sets $soak_seconds and $soak_seed, and
# puts the words of tests/guest before this.

module=$(find /lib/modules / -xdev -name pcsc_passthru.ko 2>/dev/null | head -n 1)
controller=$(readlink -f "$(attr 0 ..)")
cat >/bin/reload <<RELOAD
#!/bin/sh
# All who have a reader open hear that it goes, and let it go.
echo ${controller##*/} >$(readlink -f "$controller/driver")/unbind || exit
tries=0
until rmmod pcsc_passthru 2>/dev/null; do
	tries=\$((tries + 1))
	[ \$tries -lt 300 ] || { rmmod pcsc_passthru; exit 1; }
	usleep 100000
done
insmod $module
RELOAD
chmod 755 /bin/reload

# rest: nobody uses a reader; what is used then is used by the driver and by QEMU
rest() {
	pcscd_stop
	reload
	sleep 3
	sync
	echo 3 >/proc/sys/vm/drop_caches
}
guest_kbytes() {
	awk '/^MemTotal:/ { all = $2 } /^MemFree:/ { free = $2 } END { print all - free }' \
		/proc/meminfo
}
# guest_has: programs that run in the guest, and their open files, this one's among them
guest_has() {
	programs=0
	for stat in /proc/[0-9]*/cmdline; do
		[ -z "$(tr -d '\0' <"$stat" 2>/dev/null)" ] || programs=$((programs + 1))
	done
	echo "programs $programs files $(find /proc/[0-9]*/fd -mindepth 1 2>/dev/null | wc -l)"
}
# usage_of qemu|pcscd: the host's, at rest; what it has less its memory
usage_of() {
	host "$1" usage | sed 's/ kbytes.*//'
}
# soak_for SECONDS SEED [cards]: into /tmp/soak. The last reader has a client of its own,
# which wants it for itself now and then.
soak_for() {
	pcscd_start --slots 9 || { echo "no pcscd"; return 1; }
	soak "$@" >/tmp/soak
	soak_rc=$?
	diag "$(grep '^#' /tmp/soak | cut -c3-)"
	soak_end=$(tail -n 1 /tmp/soak)
	diag "$soak_end"
	return $soak_rc
}
# judge NAME: what must hold of it
judge() {
	is "$1: wrong answers" "$(field bad "$soak_end")" 0
	is "$1: failures that nothing explains" "$(field odd "$soak_end")" 0
	is "$1: disasters that could not be done" "$(field undone "$soak_end")" 0
	check "$1: a failure counts for a fifth of the time at each reader" \
		test "$(field judged "$soak_end")" -ge 20
	check "$1: cards were pulled" test "$(field cards "$soak_end")" -gt 0
	check "$1: each worker worked" test "$(field least "$soak_end")" -gt 20
	# Not the time-out of a command, and what the driver adds: all ended by themselves.
	check "$1: nothing hung" test "$(field longest_ms "$soak_end")" -lt 65000
}
# same_usage qemu|pcscd BEFORE
same_usage() {
	[ "$(usage_of "$1")" = "$2" ]
}
# flat NAME BEFORE NOW LIMIT: kilobytes
flat() {
	diag "$1: $2 kB, then $3 kB"
	check "$1 is flat" test $(($3 - $2)) -lt "$4"
}
# part NAME SECONDS SEED [cards]
good=0
part() {
	part_name=$1
	shift
	soak_for "$@"
	is "$part_name" $? 0
	judge "$part_name"
	good=$((good + $(field good "$soak_end")))
	rest
}

ktap_begin
rest
qemu_before=$(usage_of qemu)
pcscd_before=$(usage_of pcscd)
guest_before=$(guest_has)
diag "at rest: QEMU $qemu_before, pcscd $pcscd_before, guest $guest_before"

# What is allocated once, and kept, is so after the first part.
part "first part" $((soak_seconds / 4)) "$soak_seed"
qemu_first=$(field kbytes "$(host qemu usage)")
guest_first=$(guest_kbytes)

part "second part" $((soak_seconds / 2)) $((soak_seed + 1))
check "pcscd was restarted" test "$(field pcscd "$soak_end")" -gt 0
check "the module was reloaded" test "$(field reloads "$soak_end")" -gt 0
for kind in short long transactions exclusive reconnects resets cancels; do
	check "there were such: $kind" test "$(field $kind "$soak_end")" -gt 0
done

# One pcscd that stays, to see what that keeps
part "third part" $((soak_seconds / 8)) $((soak_seed + 2)) cards
is "pcscd stayed" "$(field pcscd "$soak_end") $(field reloads "$soak_end")" "0 0"
pcscd_first=$(field kbytes "$(host pcscd usage)")
part "fourth part" $((soak_seconds / 8)) $((soak_seed + 3)) cards
is "pcscd stayed" "$(field pcscd "$soak_end") $(field reloads "$soak_end")" "0 0"

diag "APDUs: $good"
if [ "$soak_seconds" -ge 1800 ]; then
	check "at least 100,000 APDUs" test "$good" -ge 100000
fi
is "the guest's programs and files" "$(guest_has)" "$guest_before"
check "QEMU has as many threads and files as before" \
	until_true 30 same_usage qemu "$qemu_before" || diag "now: $(usage_of qemu)"
check "pcscd has as many threads and files as before" \
	until_true 30 same_usage pcscd "$pcscd_before" || diag "now: $(usage_of pcscd)"
flat "QEMU's memory" "$qemu_first" "$(field kbytes "$(host qemu usage)")" 8192
flat "pcscd's memory" "$pcscd_first" "$(field kbytes "$(host pcscd usage)")" 2048
flat "the guest's memory" "$guest_first" "$(guest_kbytes)" 4096
check "readers" test "$(readers)" = 10
check "kernel log" kernel_is_calm
ktap_end

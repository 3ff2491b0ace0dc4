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
	awk '/^(MemFree):/ { free = $2 } END { print free }' /proc/meminfo
}
# guest_has: programs that run in the guest, and their open files, this one's among them
guest_has() {
	programs=0
	for stat in /proc/[0-9]*/cmdline; do
		[ -z "$(tr -d '\0' <"$stat" 2>/dev/null)" ] || programs=$((programs + 1))
	done
	echo "programs $programs files $(find /proc/[0-9]*/fd -mindepth 1 2>/dev/null | wc -l)"
}
# soak SECONDS SEED: into /tmp/soak
soak_for() {
	pcscd_start --slots 10 || { echo "no pcscd"; return 1; }
	soak "$1" "$2" >/tmp/soak
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
	check "$1: cards were pulled" test "$(field cards "$soak_end")" -gt 0
	check "$1: each worker worked" test "$(field least "$soak_end")" -gt 20
	# Not the time-out of a command, and what the driver adds: all ended by themselves.
	check "$1: nothing hung" test "$(field longest_ms "$soak_end")" -lt 65000
}
same_usage() {
	[ "$(host qemu usage | sed 's/ kbytes.*//')" = "$before" ]
}

ktap_begin
rest
before=$(host qemu usage | sed 's/ kbytes.*//')
guest_before=$(guest_has)
diag "at rest: $before, guest: $guest_before"

# What is allocated once, and kept, is so after the first part.
first=$((soak_seconds / 4))
soak_for $first "$soak_seed"
is "first part" $? 0
judge "first part"
good=$(field good "$soak_end")
rest
qemu_first=$(field kbytes "$(host qemu usage)")
guest_first=$(guest_kbytes)

soak_for $((soak_seconds - first)) $((soak_seed + 1))
is "second part" $? 0
judge "second part"
good=$((good + $(field good "$soak_end")))
check "pcscd was restarted" test "$(field pcscd "$soak_end")" -gt 0
check "the module was reloaded" test "$(field reloads "$soak_end")" -gt 0
rest
qemu_last=$(field kbytes "$(host qemu usage)")
guest_last=$(guest_kbytes)

diag "APDUs: $good"
if [ "$soak_seconds" -ge 1800 ]; then
	check "at least 100,000 APDUs" test "$good" -ge 100000
fi
is "the guest's programs and files" "$(guest_has)" "$guest_before"
check "QEMU has as many threads and files as before" until_true 30 same_usage ||
	diag "before: $before, now: $(host qemu usage)"
diag "QEMU's memory: $qemu_first kB, then $qemu_last kB"
check "QEMU's memory is flat" test $((qemu_last - qemu_first)) -lt 8192
diag "the guest's free memory: $guest_first kB, then $guest_last kB"
check "the guest's memory is flat" test $((guest_first - guest_last)) -lt 4096
check "readers" test "$(readers)" = 10
check "kernel log" kernel_is_calm
ktap_end

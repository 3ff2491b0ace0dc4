# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# Nothing that the module took from the kernel's allocators is lost: 50 times loaded, each
# time with readers and the controller unbound and bound, commands by sysfs and by the
# character device, failures, and files that are open when a reader goes. Of objects
# kmemleak tells it, of pages their list of owners, of mappings that of the DMA API; each is
# seen to find what is there.
# lib: works owners
# Debian's kernels cannot tell what is lost.
# kernels: 6.1-debug
# guest: --smp 2 --cards none
# guest: --backend pcsc-backend-emulated,count=2,cards=0;1
# guest: --append page_owner=on
# guest: --add @modules@/samples/kmemleak/kmemleak-test.ko:/kmemleak-test.ko

rounds=50
leaks=/sys/kernel/debug/kmemleak

# scan: it names what no pointer led to twice, if that is older than 5 s
scan() {
	sleep 6
	echo scan >$leaks && sleep 6 && echo scan >$leaks
}
# found: what scans found, of the module or of one that is unloaded: its addresses have
# no names any more
found() {
	awk 'function end() { if (ours) print report; report = ""; ours = 0 }
		/^unreferenced object/ { end() }
		{ report = report $0 "\n" }
		/pcsc/ || /\] 0x[0-9a-f]+$/ { ours = 1 }
		END { end() }' $leaks
}
# use: what allocates something, with success and without
use() {
	works 0 || return 1
	works 1 || return 1
	exec 5<>/dev/pcsc_reader0
	printf '\200\340\000\000\001\102' >&5
	reader_driver unbind 0
	exec 5>&-
	reader_driver bind 0
}
# hold, let_go: what has pages for as long as it lasts
hold() {
	works 0 || return 1
	exec 5<>/dev/pcsc_reader1
	printf '\200\340\000\000\001\102' >&5
}
let_go() {
	exec 5>&-
}
again() {
	controller_driver unbind && controller_driver bind
}

ktap_begin
mount -t debugfs debugfs /sys/kernel/debug
check "kmemleak is there" scan
diag "$(cat $leaks)"
check "what the boot lost is forgotten" eval "echo clear >$leaks"
controller_find
module=$(find /lib/modules / -xdev -name pcsc_passthru.ko 2>/dev/null | head -n 1)
bad='' round=1
while [ -z "$bad" ] && [ $round -le $rounds ]; do
	use || bad="$bad $round:use"
	again || bad="$bad $round:bind"
	works 0 >/tmp/works || bad="$bad $round:$(cat /tmp/works)"
	rmmod pcsc_passthru || bad="$bad $round:rmmod"
	insmod "$module" || bad="$bad $round:insmod"
	round=$((round + 1))
done
is "wrong in $rounds rounds" "$bad" ""
works 0
diag "$(cut -d' ' -f1 /proc/uptime) s after boot"
check "scan" scan
is "lost while the module is loaded" "$(found)" ""
# Here, since what a check opens ends with it
held=no
! hold || held=yes
is "a reader and a file in use" "$held" yes
held=$(owned)
for by in pcsc_buffer_alloc pcsc_buffer_alloc_pages; do
	like "pages of $by(), in use" "$held" "*$by+*"
done
like "what the device may reach, in use" "$(mapped)" "?*"
let_go
unowned
check "rmmod" rmmod pcsc_passthru
check "scan" scan
is "lost by the module" "$(found)" ""
diag "$(cat $leaks)"
check "kernel log" kernel_is_calm
# Last, since a leak stays; nor need the console, which is judged, hear of it.
dmesg -n 5
echo clear >$leaks
check "a module that leaks" insmod /kmemleak-test.ko
check "it goes" rmmod kmemleak_test
check "scan" scan
like "what it lost is found" "$(found)" "unreferenced object*"
echo clear >$leaks
ktap_end

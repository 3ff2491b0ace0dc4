# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The character device on a real pcscd: every ioctl and its argument, one session and
# two, other clients, read, write and poll, and whose a session is.
# lib: cdev
# guest: --cards 0=test,2=test
# guest: --add @programs@/cdev-args:/bin/cdev-args
# guest: --add @programs@/cdev-transfer:/bin/cdev-transfer
# guest: --add @programs@/cdev-card:/bin/cdev-card
# guest: --add @programs@/cdev-share:/bin/cdev-share
# guest: --add @programs@/cdev-rw:/bin/cdev-rw
# guest: --add @programs@/cdev-life:/bin/cdev-life

cdev_setup real
ktap_begin
is "a node for each reader" "$(find /dev -name 'pcsc_reader*' -type c | wc -l)" 10

# As a shell uses it
exec 5<>/dev/pcsc_reader0
printf '\200\340\000\000\001\102' >&5
is "write and read in a shell" "$(dd bs=300 count=1 <&5 2>/dev/null | od -An -tx1)" " 42 90 00"
is "nothing more to read" "$(dd bs=300 count=1 <&5 2>/dev/null | wc -c)" 0
check "rmmod with the device open fails" eval '! rmmod pcsc_passthru 2>/dev/null'
exec 5>&-

for program in args transfer card share rw life; do
	cdev $program
done
check "kernel log" kernel_is_calm

# Nothing that was left open keeps the module.
check "rmmod" until_true 20 rmmod pcsc_passthru
is "no node is left" "$(find /dev -name 'pcsc_reader*' | wc -l)" 0
check "insmod" insmod "$(find /lib/modules / -xdev -name pcsc_passthru.ko 2>/dev/null | head -n 1)"
is "the nodes are back" "$(find /dev -name 'pcsc_reader*' -type c | wc -l)" 10
check "kernel log" kernel_is_calm
ktap_end

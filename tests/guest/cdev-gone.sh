# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The character device on QEMU's emulated readers: a reader that goes while all kinds of
# waiters wait for it; signals; and what a real pcscd cannot do: a control code that is
# allowed, the longest commands, a card that is not waited for.
# lib: cdev
# once: yes
# guest: --cards none --smp 2
# guest: --backend pcsc-backend-emulated,count=5,cards=0;2,allow-control=on
# guest: --add @programs@/cdev-gone:/bin/cdev-gone
# guest: --add @programs@/cdev-transfer:/bin/cdev-transfer
# guest: --add @programs@/cdev-signal:/bin/cdev-signal
# guest: --add @programs@/cdev-service:/bin/cdev-service

cdev_setup emulated
ktap_begin
for program in transfer signal service gone; do
	cdev $program
done
check "kernel log" kernel_is_calm
check "rmmod" until_true 20 rmmod pcsc_passthru
ktap_end

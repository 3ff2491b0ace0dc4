# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The character device, and winscard on it, on a device that has the 2014 interface only.
# lib: cdev
# once: yes
# guest: --cards 0=test,2=test --programs --packages opensc
# guest: --qemu-arg -global --qemu-arg pcsc-passthru.version=1
# guest: --add @programs@/cdev-legacy:/bin/cdev-legacy

cdev_setup real
ktap_begin
cdev legacy
is "pcsc-reader" "$(pcsc-reader -r 0 apdu '80 E0 00 00 01 42')" "42 90 00"

export LD_LIBRARY_PATH=/usr/lib/pcsc-passthru
is "winscard: the readers are called as their nodes" \
	"$(opensc-tool --list-readers | grep -o 'pcsc_reader.*')" \
	"$(seq 0 9 | sed s/^/pcsc_reader/)"
check "kernel log" kernel_is_calm
ktap_end

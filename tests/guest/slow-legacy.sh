# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# A card that takes 8 s on the 2014 interface, whose commands are synchronous for
# the CPU that issues them: the other CPU works on, with memory being mapped and
# unmapped (which involves all CPUs), and so does QMP.
# lib: slow
# not on: riscv64
# (there, an unmap waits for an interrupt that each CPU must answer, and the one that
# waits for the device answers none)
# guest: --cards 0=test,2=test --smp 2
# guest: --qemu-arg -global --qemu-arg pcsc-passthru.version=1

ktap_begin
is "CPUs" "$(grep -c ^processor /proc/cpuinfo)" 2
check "connect the slow card" put 0 connect 1
background /tmp/gap gt pin 1 gt gap
gap=$!
background /tmp/munmap gt pin 1 gt munmap
munmap=$!
slow_card gt pin 0
finish "$munmap"
finish "$gap"
slow_check
diag "other CPU's clock: $(tail -n 1 /tmp/gap)"
diag "other CPU's memory: $(tail -n 1 /tmp/munmap)"
never_waited "other CPU: longest gap of its clock" "$(field gap_ms "$(cat /tmp/gap)")"
more "other CPU: its clock ran" "$(field elapsed_ms "$(cat /tmp/gap)")" 7500
never_waited "other CPU: longest gap between unmaps" "$(field gap_ms "$(cat /tmp/munmap)")"
more "other CPU: unmaps" "$(field rounds "$(cat /tmp/munmap)")" 100
check "kernel log" kernel_is_calm
ktap_end

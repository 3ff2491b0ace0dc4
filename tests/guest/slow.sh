# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# A card that takes 8 s, with one CPU: the guest's clock, another reader and QMP
# go on.
# lib: slow
# With one processor 6.1-debug hangs at boot some times (see tests/part); slow-smp2.sh
# runs there.
# not on: 6.1-debug
# guest: --cards 0=test,2=test --smp 1

ktap_begin
is "CPUs" "$(grep -c ^processor /proc/cpuinfo)" 1
slow_test
check "kernel log" kernel_is_calm
ktap_end

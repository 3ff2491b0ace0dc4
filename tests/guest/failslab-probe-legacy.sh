# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# Memory runs out at each place in turn, in bind and unbind of the controller on the
# interface of 2014: all readers are there afterwards, and work. Debian's kernels let nothing
# fail on request.
# kernels: 6.1-debug
# lib: cdev failslab
# guest: --cards none --smp 2 --append log_buf_len=16M
# guest: --backend pcsc-backend-emulated,count=2,cards=0;1
# guest: --qemu-arg -global --qemu-arg pcsc-passthru.version=1
# guest: --add @programs@/cdev-probe:/bin/cdev-probe
# guest: --add @build@/module/@series@/tests/pcsc_passthru_no_unwind.ko:/pcsc_passthru.ko

failslab_begin 3
cdev probe
failslab_end log_is_calm

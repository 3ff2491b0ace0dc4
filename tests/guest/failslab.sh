# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# Memory runs out at each place in turn, in open, connect, transmit and the other calls of
# the character device and the attributes: an errno that fits, nothing lost, and the same
# call works afterwards. Debian's kernels let nothing fail on request.
# kernels: 6.1-debug
# lib: cdev failslab
# guest: --cards none --smp 2
# guest: --backend pcsc-backend-emulated,count=2,cards=0;1
# guest: --add @programs@/cdev-inject:/bin/cdev-inject

failslab_begin
cdev inject
failslab_end

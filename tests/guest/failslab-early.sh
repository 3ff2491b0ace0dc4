# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# Memory runs out at each place in turn, in the bind of a reader that somebody uses before
# it is whole: nothing of it is used afterwards, and nothing is left at the device. Two
# processors, for they have to meet. Debian's kernels let nothing fail on request.
# kernels: 6.1-debug
# lib: cdev failslab
# guest: --cards none --smp 2
# guest: --backend pcsc-backend-emulated,count=2,cards=0;1,max-sessions=6
# guest: --add @programs@/cdev-early:/bin/cdev-early

failslab_begin
cdev early
failslab_end

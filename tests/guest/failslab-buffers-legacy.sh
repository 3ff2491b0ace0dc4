# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The same as failslab-buffers on the interface of 2014, where a connect whose ATR there is
# no memory for is undone. Debian's kernels let nothing fail on request.
# kernels: 6.1-debug
# lib: cdev failslab starve owners
# What is set aside for DMA would be a third way.
# guest: --cards none --smp 2 --append page_owner=on --append cma=0
# guest: --backend pcsc-backend-emulated,count=2,cards=0;1
# guest: --qemu-arg -global --qemu-arg pcsc-passthru.version=1

failslab_begin
buffers 1
unowned
failslab_end

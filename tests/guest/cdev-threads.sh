# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The character device on a real pcscd under load: 32 threads on one reader, as many
# sessions as there can be, processes that are killed in the middle, pcscd that stops.
# lib: cdev
# once: yes
# guest: --cards 0=test,2=test --smp 2
# guest: --add @programs@/cdev-threads:/bin/cdev-threads
# guest: --add @programs@/cdev-kill:/bin/cdev-kill
# guest: --add @programs@/cdev-service:/bin/cdev-service

cdev_setup real
ktap_begin
cdev threads
cdev kill
# After all that every session is free again.
cdev threads
cdev service
check "kernel log" kernel_is_calm
ktap_end

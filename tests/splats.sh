# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# What a bug leaves in a kernel's log: for tests/part, which looks at a guest's console,
# and for the tests in guests, which look at dmesg.

# splats: the lines on stdin that are about a bug; fails if there are none. Kernels that
# look for bugs have other words for what they find; one of them says of itself that it
# has no memory, where a test lets it run out, and one finds data races in the kernel
# itself, where they are not ours.
splats() {
	splat='WARNING|BUG|Oops|Unable to handle|blocked for more|refcount|detected.*stall'
	splat="$splat|KASAN: |UBSAN: |ODEBUG: |DMA-API: |kmemleak: [0-9]+ new"
	splat="$splat|possible (recursive|circular|irq lock)|inconsistent lock|suspicious RCU"
	splat="$splat|Invalid wait context|scheduling while atomic|sleeping function"
	splat="$splat|(lock|locks) (still )?held|corruption|cut here|panic_on_warn set"
	grep -E "$splat" |
		grep -vE 'Kernel command line|DMA-API: (preallocated|debugging enabled|.*ENOMEM)' |
		awk '!/BUG: KCSAN: / || / pcsc_/ { print; found = 1 } END { exit !found }'
}

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# What a bug leaves in a kernel's log: for tests/part, which looks at a guest's console,
# and for the tests in guests, which look at dmesg.

# splats: the lines on stdin that are about a bug; fails if there are none. Kernels that
# look for bugs have other words for what they find; one of them says of itself that it
# has no memory, where a test lets it run out.
splats() {
	splat='WARNING|BUG|Oops|Unable to handle|blocked for more|refcount|detected.*stall'
	splat="$splat|KASAN: |UBSAN: |ODEBUG: |DMA-API: |kmemleak: [0-9]+ new"
	splat="$splat|possible (recursive|circular|irq lock)|inconsistent lock|suspicious RCU"
	splat="$splat|Invalid wait context|scheduling while atomic|sleeping function"
	splat="$splat|(lock|locks) (still )?held|corruption|cut here|panic_on_warn set"
	our_races | grep -E "$splat" |
		grep -vE 'Kernel command line|DMA-API: (preallocated|debugging enabled|.*ENOMEM)'
}

# our_races: stdin, less the titles of data races that are the kernel's own. One is ours if
# our module is in the title, or called what is: it is in the first three frames of either
# stack.
our_races() {
	awk '
		/====================/ { title = "" }
		/BUG: KCSAN: / && !/ pcsc_/ { title = $0; frame = 9; next }
		title != "" && /(read|write|marked|assert no).* by |race at unknown origin/ { frame = 0 }
		title != "" && /\+0x[0-9a-f]+\/0x[0-9a-f]+/ && ++frame <= 3 &&
			/ pcsc_|\[pcsc_/ { print title; title = "" }
		{ print }'
}

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154 # controller_find() of reader.sh sets it
#
# Who owns what kmemleak does not look at: pages, and what the device may reach. The kernel
# is told page_owner=on. It has names for the module only as long as that is loaded: so
# what was lost shows after the controller's driver was unbound.

owners=/sys/kernel/debug

# owned: the pages that were allocated below our module, less those that are the kernel's
# own and stay: slabs, which kmemleak looks into, tables of pages, and lists of stacks
owned() {
	# One record for each read, which has to have room for it
	dd if=$owners/page_owner bs=64k 2>/dev/null | awk '
		function report() {
			if (ours && !kept)
				print text
			text = ""
			ours = kept = 0
		}
		/^Page allocated via/ { report() }
		/\[pcsc_passthru\]/ { ours = 1 }
		/^PFN .*[(|]slab[|)]/ || /stack_depot|pte_alloc|kasan_populate/ { kept = 1 }
		{ text = text $0 "\n" }
		END { report() }'
}

# mapped: the memory that the controller may reach
mapped() {
	grep "^${controller_device##*/} " $owners/dma-api/dump
}

# unowned: nothing of that is left when the controller's driver is unbound
unowned() {
	check "unbind" controller_driver unbind
	is "pages that the module has, unbound" "$(owned)" ""
	is "what the device may reach, unbound" "$(mapped)" ""
}

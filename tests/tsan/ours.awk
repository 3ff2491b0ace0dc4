# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# Of ThreadSanitizer's reports, those about us: one of the two accesses, or a lock of a
# cycle, was made by a function of ours or by what that called (four frames deep).
# The rest is QEMU's, which is not free of reports.

function finish() {
	if (ours)
		print text
	text = ""
	ours = 0
}

/^WARNING: ThreadSanitizer/ {
	finish()
	text = $0
	next
}
/^  [A-Z]/ { access = /^  (Previous )?(Read|Write|read|write|Atomic|atomic|Cycle)/ || / acquired here / }
access && /^    #[0-3] .*pcsc/ { ours = 1 }
text != "" { text = text "\n" $0 }
/^SUMMARY/ { finish() }
END { finish() }

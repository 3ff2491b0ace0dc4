# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# From lines "SOURCE LINE COUNT" a table of how many of each source ran, and of all; fails
# if that is less than -v least=PERCENT, or if there are none.

function row(name, ran, of) {
	return sprintf("%-18s %4d of %4d  %5.1f %%", name, ran, of, 100 * ran / of)
}
{ lines[$1]++ }
$3 > 0 { ran[$1]++ }
END {
	for (f in lines) {
		print row(f, ran[f], lines[f]) | "sort"
		all += lines[f]
		yes += ran[f]
	}
	close("sort")
	if (!all)
		exit 1
	print row("all", yes, all)
	exit 100 * yes < least * all
}

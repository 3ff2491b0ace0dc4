# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# What libFuzzer's -print_coverage=1 says of the device's own sources: "FILE RAN FUNCTIONS
# REACHED EDGES" for each but for -v except=REGEX, and last "all RAN FUNCTIONS REACHED EDGES
# PERCENT", which is that of the edges. A function that was put into another is part of
# that. -v missed=FILE gets the functions that never ran; of -v need="FUNCTION..." those
# that did not come before the last line, as "not run: FUNCTION".

/^(UN)?COVERED_FUNC: hits: [0-9]+ edges: [0-9]+\/[0-9]+ / && $7 ~ /(hw|backends)\/pcsc\/[^\/]*$/ {
	file = $7
	sub(/.*\/src\//, "", file)
	sub(/:[0-9]+$/, "", file)
	if (except != "" && file ~ except)
		next
	split($5, edges, "/")
	functions[file]++
	reached[file] += edges[1]
	there[file] += edges[2]
	if (edges[1] + 0) {
		ran[file]++
		has_run[$6] = 1
	} else if (missed != "") {
		printf "%s %s %d\n", file, $6, edges[2] >missed
	}
}
END {
	for (file in there) {
		printf "%s %d %d %d %d\n", file, ran[file], functions[file], reached[file],
			there[file] | "sort"
		all_ran += ran[file]
		all_functions += functions[file]
		done += reached[file]
		all += there[file]
	}
	close("sort")
	n = split(need, name, " ")
	for (i = 1; i <= n; i++)
		if (!(name[i] in has_run))
			print "not run: " name[i]
	printf "all %d %d %d %d %d\n", all_ran, all_functions, done, all,
		all ? 100 * done / all : 0
}

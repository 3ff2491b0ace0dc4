# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# What `gcov --stdout` says of sources that match -v ours=REGEX and not -v except=REGEX,
# several times each if they are in several objects: lines run and lines there for each
# file and for all, and, with -v missed=FILE, which were not run. The last line is "all
# RUN LINES TENTHS", where TENTHS is the rate in tenths of a per cent. With
# `gcov --branch-probabilities` the line before it is "branches TAKEN BRANCHES TENTHS", and
# -v branches=FILE gets the lines that have some that were not: "FILE:LINE: TAKEN of
# BRANCHES:TEXT".

# Behind a line are its branches, by number; of a line that did not run, too.
/^branch +[0-9]+ / {
	if (!mine || line == "")
		next
	split($0, word, " ")
	branch = line SUBSEP word[2]
	if (!(branch in branch_there)) {
		branch_there[branch] = 1
		branches_of[line]++
		branches_all++
	}
	if (/ taken [1-9]/ && !(branch in branch_taken)) {
		branch_taken[branch] = 1
		taken_of[line]++
		branches_done++
	}
	next
}
/^(call|unconditional|function) / { next }
$2 ~ /^ *0$/ {
	if (sub(/^ *-: *0:Source:/, "")) {
		file = $0
		sub(/.*\/src\//, "", file)
		mine = file ~ ours && (except == "" || file !~ except)
		line = ""
	}
	next
}
mine {
	count = $1
	gsub(/[ *]/, "", count)
	line = ""
	if (count == "-")
		next
	line = file SUBSEP ($2 + 0)
	if (!(line in there)) {
		there[line] = 1
		lines[file]++
		text[line] = $0
		sub(/^[^:]*:[^:]*:/, "", text[line])
		order[++n] = line
	}
	if (count !~ /^[#=]+$/ && !(line in run)) {
		run[line] = 1
		hit[file]++
	}
}
END {
	for (file in lines) {
		printf "%s %d %d %d\n", file, hit[file], lines[file],
			hit[file] * 1000 / lines[file] | "sort"
		all += lines[file]
		done += hit[file]
	}
	close("sort")
	for (i = 1; i <= n; i++) {
		line = order[i]
		split(line, part, SUBSEP)
		if (missed != "" && !(line in run))
			printf "%s:%d:%s\n", part[1], part[2], text[line] >missed
		if (branches != "" && taken_of[line] < branches_of[line])
			printf "%s:%d: %d of %d:%s\n", part[1], part[2], taken_of[line],
				branches_of[line], text[line] >branches
	}
	if (branches_all)
		printf "branches %d %d %d\n", branches_done, branches_all,
			branches_done * 1000 / branches_all
	printf "all %d %d %d\n", done, all, all ? done * 1000 / all : 0
}

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# What `gcov --stdout` says of sources that match -v ours=REGEX and not -v except=REGEX,
# several times each if they are in several objects: lines run and lines there for each file and for all, and,
# with -v missed=FILE, which were not run. The last line is "all RUN LINES TENTHS", where
# TENTHS is the rate in tenths of a per cent.

$2 ~ /^ *0$/ {
	if (sub(/^ *-: *0:Source:/, "")) {
		file = $0
		sub(/.*\/src\//, "", file)
		mine = file ~ ours && (except == "" || file !~ except)
	}
	next
}
mine {
	count = $1
	gsub(/[ *]/, "", count)
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
	for (i = 1; missed != "" && i <= n; i++)
		if (!(order[i] in run)) {
			split(order[i], part, SUBSEP)
			printf "%s:%d:%s\n", part[1], part[2], text[order[i]] >missed
		}
	printf "all %d %d %d\n", done, all, all ? done * 1000 / all : 0
}

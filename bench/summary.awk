# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The README's table, of latency.tsv: p50 of each path at each length, and how many
# times the floor that is.

$1 == "floor" { floor[$3] = $5 }
!($1 in machine) { path[paths++] = $1; machine[$1] = $2 }
!($3 in length_seen) { length_seen[$3]; bytes[lengths++] = $3 }
{ p50[$1, $3] = $5 }
END {
	head = "| path | machine |"
	rule = "| --- | --- |"
	for (i = 0; i < lengths; i++) {
		head = head " " bytes[i] " bytes |"
		rule = rule " --- |"
	}
	print head
	print rule
	for (i = 0; i < paths; i++) {
		printf "| %s | %s |", path[i], machine[path[i]]
		for (j = 0; j < lengths; j++) {
			if (!((path[i], bytes[j]) in p50))
				printf " |"
			else if (path[i] == "floor" || !(bytes[j] in floor))
				printf " %.0f |", p50[path[i], bytes[j]]
			else
				printf " %.0f (%.1f) |", p50[path[i], bytes[j]],
					p50[path[i], bytes[j]] / floor[bytes[j]]
		}
		print ""
	}
}

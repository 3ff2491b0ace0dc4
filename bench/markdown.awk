# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The results as tables in Markdown: env.tsv latency.tsv start gap many guests rest dropped.

function heading(text, columns, rule) {
	print ""
	print text
	print ""
	print columns
	gsub(/[^|]+/, " --- ", columns)
	sub(/^ --- \|/, "|", columns)
	print columns
}
function file(	parts, n) {
	n = split(FILENAME, parts, "/")
	sub(/\.tsv$/, "", parts[n])
	return parts[n]
}
# median(LIST): of numbers with blanks between
function median(list,	a, n, i, j, t) {
	n = split(list, a, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && a[j - 1] + 0 > a[j] + 0; j--) {
			t = a[j]
			a[j] = a[j - 1]
			a[j - 1] = t
		}
	return a[int((n + 1) / 2)]
}
function ended() {
	for (i = 0; i < starts; i++) {
		split(start[i], s, "\t")
		printf "| %s | %s | %.1f |\n", s[1], s[2], median(ms[start[i]]) / 1000
	}
	starts = 0
	for (i = 0; i < rests; i++) {
		split(rest[i], s, "\t")
		printf "| %s | %s | %s | %.2f | %.1f |\n", s[1], s[2], s[3],
			cpu[rest[i]] / 1e4, wakes[rest[i]]
	}
	rests = 0
}
FNR == 1 {
	ended()
	name = file()
	if (name == "env")
		print "Measured:"
	else if (name == "latency")
		heading("Round trips, data there and back:", "| path | machine | bytes | n | p50 µs | p90 µs | p99 µs | APDUs/s | p50 : floor |")
	else if (name == "start")
		heading("From QEMU's start to the first answer:", "| path | machine | s |")
	else if (name == "gap")
		heading("The longest time that a process which sleeps 1 ms at a time did not come back:", "| path | machine | quiet ms | while a card takes 2 s, ms |")
	else if (name == "many")
		heading("Many readers at once:", "| path | machine | readers | APDUs/s | slowest : fastest |")
	else if (name == "guests")
		heading("Guests at once, a reader each:", "| path | machine | guests | APDUs/s | slowest : fastest | RSS of a QEMU, MB |")
	else if (name == "rest")
		heading("Ten idle readers:", "| what | machine | process | CPU % | wake-ups/s |")
	else
		heading("Not measured:", "| path | why |")
}
name == "env" {
	if (FNR == 1)
		print ""
	printf "- %s: %s\n", $1, $2
}
name == "latency" {
	if ($1 == "floor")
		floor[$3] = $5
	printf "| %s | %s | %d | %d | %.0f | %.0f | %.0f | %d | %s |\n", $1, $2, $3, $4, $5,
		$6, $7, $8, ($3 in floor ? sprintf("%.1f", $5 / floor[$3]) : "")
}
name == "start" {
	key = $1 "\t" $2
	if (!(key in ms))
		start[starts++] = key
	ms[key] = ms[key] " " $3 / 1000
}
name == "gap" { printf "| %s | %s | %.1f | %.1f |\n", $1, $2, $3 / 1000, $4 / 1000 }
name == "many" || name == "guests" {
	min = max = $6
	sum = 0
	for (i = 6; i < 6 + $3; i++) {
		sum += $i
		if ($i < min)
			min = $i
		if ($i > max)
			max = $i
	}
	printf "| %s | %s | %d | %.0f | %s |", $1, $2, $3, sum * 1000 / $5,
		($3 > 1 && max ? sprintf("%.2f", min / max) : "")
	if (name == "guests")
		printf " %.0f |", $(6 + $3) / 1024
	print ""
}
name == "rest" {
	key = $1 "\t" $2 "\t" $3
	if (!(key in cpu))
		rest[rests++] = key
	cpu[key] += $5
	wakes[key] += $6
}
name == "dropped" { printf "| %s | %s |\n", $1, $2 }
END { ended() }

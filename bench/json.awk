# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The results as JSON: env.tsv latency.tsv start gap many guests rest dropped.

function quote(s) {
	gsub(/[\\"]/, "\\\\&", s)
	gsub(/[[:cntrl:]]/, " ", s)
	return "\"" s "\""
}
function open_list(name) {
	printf ",\n  %s: [", quote(name)
	first = 1
}
function item(text) {
	printf "%s\n    {%s}", first ? "" : ",", text
	first = 0
}
function text(name, value) { return quote(name) ": " quote(value) }
function number(name, value) { return quote(name) ": " (value + 0) }
function place() { return text("path", $1) ", " text("machine", $2) }
BEGIN {
	split("env rows start gap many guests rest dropped", names, " ")
	printf "{\n  \"env\": {"
	for (i = 1; i < ARGC; i++) {
		if (i > 1)
			open_list(names[i])
		else
			first = 1
		while ((getline < ARGV[i]) > 0)
			entry(names[i])
		printf "\n  %s", (i > 1 ? "]" : "}")
	}
	print "\n}"
}
function entry(name,	list, sizes, k) {
	if (name == "env") {
		gsub(/ /, "_", $1)
		printf "%s\n    %s", first ? "" : ",", text($1, $2)
		first = 0
	} else if (name == "rows") {
		item(place() ", " number("bytes", $3) ", " number("n", $4) ", " \
		     number("p50_us", $5) ", " number("p90_us", $6) ", " \
		     number("p99_us", $7) ", " number("rate", $8))
	} else if (name == "start") {
		item(place() ", " number("ms", $3 / 1000))
	} else if (name == "gap") {
		item(place() ", " number("quiet_us", $3) ", " number("slow_card_us", $4))
	} else if (name == "many") {
		for (k = 6; k <= NF; k++)
			list = list (k > 6 ? ", " : "") $k + 0
		item(place() ", " number("readers", $3) ", " number("bytes", $4) ", " \
		     number("ms", $5) ", \"apdus\": [" list "]")
	} else if (name == "guests") {
		for (k = 6; k < 6 + $3; k++) {
			list = list (k > 6 ? ", " : "") $k + 0
			sizes = sizes (k > 6 ? ", " : "") $(k + $3) + 0
		}
		item(place() ", " number("guests", $3) ", " number("bytes", $4) ", " \
		     number("ms", $5) ", \"apdus\": [" list "], \"rss_kb\": [" sizes "]")
	} else if (name == "rest") {
		item(place() ", " text("process", $3) ", " text("thread", $4) ", " \
		     number("cpu_us_per_s", $5) ", " number("wakeups_per_s", $6))
	} else {
		item(text("path", $1) ", " text("why", $2))
	}
}

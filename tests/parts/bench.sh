#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# scripts/bench works: its percentiles, its options, and a few APDUs on the host and
# in a guest make results of the shape that Documentation/performance.md describes.
# How fast anything is does not matter here.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"
set +e	# a bad result is one among others

bench=$top/scripts/bench
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# stats NUMBERS: of these ns, one a line and in any order
stats() {
	sort -n | awk -f "$top/bench/stats.awk" | tr '\t' ' '
}
# refused WORD OPTION...: not taken, and WORD is in the reason
refused() {
	word=$1
	shift
	! "$bench" "$@" >"$tmp/refused" 2>&1 && grep -qF -- "$word" "$tmp/refused"
}

ktap_begin
is "percentiles of 1 to 100 us" "$(seq 100000 -1000 1000 | stats)" "100 50.0 90.0 99.0 19802"
is "of three" "$(printf '%s\n' 3000 1000 2000 | stats)" "3 2.0 3.0 3.0 500000"
is "of one" "$(echo 1500 | stats)" "1 1.5 1.5 1.5 666667"
is "of none" "$(stats </dev/null)" ""
check "not a path" refused "no such path: nothing" --paths floor,nothing
check "not a measurement" refused "no such measurement: nothing" --steps nothing
check "not a number" refused "wants a number, not 'x'" --rounds x
check "not a length" refused "wants a number, not 'x'" --bytes 0,x
check "an option without its value" refused "wants a value" --rounds
check "not an option" refused "no such option: --nothing" --nothing

check "a few APDUs" make --no-print-directory -C "$top" bench BENCH="--quick --kernel 6.12 \
	--paths floor,chardev,sysfs --steps latency,gap,many,guests --rounds 2 --count 5 \
	--bytes 0,300,4000 --out $tmp"
check "bench.json has its shape" "$top/tests/bench/shape.pl" "$tmp/bench.json" \
	floor:0 floor:300 floor:4000 chardev:0 chardev:300 chardev:4000 sysfs:0 sysfs:300
is "all round trips are counted" "$(grep -c '"n": 10,' "$tmp/bench.json")" 8
is "a clock gap for each path" "$(grep -c 'slow_card_us": [1-9]' "$tmp/bench.json")" 3
is "a line of the table for each row" "$(grep -cE '^\| (floor|chardev|sysfs) .*\|$' "$tmp/bench.md")" 22
is "all clients at once had answers" \
	"$(awk '{ for (i = 6; i < 6 + $3; i++) n += $i < 1 } END { print NR, n + 0 }' "$tmp"/bench-results/many)" "8 0"
is "so had all guests" "$(awk '{ for (i = 6; i < 6 + $3; i++) n += $i < 1 } END { print NR, n + 0 }' \
	"$tmp"/bench-results/guests)" "3 0"
for plot in length distribution growth; do
	check "the plot of the $plot" grep -q '</svg>' "$tmp/bench-$plot.svg"
done
is "all of them in it" "$(grep -oE '>(floor|chardev|sysfs)<' "$tmp/bench-length.svg" | sort -u | wc -l)" 3

# Stopped in the middle, it takes all with it.
PCSC_BENCH_TEST=$$ "$bench" --quick --kernel 6.12 --paths floor,chardev --steps start,latency --out "$tmp" \
	>"$tmp/stopped" 2>&1 &
pid=$!
until grep -q 'bench: start:' "$tmp/stopped" || ! kill -0 $pid 2>/dev/null; do
	sleep 0.2
done
sleep 1
kill -TERM $pid
status=0
wait $pid || status=$?
is "stopped by a signal" "$status" 143
left() {
	grep -lzx "PCSC_BENCH_TEST=$$" /proc/[0-9]*/environ 2>/dev/null
}
i=0
while [ -n "$(left)" ] && [ $i -lt 50 ]; do
	i=$((i + 1))
	sleep 0.1
done
is "nothing is left" "$(left)" ""
ktap_end

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# Fuzzing of the device (tests/fuzz): the inputs of the corpus, then new ones, for a
# minute a target or for PCSC_FUZZ_SECONDS. A crash, a leak, an input that hangs or a
# check of the target that fails is a failure; its input stays beside the results. Here
# the fuzzer starts from the same seed each time, PCSC_FUZZ_SEED, so that a failure is the
# work of a change; 0 is a new one. Last come all inputs once more, to see how much of the
# device's own code they reach: build/check/fuzz-TARGET.edges, and .missed for functions.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

seconds=${PCSC_FUZZ_SECONDS:-60}
out=$build/check/${PCSC_FUZZ_NAME:-fuzz}
run=$top/tests/fuzz/run
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# keep TARGET LOG: the inputs that failed, if any; how to see that again
keep() {
	for f in "$out-$1".*-*; do
		[ ! -e "$f" ] || diag "again: tests/fuzz/run $1 $f"
	done
	diag "the whole log: $2"
	diag "$(grep -E -A12 'ERROR|SUMMARY|runtime error' "$2" | head -n 40)"
}

# limited SECONDS TARGET OPTION...: the fuzzer's own limit on the time of an input needs
# a main loop that goes round, this one does not
limited() {
	limit=$(($1 + 180))
	shift
	timeout -k 10 "$limit" "$run" "$@"
}

# replay TARGET: each input of the corpus, once
replay() {
	log=$out-$1.replay.log
	n=$(find "$top/tests/fuzz/corpus/$1" -name '*.hex' | wc -l)
	if limited 0 "$1" -artifact_prefix="$out-$1." \
		"$top/tests/fuzz/corpus/$1"/*.hex >"$log" 2>&1 &&
		[ "$(grep -c '^Executed ' "$log")" = "$n" ] && [ "$n" -gt 0 ]; then
		ok "$1: $n inputs of the corpus"
	else
		not_ok "$1: $n inputs of the corpus"
		keep "$1" "$log"
	fi
}

# number NAME LOG: a final statistic of the fuzzer's log, added up over the rounds
number() {
	awk -v name="stat::$1:" '$1 == name { n += $2 } END { print n + 0 }' "$2"
}

# fuzz TARGET: rounds of a minute at most. The guest of the generic target cannot put
# back a card that it made leave: each round has a new machine.
fuzz() {
	log=$out-$1.log
	mkdir -p "$tmp/$1"
	for f in "$top/tests/fuzz/corpus/$1"/*.hex; do
		sed 's/#.*//' "$f" | xxd -r -p >"$tmp/$1/$(basename "$f" .hex)"
	done
	left=$seconds
	status=0
	while [ "$left" -gt 0 ] && [ "$status" = 0 ]; do
		round=$((left < 60 ? left : 60))
		limited "$round" "$1" -max_total_time="$round" -max_len=1600 \
			-seed="${PCSC_FUZZ_SEED:-1}" -print_final_stats=1 -artifact_prefix="$out-$1." \
			"$tmp/$1" >>"$log" 2>&1 || status=$?
		left=$((left - round))
	done
	n=$(number number_of_executed_units "$log")
	cov=$(sed -n 's/.* cov: \([0-9]*\) ft: .*/\1/p' "$log" | tail -n 1)
	diag "$1: $n executions, $((n / seconds)) a second, $cov edges"
	if [ "$status" = 0 ] && [ "$n" -gt 100 ]; then
		ok "$1: $seconds s of new inputs"
	else
		not_ok "$1: $seconds s of new inputs"
		keep "$1" "$log"
	fi
}

# The 2014 interface aside, these run only for somebody who is connected and transmits.
need='pcsc_v2_doorbell pcsc_command_complete pcsc_session_worker emu_session_exec
	emu_answer_atr emu_transmit emu_card_process'
# What is not in the machine that is fuzzed, or not in this build of it
except='pcsclite|hostile|acpi|board'

# reaches TARGET PERCENT: of the edges of our code, at least, and what is needed
reaches() {
	log=$out-$1.coverage.log
	limited 300 "$1" -runs=0 -print_coverage=1 -artifact_prefix="$out-$1." \
		"$tmp/$1" >"$log" 2>&1 || :
	rm -f "$out-$1.missed"
	awk -v except="$except" -v need="$need" -v missed="$out-$1.missed" \
		-f "$top/tests/fuzz/edges.awk" "$log" >"$out-$1.edges"
	diag "$1: $(tail -n 1 "$out-$1.edges")"
	is "$1: all that is needed ran" "$(grep '^not run:' "$out-$1.edges")" '' || keep "$1" "$log"
	check "$1: at least $2 % of our edges" \
		test "$(sed -n 's/^all .* //p' "$out-$1.edges")" -ge "$2" || keep "$1" "$log"
}

ktap_begin
rm -f "$out"-pcsc-fuzz.* "$out"-generic-fuzz.*
check "QEMU's fuzzer is built" "$top/scripts/build-fuzz" || { ktap_end; exit 1; }
for target in pcsc-fuzz generic-fuzz; do
	replay "$target"
	fuzz "$target"
	case $target in
	pcsc-fuzz) reaches "$target" 30 ;;
	*) reaches "$target" 15 ;;
	esac
done
ktap_end

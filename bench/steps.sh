# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154 # set by bench/inside, paths.sh and guests.sh
#
# The measurements, each a function that appends to a file of $results. Fields are
# separated by tabs.

row() { # FILE FIELD...
	file=$1
	shift
	(IFS='	'; printf '%s\n' "$*") >>"$results/$file"
}

# in_paths PATH: whether it is to be measured
in_paths() {
	case " $BENCH_PATHS " in *" $1 "*) return 0 ;; esac
	return 1
}

# guests_need NAME [READERS]: started and with cards, unless it is already. A peer's
# cards are for one guest at a time.
guests_need() {
	case " $running " in *" $1 "*) return 0 ;; esac
	case $1 in usb-ccid* | vpcd-net*) guests_end "${1%%@*}" ;; esac
	only none
	say "starting the guest $1"
	guest_start "$@"
	running="$running $1"
	case $1 in
	*@off) guest_ask "$1" true ;;
	*@pcscd) guest_ask "$1" "winscard first winscard $((${2:-1} - 1))" >/dev/null ;;
	ours* | bare*) guest_ask "$1" "client first cdev $((${2:-1} - 1))" >/dev/null ;;
	*) guest_ask "$1" "winscard first winscard $((${2:-1} - 1))" >/dev/null ;;
	esac || die "no guest $1"
}

# guests_end [KIND]: all of them, or those of that kind
guests_end() {
	kept=''
	for g in $running; do
		case $g in
		"${1:-}"*) guest_stop "$g" ;;
		*) kept="$kept $g" ;;
		esac
	done
	running=$kept
}

# dropped PATH WHY: no more of it
dropped() {
	say "$1: $2"
	row dropped "$1" "$2"
	BENCH_PATHS=$(printf '%s\n' "$BENCH_PATHS" | tr ' ' '\n' | grep -vx "$1" | xargs)
}

# guests_for: those of all paths, the host's own apart
guests_for() {
	for p in $BENCH_PATHS; do
		path "$p"
		[ "$guest" = host ] || guests_need "$guest"
	done
}

# on PATH: sets what path() does and lets its guest run alone
on() {
	path "$1"
	case $guest in host) only none ;; *) only "$guest" ;; esac
}

# turns ROUND: the paths, in every other round the other way round: what ran just before
# may matter
turns() {
	case $1 in
	*[13579]) printf '%s\n' "$BENCH_PATHS" ;;
	*) printf '%s\n' "$BENCH_PATHS" | tr ' ' '\n' | tac | xargs ;;
	esac
}

measure_latency() {
	guests_for
	round=0
	while [ "$round" -lt "$BENCH_ROUNDS" ]; do
		round=$((round + 1))
		say "latency: round $round of $BENCH_ROUNDS"
		for p in $(turns "$round"); do
			on "$p"
			for bytes in $BENCH_BYTES; do
				[ "$bytes" -le "$max" ] || continue
				if ask run 0 "$bytes" "$BENCH_COUNT" >"$work/run" ||
					ask run 0 "$bytes" "$BENCH_COUNT" >"$work/run"; then
					cat "$work/run" >>"$results/latency/$p@$(machine)@$bytes"
				else
					dropped "$p" "no answer to $bytes bytes"
					break
				fi
			done
		done
	done
}

# The readers are on the same pcscd, which is where they may wait for each other.
measure_many() {
	for p in $BENCH_PATHS; do
		case $p in
		floor | chardev | winscard | ifd) path "$p" ;;
		usb-ccid | vpcd-net) path "$p"; guest=$guest@ten ;;
		*) continue ;;
		esac
		[ "$guest" = host ] || guests_need "$guest" 10
		for n in 1 2 5 10; do
			say "many readers: $p, $n"
			case $guest in host) only none ;; *) only "$guest" ;; esac
			if ! ask many "$n" "$BENCH_MANY_BYTES" "$BENCH_MANY_MS" >"$work/many"; then
				dropped "$p" "not $n readers at once"
				break
			fi
			# shellcheck disable=SC2046 # numbers
			row many "$p" "$(machine)" "$n" "$BENCH_MANY_BYTES" "$BENCH_MANY_MS" \
				$(cat "$work/many")
		done
	done
}

measure_gap() {
	for p in $BENCH_PATHS; do
		[ "$p" != chardev-armmp ] || continue
		path "$p"
		pin=''
		[ "$p" != legacy ] || guest=${guest}2 pin=pin
		[ "$guest" = host ] || guests_need "$guest"
		case $guest in host) only none ;; *) only "$guest" ;; esac
		say "a slow card: $p"
		# shellcheck disable=SC2086 # a word or none
		if ask gap 0 2000 $pin >"$work/gap"; then
			row gap "$p" "$(machine)" "$(tr ' ' '\t' <"$work/gap")"
		else
			dropped "$p" "no answer of a slow card"
		fi
	done
}

# start_once PATH GUEST WAY
start_once() {
	say "start: $2"
	only none
	guest_start "$2" 1 "bench.first=$3"
	if [ "$(timeout "$answer_s" head -n 1 <"$work/$2/port.out")" = first ]; then
		row start "$1" "$(guest=$2; machine)" $((($(date +%s%N) - started) / 1000))
	else
		guest_lives "$2"
		dropped "$1" "did not start"
	fi
	guest_stop "$2"
}

measure_start() {
	guests_end
	round=0
	while [ "$round" -lt "$BENCH_STARTS" ]; do
		round=$((round + 1))
		! in_paths chardev || start_once chardev bare@vexpress-a15 cdev
		! in_paths chardev-armmp || start_once chardev-armmp bare@vexpress-a15@armmp cdev
		! in_paths ifd || start_once ifd ours@vexpress-a15@pcscd winscard
		! in_paths usb-ccid || start_once usb-ccid usb-ccid@virt winscard
		! in_paths vpcd-net || start_once vpcd-net vpcd-net@virt winscard
		! in_paths vpcd-net || start_once vpcd-net vpcd-net@vexpress-a15 winscard
	done
}

# threads PID: of each thread its number, name, ns on a CPU and switches to it
threads() {
	for t in /proc/"$1"/task/*; do
		[ -r "$t/schedstat" ] || continue
		printf '%s\t%s\t%s\t%s\n' "${t##*/}" "$(tr ' \t' '__' <"$t/comm")" \
			"$(cut -d' ' -f1 "$t/schedstat")" \
			"$(awk '/ctxt_switches/ { n += $2 } END { print n }' "$t/status")"
	done
}

# rest_of WHAT MACHINE PID...: what each process costs that has nothing to do
rest_of() {
	what=$1
	board=$2
	shift 2
	sleep 2
	for pid; do
		threads "$pid" >"$work/before.$pid"
	done
	sleep "$BENCH_REST_S"
	for pid; do
		threads "$pid" >"$work/after.$pid"
		name=$(tr ' \t' '__' <"/proc/$pid/comm")
		awk -F'\t' -v OFS='\t' -v s="$BENCH_REST_S" \
			-v head="$what	$board	$name" '
			NR == FNR { ns[$1] = $3; n[$1] = $4; next }
			{ print head, $2, ($3 - ns[$1]) / 1000 / s, ($4 - n[$1]) / s }
		' "$work/before.$pid" "$work/after.$pid" >>"$results/rest"
	done
}

measure_rest() {
	pcscd=$(pgrep -x pcscd | head -n 1)
	only none
	say "at rest: no guest"
	rest_of pcscd-alone - "$pcscd"
	for p in $BENCH_PATHS; do
		case $p in
		chardev) what='no-device device' ;;
		ifd | usb-ccid | vpcd-net) what=$p ;;
		*) continue ;;
		esac
		for w in $what; do
			path "$p"
			case $w in
			no-device) guest=bare@vexpress-a15@off ;;
			device) guest=bare@vexpress-a15 ;;
			ifd) ;;
			*) guest=$guest@ten ;;
			esac
			guests_need "$guest" 10
			only "$guest"
			say "at rest: $guest"
			rest_of "$w" "$(machine)" "$(guest_pid "$guest")" "$pcscd"
		done
	done
}

# Guests on one pcscd, each with a client on a reader of its own. The readers are two
# slots of vpcd apart, which wait for each other in pcscd.
measure_guests() {
	in_paths chardev || return 0
	path chardev
	all=''
	for n in 1 2 3 4; do
		guest=bare@vexpress-a15@guest$n
		guests_need "$guest"
		all="$all $guest"
		case $n in 3) continue ;; esac
		only none
		say "guests at once: $n"
		for g in $all; do
			kill -CONT "$(guest_pid "$g")"
		done
		sleep 0.5
		reader=0
		asked=''
		for g in $all; do
			guest_ask "$g" "client many cdev 1 $BENCH_MANY_BYTES $BENCH_MANY_MS $reader" \
				>"$work/$g/many" &
			asked="$asked $!"
			reader=$((reader + 2))
		done
		for pid in $asked; do
			wait "$pid" || dropped chardev "not $n guests at once"
		done
		counts='' sizes=''
		for g in $all; do
			counts="$counts $(cat "$work/$g/many")"
			sizes="$sizes $(awk '/^VmRSS/ { print $2 }' "/proc/$(guest_pid "$g")/status")"
		done
		# shellcheck disable=SC2086 # numbers
		row guests chardev vexpress-a15 "$n" "$BENCH_MANY_BYTES" "$BENCH_MANY_MS" $counts $sizes
	done
}

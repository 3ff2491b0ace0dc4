# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# What every script of the host side shares. Source it after `set -eu`:
#
#	. "$(dirname -- "$0")/common.sh"
#
# It sets
#	top	the repository
#	build	build products (PCSC_BUILD, default $top/build)
#	cache	downloads, never rebuilt, only fetched ($build/cache)
#	jobs	how many compilers to run at once (PCSC_JOBS, default nproc)
# All progress goes to stderr, so that stdout stays free for results.

LC_ALL=C
# Debian's own tools come first: some hosts have another python3 in front.
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
export LC_ALL PATH
# A make that runs a script has nothing to do with those that the script runs.
unset MAKEFLAGS MFLAGS MAKELEVEL
umask 022

me=${0##*/}

say() { printf '%s: %s\n' "$me" "$*" >&2; }
die() { say "error: $*"; exit 1; }

# A script may live at any depth of the tree: walk up to its root.
find_top() {
	t=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
	while [ ! -e "$t/scripts/common.sh" ]; do
		[ "$t" != / ] || die "cannot find the top of the repository from $0"
		t=$(dirname -- "$t")
	done
	printf '%s\n' "$t"
}

# usage: print the comment block that begins a script, as its help text
usage() {
	sed -n '/^# Usage:/,/^[^#]/{/^#/{s/^# \{0,1\}//;p;};}' "$0"
}

top=$(find_top)
build=${PCSC_BUILD:-$top/build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
mkdir -p "$build/log" "$build/lock" "$build/cache" ||
	die "cannot write to $build; set PCSC_BUILD to a directory of your own"
build=$(CDPATH='' cd -- "$build" && pwd -P)
# shellcheck disable=SC2034 # for the scripts that source this
cache=$build/cache
# shellcheck disable=SC2034
jobs=${PCSC_JOBS:-$(nproc)}

# need COMMAND…: fail early, and with the cure, when the host lacks a tool
need() {
	for tool; do
		command -v "$tool" >/dev/null 2>&1 ||
			die "'$tool' is missing; run scripts/setup first (once, as root or with sudo)"
	done
}

# ticker LOG: every 15 s show the last line of LOG, as a sign of life. Ends with the
# script, at the latest.
ticker() {
	ticks=0
	while sleep 1 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
		ticks=$((ticks + 1))
		[ $((ticks % 15)) -ne 0 ] ||
			say "  $(tail -n 1 "$1" | tr -d '\r' | cut -c1-64)"
	done
}

# run_logged NAME TEXT COMMAND…: run quietly; the output goes to
# $build/log/NAME.log, whose end is shown when the command fails.
run_logged() {
	rl_log=$build/log/$1.log
	rl_text=$2
	shift 2
	say "$rl_text ..."
	rl_start=$(date +%s)
	rl_status=0
	: >"$rl_log"
	ticker "$rl_log" </dev/null >/dev/null &
	rl_ticker=$!
	"$@" >"$rl_log" 2>&1 </dev/null || rl_status=$?
	kill "$rl_ticker" 2>/dev/null || :
	wait "$rl_ticker" 2>/dev/null || :
	if [ "$rl_status" -ne 0 ]; then
		tail -n 40 "$rl_log" >&2
		say "error: $rl_text: failed with status $rl_status; the whole log is $rl_log"
		return "$rl_status"
	fi
	say "$rl_text: done in $(($(date +%s) - rl_start)) s"
}

# with_lock NAME COMMAND…: one at a time over all processes. The lock goes with
# the process that holds it; what COMMAND leaves running does not inherit it.
with_lock() (
	wl_name=$1
	shift
	exec 9>"$build/lock/$wl_name"
	# A wait that is short is not worth a word among a test's output.
	flock -w 5 9 || { say "waiting for another run ($wl_name)"; flock 9; }
	"$@" 9>&-
)

# Content stamps: a product is current when the stamp beside it holds the hash of
# everything it was made from. Stamps are written last, by a rename.
hash_text() { sha256sum | cut -d' ' -f1; }
hash_files() { [ $# -eq 0 ] || sha256sum -- "$@" | hash_text; }
# hash_tree DIR…: names and contents of all files below (a missing DIR is empty)
hash_tree() {
	for d; do
		[ ! -d "$d" ] || (cd "$d" && find . -type f | sort | tr '\n' '\0' | xargs -0r sha256sum)
	done | hash_text
}
stamp_ok() { [ -e "$1" ] && [ "$(cat "$1")" = "$2" ]; }
stamp_set() { printf '%s\n' "$2" >"$1.tmp" && mv -f "$1.tmp" "$1"; }

# copy_sources DIR: what git has of the repository, or would take, and nothing built
copy_sources() {
	git -C "$top" rev-parse HEAD >/dev/null ||
		die "this needs $top to be a git checkout that git trusts"
	(cd "$top" && git ls-files -co --exclude-standard | while IFS= read -r f; do
		[ ! -e "$f" ] || printf '%s\0' "$f"
	done | xargs -0r cp --parents -P -t "$1")
}

# apt_network: how to reach the network (proxies and such), which is the host's to say,
# as configuration for an apt of our own. It may have passwords.
apt_network() {
	apt-config dump | grep '^Acquire::' | grep -v '^Acquire::IndexTargets' || :
}

# mirror: the Debian mirror that this host already uses. The label comes from the
# index of the suite; where none was fetched yet, the name of the suite must do.
mirror() {
	if [ -n "${PCSC_MIRROR:-}" ]; then
		printf '%s\n' "$PCSC_MIRROR"
		return
	fi
	# shellcheck disable=SC2016 # apt's own variables
	m=$(apt-get indextargets --format \
		'$(TARGET_OF)|$(COMPONENT)|$(LABEL)|$(RELEASE)|$(REPO_URI)' 2>/dev/null |
		awk -F'|' '$1 != "deb" || $2 != "main" { next }
			$3 == "Debian" { print $5; found = 1; exit }
			$3 == "" && $4 ~ /^(bookworm|stable|oldstable)$/ && guess == "" { guess = $5 }
			END { if (!found && guess != "") print guess }')
	[ -n "$m" ] ||
		die "apt's configuration names no Debian mirror; name one with PCSC_MIRROR=URL"
	printf '%s\n' "$m"
}

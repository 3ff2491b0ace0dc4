# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# KTAP for shell tests, sourced on the host and put before each guest script.
# Results go to stdout as they come, the plan last; ktap_end's status is the
# verdict.  Diagnostics are "# ..." lines.

ktap_n=0
ktap_bad=0

ktap_begin() {
	ktap_n=0
	ktap_bad=0
	echo "KTAP version 1"
}

# diag TEXT...: a comment line for each line of TEXT
diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# ok NAME, not_ok NAME, skip NAME WHY: one result
ok() {
	ktap_n=$((ktap_n + 1))
	echo "ok $ktap_n - $1"
}

not_ok() {
	ktap_n=$((ktap_n + 1))
	ktap_bad=$((ktap_bad + 1))
	echo "not ok $ktap_n - $1"
}

skip() {
	ktap_n=$((ktap_n + 1))
	echo "ok $ktap_n - $1 # SKIP $2"
}

# check NAME COMMAND...: passes if COMMAND succeeds; its output is shown if not
check() {
	ktap_name=$1
	shift
	if ktap_out=$("$@" 2>&1); then
		ok "$ktap_name"
	else
		ktap_rc=$?
		not_ok "$ktap_name"
		diag "status $ktap_rc of: $*"
		[ -z "$ktap_out" ] || diag "$ktap_out"
		return 1
	fi
}

# is NAME GOT WANTED: passes if both are the same text
is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1"
		diag "got:"
		diag "$2"
		diag "wanted:"
		diag "$3"
		return 1
	fi
}

# like NAME GOT PATTERN: passes if the shell pattern matches the whole text
like() {
	# shellcheck disable=SC2254 # the pattern is meant to be one
	case $2 in
	$3)
		ok "$1"
		;;
	*)
		not_ok "$1"
		diag "got:"
		diag "$2"
		diag "wanted a match of: $3"
		return 1
		;;
	esac
}

# ktap_end: the plan; fails if a result was bad or there was none. $ktap_last is a function
# with results that each test has last, if there are any: the guests' reader.sh has one.
ktap_last=
ktap_end() {
	${ktap_last:-:}
	echo "1..$ktap_n"
	[ "$ktap_n" -gt 0 ] && [ "$ktap_bad" -eq 0 ]
}

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# What reads gcov's words, for the part "coverage" and for tests/coverage: it counts what is
# there, and a rate that is too low is one.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
# shellcheck source=tests/ktap.sh
. "$here/../ktap.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# lines_of [OPTION OF AWK]...: from gcov's output on stdin
lines_of() {
	awk -F: -v ours='^hw/pcsc/.*[.]c$' -v except=hostile "$@" -f "$here/../lines.awk"
}

# lines RAN OF: as tests/coverage hands them on; a source has ten lines
lines() {
	awk -v ran="$1" -v all="$2" 'BEGIN {
		for (i = 0; i < all; i++)
			printf "pcsc_%d.c %d %d\n", i / 10, i % 10 + 1, i < ran
	}'
}
module_rate() {
	lines "$1" "$2" | awk -v least=95 -f "$here/../module-lines.awk" >"$tmp/table"
}
fails() {
	! "$@"
}

cat >"$tmp/gcov" <<-'EOF'
	        -:    0:Source:../src/hw/pcsc/a.c
	        -:    0:Graph:a.gcno
	        -:    1:#include "qemu/osdep.h"
	function f called 300 returned 100% blocks executed 100%
	      300:    2:static int f(int a, int b)
	      300:    4:	if (a && b)
	branch  0 taken 100% (fallthrough)
	branch  1 taken 1%
	branch  2 taken 100% (fallthrough)
	branch  3 taken 0%
	     299*:    5:		return f() ? 1 : 0;
	call    0 returned 100%
	branch  1 never executed
	branch  2 never executed
	    #####:    6:	return 0;
	unconditional  0 never executed
	        -:    0:Source:../src/hw/pcsc/b.c
	        1:    1:int b(void)
	        -:    0:Source:../src/hw/pcsc/pcsc-hostile.c
	    #####:    1:int hostile(void)
	branch  0 taken 0%
	        -:    0:Source:../src/hw/other/c.c
	    #####:    1:int c(void)
	branch  0 taken 0%
	        -:    0:Source:../src/hw/pcsc/a.c
	    #####:    2:static int f(int a, int b)
	    #####:    4:	if (a && b)
	branch  0 taken 0%
	branch  1 taken 0%
	branch  2 taken 0%
	branch  3 taken 7%
	    #####:    5:		return f() ? 1 : 0;
	branch  1 taken 0%
	branch  2 never executed
	    #####:    6:	return 0;
EOF

ktap_begin
is "lines and branches" \
	"$(lines_of -v missed="$tmp/missed" -v branches="$tmp/branches" <"$tmp/gcov" | paste -sd ,)" \
	'hw/pcsc/a.c 3 4 750,hw/pcsc/b.c 1 1 1000,branches 4 6 666,all 4 5 800' || :
is "what was not run" "$(cat "$tmp/missed")" 'hw/pcsc/a.c:6:	return 0;' || :
is "what was not taken" "$(cat "$tmp/branches")" \
	'hw/pcsc/a.c:5: 0 of 2:		return f() ? 1 : 0;' || :
is "without branches" "$(grep -Ev '^(branch|call|function|unconditional)' "$tmp/gcov" |
	lines_of | paste -sd ,)" 'hw/pcsc/a.c 3 4 750,hw/pcsc/b.c 1 1 1000,all 4 5 800' || :
is "no line" "$(lines_of </dev/null)" 'all 0 0 0' || :

check "95 % of the module's lines are enough" module_rate 95 100 || :
is "the table's end" "$(tail -n 1 "$tmp/table")" 'all                  95 of  100   95.0 %' || :
check "1,899 of 2,000 are not" fails module_rate 1899 2000 || :
check "no line is not" fails module_rate 0 0 || :
ktap_end

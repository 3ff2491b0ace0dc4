#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The manual page and the completion of pcsc-reader: without a warning, and with all
# that the program has.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tests/ktap.sh
. "$here/../tests/ktap.sh"
page=$here/pcsc-reader.1

# without_warning: what groff says of the page
without_warning() {
	said=$(groff -mandoc -Tutf8 -ww -z "$page" 2>&1)
	echo "$said"
	[ -z "$said" ]
}
commands=$(sed -n 's/^\t{ "\([a-z]*\)", "[a-z]*".*/\1/p' "$here/main.c" | tr "\n" " " | sed "s/ $//")
options=$(sed -n 's/^\t{ "\([a-z-]*\)", [a-z]*_argument.*/\1/p' "$here/options.c")

# all_in FILE PREFIX WORD...: FILE has each WORD behind PREFIX
all_in() {
	file=$1 prefix=$2 missing=
	shift 2
	for word; do
		grep -qE -e "$prefix$word( |$)" "$file" || missing="$missing $word"
	done
	[ -z "$missing" ] || { echo "missing:$missing"; return 1; }
}

# completed WORDS: what bash offers for the last of them
completed() {
	bash -c '
		. "$1/pcsc-reader.bash"
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_pcsc_reader
		echo "${COMPREPLY[*]}"' bash "$here" "$@"
}

ktap_begin
if command -v groff >/dev/null; then
	check "groff has nothing to say" without_warning
else
	skip "groff has nothing to say" "no groff"
fi
# shellcheck disable=SC2086 # lists of words
{
	is "commands" "$commands" \
		"list status connect apdu monitor atr reset control attrib"
	check "each command has its place" all_in "$page" '^\.It Cm ' $commands
	check "each option has its place" all_in "$page" '^\.It Fl [a-z] , Fl Fl ' $options
	is "each exit status has its line" \
		"$(sed -n '/^\.Sh EXIT/,/^\.El/s/^\.It //p' "$page" | tr '\n' ' ')" \
		"$(sed -n 's/^\tSTATUS_[A-Z_]* = \([0-9]*\),.*/\1/p' "$here/status.h" | tr '\n' ' ')"
	if command -v bash >/dev/null; then
		is "bash offers the commands" "$(completed pcsc-reader '')" "$commands"
		offered=$(for c in $commands; do completed pcsc-reader "$c" --; done | tr ' ' '\n' |
			sort -u | tr '\n' ' ' | sed "s/ $//")
		is "and every option" "$offered" \
			"$(for o in $options; do echo "--$o"; done | sort -u | tr '\n' ' ' | sed 's/ $//')"
		is "and values" "$(completed pcsc-reader -q apdu --share ex)" exclusive
	else
		skip "completion" "no bash"
	fi
}
ktap_end

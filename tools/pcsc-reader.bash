# SPDX-License-Identifier: BSD-2-Clause
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=bash
#
# Completion of pcsc-reader's command line in bash.

_pcsc_reader() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local commands='list status connect apdu monitor atr reset control attrib'
	local common='--reader --json --quiet --verbose --help'
	local card='--timeout --share --protocol --disposition'
	local command='' word words='' i

	# The command is the first word that is no option and no option's value.
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		-r | -t | -s | -p | -d | -e | -f | -n | --reader | --timeout | --share | \
			--protocol | --disposition | --expect | --file | --count)
			i=$((i + 1))
			;;
		-*) ;;
		*)
			command=$word
			break
			;;
		esac
	done

	COMPREPLY=()
	case $prev in
	-r | --reader) words=$(_pcsc_reader_numbers) ;;
	-s | --share) words='shared exclusive direct' ;;
	-p | --protocol) words='any t0 t1 raw t15' ;;
	-d | --disposition) words='leave reset unpower eject' ;;
	-e | --expect) words='9000 61xx' ;;
	-t | --timeout | -n | --count) return ;;
	-f | --file)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	*)
		case $command:$cur in
		:-*) words=$common ;;
		:*) words=$commands ;;
		apdu:-*) words="$common $card --transaction --expect --file --get-response" ;;
		connect:-*) words="$common $card --transaction" ;;
		reset:-* | control:-* | attrib:-*) words="$common $card" ;;
		monitor:-*) words="$common --timeout --count" ;;
		*:-*) words=$common ;;
		status:* | atr:* | reset:*) words=$(_pcsc_reader_numbers) ;;
		attrib:*) words=$(pcsc-reader attrib 2>/dev/null | sed 's/.* //') ;;
		connect:*)
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
			return
			;;
		esac
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

# The readers that are there, by number: names have blanks
_pcsc_reader_numbers() {
	local file

	for file in /dev/pcsc_reader*; do
		[ ! -e "$file" ] || printf '%s\n' "${file#/dev/pcsc_reader}"
	done
}

complete -F _pcsc_reader pcsc-reader

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154 # top: set by common.sh; steps: the demo's
#
# What the demos share: commands typed in a guest, shown with what they print, and
# checked. Sourced after common.sh, by a script that has a function "steps", which
# prints one step a line:
#
#	- text		explains
#	# command	is typed in the guest
#	= regex		is what it must print: an extended regular expression for each
#			line, in their order
#	~ command	waits (two seconds at most) until it succeeds: what happened at
#			the host arrives by an interrupt, a moment later

bold='' dim='' red='' green='' plain=''
if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
	red=$(printf '\033[31m') green=$(printf '\033[32m')
fi

# walk_options ARGUMENT...: those of all demos; sets $kernel
walk_options() {
	kernel=6.1
	while [ $# -gt 0 ]; do
		case $1 in
		--kernel)
			[ $# -ge 2 ] || die "--kernel wants a series"
			kernel=$2
			shift 2
			;;
		-h | --help) usage; exit 0 ;;
		*) usage >&2; exit 2 ;;
		esac
	done
}

# guest_script: the steps as a script. Each line of its output begins with what it
# is: "#" a command, ">" its output, "?" its status if that is bad. What the driver
# says when it is loaded is on the console: it is shown as on one, without the
# kernel's remarks on modules that Debian did not sign, and on a host that is busy.
guest_script() {
	cat <<-'SCRIPT'
		run() {
			printf '# %s\n' "$1"
			seen=$(dmesg | wc -l)
			status=0
			eval "$1" >/tmp/output 2>&1 || status=$?
			sed 's/^/>/' /tmp/output
			case $1 in
			insmod*)
				dmesg | tail -n "+$((seen + 1))" | sed 's/^\[ *[0-9.]*\] /:/' |
					sed -n '/taint\|deferred probe\|^:hrtimer: \|^:clocksource: /d; s/^:/>/p'
				;;
			esac
			[ "$status" = 0 ] || echo "?$status"
		}
		await() {
			tries=0
			until eval "$1" >/dev/null 2>&1; do
				tries=$((tries + 1))
				[ "$tries" -lt 40 ] || return 0
				usleep 50000
			done
		}
	SCRIPT
	steps | sed -n "s/'/'\\\\''/g; s/^# \(.*\)/run '\1'/p; s/^~ \(.*\)/await '\1'/p"
	echo 'echo .'
}

# show: print what the guest prints, checked against the steps (descriptor 4)
show() {
	wrong=0
	next
	while IFS= read -r line; do
		case $line in
		'# '*)
			settle
			while [ "$kind" != '#' ] && [ -n "$kind" ]; do
				[ "$kind" != - ] || printf '\n%s%s%s\n' "$dim" "$text" "$plain"
				next
			done
			printf '%sroot@guest:/#%s %s\n' "$bold" "$plain" "${line#'# '}"
			next
			;;
		'>'*)
			line=${line#'>'}
			printf '%s\n' "$line"
			if [ "$kind" = = ] && printf '%s\n' "$line" | grep -Eqx -e "$text"; then
				next
			elif [ "$kind" = = ]; then
				complain "should be: $text"
				next
			else
				complain "should not be there"
			fi
			;;
		'?'*) complain "the command failed with status ${line#'?'}" ;;
		.)
			settle
			[ -z "$kind" ] || complain "the walk-through ended early"
			ended=yes
			;;
		*) complain "not part of the walk-through: $line" ;;
		esac
	done
}
# next: the next step, its kind and its text
next() {
	kind='' text=''
	while IFS= read -r step <&4; do
		kind=${step%% *}
		text=${step#"$kind"}
		text=${text# }
		[ "$kind" = '~' ] || return 0
		kind='' text=''
	done
}
# settle: a command has ended: all that it had to print must have come
settle() {
	while [ "$kind" = = ]; do
		complain "is missing: $text"
		next
	done
}
complain() {
	wrong=$((wrong + 1))
	printf '%s  ^ %s%s\n' "$red" "$1" "$plain"
}

# walk_run OPTION-OF-scripts/guest...: the demo. It ends the script if anything is not as
# it must be.
walk_run() {
	"$top/scripts/setup"
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
	say "preparing the guest (the first time takes some minutes)"
	"$top/scripts/guest" --prepare --kernel "$kernel" "$@"
	guest_script >"$tmp/script"
	steps >"$tmp/steps"
	mkfifo "$tmp/output"
	start=$(date +%s)
	"$top/scripts/guest" --kernel "$kernel" "$@" "$tmp/script" >"$tmp/output" &
	guest=$!
	trap 'kill -s TERM "$guest" 2>/dev/null || :; wait "$guest" 2>/dev/null || :; exit 130' INT
	trap 'kill -s TERM "$guest" 2>/dev/null || :; wait "$guest" 2>/dev/null || :; exit 143' TERM HUP
	ended=no
	show <"$tmp/output" 4<"$tmp/steps"
	status=0
	wait "$guest" || status=$?
	[ "$status" = 0 ] || complain "the guest ended with status $status"
	[ "$ended" = yes ] || [ "$status" != 0 ] || complain "the walk-through is not complete"
	printf '\n'
	if [ "$wrong" != 0 ]; then
		printf '%sThe demo failed: %s differences, marked ^.%s\n' "$red" "$wrong" "$plain"
		exit 1
	fi
	printf '%sEvery output was right.%s Guest and session took %s s.\n' "$green" "$plain" "$(($(date +%s) - start))"
}

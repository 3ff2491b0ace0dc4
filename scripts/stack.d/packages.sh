# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154 # top, build: set by common.sh
#
# The PC/SC programs that are used without being installed: pcscd, vpcd and vicc
# of the host's own Debian release, so that they fit its libpcsclite. Installed,
# they would leave a daemon behind. Sourced after common.sh.

# pcsc_root: fetch and unpack what is missing, print the directory
pcsc_root() {
	# STACK_ROOT is set inside the stack, where there is no network to fetch from.
	if [ -n "${STACK_ROOT:-}" ]; then
		printf '%s\n' "$STACK_ROOT"
		return
	fi
	pr_suite=$(. /etc/os-release 2>/dev/null && printf '%s' "${VERSION_CODENAME:-}") || pr_suite=
	pr_suite=${pr_suite:-bookworm}
	pr_root=$build/pcsc/$pr_suite
	# The names alone decide: a user who may not write here can still run it.
	if [ ! -e "$pr_root/complete" ] || [ -n "${PCSC_REFRESH:-}" ]; then
		pr_arch=$(dpkg --print-architecture)
		"$top/scripts/fetch" into "$pr_root" "$pr_suite" "$pr_arch" \
			pcscd vsmartcard-vpcd vsmartcard-vpicc python3-virtualsmartcard || return
		: >"$pr_root/complete"
	fi
	printf '%s\n' "$pr_root"
}

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# All of winscard, by a program that the host's own pcsc-lite satisfies as well
# (tests/host/winscard.sh): on our library and on the guest's pcscd with our IFD handler.
# lib: winscard
# once: yes
# guest: --packages pcscd --programs --smp 2
# guest: --add @programs@/winscard-test:/bin/winscard-test
# guest: --cards 0=test,2=test

way=''

ktap_begin
for to in lib ifd; do
	on $to || continue
	echo "    # Subtest: $way"
	winscard_rc=0
	WORLD=host winscard-test --apdus 1000 >/tmp/winscard 2>&1 || winscard_rc=$?
	sed 's/^/    /' /tmp/winscard
	is "$way: status" "$winscard_rc" 0 || :
	diag "$(cut -d' ' -f1 /proc/uptime) s after boot"
	host card remove 4 || :
done
check "kernel log" kernel_is_calm
ktap_end

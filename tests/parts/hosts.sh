#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# Hosts: a fresh Debian 12 and a fresh Debian 13, each with a copy of this repository and
# nothing else of it. Who cannot install there hears what to install. `make demo` as root
# installs and builds all that it needs; a plain user can do the same then, without a
# network, and can run guest tests.
# long: yes
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

root=
trap '[ -z "$root" ] || rm -rf "$root"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# enter COMMAND...: there, as root
enter() { "$top/scripts/root" run "$tar" "$root" "$@"; }
# as_user COMMAND: as a plain user, without a network
as_user() {
	enter unshare --net su -s /bin/sh -c "cd /home/user/pcsc-passthru && $1" user
}
# step NAME COMMAND...: one result, with the end of what COMMAND said if it fails
step() {
	name=$1
	shift
	if "$@" >"$build/check/hosts-$suite.log" 2>&1; then
		ok "$suite: $name"
	else
		not_ok "$suite: $name"
		diag "$(tail -n 30 "$build/check/hosts-$suite.log")"
		return 1
	fi
}

# shellcheck disable=SC2016 # for the shell in there
setup='/home/user/pcsc-passthru/scripts/setup; echo "status $?"'

ktap_begin
if [ "$(id -u)" != 0 ]; then
	skip "hosts" "a plain user cannot make another user there"
	ktap_end
	exit
fi
mkdir -p "$build/check"
for suite in bookworm trixie; do
	[ -z "$root" ] || rm -rf "$root"
	tar=$("$top/scripts/root" tar "$suite" "$(dpkg --print-architecture)" "host-$suite" make git)
	root=$build/root/host-$suite
	rm -rf "$root"
	step "a fresh Debian" enter useradd -m -s /bin/sh user || continue
	mkdir "$root/home/user/pcsc-passthru"
	copy_sources "$root/home/user/pcsc-passthru"
	# shellcheck disable=SC2016 # for the shell in there
	like "$suite: a plain user without sudo: what root shall run" \
		"$(enter sh -c 'chown -R user: /home/user && su -s /bin/sh -c "$1" user' sh "$setup" 2>&1)" \
		"*not root; as root, run:*apt-get install *gcc-arm-linux-gnueabihf*status 1" || :
	# shellcheck disable=SC2016 # likewise
	like "$suite: no apt-get: what to find the equivalents of" \
		"$(enter sh -c 'mv /usr/bin/apt-get /root/; eval "$1"; mv /root/apt-get /usr/bin/' sh "$setup" 2>&1)" \
		"*this host has no apt-get; install the equivalents of: *gcc-arm-linux-gnueabihf*status 1" || :
	step "make demo, as root" enter make -C /home/user/pcsc-passthru demo || continue
	# shellcheck disable=SC2016 # for the shell in there
	step "what guest tests need" enter sh -c 'cd /home/user/pcsc-passthru &&
		scripts/setup --checks && scripts/kernel 6.12 && scripts/build-module --tests 6.12 &&
		make -C tests/guest/src BUILD="$PWD/build" TRIPLET=arm-linux-gnueabihf &&
		chown -R user: /home/user' || continue
	step "make demo, as a plain user, without a network" as_user 'make demo' || :
	check "$suite: the demo is whole" grep 'make guest' "$build/check/hosts-$suite.log" || :
	for t in attributes session pcscd; do
		step "a guest test: $t" as_user "tests/part guest:6.12:$t" || :
	done
	rm -rf "$root"
	root=
done
ktap_end

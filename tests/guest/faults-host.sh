# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# A host in trouble, as Documentation/faults.md has it: pcscd that is killed in the middle
# of a command, that lets nobody in, and that has no file descriptors left, or QEMU that
# has none. pcscd.sh has more of pcscd's ends, under load.
# lib: works
# once: yes
# guest: --cards 0=test,2=test,4=test --smp 2

back() {
	back_from=$(uptime_s)
	check "$1: the readers work again" until_true 30 eval 'works 0 && works 2 && works 4'
	diag "after $(($(uptime_s) - back_from)) s"
	is "$1: readers" "$(readers)" 10
}
# usage NAME: what QEMU has is what it had
usage() {
	same_usage "$1: QEMU has as many threads and files as before" "$before"
}
# new_session NAME: reader 4 has none at the host and needs one, with a context that QEMU does
# not have: the last session takes those with it that others left
new_session() {
	for n in 0 2 4; do
		reader_driver unbind $n
	done
	sleep 2
	for n in 0 2 4; do
		reader_driver bind $n
	done
	check "$1: two readers work" eval 'works 0 && works 2'
}
ktap_begin
check "readers work" eval 'works 0 && works 2 && works 4'
before=$(qemu_usage)
diag "$before"

gt transmit "$(attr 0 transmit)" '80 E4 9C 40' >/tmp/busy &
busy=$!
sleep 1
check "kill pcscd during a command" host pcscd kill
within 20 "killed: the command, which its card would have taken 40 s for" EHOSTDOWN \
	busy_end
wait $busy
check "killed: the readers say so" until_true 20 state_is 0 '  Unavailable'
is "killed: connect" "$(put 2 connect 1)" EHOSTDOWN

# What comes in its place lets nobody in: as good as none.
check "a pcscd that refuses" host pcscd refuse
sleep 3
# Whether libpcsclite sees the end of the connection as it writes or as it reads is chance.
is "refused: connect" "$(put 2 connect 1 | sed 's/^EHOSTDOWN$/EACCES/')" EACCES
is "refused: transmit" "$(tx 2 '80 E0 00 00')" EHOSTDOWN
check "refused: the readers say so" state_is 2 '  Unavailable'
is "refused: readers" "$(readers)" 10
check "refused: it ends" host pcscd stop
check "one that does not" host pcscd start
back refused
usage refused

# pcscd cannot take another client: who is in goes on, until there is one who waits to get
# in. For him all of libpcsclite waits, and with it all other readers.
new_session "before pcscd starves"
check "pcscd has no more files" host pcscd starve
check "pcscd starved: who is connected goes on" works 0
put 4 timeout_ms 3000
is "pcscd starved: a new session" "$(put 4 connect 1)" ETIMEDOUT
put 2 timeout_ms 3000
is "pcscd starved: all wait with it" "$(tx 2 '80 E0 00 00')" ETIMEDOUT
check "pcscd has files" host pcscd feed
for n in 2 4; do
	put $n timeout_ms 60000
done
back "pcscd starved"
usage "pcscd starved"

new_session "before QEMU starves"
check "QEMU has no more files" host qemu starve
check "QEMU starved: who is connected goes on" works 0
put 4 timeout_ms 3000
is "QEMU starved: a new session" "$(put 4 connect 1)" EHOSTDOWN
check "QEMU starved: who is connected still goes on" works 2
check "QEMU has files" host qemu feed
put 4 timeout_ms 60000
back "QEMU starved"
usage "QEMU starved"

# Without a file QEMU finds no pcscd that comes; when it has one, nobody need tell it.
check "QEMU has no more files" host qemu starve
check "QEMU starved: pcscd stops" host pcscd stop
check "QEMU starved: the readers say so" until_true 20 state_is 0 '  Unavailable'
check "QEMU starved: pcscd starts" host pcscd start
check "QEMU has files" host qemu feed
back "QEMU starved, pcscd restarted"
usage "QEMU starved, pcscd restarted"
check "kernel log" kernel_is_calm
ktap_end

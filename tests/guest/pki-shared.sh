# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# One PKI card, used from the host and from the guest in turn under shared mode, by
# pkcs11-tool on both sides; and transactions, which keep the two apart.
# lib: winscard
# once: yes
# guest: --packages pcscd,opensc --programs
# guest: --add @programs@/scard:/bin/scard
# guest: --cards 0=pki

way=''
message=48656C6C6F

guest_signs() {
	rm -f /tmp/signature
	pkcs11-tool --slot-index 0 --login --pin 123456 --sign --mechanism SHA256-RSA-PKCS \
		--id 0001 --input-file /tmp/message --output-file /tmp/signature &&
		host verify 0 1 SHA256-RSA-PKCS /tmp/signature /tmp/message
}
host_signs() {
	host_signature=$(host pki sign 0 2 SHA256-RSA-PKCS $message 2>/tmp/host.err) ||
		{ cat /tmp/host.err; return 1; }
	host pki verify 0 2 SHA256-RSA-PKCS "$host_signature" $message
}
refuses() {
	! "$@"
}
# now_ms: of the guest's clock
now_ms() {
	echo $(($(cut -d' ' -f1 /proc/uptime | tr -d .) * 10))
}

turns_test() {
	# The guest stays connected all the while.
	scard hold 0 120000 >/tmp/hold &
	hold=$!
	check "$way: the guest is connected" until_true 20 grep -q held /tmp/hold
	for turn in 1 2; do
		check "$way: the guest signs, turn $turn" guest_signs
		check "$way: the host signs, turn $turn" host_signs
	done
	kill $hold
	wait $hold 2>/dev/null
}

# The other side's command comes after the end of a transaction. How long that lasts is
# longer than any command takes, so that a command that does not wait is early.
lock_ms=6000
transaction_test() {
	start=$(now_ms)
	host scard-start lock 0 $lock_ms
	check "$way: the guest signs after the host's transaction" guest_signs
	took=$(($(now_ms) - start))
	check "$way: not within it ($took ms)" test $took -ge $((lock_ms - 500))
	host scard-stop
}
guest_transaction_test() {
	scard lock 0 $lock_ms >/tmp/lock &
	lock=$!
	check "$way: the guest has a transaction" until_true 20 grep -q held /tmp/lock
	start=$(now_ms)
	check "$way: the host signs after the guest's transaction" host_signs
	took=$(($(now_ms) - start))
	check "$way: not within it ($took ms)" test $took -ge $((lock_ms - 2000))
	wait $lock
}

ktap_begin
printf Hello >/tmp/message
for to in lib ifd; do
	on $to || continue
	turns_test
done
# By the library alone: the guest's pcscd keeps its clients' transactions to itself, and
# stays connected to a card for some time after the last of them.
if on lib; then
	transaction_test
	guest_transaction_test
	host scard-start -s exclusive hold 0 60000
	check "exclusive at the host: not for the guest" refuses guest_signs
	host scard-stop
	check "afterwards it is" guest_signs
fi
check "kernel log" kernel_is_calm
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# Debian's pkcs11-tool with a PKI card on the host, whose keys are made anew for this
# test: it lists the certificates, logs in and signs, and the host verifies what it
# signed; on our library and on the guest's own pcscd with the IFD handler.
# lib: winscard
# once: yes
# guest: --packages pcscd,opensc --programs
# guest: --cards 0=pki

way=''

# p11 ARGUMENT...: on the card
p11() {
	pkcs11-tool --slot-index 0 "$@"
}
# sign MECHANISM ID FILE: the signature is in /tmp/signature then
sign() {
	rm -f /tmp/signature
	p11 --login --pin 123456 --sign --mechanism "$1" --id "$2" --input-file "$3" \
		--output-file /tmp/signature
}
# certificate N: whether what pkcs11-tool reads is what the host has made
certificate() {
	p11 --read-object --type cert --id "000$1" --output-file /tmp/cert || return
	host pki certificate 0 "$1" | sed '/^-----/d' | base64 -d >/tmp/made
	[ -s /tmp/made ] && cmp /tmp/cert /tmp/made
}
refuses() {
	! "$@"
}

p11_test() {
	is "$way: the certificates" \
		"$(p11 --list-objects --type cert 2>/dev/null | sed -n 's/^ *subject: *//p')" \
		"$(printf 'DN: CN=PKI card 0 certificate %s\n' 1 2 3)"
	for n in 1 2 3; do
		check "$way: certificate $n" certificate $n
	done
	is "$way: private keys without login" \
		"$(p11 --list-objects --type privkey 2>/dev/null | grep -c 'Private Key')" 0
	is "$way: private keys" \
		"$(p11 --login --pin 123456 --list-objects --type privkey 2>/dev/null | grep -c 'Private Key')" 3
	check "$way: a wrong PIN is refused" refuses p11 --login --pin 654321 --list-objects
	for mechanism in RSA-PKCS SHA256-RSA-PKCS; do
		check "$way: sign, $mechanism" sign $mechanism 0001 /tmp/message
		check "$way: the host verifies it" \
			host verify 0 1 $mechanism /tmp/signature /tmp/message
		check "$way: not as that of another certificate" refuses \
			host verify 0 2 $mechanism /tmp/signature /tmp/message
		check "$way: nor of another message" refuses \
			host verify 0 1 $mechanism /tmp/signature /tmp/forged
	done
	tampered
	check "$way: nor a tampered one" refuses \
		host verify 0 1 SHA256-RSA-PKCS /tmp/tampered /tmp/message
	check "$way: the third key signs, too" sign SHA256-RSA-PKCS 0003 /tmp/message
	check "$way: the host verifies it" \
		host verify 0 3 SHA256-RSA-PKCS /tmp/signature /tmp/message
}
# The signature with one bit of its middle byte changed
tampered() {
	od -An -v -tu1 -w1 /tmp/signature | awk '{ b = $1
		if (NR == 128) b = b % 2 ? b - 1 : b + 1
		printf "%02x", b }' | xxd -r -p >/tmp/tampered
}

ktap_begin
echo "The quick brown fox pays the lazy dog." >/tmp/message
echo "The quick brown fox pays the lazy cat." >/tmp/forged
for to in lib ifd; do
	on $to || continue
	p11_test
done
check "the card goes" host card remove 0
check "no card, no signature" refuses sign SHA256-RSA-PKCS 0001 /tmp/message
check "kernel log" kernel_is_calm
ktap_end

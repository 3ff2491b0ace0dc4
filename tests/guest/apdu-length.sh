# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The longest APDU that one write to `transmit` can carry, one byte more, and
# responses longer than a page.
# guest: --cards 0=test

# bytes N [SEPARATOR]: N bytes as hex digits, counting up, each with what follows it
bytes() {
	awk -v n="$1" -v s="${2-}" 'BEGIN {
		for (i = 0; i < 256; i++) all = all sprintf("%02X", i) s
		for (; n >= 256; n -= 256) printf "%s", all
		printf "%s", substr(all, 1, n * length(all) / 256)
	}'
}
# same GOT WANTED: two files, which are too long to print
same() {
	cmp "$1" "$2" && [ -s "$1" ]
}

ktap_begin
transmit=$(attr 0 transmit)
page=$(gt page)
check "connect" put 0 connect 1

# With pages of 4 KiB: 4,095 bytes, the last a newline; 2,047 of APDU, 2,040 of them data
n=$((page / 2 - 8))
printf '80E0000000%04X%s\n' $n "$(bytes $n)" >/tmp/longest
is "a write below a page" "$(wc -c </tmp/longest)" $((page - 1))
is "the longest APDU" "$(gt write "$transmit" </tmp/longest)" "ok $((page - 1))"
cat "$transmit" >/tmp/answer
echo "$(bytes $n ' ')90 00" >/tmp/wanted
check "its answer" same /tmp/answer /tmp/wanted

# One byte of APDU more. It would set the card's flag, but is not sent.
tx 0 '80 EC 00 00' >/tmp/flag
is "the card's flag" "$(cat /tmp/flag)" "00 90 00"
printf '80EC010000%04X%s' $((n + 1)) "$(bytes $((n + 1)))" >/tmp/longer
is "a write of a page" "$(wc -c </tmp/longer)" "$page"
is "one byte more" "$(gt write "$transmit" </tmp/longer)" EMSGSIZE
is "nothing was sent" "$(tx 0 '80 EC 00 00')" "00 90 00"
is "the flag can be set so" "$(tx 0 "80EC01000001FF$(bytes 511)")" "90 00"
is "and is seen then" "$(tx 0 '80 EC 00 00')" "01 90 00"

# Responses: what fits in a page of text, one byte more, the longest that vpcd carries
whole=$(((page - 1) / 3 - 2))
for n in $whole $((whole + 1)) "$page" 65533; do
	check "ask for $n bytes" put 0 transmit "$(printf '80E2000003%06X' "$n")"
	gt read "$transmit" 0 1000000 >/tmp/page
	cat "$transmit" >/tmp/answer
	echo "$(bytes "$n" ' ')90 00" >/tmp/wanted
	check "$n bytes and the status, by cat" same /tmp/answer /tmp/wanted
	head -c "$(wc -c </tmp/page)" /tmp/wanted >/tmp/beginning
	check "one read gives the beginning of it" same /tmp/page /tmp/beginning
done
is "a read at an offset" "$(gt read "$transmit" 196590 9)" \
	"$(tail -c +196591 /tmp/wanted | head -c 9)"
is "a read at the end" "$(gt read "$transmit" "$(wc -c </tmp/wanted)")" ""
check "kernel log" kernel_is_calm
ktap_end

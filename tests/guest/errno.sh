# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# Each failure has its errno: the table of Documentation/ABI, by cards and clients
# that misbehave.
# guest: --cards 0=test,2=test:3B82011450C7,4=test

# tx_raw TEXT: exactly TEXT, with printf's escapes, into reader 0's transmit
tx_raw() {
	# shellcheck disable=SC2059 # escapes are wanted
	printf "$1" | gt write "$(attr 0 transmit)" "${2-0}"
}
zeros() {
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "0" }'
}

ktap_begin

# Before there is a connection
is "transmit, not connected" "$(tx 0 '80 E0 00 00')" ENOTCONN
is "connect, no card" "$(put 1 connect 1)" ENOMEDIUM
is "connect, protocol the card has not" "$(put 2 protocol t0; put 2 connect 1)" EPROTO

# The text of a command
check "connect" put 0 connect 1
is "an odd digit" "$(tx_raw '80 E0 00 00 0')" EINVAL
is "a pair torn apart" "$(tx_raw '80 E0 0 0 00')" EINVAL
is "no digit" "$(tx_raw '80 E0 00 0G')" EILSEQ
is "a word" "$(tx_raw 'select')" EILSEQ
is "a zero byte" "$(tx_raw '80 E0 \0000')" EILSEQ
is "nothing" "$(tx_raw '\n')" ENODATA
page=$(gt page)
is "a page" "$(tx_raw "80E00000$(zeros $((page - 8)))")" EMSGSIZE
is "more than a page" "$(tx_raw "80E00000$(zeros $((page + 904)))")" EMSGSIZE
is "at an offset" "$(tx_raw '80E00000' 2)" EMSGSIZE
is "then a good one" "$(tx 0 '80 E0 00 00 01 01')" "01 90 00"
is "a bad one leaves the last response" "$(tx_raw 'xx'; get 0 transmit)" "EILSEQ
01 90 00"

# The card
is "time-out" "$(put 0 timeout_ms 500; tx 0 '80 E4 0B B8')" ETIMEDOUT
put 0 timeout_ms 60000
is "a failure leaves no response" "$(get 0 transmit)" ""
is "the next one waits for the card" "$(tx 0 '80 E0 00 00 01 02')" "02 90 00"
check "connect the card in slot 4" put 4 connect 1
is "a card pulled by the command" "$(tx 4 '80 E8 01 00')" ENOLINK
is "transmit afterwards" "$(tx 4 '80 E0 00 00')" ENOLINK
is "connect reads" "$(get 4 connect)" 0
is "connect afterwards" "$(put 4 connect 1)" ENOMEDIUM
is "transmit after that" "$(tx 4 '80 E0 00 00')" ENOTCONN
host card insert 4 test
check "a new card" until_true 20 put 4 connect 1
host card remove 4
host card insert 4 test
check "the card was exchanged" until_true 20 state_is 4 'Card Connected: [No]'
is "transmit to another card" "$(tx 4 '80 E0 00 00')" ENOLINK
check "connect" put 4 connect 1
is "transmit" "$(tx 4 '80 E0 00 00 01 03')" "03 90 00"

# Other clients (session.sh has more of them)
put 4 connect 0
host scard-start -s exclusive hold 4 60000 >/dev/null
is "connect, another is exclusive" "$(put 4 connect 1)" EBUSY
host scard-stop
check "connect" until_true 10 put 4 connect 1
host scard reset 4
is "transmit after another's reset" "$(tx 4 '80 E0 00 00')" ECONNRESET
is "connect reads" "$(get 4 connect)" 0
check "connect" put 4 connect 1

# The service
host pcscd stop
check "the readers know" until_true 20 state_is 4 '  Unavailable'
is "connect, no service" "$(put 4 connect 1)" EHOSTDOWN
is "transmit, no service" "$(tx 4 '80 E0 00 00')" EHOSTDOWN
host pcscd start
check "connect" until_true 30 put 4 connect 1

# The driver
background /tmp/hold gt hold "$(attr 4 state)" r
hold=$!
reader_driver unbind 4
finish "$hold"
is "a file of a reader that went" "$(tail -n 1 /tmp/hold)" ENODEV
check "kernel log" kernel_is_calm
ktap_end

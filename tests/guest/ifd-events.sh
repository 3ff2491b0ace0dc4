# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# What happens to cards and readers under the guest's own pcscd: no pcscd on the host at
# first, cards that come, go and are exchanged, one pulled in the middle of an APDU, one
# that another client resets or holds, a slow one beside another, a reader that is unbound.
# lib: winscard ifd
# once: yes
# guest: --packages pcscd --programs --no-pcscd --smp 2
# guest: --add @programs@/scard:/bin/scard
# guest: --add @programs@/ifd-client:/bin/ifd-client
# guest: --cards 0=test,2=test,4=test

# client FILE N WORD...: a connection in the background, whose first word is connect
client() {
	client_out=$1
	client_reader=$(reader "$2")
	shift 2
	ifd-client "$client_reader" "$@" >"$client_out" 2>&1 &
	client_pid=$!
	until_true 20 test -s "$client_out"
}

# line N FILE
line() {
	sed -n "$1p" "$2"
}

# not_answered FILE: an error or a response without a status word
not_answered() {
	case $(line 2 "$1") in
	801000*) ;;
	*) diag "$(cat "$1")"; return 1 ;;
	esac
}

works() {
	[ "$(ifd "$1" shared apdu=80E0000001AB end=leave)" = "T=1;AB 90 00;ended;" ]
}

# refused N: no connection, whatever pcscd calls the reason
refused() {
	case $(ifd "$1" shared) in 801000*) ;; *) return 1 ;; esac
}

# sees N present|absent VERB...: a client that waits is woken by what VERB does
sees() {
	sees_n=$1 sees_what=$2
	shift 2
	scard wait "$sees_n" "$sees_what" 30000 >/dev/null &
	sees_pid=$!
	sleep 0.3
	host card "$@" && wait $sees_pid
}

ktap_begin
check "pcscd starts, with no reader there" ifd_start --slots 6
is "six empty readers" "$(for n in 0 1 2 3 4 5; do scard state $n; done | grep -c EMPTY)" 6
check "pcscd starts on the host" host pcscd start
check "the readers come to life" until_true 30 ifd_is 0 PRESENT
check "and work" until_true 20 works 0

for round in 1 2 3 4 5; do
	check "$round: a waiting client sees a card come" sees 1 present insert 1 test
	check "$round: it works" works 1
	check "$round: a waiting client sees it go" sees 1 absent remove 1
done

client /tmp/swap 2 shared await=/tmp/swapped apdu=80E000000155
# pcscd looks again when both are done: what it finds is a card, as before.
kill -STOP "$(pidof pcscd)"
check "the card goes" host card remove 2
check "another comes" host card insert 2 test:3B021450
check "the device says so" until_true 20 sh -c "grep -q 1 $(attr 2 present)"
kill -CONT "$(pidof pcscd)"
check "the new card is seen" until_true 20 sh -c "scard atr 2 | grep -qi '3B 02 14 50'"
touch /tmp/swapped
wait $client_pid
is "the old connection is not with it" "$(line 2 /tmp/swap)" 80100069

client /tmp/pull 4 shared apdu=80E80000
check "a card is pulled that was thinking" host card remove 4
wait $client_pid
check "its client got no response" not_answered /tmp/pull
check "the reader is empty" until_true 20 ifd_is 4 EMPTY
check "the next card" host card insert 4 test
check "the next card works" until_true 20 works 4

client /tmp/reset 0 shared apdu=80EC0100 sleep=4000 apdu=80EC0000 sleep=1000 apdu=80EC0000
check "a client on the host resets the card" host scard reset 0
wait $client_pid
is "the guest's client hears of it" "$(line 3 /tmp/reset)" 80100016
is "from then on its card is gone" "$(line 4 /tmp/reset)" 80100069
check "and it has to connect again" until_true 20 works 0
is "with nothing unlocked" "$(ifd 0 shared apdu=80EC0000 end=leave)" "T=1;00 90 00;ended;"

client /tmp/slow 0 shared apdu=80E41F40
slow=0
while kill -0 $client_pid 2>/dev/null && works 4; do
	slow=$((slow + 1))
done
wait $client_pid
is "a card that takes 8 s" "$(line 2 /tmp/slow)" "90 00"
# One that had to wait would be the only one.
check "another worked meanwhile ($slow)" test $slow -gt 1

client /tmp/wait 4 shared sleep=2000 apdu=80E000000166
host scard-start lock 4 5000
wait $client_pid
is "an APDU waits for a transaction on the host" "$(line 2 /tmp/wait)" "66 90 00"
host scard-stop

check "pcscd powers the cards down" until_true 60 sh -c "! host scard state 4 | grep -q INUSE"
host scard-start -s exclusive hold 4 60000
check "a card that the host holds" refused 4
host scard-stop
check "when it lets go" until_true 30 works 4

controller_find
check "unbind the device" controller_driver unbind
check "its readers are empty" until_true 20 ifd_is 0 EMPTY
check "bind it" controller_driver bind
check "its card is back" until_true 20 ifd_is 0 PRESENT
check "and works" until_true 20 works 0

check "pcscd ends" ifd_stop
check "pcscd with :exclusive" ifd_start --slots 6 --exclusive
client /tmp/exclusive 0 shared apdu=80E000000177 sleep=3000
is "a powered card is closed to the host" \
	"$(host scard atr 0 2>&1 | grep -o SHARING_VIOLATION | head -n 1)" SHARING_VIOLATION
wait $client_pid
is "the guest has it" "$(line 2 /tmp/exclusive)" "77 90 00"
check "it is open again when it is powered down" until_true 60 host scard atr 0
check "pcscd ends" ifd_stop
check "kernel log" kernel_is_calm
ktap_end

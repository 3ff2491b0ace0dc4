# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# pcsc-reader: every command, every exit status, JSON that a strict reader takes, several
# APDUs in one session, transactions, its use by another program, and signals that
# free the card.
# once: yes
# guest: --programs --cards 0=test,2=test,4=test

echo_apdu='80 E0 00 00 01 42'
echo_answer='42 90 00'
verify='80 EC 01 00'
verified='80 EC 00 00'
late='80 E4 1F 40'	# 90 00 after 8 s
atr='3B 88 80 11 FE 50 43 53 43 54 45 53 54 F2'

# status WANTED ARGUMENT...: its exit status, and, unless that is 0, a word about it
status() {
	status_wanted=$1
	shift
	status_is=0
	pcsc-reader "$@" >/tmp/out 2>/tmp/err || status_is=$?
	[ "$status_is" != "$status_wanted" ] || [ "$status_is" = 0 ] ||
		grep -q '^pcsc-reader: ' /tmp/err || status_is="$status_is and says nothing"
	is "status $status_wanted: $*" "$status_is" "$status_wanted" || diag "$(cat /tmp/err)"
}
# json LINES ARGUMENT...: that many lines, all of them JSON
json() {
	json_lines=$1
	shift
	pcsc-reader --json "$@" >/tmp/json 2>/tmp/err
	is "JSON: $*" "$(gt json /tmp/json)" "lines $json_lines wrong 0"
}
apdu() {
	pcsc-reader apdu "$@" 2>&1
}
# another VERB...: what a client at the host gets that wants the card for itself
another() {
	host scard -s exclusive status "$@"
}

ktap_begin

# What there is
host scard list >/tmp/names
is "list" "$(pcsc-reader list | sed 's/^\([0-9]*\) *\(.*\)  \[.*\]$/\1 \2/')" "$(cat /tmp/names)"
is "list: cards" "$(pcsc-reader list | sed -n 's/^\([0-9]*\) .*\[card\]$/\1/p' | tr '\n' ' ')" "0 2 4 "
json 1 list
like "list as JSON" "$(cat /tmp/json)" '\[{"reader":0,"name":"*","state":\["card"\],*,"atr":null}\]'
status 0 status
like "status is of the first with a card" "$(cat /tmp/out)" "reader  0
name *
state   card
events *
atr     $atr"
pcsc-reader status -q 1
is "status of an empty one" "$?" 4
json 1 status 1

# One card
status 0 connect
like "connect" "$(cat /tmp/out)" "connected with reader 0, T=1
ATR $atr*TCK F2  right
protocols T=0 T=1"
# A card keeps its protocol until it is reset or has lain idle for a while.
status 0 connect -p t0 -d reset -r 2
like "another protocol" "$(cat /tmp/out)" "connected with reader 2, T=0*"
json 1 connect
is "apdu" "$(apdu "$echo_apdu" 80E69000)" "$echo_answer
90 00"
json 2 apdu "$echo_apdu" 80E66A82
is "as JSON" "$(head -n 1 /tmp/json)" \
	'{"apdu":1,"response":"429000","sw":"9000","expected":true}'
is "one session" "$(apdu "$verify" "$verified" | tail -n 1)" "01 90 00"
is "its end resets the card" "$(apdu "$verified")" "00 90 00"
# Nobody connected for some seconds, and the host's pcscd takes the card's power.
host scard-start hold 0 60000 >/dev/null
apdu -d leave "$verify" >/tmp/out
is "unless told otherwise" "$(apdu "$verified")" "01 90 00"
host scard-stop
name=$(sed -n 's/^2 //p' /tmp/names)
is "a reader by its name" "$(apdu -v -r "$name" "$echo_apdu")" \
	"pcsc-reader: reader 2: connected, T=1
$echo_answer"
like "a reader by a pattern" "$(apdu -v -r '*PCD 2*' "$echo_apdu")" "*: reader 4: *"
like "a reader by the environment" "$(PCSC_READER=4 pcsc-reader apdu -v "$echo_apdu" 2>&1)" \
	"*: reader 4: *"
is "the longest answer" "$(apdu 80E200000300FFFD | wc -c)" $((65535 * 3))

# Where APDUs come from
printf '# a comment\n\n%s # another\r\n  80e6 9000\n' "$echo_apdu" >/tmp/apdus
is "a file" "$(apdu -f /tmp/apdus)" "$echo_answer
90 00"
is "standard input" "$(apdu - </tmp/apdus)" "$echo_answer
90 00"
is "a file, then arguments and standard input" \
	"$(echo 80E69003 | apdu -f /tmp/apdus 80E69002 - 80E69004)" "$echo_answer
90 00
90 02
90 03
90 04"
printf '%s\n80 EC 0G 00\n' "$verify" >/tmp/bad
status 2 apdu -d leave -f /tmp/bad
is "it says where" "$(cat /tmp/err)" "pcsc-reader: /tmp/bad: line 2, character 8: not a hex digit"
is "and has sent nothing" "$(cat /tmp/out; apdu -d leave "$verified")" "00 90 00"
status 2 apdu 00 84 00 00 08
status 2 apdu ''
status 2 apdu -f /nonexistent
is "no APDU on standard input" "$(apdu - </dev/null; echo $?)" 0

# Expectations
status 0 apdu -e 9000,61xx 80E66110 80E69000
status 1 apdu -e 9000 -e 61xx "$echo_apdu" 80E66A82 "$echo_apdu"
is "it stops there" "$(cat /tmp/out)" "$echo_answer
6A 82"
is "GET RESPONSE is sent if asked for" "$(apdu -g 80E66105)" "6D 00"
is "and only then" "$(apdu 80E66105)" "61 05"
is "a wrong Le is corrected once" "$(apdu -g 80E66C0800)" "6C 08"

# A program that talks with a card: an answer before the next question
mkfifo /tmp/to /tmp/from
# talk OPTION...: begins; say HEX prints the answer; hush ends
talk() {
	pcsc-reader apdu "$@" - </tmp/to >/tmp/from 2>/tmp/err &
	talk_pid=$!
	exec 3>/tmp/to 4</tmp/from
}
say() {
	echo "$1" >&3
	read -r say_answer <&4 || :
	echo "$say_answer"
}
hush() {
	exec 3>&- 4<&-
	wait "$talk_pid"
}
talk -x -r 2
is "a question" "$(say "$verify")" "90 00"
is "and another" "$(say "$verified")" "01 90 00"
status 7 apdu -x -r 2 -t 1000 "$echo_apdu"
is "a transaction keeps others out, its owner goes on" "$(say "$echo_apdu")" "$echo_answer"
hush
is "status of the end" "$?" 0
status 0 apdu -x -r 2 "$echo_apdu"
talk -r 2
is "a question" "$(say "$echo_apdu")" "$echo_answer"
host scard reset 2
is "none after a reset by another" "$(say "$echo_apdu")" ""
hush
is "status 6: reset" "$?" 6
like "it says so" "$(cat /tmp/err)" "*somebody else has reset the card*"
talk -r 4
is "a question" "$(say "$echo_apdu")" "$echo_answer"
host card remove 4
is "none without a card" "$(say "$echo_apdu")" ""
hush
is "status 6: removed" "$?" 6
host card insert 4 test

# Statuses that have not been seen yet
status 2
status 2 nonsense
status 2 list --share shared
status 2 apdu -s sometimes "$echo_apdu"
status 2 apdu -e 900 "$echo_apdu"
status 2 list surplus
status 3 apdu -r 77 "$echo_apdu"
status 3 apdu -r nobody "$echo_apdu"
status 4 apdu -r 1 "$echo_apdu"
host scard-start -s exclusive hold 4 60000
status 5 apdu -r 4 "$echo_apdu"
host scard-stop
status 7 apdu -r 4 -t 1000 "$late"
status 10 control 0x42000D48
gt as 1000 pcsc-reader list >/tmp/out 2>/tmp/err
is "status 9: list as a user" "$?" 9
gt as 1000 pcsc-reader -r 0 apdu "$echo_apdu" >/tmp/out 2>/tmp/err
is "status 9: apdu as a user" "$?" 9
pcsc-reader list >/dev/full 2>/tmp/err
is "status 10: output that nobody takes" "$?" 10

# An answer to reset
status 0 atr
like "atr of a card" "$(cat /tmp/out)" "ATR $atr
*"
status 0 atr 3B 95 13 81 01 80 73 FF 01 00 0B
like "atr in hex" "$(cat /tmp/out)" "*Fi 372, Di 4*card capabilities: FF 01 00*protocols T=1"
status 1 atr 3B951381018073FF01000C
like "a wrong one" "$(cat /tmp/err)" "*byte 11: TCK is wrong"
status 4 atr 1
json 1 atr
json 1 atr 3B951381018073FF01000C

# Reset
before=$(apdu -r 2 -d leave 80EA0000)
is "reset" "$(pcsc-reader reset 2)" "$atr"
check "the card was reset" test "$(apdu -r 2 -d leave 80EA0000)" != "$before"
json 1 reset 2
json 1 attrib

# Holding the card while a program runs
holding() {
	pcsc-reader connect "$@" 2>/tmp/err
}
is "connect PROGRAM" "$(holding -r 2 -- sh -c 'pcsc-reader apdu -v -d leave "$@" 2>&1' sh \
	"$verify" "$verified")" "pcsc-reader: reader 2: connected, T=1
90 00
01 90 00"
is "what it verified ended with it" "$(apdu -r 2 "$verified")" "00 90 00"
holding -r 2 sh -c 'exit 3'
is "its status" "$?" 3
holding -r 2 /nonexistent
is "a program that is not there" "$?" 127
like "others are kept out" "$(holding -r 2 -s exclusive host scard status 2 2>&1; cat /tmp/err)" \
	"*SHARING_VIOLATION*"
check "until it ends" another 2

# Signals.  A shell's background jobs ignore SIGINT: timeout(1) sends it.
signalled=$(timeout -s INT 2 pcsc-reader connect -s exclusive -r 2 sleep 60 >/dev/null 2>&1; echo $?)
is "SIGINT while a program runs" "$signalled" 130
check "the card is free" until_true 10 another 2
sleep 60 >/tmp/to &
sleeper=$!
signalled=$(timeout -s INT 2 pcsc-reader apdu -s exclusive -r 2 - </tmp/to >/dev/null 2>&1; echo $?)
is "SIGINT while it reads" "$signalled" 130
check "the card is free" until_true 10 another 2
kill $sleeper
start=$(uptime_s)
signalled=$(timeout -s INT 1 pcsc-reader apdu -s exclusive -r 2 "$late" >/dev/null 2>&1; echo $?)
is "SIGINT while the card thinks" "$signalled" 130
check "it does not wait for the card" test $(($(uptime_s) - start)) -lt 6
check "the card is free" until_true 30 another 2
talk -s exclusive -r 2
is "a question" "$(say "$verify")" "90 00"
kill -TERM "$talk_pid"
hush
is "SIGTERM" "$?" 143
is "the card is free, and reset" "$(until_true 10 another 2; apdu -r 2 "$verified")" "00 90 00"

# No service at the host
check "pcscd stops" host pcscd stop
no_service() {
	pcsc-reader apdu -r 0 "$echo_apdu" >/tmp/out 2>/tmp/err
	[ $? = 8 ]
}
check "status 8: apdu" until_true 10 no_service
check "pcscd starts" host pcscd start
check "and all is well" until_true 20 pcsc-reader apdu -r 0 "$echo_apdu"
check "kernel log" kernel_is_calm
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# The guest's own pcscd on QEMU's emulated readers: what the host's vpcd cannot carry, the
# longest commands and responses, and control codes that are allowed.
# lib: winscard ifd
# once: yes
# guest: --packages pcscd --programs --cards none
# guest: --backend pcsc-backend-emulated,count=2,cards=0,allow-control=on
# guest: --add @programs@/scard:/bin/scard
# guest: --add @programs@/ifd-client:/bin/ifd-client

ktap_begin
check "pcscd starts" ifd_start
is "its readers" "$(scard list | wc -l)" 2
is "a response of 65,538 bytes" "$(ifd 0 shared size=65536)" "T=1;ok;"
is "a response of 65,548 bytes" "$(ifd 0 shared size=65546)" "T=1;ok;"
is "a command of 65,542 bytes" "$(ifd 0 shared echo=65535)" "T=1;ok;"
is "the longest command there is: 65,548 bytes" "$(ifd 0 shared raw=65548 apdu=80E000000188)" \
	"T=1;67 00;88 90 00;"
is "one byte more: pcsc-lite does not send it" "$(ifd 0 shared raw=65549 apdu=80E000000188)" \
	"T=1;80100008;88 90 00;"
is "the host's features, and ours" "$(ifd 0 shared features tlv)" "T=1;12:42504353;65536;"
is "a control code that is allowed" "$(ifd 0 shared control=42000001=0102AB)" "T=1;01 02 AB;"
is "without a card, too" "$(ifd 1 direct control=42000001=33)" "T=0;33;"
is "one that the reader does not know" "$(ifd 0 shared control=42000077=01)" "T=1;8010001F;"
is "an attribute of the host's" "$(ifd 0 shared attrib=10100)" \
	"T=1;70 63 73 63 2D 70 61 73 73 74 68 72 75 00;"
check "pcscd ends" ifd_stop
check "kernel log" kernel_is_calm
ktap_end

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh
#
# 32-bit programs on a 64-bit kernel: the same tests of the character device as in
# cdev.sh, and pcsc-reader, as built for armhf.
# kernels: 6.1-arm64 6.12-arm64 sid-arm64
# lib: cdev
# guest: --cards 0=test,2=test
# guest: --add @build@/guest-test/arm-linux-gnueabihf/cdev-args:/bin/cdev-args
# guest: --add @build@/guest-test/arm-linux-gnueabihf/cdev-transfer:/bin/cdev-transfer
# guest: --add @build@/guest-test/arm-linux-gnueabihf/cdev-card:/bin/cdev-card
# guest: --add @build@/guest-test/arm-linux-gnueabihf/cdev-share:/bin/cdev-share
# guest: --add @build@/guest-test/arm-linux-gnueabihf/cdev-rw:/bin/cdev-rw
# guest: --add @build@/guest-test/arm-linux-gnueabihf/cdev-life:/bin/cdev-life
# guest: --add @build@/guest/arm-linux-gnueabihf/pcsc-reader:/bin/pcsc-reader

cdev_setup real
ktap_begin
is "the kernel" "$(uname -m)" aarch64
# The fifth byte of an ELF file: 1 is 32 bits.
is "the programs" "$(for f in /bin/cdev-* /bin/pcsc-reader; do od -An -j4 -N1 -tu1 "$f"; done | sort -u | tr -d ' ')" 1
for program in args transfer card share rw life; do
	cdev $program
done
is "pcsc-reader" "$(pcsc-reader apdu 80E00000021234)" "12 34 90 00"
check "kernel log" kernel_is_calm
ktap_end

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# Buildroot calls this when the images are made, with their directory in BINARIES_DIR:
# writes start-qemu.sh beside them.
set -eu

start=${BINARIES_DIR:?}/start-qemu.sh
cat >"$start" <<'EOF'
#!/bin/sh
# Usage: start-qemu.sh [ARGUMENT OF QEMU]...
#
# Boots these images. QEMU must be one that has the device pcsc-passthru, for which see
# qemu-patches/README.md of pcsc-passthru; the variable QEMU is its path. The readers are
# those of the host's pcscd.
images=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit
exec "${QEMU:-qemu-system-arm}" -M vexpress-a15 -m 512 -nographic -no-reboot \
	-kernel "$images/zImage" -dtb "$images/vexpress-v2p-ca15-tc1.dtb" \
	-initrd "$images/rootfs.cpio.gz" -append console=ttyAMA0 "$@"
EOF
chmod 755 "$start"

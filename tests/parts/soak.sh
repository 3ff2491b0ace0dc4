#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# Ten readers under load by sysfs, the character device and the guest's own pcscd, while
# cards go and come, pcscd restarts on the host and the module is reloaded: each answer
# is the right one, each failure is one that such a disaster gives, then and there, and
# nothing is left behind. It takes SOAK_SECONDS (30 minutes) and some; SOAK_SEED, which is
# printed, gives the order of the disasters and what each client does.
# long: yes
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"

seconds=${SOAK_SECONDS:-1800}
seed=${SOAK_SEED:-$(date +%s)}
case $seconds:$seed in
*[!0-9:]* | :* | *:) die "SOAK_SECONDS and SOAK_SEED are numbers" ;;
esac

"$top/scripts/build-guest" >/dev/null
make -s -C "$top/tests/guest/src" BUILD="$build"
make -s -C "$top/tests/soak" BUILD="$build"

cards=
for n in 0 1 2 3 4 5 6 7 8 9; do
	cards=$cards${cards:+,}$n=test:3B02145$n
done
echo "# seed $seed, $seconds s"
# QEMU's own memory apart from the guest's, and from its translated code, which grows
# until it has filled its buffer.
{
	printf 'soak_seconds=%s soak_seed=%s\n' "$seconds" "$((seed % 1000000))"
	cat "$top/tests/ktap.sh" "$top/tests/splats.sh" \
		"$top/tests/guest/lib.d/reader.sh" \
		"$top/tests/guest/lib.d/winscard.sh" "$top/tests/soak/guest.sh"
} | "$top/scripts/guest" --kernel 6.12 --smp 2 --cards "$cards" --timeout $((seconds + 900)) \
	--packages pcscd --programs \
	--add "$build/guest-test/arm-linux-gnueabihf/gt:/bin/gt" --add "$build/guest-test/arm-linux-gnueabihf/soak:/bin/soak" \
	--qemu-arg -object --qemu-arg memory-backend-memfd,id=ram,size=512M \
	--qemu-arg -machine --qemu-arg memory-backend=ram \
	--qemu-arg -accel --qemu-arg tcg,tb-size=16 \
	--keep-log "$build/check/soak.console" -

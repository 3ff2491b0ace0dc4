#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# tests/winscard on the host's own pcsc-lite: it wants what that does.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"

case ${1-} in
inside)
	WORLD=$top/scripts/stack-ctl
	export WORLD
	exec "$build/host/winscard-test"
	;;
esac
make -s -C "$top/tests/winscard" BUILD="$build"
exec "$top/scripts/stack" --cards 0=test,2=test -- "$0" inside

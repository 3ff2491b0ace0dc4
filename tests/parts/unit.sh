#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# Code that needs no device: the module's text and length rules, the test card,
# pcsc-reader, the winscard library and the IFD handler on readers that their tests play.
# All of it under AddressSanitizer and UndefinedBehaviorSanitizer, the last two under
# ThreadSanitizer too. And what reads gcov's words.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"

rc=0
"$top/tests/unit/judges.sh" || rc=1
make -s -C "$top/tests/unit" BUILD="$build" check || rc=1
make -s -C "$top/tests/card" BUILD="$build" check || rc=1
make -s -C "$top/tools" BUILD="$build" check || rc=1
make -s -C "$top/lib" BUILD="$build" check || rc=1
make -s -C "$top/ifd" BUILD="$build" check || rc=1
exit $rc

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# Usage: judge.py CONFIG DEFCONFIG [SYMBOL=VALUE]...
#
# Reads Kconfig files as Buildroot does, then DEFCONFIG and further values, and prints the
# symbols of packages that are on. Status 1, with the reason on stderr: a file has a
# mistake, or DEFCONFIG asks for something that it does not get.
import os
import sys

import kconfiglib

# Buildroot's symbols have a prefix of their own.
os.environ["CONFIG_"] = ""
kconf = kconfiglib.Kconfig(sys.argv[1], warn_to_stderr=False)
kconf.warn_assign_undef = True
kconf.load_config(sys.argv[2])
wanted = {name: sym.user_value for name, sym in kconf.syms.items() if sym.user_value is not None}
for word in sys.argv[3:]:
    name, value = word.split("=", 1)
    kconf.syms[name].set_value(value)
    wanted.pop(name, None)
faults = list(kconf.warnings)
if len(sys.argv) == 3:
    for name, value in wanted.items():
        got = kconf.syms[name].str_value
        text = {0: "n", 2: "y"}.get(value, value)
        if got != text:
            faults.append(f"{name} is {got!r}, not {text!r}")
for fault in faults:
    print(fault, file=sys.stderr)
print(*sorted(name for name, sym in kconf.syms.items()
              if name.startswith("BR2_PACKAGE_PCSC") and sym.str_value == "y"))
sys.exit(bool(faults))

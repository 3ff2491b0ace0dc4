# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
"""Run the vicc below a directory of unpacked Debian packages.

vicc.py ROOT [vicc's own options]

Three things keep Debian's package from working as it is: its module lies where
python3 does not look, it imports the crypto library under a name that Debian does
not use, and it crashes when it has to put together a SELECT's FCI.
"""

import os
import runpy
import sys


def encode_length(length):
    """BER's length field."""
    if length < 0x80:
        return bytes([length])
    body = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(body)]) + body


def pack(tlv_data, recalculate_length=False):
    """Encode a list of (tag, length, value), where value may be such a list."""
    result = bytearray()
    for tag, length, value, *_ in tlv_data:
        if tag in (0x00, 0xFF):
            result.append(tag)
            continue
        if isinstance(value, int):
            value = bytes([value])
        elif not isinstance(value, (bytes, bytearray)):
            value = pack(value, recalculate_length)
        if recalculate_length:
            length = len(value)
        result += tag.to_bytes((tag.bit_length() + 7) // 8, "big")
        result += encode_length(length)
        result += value
    return bytes(result)


def main():
    root = sys.argv[1]
    program = os.path.join(root, "usr/bin/vicc")
    # Where the package puts its module, with and without the doubled name.
    for path in ("usr/lib/python3/site-packages/virtualsmartcard",
                 "usr/lib/python3/dist-packages",
                 "usr/lib/python3/site-packages"):
        if os.path.isdir(os.path.join(root, path, "virtualsmartcard")):
            sys.path.insert(0, os.path.join(root, path))
            break
    sys.dont_write_bytecode = True
    try:
        import Crypto  # noqa: F401
    except ImportError:
        import Cryptodome
        import Cryptodome.Cipher
        import Cryptodome.Hash
        sys.modules["Crypto"] = Cryptodome
        sys.modules["Crypto.Cipher"] = Cryptodome.Cipher
        sys.modules["Crypto.Hash"] = Cryptodome.Hash
    from virtualsmartcard import TLVutils
    TLVutils.pack = pack
    sys.argv = [program] + sys.argv[2:]
    runpy.run_path(program, run_name="__main__")


main()

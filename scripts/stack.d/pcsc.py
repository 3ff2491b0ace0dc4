# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
"""The little of winscard that the private stack needs to see what pcscd sees.

Calls may hang when pcscd does: whoever calls bounds them from outside (see
control.bounded).
"""

import ctypes
import time

DWORD = ctypes.c_ulong
LONG = ctypes.c_long

SCOPE_SYSTEM = 2
E_TIMEOUT = 0x8010000A
E_NO_READERS = 0x8010002E

STATE_EMPTY = 0x10
STATE_PRESENT = 0x20


class ReaderState(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("user", ctypes.c_void_p),
                ("current", DWORD), ("event", DWORD),
                ("atr_len", DWORD), ("atr", ctypes.c_ubyte * 33)]


class Error(Exception):
    def __init__(self, call, code):
        super().__init__("%s: 0x%08X" % (call, code))
        self.code = code


class Context:
    """A winscard context, to be used in a `with`."""

    def __init__(self):
        self.lib = ctypes.CDLL("libpcsclite.so.1")
        self.handle = LONG()

    def call(self, name, *args):
        code = getattr(self.lib, name)(*args) & 0xFFFFFFFF
        if code:
            raise Error(name, code)

    def __enter__(self):
        self.call("SCardEstablishContext", DWORD(SCOPE_SYSTEM), None, None,
                  ctypes.byref(self.handle))
        return self

    def __exit__(self, *_):
        self.lib.SCardReleaseContext(self.handle)

    def readers(self):
        """Names of the readers, in pcscd's order."""
        size = DWORD(65536)
        names = ctypes.create_string_buffer(size.value)
        try:
            self.call("SCardListReaders", self.handle, None, names,
                      ctypes.byref(size))
        except Error as error:
            if error.code == E_NO_READERS:
                return []
            raise
        return [name for name in names.raw[:size.value].split(b"\0") if name]

    def wait_for(self, name, bit, deadline):
        """Wait until `bit` of the reader's state is set.

        Returns the state and the ATR; raises Error(E_TIMEOUT) at the deadline."""
        state = ReaderState(name=name)
        while True:
            left = max(0, deadline - time.monotonic())
            self.call("SCardGetStatusChange", self.handle,
                      DWORD(int(left * 1000)), ctypes.byref(state), DWORD(1))
            if state.event & bit:
                return state.event, bytes(state.atr[:state.atr_len])
            state.current = state.event

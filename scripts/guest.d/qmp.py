# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
"""QEMU's monitor protocol, as far as the guest runner needs it."""

import json
import threading
import time

WATCH_S = 0.05          # between two questions of a watch
REPLY_S = 120           # after which a reply is taken for lost


class Qmp:
    """A connection; calls may come from several threads."""

    def __init__(self, connection):
        self.connection = connection
        self.connection.settimeout(REPLY_S)
        self.lines = None
        self.lock = threading.Lock()
        self.watcher = None
        self.replies, self.worst = 0, 0.0

    def raw(self, text):
        """Send one command, JSON text, and return the reply, JSON text."""
        try:
            json.loads(text)
        except ValueError as error:
            raise ValueError("not JSON: %s" % error) from None
        with self.lock:
            if self.lines is None:
                self.lines = self.connection.makefile("rb")
                self.lines.readline()   # the greeting
                self.exchange('{"execute": "qmp_capabilities"}')
            return self.exchange(text)

    def exchange(self, text):
        self.connection.sendall(text.encode() + b"\n")
        for line in self.lines:
            reply = json.loads(line)
            if "return" in reply or "error" in reply:
                return line.decode().strip()
        raise OSError("QEMU closed its monitor")

    def quit(self):
        try:
            self.raw('{"execute": "quit"}')
        except OSError:
            pass

    def watch(self):
        """Keep asking, and time the replies, until watched() is called."""
        if self.watcher:
            raise ValueError("QMP is being watched already")
        self.replies, self.worst = 0, 0.0
        stop = threading.Event()

        def work():
            while True:
                asked = time.monotonic()
                try:
                    self.raw('{"execute": "query-status"}')
                    self.replies += 1
                except OSError:
                    pass
                self.worst = max(self.worst, time.monotonic() - asked)
                if stop.wait(WATCH_S):
                    return

        self.watcher = (threading.Thread(target=work, daemon=True), stop)
        self.watcher[0].start()

    def watched(self):
        """End the watch: how many replies came, and how long the slowest took."""
        if not self.watcher:
            raise ValueError("QMP is not being watched")
        thread, stop = self.watcher
        self.watcher = None
        stop.set()
        thread.join()
        return "replies %d max_ms %d" % (self.replies, self.worst * 1000)

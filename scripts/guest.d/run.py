# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
"""Run QEMU with a guest that scripts/guest packed, and be the host it talks to.

Ends with the status of the guest's script; with 125, after saying why, when the
guest did not get that far. Sockets made here and inherited by QEMU carry the
console, QMP and the guest's three ports (see init):

    out, err    the script's output up to the mark, passed on as it comes
    host        requests of the guest's `host` command, a line each,
                    TAG VERB ARGUMENT...
                answered by any number of "TAG out TEXT" and "TAG err TEXT" and
                one "TAG end STATUS"
"""

import argparse
import os
import shlex
import socket
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(here, "..", "stack.d"))
sys.path.insert(0, here)
import control  # noqa: E402  pylint: disable=wrong-import-position
from qmp import Qmp  # noqa: E402  pylint: disable=wrong-import-position

FAILED = 125
CONSOLE_LINES = 25      # shown after a failure
DRAIN_S = 60            # for the rest of the output, once the script ended
QUIT_S = 20             # for QEMU, once asked to end


class Output(threading.Thread):
    """Passes on what comes from a port until the mark."""

    def __init__(self, port, target, mark):
        super().__init__(daemon=True)
        self.port, self.target, self.mark = port, target, mark
        self.complete = threading.Event()

    def run(self):
        held = b""      # may be the beginning of the mark
        while True:
            data = self.port.recv(65536)
            if not data:
                self.emit(held)
                return
            held += data
            at = held.find(self.mark)
            if at >= 0:
                self.emit(held[:at])
                self.complete.set()
                while self.port.recv(65536):    # processes that live on
                    pass
                return
            keep = next((n for n in range(min(len(held), len(self.mark) - 1), 0, -1)
                         if self.mark.startswith(held[-n:])), 0)
            self.emit(held[:len(held) - keep])
            held = held[len(held) - keep:]

    def emit(self, data):
        while data and self.target is not None:
            try:
                data = data[os.write(self.target, data):]
            except OSError:     # nobody reads any more
                self.target = None


class Console(threading.Thread):
    """Keeps what the guest's console shows in a file."""

    def __init__(self, port, path):
        super().__init__(daemon=True)
        self.port, self.path = port, path

    def run(self):
        with open(self.path, "wb", buffering=0) as log:
            while True:
                data = self.port.recv(65536)
                if not data:
                    return
                log.write(data)


class Run:
    """One guest, from QEMU's start to its end."""

    def __init__(self, options):
        self.options = options
        self.tmp = os.environ["TMPDIR"]
        self.interactive = options.interactive == "yes"
        self.console_log = options.log or os.path.join(self.tmp, "console")
        self.qemu_log = os.path.join(self.tmp, "qemu")
        self.began = False
        self.failing = threading.Lock()
        self.start()

    def start(self):
        command = list(self.options.command)
        theirs = []

        def chardev(name):
            ours, his = socket.socketpair()
            theirs.append(his)
            command.extend(["-chardev", "socket,id=guest-%s,fd=%d" % (name, his.fileno())])
            return ours

        qmp = chardev("qmp")
        command += ["-mon", "chardev=guest-qmp,mode=control"]
        command += ["-device", self.options.ports]
        ports = {}
        for name in ("out", "err", "host"):
            ports[name] = chardev(name)
            command += ["-device", "virtserialport,chardev=guest-%s,name=%s" % (name, name)]
        if self.interactive:
            command += ["-chardev", "stdio,id=guest-console,signal=off,logfile="
                        + self.console_log.replace(",", ",,")]
            self.console = None
        else:
            self.console = Console(chardev("console"), self.console_log)
        command += ["-serial", "chardev:guest-console"]
        with open(self.qemu_log, "wb") as log:
            # pylint: disable=consider-using-with
            self.qemu = subprocess.Popen(
                command, pass_fds=[his.fileno() for his in theirs],
                stdin=None if self.interactive else subprocess.DEVNULL,
                stdout=None if self.interactive else log, stderr=log)
        for his in theirs:
            his.close()
        mark = self.options.mark.encode()
        self.outputs = [Output(ports["out"], 1, mark), Output(ports["err"], 2, mark)]
        for thread in filter(None, self.outputs + [self.console]):
            thread.start()
        self.host = ports["host"]
        self.qmp = Qmp(qmp)
        if self.options.timeout > 0:
            timer = threading.Timer(self.options.timeout, self.fail, [
                "timed out after %g s" % self.options.timeout])
            timer.daemon = True
            timer.start()

    def fail(self, reason):
        """Say why, show the console's end, and end all."""
        with self.failing:      # and never let go: the first reason counts
            if self.qemu.poll() is None:
                self.qemu.kill()
            self.qemu.wait()
            for thread in filter(None, self.outputs + [self.console]):
                thread.join(5)
            self.report(reason)
            sys.stderr.flush()
            os._exit(FAILED)

    def report(self, reason):
        where = "" if self.began else ", before the script began"
        print("guest: error: %s%s" % (reason, where), file=sys.stderr)
        own = self.text(self.qemu_log)
        if own:
            print("guest: what QEMU said:\n" + own, file=sys.stderr)
        if not self.interactive:
            lines = self.text(self.console_log).splitlines()[-CONSOLE_LINES:]
            print("guest: the end of its console:", file=sys.stderr)
            for line in lines:
                print("  | " + line.rstrip("\r"), file=sys.stderr)
        if self.options.log:
            with open(self.options.log, "a", encoding="utf-8") as log:
                log.write("\n%s\nguest: error: %s%s\n" % (own, reason, where))

    @staticmethod
    def text(path):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read().strip("\n")
        except FileNotFoundError:
            return ""

    def gone(self):
        """QEMU ended by itself: find out why."""
        status = self.qemu.wait()
        if self.console:
            self.console.join(5)
        if "Kernel panic" in self.text(self.console_log):
            self.fail("the guest's kernel panicked")
        if status:
            self.fail("QEMU ended with status %d" % status)
        self.fail("the guest went away")

    def finish(self):
        """The script ended: take the rest of its output, then stop QEMU."""
        if not self.interactive:
            for output in self.outputs:
                if not output.complete.wait(DRAIN_S):
                    self.fail("the end of the script's output did not arrive")
        self.qmp.quit()
        try:
            status = self.qemu.wait(QUIT_S)
        except subprocess.TimeoutExpired:
            self.fail("QEMU did not end within %d s of being asked to" % QUIT_S)
        if status:
            self.fail("QEMU ended with status %d" % status)
        if self.options.log and self.text(self.qemu_log):
            with open(self.options.log, "a", encoding="utf-8") as log:
                log.write("\nQEMU said:\n" + self.text(self.qemu_log) + "\n")

    def serve(self):
        """Answer the guest's requests; returns the script's status."""
        try:
            lines = self.host.makefile("rb")
            for line in lines:
                tag, _, text = line.decode("utf-8", "replace").rstrip("\n").partition(" ")
                verb, _, rest = text.partition(" ")
                if verb == "begin":
                    self.began = True
                elif verb == "fail":
                    self.fail(rest)
                elif verb == "exit":
                    self.finish()
                    return int(rest)
                answer = self.answer(verb, rest) if verb != "begin" else ([], "", 0)
                self.reply(tag, *answer)
        except OSError:
            pass
        return self.gone()

    def reply(self, tag, lines, error, status):
        text = "".join("%s out %s\n" % (tag, line) for line in lines)
        text += "".join("%s err %s\n" % (tag, line) for line in error.splitlines())
        self.host.sendall(("%s%s end %d\n" % (text, tag, status)).encode())

    def answer(self, verb, rest):
        """Do what a verb asks: (lines of output, error text, status)."""
        try:
            if verb == "sleep":
                time.sleep(float(rest))
                return [], "", 0
            if verb == "qmp":
                return [self.qmp.raw(rest)], "", 0
            if verb == "qmp-start":
                self.qmp.watch()
                return [], "", 0
            if verb == "qmp-stop":
                return [self.qmp.watched()], "", 0
            if verb == "time-qmp":
                self.qmp.watch()
                time.sleep(float(rest))
                return [self.qmp.watched()], "", 0
            if verb == "scard":
                return self.scard(rest)
            return control.run([verb] + rest.split()), "", 0
        except (control.Failure, ValueError) as error:
            return [], str(error), 1

    @staticmethod
    def scard(rest):
        program = os.path.join(os.path.dirname(os.environ["STACK_TESTCARD"]), "scard")
        if not os.access(program, os.X_OK):
            raise control.Failure("scard is not built: no " + program)
        done = subprocess.run([program] + shlex.split(rest), check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        return (done.stdout.decode("utf-8", "replace").splitlines(),
                done.stderr.decode("utf-8", "replace"), done.returncode)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mark", required=True)
    parser.add_argument("--timeout", type=float, required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--interactive", required=True)
    parser.add_argument("--ports", required=True)
    parser.add_argument("command", nargs="+")
    run = Run(parser.parse_args())
    status = run.serve()
    sys.stdout.flush()
    os._exit(status)    # a thread may still hang on a pipe


main()

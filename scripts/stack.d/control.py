# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
"""Cards in, cards out, pcscd up and down: acts on the stack it is called in.

The verbs behind scripts/stack-ctl and the guest's `host` command. Each returns
when pcscd shows the effect, or raises Failure with the reason. A card that was
inserted stays in its reader until it is removed: when pcscd comes back, so does
the card. What the stack is made of is in the directory STACK_DIR:

    slots/N/kind, slots/N/pid   the card wanted in slot N, and its process
    pcscd.pid, pcscd.paused     pcscd, and whether it is stopped by SIGSTOP
    pcscd.log, slots/N/log      what they print
"""

import fcntl
import os
import shutil
import signal
import subprocess
import threading
import time

import pcsc

SLOTS = 10
PORT = 35963            # vpcd's for slot 0; one more for each slot
CARD_S = 20             # until pcscd sees a card come or go
PCSCD_S = 30            # until pcscd is up, or gone


class Failure(Exception):
    """What was asked could not be done; the text says why."""


def directory(*path):
    return os.path.join(os.environ["STACK_DIR"], *path)


def read(*path):
    try:
        with open(directory(*path), encoding="ascii") as file:
            return file.read().strip()
    except FileNotFoundError:
        return ""


def write(text, *path):
    with open(directory(*path), "w", encoding="ascii") as file:
        file.write("%s\n" % text)


def forget(*path):
    try:
        os.unlink(directory(*path))
    except FileNotFoundError:
        pass


def alive(pid):
    """Is there such a process, and is it more than a zombie?"""
    try:
        with open("/proc/%s/stat" % pid, encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def spawn(log, *command):
    """Start a process that outlives its starter; it belongs to the stack's
    process 1, which reaps it. Returns its number."""
    done = subprocess.run(
        ["/bin/sh", "-c", 'log=$1; shift; "$@" >>"$log" 2>&1 </dev/null & echo $!',
         "sh", log, *command],
        stdout=subprocess.PIPE, check=True)
    return int(done.stdout)


def end(pid, number, seconds):
    """Send a signal and wait until the process is gone."""
    deadline = time.monotonic() + seconds
    try:
        os.kill(pid, number)
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return True
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def bounded(seconds, function, *args):
    """Call into winscard, but do not hang with it when pcscd does."""
    answer = []

    def work():
        try:
            answer.append((function(*args), None))
        except Exception as error:  # pylint: disable=broad-except
            answer.append((None, error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if not answer:
        raise Failure("pcscd does not answer")
    value, error = answer[0]
    if error:
        raise error
    return value


def tail(name):
    try:
        with open(directory(name), encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-5:]).strip()
    except FileNotFoundError:
        return ""


# pcscd

def pcscd_pid():
    """pcscd's number, 0 when it does not run."""
    pid = int(read("pcscd.pid") or 0)
    return pid if pid and alive(pid) else 0


def responsive():
    return pcscd_pid() and not read("pcscd.paused")


def readers():
    with pcsc.Context() as context:
        return context.readers()


def wait_ready(pid):
    deadline = time.monotonic() + PCSCD_S
    seen = 0
    while time.monotonic() < deadline:
        if not alive(pid):
            raise Failure("pcscd ended at once: " + tail("pcscd.log"))
        try:
            seen = len(bounded(PCSCD_S, readers))
            if seen == SLOTS:
                return
        except pcsc.Error:
            pass
        time.sleep(0.01)
    raise Failure("pcscd shows %d readers, not %d: %s"
                  % (seen, SLOTS, tail("pcscd.log")))


def pcscd_start():
    if pcscd_pid():
        raise Failure("pcscd runs already")
    forget("pcscd.paused")
    root = os.environ["STACK_ROOT"]
    command = [os.path.join(root, "usr/sbin/pcscd"), "--foreground",
               "--config", directory("reader.conf.d")]
    usage = subprocess.run([command[0], "--help"], stdout=subprocess.PIPE,
                           check=False).stdout
    if b"--disable-polkit" in usage:
        command.append("--disable-polkit")
    pid = spawn(os.environ.get("STACK_LOG") or directory("pcscd.log"), *command)
    write(pid, "pcscd.pid")
    wait_ready(pid)
    wanted = [slot for slot in range(SLOTS) if read("slots", str(slot), "kind")]
    for slot in wanted:
        card_end(slot)
        card_start(slot)
    for slot in wanted:
        card_wait(slot, True)


def pcscd_end(number):
    pid = pcscd_pid()
    if not pid:
        raise Failure("pcscd does not run")
    forget("pcscd.paused")
    if not end(pid, number, PCSCD_S):
        raise Failure("pcscd (process %d) did not end within %d s" % (pid, PCSCD_S))
    forget("pcscd.pid")


def pcscd_signal(number, paused):
    pid = pcscd_pid()
    if not pid:
        raise Failure("pcscd does not run")
    if paused:
        write(1, "pcscd.paused")
    else:
        forget("pcscd.paused")
    os.kill(pid, number)
    if not paused:      # what happened to the cards meanwhile shows only now
        for slot in range(SLOTS):
            card_wait(slot, card_alive(slot))


def pcscd_status():
    if not pcscd_pid():
        return "stopped"
    return "paused" if read("pcscd.paused") else "running"


# cards

def card_command(slot, kind):
    port = str(PORT + slot)
    name, _, atr = kind.partition(":")
    if name == "vicc" and not atr:
        return [os.path.join(os.environ["STACK_TOP"], "scripts/vicc"),
                "-t", "iso7816", "-H", "127.0.0.1", "-P", port]
    if name == "test":
        program = os.environ["STACK_TESTCARD"]
        if not os.access(program, os.X_OK):
            raise Failure("the test card is not built: no " + program)
        return [program, "--port", port] + (["--atr", atr] if atr else [])
    raise Failure("no such kind of card: " + kind)


def card_alive(slot):
    pid = int(read("slots", str(slot), "pid") or 0)
    return bool(pid) and alive(pid)


def card_start(slot):
    kind = read("slots", str(slot), "kind")
    pid = spawn(directory("slots", str(slot), "log"), *card_command(slot, kind))
    write(pid, "slots", str(slot), "pid")


def card_end(slot):
    pid = int(read("slots", str(slot), "pid") or 0)
    if pid and not end(pid, signal.SIGKILL, CARD_S):
        raise Failure("the card in slot %d does not end" % slot)
    forget("slots", str(slot), "pid")


def card_wait(slot, present):
    """Until pcscd shows the card in the slot, or none."""
    if not responsive():
        return

    def wait():
        with pcsc.Context() as context:
            bit = pcsc.STATE_PRESENT if present else pcsc.STATE_EMPTY
            context.wait_for(context.readers()[slot], bit,
                             time.monotonic() + CARD_S)

    try:
        bounded(CARD_S + 5, wait)
    except IndexError:
        raise Failure("pcscd has no reader for slot %d" % slot) from None
    except pcsc.Error as error:
        if error.code != pcsc.E_TIMEOUT:
            raise Failure(str(error)) from None
        raise Failure("pcscd still shows %s card in slot %d after %d s%s" % (
            "no" if present else "a", slot, CARD_S,
            ": " + tail("slots/%d/log" % slot) if present else "")) from None


def card_insert(slot, kind="vicc"):
    card_command(slot, kind)
    if read("slots", str(slot), "kind"):
        card_remove(slot)
    os.makedirs(directory("slots", str(slot)), exist_ok=True)
    write(kind, "slots", str(slot), "kind")
    if pcscd_pid():
        card_start(slot)
        card_wait(slot, True)


def card_remove(slot):
    forget("slots", str(slot), "kind")
    card_end(slot)
    card_wait(slot, False)


def cards():
    """One line a slot: its number, the kind of card, what became of it."""
    for slot in range(SLOTS):
        kind = read("slots", str(slot), "kind") or "none"
        gone = kind != "none" and not card_alive(slot)
        yield "%d %s%s" % (slot, kind, " gone" if gone else "")


def parse_cards(text):
    """'0=vicc,1-3=test:3B00,4=none' as {slot: kind}."""
    result = {}
    for item in filter(None, text.split(",")):
        where, equals, kind = item.partition("=")
        first, _, last = where.partition("-")
        try:
            slots = range(int(first), int(last or first) + 1)
        except ValueError:
            slots = ()
        if not equals or not slots or slots[0] < 0 or slots[-1] >= SLOTS:
            raise Failure("not a list of cards: '%s' (want N=KIND or N-M=KIND, "
                          "N from 0 to %d)" % (item, SLOTS - 1))
        for slot in slots:
            result[slot] = kind
    return {slot: kind for slot, kind in result.items() if kind != "none"}


# the stack

def prepare(cards_text, with_pcscd):
    """Fill STACK_DIR, start pcscd and put the first cards in."""
    wanted = parse_cards(cards_text)
    for slot, kind in wanted.items():
        card_command(slot, kind)
        os.makedirs(directory("slots", str(slot)))
        write(kind, "slots", str(slot), "kind")
    for name in ("reader.conf.d", "drivers", "tmp"):
        os.makedirs(directory(name))
    library = os.path.join(os.environ["STACK_ROOT"],
                           "usr/lib/pcsc/drivers/serial/libifdvpcd.so")
    # vpcd serves two slots, and keeps them in static data: each pair of slots
    # takes a copy of the file. One configuration file keeps their order.
    with open(directory("reader.conf.d", "vpcd"), "w", encoding="ascii") as conf:
        for pair in range(SLOTS // 2):
            copy = directory("drivers", "libifdvpcd-%d.so" % pair)
            shutil.copy(library, copy)
            port = PORT + 2 * pair
            conf.write('FRIENDLYNAME "Virtual PCD %d"\nDEVICENAME /dev/null:0x%X\n'
                       'LIBPATH %s\nCHANNELID 0x%X\n\n' % (pair, port, copy, port))
    if with_pcscd:
        pcscd_start()


def number(text):
    if not text.isdigit() or int(text) >= SLOTS:
        raise Failure("not a slot: '%s' (0 to %d)" % (text, SLOTS - 1))
    return int(text)


USAGE = """card insert N [vicc | test | test:ATR]
card remove N
cards
pcscd start | stop | kill | pause | cont | status"""


def run(words):
    """Carry out one verb; returns the lines it answers. One at a time."""
    with open(directory("lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return list(dispatch(words) or ())


def dispatch(words):
    verb, *args = words or [""]
    if verb == "card" and len(args) in (2, 3) and args[0] == "insert":
        return card_insert(number(args[1]), *args[2:])
    if verb == "card" and len(args) == 2 and args[0] == "remove":
        return card_remove(number(args[1]))
    if verb == "cards" and not args:
        return cards()
    if verb == "pcscd" and len(args) == 1:
        if args[0] == "start":
            return pcscd_start()
        if args[0] == "stop":
            return pcscd_end(signal.SIGTERM)
        if args[0] == "kill":
            return pcscd_end(signal.SIGKILL)
        if args[0] == "pause":
            return pcscd_signal(signal.SIGSTOP, True)
        if args[0] == "cont":
            return pcscd_signal(signal.SIGCONT, False)
        if args[0] == "status":
            return [pcscd_status()]
    raise Failure("cannot do '%s'; known:\n%s" % (" ".join(words), USAGE))

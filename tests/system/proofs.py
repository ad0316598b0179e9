"""proofs - what the long proofs share: a table, a fast clock, four readers.

A proof tells what it showed by proved(fault, count, outcome); `make table`
prints all of them. WIRESIFT_PROVE=full asks for the full counts.
"""
import contextlib
import json
import os
import re
import select
import subprocess
import sys
import threading
import time

import harness

TABLE = []  # (fault, count, outcome)
WHERE = ""  # before the fault, when it is shown at another place, too


def proved(fault, count, outcome):
    """One row of the table of faults."""
    fault = WHERE + fault
    TABLE.append((fault, count, outcome))
    print(f"{fault}: {count}: {outcome}")


def fast_clock(folder, factor):
    """Environment of a daemon whose time passes so many times as fast."""
    so = harness.preload(folder, "fastclock")
    wall = time.clock_gettime_ns(time.CLOCK_REALTIME)
    mono = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    return {"LD_PRELOAD": str(so), "FASTCLOCK": f"{factor}:{wall}:{mono}"}


def rss(d):
    """Resident bytes of the desk."""
    with open(f"/proc/{d.process.pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1]) * 1024


def cpu(d):
    """Seconds that the desk has computed."""
    with open(f"/proc/{d.process.pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(d):
    return len(os.listdir(f"/proc/{d.process.pid}/fd"))


class Farm:
    """Many feeds in one process of their own: tests/proof/farm.py."""

    def __init__(self, addresses, count):
        self.process = subprocess.Popen(
            [sys.executable, harness.ROOT / "tests" / "proof" / "farm.py",
             *addresses], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        ports = json.loads(self.process.stdout.readline())
        self.places = [f"{a}:{p}" for a, p in zip(addresses, ports)]
        self.made = [0] * count

    def url(self, i):
        return f"http://{self.places[i % len(self.places)]}/{i}.xml"

    def send(self, *command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def add(self, i, title, text):
        """A new item of feed i."""
        self.made[i] += 1
        self.send("add", f"/{i}.xml", f"{i}#{self.made[i]}", title, text)

    def stats(self):
        self.send("stats")
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class Writer(threading.Thread):
    """New stories on all feeds, at most `ahead` more than were received.

    Feeds show their newest items only, as real ones do; what was not yet
    received is among them.
    """

    def __init__(self, feeds, received, ahead=40, most=10 ** 9):
        super().__init__(daemon=True)
        self.feeds, self.received = feeds, received
        self.ahead, self.most = ahead, most
        self.made = {}  # title -> kind
        self.stopped = threading.Event()
        for f in feeds:
            f.window = ahead + 10

    def run(self):
        rng = harness.rng(11)
        while not self.stopped.wait(0.002) and len(self.made) < self.most:
            if len(self.made) - self.received() >= self.ahead:
                continue
            kind = rng.choice(("kite", "boat"))
            title, text = harness.story(rng, kind, 20)
            self.made[title] = kind
            rng.choice(self.feeds).add(title, text)

    def stop(self):
        self.stopped.set()
        self.join()


class Reader:
    """A subscriber that outlives its connections; reads without waiting."""

    def __init__(self, path, bite=1 << 16, gap=0, **subscribe):
        self.path, self.bite, self.gap = path, bite, gap
        self.subscribe = subscribe
        self.cursor = "oldest"
        self.got = []     # (seq, title) as they came
        self.first = []   # index in got where each connection begins
        self.other = []   # gap and error frames
        self.sock, self.buffer, self.next = None, b"", 0

    def fileno(self):
        return self.sock.fileno()

    def connect(self):
        s = harness.dial(self.path)
        self.first.append(len(self.got))
        with contextlib.suppress(OSError):
            # Killed meanwhile: what it sent can be read all the same.
            s.sendall(json.dumps({"subscribe": {
                "after": self.cursor, **self.subscribe}}).encode() + b"\n")
        s.setblocking(False)
        self.sock, self.buffer = s, b""

    def take(self, f):
        if "item" in f:
            self.got.append((harness.seq(f), f["item"]["title"]))
        elif "gap" in f or "error" in f:
            self.other.append(f)
        self.cursor = f.get("cursor", self.cursor)

    def pump(self, all=False):
        """Read what is there; False at the end of the connection."""
        if not all and time.monotonic() < self.next:
            return True
        self.next = time.monotonic() + self.gap
        try:
            data = self.sock.recv(1 << 20 if all else self.bite)
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        for line in lines:
            self.take(json.loads(line))
        return data != b""

    def end(self):
        """The daemon is dead: read what it had sent, and close."""
        self.sock.setblocking(True)
        while self.pump(all=True):
            pass
        self.sock.close()
        self.sock = None

    def check(self, wanted):
        """Each of `wanted` [(seq, title)] once and in order."""
        assert self.got == wanted, self.differs(wanted)
        assert not self.other, self.other[:3]

    def differs(self, wanted):
        for i, (a, b) in enumerate(zip(self.got, wanted)):
            if a != b:
                return f"place {i}: {a} instead of {b}"
        return f"{len(self.got)} instead of {len(wanted)}"


class Named(Reader):
    """The daemon keeps its place: it acknowledges, and knows what it may get
    again."""

    def __init__(self, path):
        super().__init__(path, name="bot", ack=True)
        self.confirmed = 0
        self.again = 0

    def take(self, f):
        if "acked" in f:
            self.confirmed = max(self.confirmed, int(
                f["acked"]["cursor"].split(":")[1]))
            return
        super().take(f)
        self.cursor = "oldest"  # it keeps none itself
        if "item" not in f:
            return
        n = self.got[-1][0]
        assert n > self.confirmed, f"{n} came again, {self.confirmed} is kept"
        if len(self.got) - 1 > self.first[-1]:
            assert n == self.got[-2][0] + 1, "a hole in a connection"
        with contextlib.suppress(OSError):
            self.sock.sendall(
                json.dumps({"ack": f["cursor"]}).encode() + b"\n")

    def check(self, wanted):
        first = dict(reversed(self.got))
        self.again = len(self.got) - len(first)
        newest = 0
        for n, _ in self.got:
            assert n <= newest + 1, f"{newest + 1} never came before {n}"
            newest = max(newest, n)
        self.got = sorted(first.items())
        super().check(wanted)


class Four:
    """A place of its own, a name with acks, a slow one, one with a filter."""

    def __init__(self, d):
        self.own = Reader(d.stream)
        self.named = Named(d.stream)
        self.slow = Reader(d.stream, bite=2048, gap=0.005)
        self.some = Reader(d.stream, topics=["kites"])
        self.all = [self.own, self.named, self.slow, self.some]

    def received(self):
        """How many stories surely are in the journal."""
        return len(self.own.got)

    def connect(self):
        for r in self.all:
            r.connect()

    def run(self, seconds):
        """Read for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            fast = [r for r in self.all if r.gap == 0]
            ready = select.select(fast, [], [], min(left, 0.005))[0]
            for r in [*ready, self.slow]:
                r.pump()

    def until(self, done, seconds=harness.PATIENCE):
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, f"waited {seconds} s for readers"
            self.run(0.05)

    def end(self):
        for r in self.all:
            r.end()

    def check(self, made, lines):
        """Nothing lost, doubled, torn or in another order, for anybody."""
        wanted = [(harness.seq(x), x["item"]["title"]) for x in lines]
        assert [n for n, _ in wanted] == list(range(1, len(made) + 1))
        assert {t for _, t in wanted} == set(made), "lost, or not ours"
        self.own.check(wanted)
        self.slow.check(wanted)
        self.named.check(wanted)
        self.some.check([w for w in wanted if made[w[1]] == "kite"])

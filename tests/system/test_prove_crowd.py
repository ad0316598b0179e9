"""A crowd at the stream socket: stuck readers, storms, no descriptors left."""
import re
import resource
import select
import socket
import sqlite3
import subprocess
import time
import zlib

import pytest

import harness
import proofs
from harness import wait_for

STUCK = 1000 if harness.FULL else 100
RECORDS = 400 if harness.FULL else 80
STORM = 10000 if harness.FULL else 1000
LIMIT = 64  # descriptors
MIB = 1 << 20

pytestmark = pytest.mark.skipif(
    "san" in str(harness.BUILD), reason="memory is not what it is without")


@pytest.fixture(autouse=True)
def many_descriptors():
    """1,000 clients need as many of ours."""
    was = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = STUCK + 500
    if was[0] != resource.RLIM_INFINITY and was[0] < need:
        if was[1] != resource.RLIM_INFINITY and was[1] < need:
            pytest.skip(f"at most {was[1]} descriptors here")
        resource.setrlimit(resource.RLIMIT_NOFILE, (need, was[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, was)


class Stuck:
    """Subscribes and then reads nothing, until it catches up."""

    def __init__(self, path):
        self.sock = harness.dial(path)
        self.sock.sendall(b'{"subscribe":{"after":"oldest",'
                          b'"heartbeat":0}}\n')
        self.rest, self.items, self.sum = b"", 0, 0

    def fileno(self):
        return self.sock.fileno()

    def read(self):
        data = self.rest + self.sock.recv(1 << 18)
        *lines, self.rest = data.split(b"\n")
        for line in lines:
            if line.startswith(b'{"item"'):
                self.items += 1
                self.sum = zlib.crc32(line, self.sum)


def poll(readers, seconds):
    """Those that can be read; select() knows no descriptor over 1023."""
    p, of = select.poll(), {}
    for r in readers:
        p.register(r, select.POLLIN)
        of[r.fileno()] = r
    return [of[fd] for fd, _ in p.poll(seconds * 1000)]


def kernel_memory(path):
    """Send memory of each connection of a listener, by ss(8); or nothing.
    If the daemon made it, it was bound beside its place."""
    try:
        out = subprocess.run(
            ["ss", "-xmH", f"( src {path} or src {path}.new )"], text=True,
            capture_output=True, timeout=60).stdout
    except FileNotFoundError:
        return []
    return [int(n) for n in re.findall(r"ESTAB.*skmem:\(.*?,t(\d+)", out)]


def load(feed, d, sub, n, first):
    """n records, a few at a time, read by the live one: the delays from the
    time that a record carries, before its commit, to its receipt."""
    rng, got = harness.rng(first), []
    while len(got) < n:
        for _ in range(10):
            feed.add(*harness.story(rng, n=150))
        wanted = 10
        while wanted > 0:
            f = sub.frame()
            if "item" in f:
                got.append((harness.seq(f), time.time()))
                wanted -= 1
    return got


def delays(d, got, env):
    """In ms, by the journal's own times, whose clock is the fast one."""
    factor, wall, _ = map(int, env["FASTCLOCK"].split(":"))
    db = sqlite3.connect(f"file:{d.store}?mode=ro", uri=True)
    at = dict(db.execute("SELECT seq, at_ms FROM record"))
    db.close()
    return sorted(
        (t - wall / 1e9 - (at[n] / 1e3 - wall / 1e9) / factor) * 1e3
        for n, t in got)


def test_stuck_readers_delay_nobody(server, daemon, tmp_path):
    """Goal: the live one gets all at once; a stuck one costs the kernel at
    most 32 KiB and us next to nothing; then all catch up, complete, in
    order."""
    feed = server.feed("/a.xml")
    feed.window = 60
    d = daemon([feed], options="log_level: warn\n"
               f"max_subscribers: {STUCK + 24}\n"
               f"max_subscribers_per_uid: {STUCK + 24}\nmax_stall: 0\n")
    env = proofs.fast_clock(tmp_path, 5)
    d.start(env=env)
    with d.subscribe(after="oldest") as live:
        got = load(feed, d, live, 40, 1)
        before = proofs.rss(d)
        got += load(feed, d, live, RECORDS, 3)
        alone = proofs.rss(d) - before  # what it remembers of so many records
        before += alone
        crowd = [Stuck(d.stream) for _ in range(STUCK)]
        wait_for(lambda: d.status()["sinks"][0]["subscribers"] == STUCK + 1)
        got += load(feed, d, live, RECORDS, 2)
        grown = max(proofs.rss(d) - before - alone, 0)
        kernel = kernel_memory(d.stream)
        check = Stuck(d.stream)  # one that reads all of it, alone
        while check.items < len(got):
            check.read()
        began = time.monotonic()
        behind = set(crowd)
        while behind and time.monotonic() - began < 300:
            for s in poll(behind, 30):
                s.read()
                if s.items >= len(got):
                    behind.discard(s)
        took = time.monotonic() - began
        assert not behind, f"{len(behind)} did not catch up"
        assert {(s.items, s.sum) for s in crowd} == {
            (check.items, check.sum)}, "not the same frames in one order"
        assert [n for n, _ in got] == list(range(1, len(got) + 1))
        assert grown < 10 * MIB, f"{grown / MIB:.1f} MiB for {STUCK}"
        assert all(w <= 32768 for w in kernel), max(kernel)
        for s in [*crowd, check]:
            s.sock.close()
    assert d.stop() == 0
    ms = delays(d, got[-RECORDS:], env)
    proofs.proved(
        "stuck readers beside a live one", f"{STUCK} of them, "
        f"{len(got)} records",
        f"live p50 {ms[len(ms) // 2]:.0f} ms, p99 "
        f"{ms[int(len(ms) * .99)]:.0f} ms, commit and all; desk grew "
        f"{grown / MIB:.1f} MiB for them; kernel at most "
        f"{max(kernel, default=0) / 1024:.0f} KiB each; all caught up, "
        f"complete and in order, in {took:.1f} s")


def test_a_storm_of_connections(server, daemon):
    """Goal: the live one is served, nothing is left of the others."""
    feed = server.feed("/a.xml")
    d = daemon([feed], options="log_level: warn\n").start()
    with d.subscribe(after="oldest") as live:
        feed.add(*harness.story(harness.rng(1)))
        live.items(1)
        fds, before = proofs.descriptors(d), proofs.rss(d)
        began, spent = time.monotonic(), proofs.cpu(d)
        for n in range(STORM):
            s = socket.socket(socket.AF_UNIX)
            s.connect(str(d.stream))
            if n % 3 == 1:
                s.send(b'{"subscribe":{"after":"oldest"}}\n')
            elif n % 3 == 2:
                s.send(b"{")
            s.close()
        took = time.monotonic() - began
        feed.add(*harness.story(harness.rng(2)))
        live.items(1)
        wait_for(lambda: proofs.descriptors(d) == fds, what="the descriptors")
        status = d.status()["sinks"][0]
        grown, spent = proofs.rss(d) - before, proofs.cpu(d) - spent
        assert status["accepted"] == STORM + 1
        assert status["subscribers"] == 1
        assert grown < 4 * MIB
    assert d.stop() == 0
    proofs.proved(
        "storm of connections", f"{STORM}, {STORM / took:.0f} a second",
        f"all accepted, {spent * 1e6 / STORM:.0f} us of CPU each; desk grew "
        f"{grown / MIB:.1f} MiB; as many descriptors as before")


def test_without_descriptors_nothing_spins(server, daemon):
    """Goal: with 64 descriptors and 200 clients the loop rests, says why
    once, serves whom it has, and takes the others when there is room."""
    feed = server.feed("/a.xml")
    d = daemon([feed], options="log_level: warn\n").start()
    live = d.subscribe(after="oldest")
    live.until("caughtup")
    resource.prlimit(d.process.pid, resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
    crowd = []
    for _ in range(200):
        s = socket.socket(socket.AF_UNIX)
        s.setblocking(False)
        try:
            s.connect(str(d.stream))
            crowd.append(s)
        except BlockingIOError:  # the queue is full, too
            s.close()
    # Nothing but the connection that waits costs any time now.
    time.sleep(0.3)
    spent = proofs.cpu(d)
    time.sleep(2)
    spent = proofs.cpu(d) - spent
    assert spent < 0.5, f"{spent} s of CPU in 2 s"
    feed.add(*harness.story(harness.rng(3)))
    live.items(1)
    served = poll(crowd, 0)
    waiting = [s for s in crowd if s not in served]
    assert waiting, "all were accepted: this proves nothing"
    said = d.log.read_text().count("accept")
    for s in served:
        s.close()
    began = time.monotonic()
    assert poll(waiting[:1], harness.PATIENCE), "it was in the queue"
    took = time.monotonic() - began
    assert b'"hello"' in waiting[0].recv(1 << 16)
    for s in waiting:
        s.close()
    wait_for(lambda: d.status()["sinks"][0]["subscribers"] == 1)
    assert said <= 2, f"it said so {said} times in 2 s"
    live.close()
    assert d.stop() == 0
    proofs.proved(
        f"EMFILE at {LIMIT} descriptors", f"{len(crowd)} clients",
        f"{spent / 2:.1%} of a CPU, {said} line in the log; {len(waiting)} "
        f"waited, taken {took * 1000:.0f} ms after there was room")

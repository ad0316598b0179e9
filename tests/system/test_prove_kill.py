"""kill -9 with four live readers: nothing lost, doubled, torn, reordered."""
import os
import random
import select
import signal
import time

import pytest

import harness
import proofs
from harness import wait_for

KILLS = 1000 if harness.FULL else 30
GATHERER_KILLS = 300 if harness.FULL else 20

pytestmark = pytest.mark.skipif(
    "san" in str(harness.BUILD), reason="for the programs of the release")


@pytest.fixture
def feeds():
    """24 of them, of 12 hosts: each gatherer has some."""
    servers = [harness.FeedServer(f"127.0.0.{i}") for i in range(2, 14)]
    yield [s.feed(f"/{i}.xml") for s in servers for i in range(2)]
    for s in servers:
        s.close()


def ready(d, seconds):
    """Has it said so in time?"""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([d.notify], [], [], left)[0] and \
                b"READY=1" in d.notify.recv(4096):
            return True
        assert d.process.poll() is None, d.tail()
    return False


def finish(d, env, four, writer):
    """Everybody gets all there is, and all of them the same."""
    writer.stop()
    n, kites = len(writer.made), list(writer.made.values()).count("kite")
    d.start(env=env, ready=False)
    assert ready(d, harness.PATIENCE), d.tail()
    four.connect()
    four.until(lambda: len(four.own.got) == n and
               len(four.slow.got) == n and len(four.some.got) == kites and
               four.named.got and four.named.got[-1][0] == n, 120)
    wait_for(lambda: len(d.lines()) == n, what="the file")
    four.check(writer.made, d.lines())
    d.deaf = False
    assert d.stop() == 0


def test_a_thousand_kills_with_four_readers(feeds, daemon, tmp_path):
    """Goal: the promise of delivery; kills while it starts, too."""
    d = daemon(feeds, options="gatherers: 2\nlog_level: warn\n"
               "archive: {keep: 0}\n")
    env = proofs.fast_clock(tmp_path, 10)
    d.deaf = True
    four = proofs.Four(d)
    writer = proofs.Writer(feeds, four.received)
    writer.start()
    rng = random.Random(5)
    began, lives, early = time.monotonic(), 0, 0
    for n in range(KILLS):
        d.start(env=env, ready=False)
        if rng.random() < 0.2 or not ready(d, harness.PATIENCE):
            time.sleep(rng.uniform(0, 0.04))
            d.kill9()
            early += 1
            continue
        four.connect()
        before = len(four.own.got)
        # Some live long enough to poll, most do not.
        four.run(rng.uniform(0.002, rng.choice((0.06, 0.06, 0.3))))
        d.kill9()
        four.end()
        lives += len(four.own.got) > before
    took = time.monotonic() - began
    finish(d, env, four, writer)
    assert lives > KILLS / 10, "hardly any life delivered something"
    proofs.proved(
        "kill -9 of the daemon, four readers and a file",
        f"{KILLS} ({early} while it starts), {KILLS / took:.1f} a second",
        f"{len(writer.made)} records, {lives} lives delivered; 0 lost, "
        "0 doubled, 0 torn, 0 reordered; the name got "
        f"{four.named.again} not yet acknowledged again")


def test_kills_of_gatherers_with_four_readers(feeds, daemon, tmp_path):
    """Goal: no reader sees a disconnect; what was in flight comes again."""
    d = daemon(feeds, options="gatherers: 8\nlog_level: error\n"
               "health: {failing_after: off, silent_after: off}\n")
    env = proofs.fast_clock(tmp_path, 60)  # back-offs pass quickly, too
    d.start(env=env)
    four = proofs.Four(d)
    writer = proofs.Writer(feeds, four.received)
    writer.start()
    four.connect()
    rng = random.Random(6)
    began, killed = time.monotonic(), 0
    while killed < GATHERER_KILLS:
        four.run(rng.uniform(0.002, 0.06))
        pids = [g["pid"] for g in d.status()["gatherers"]
                if g["pid"] > 0 and g["feeds"] > 0]
        try:
            if pids:
                os.kill(rng.choice(pids), signal.SIGKILL)
                killed += 1
        except ProcessLookupError:
            pass  # the last kill had not been seen when status was asked
        assert time.monotonic() - began < 600, d.tail()
    took = time.monotonic() - began
    writer.stop()
    n = len(writer.made)
    four.until(lambda: four.named.got and four.named.got[-1][0] == n and
               len(four.own.got) == len(four.slow.got) == n, 120)
    wait_for(lambda: len(d.lines()) == n, what="the file")
    four.check(writer.made, d.lines())
    assert [len(r.first) for r in four.all] == [1] * 4, "a disconnect"
    assert sum(g["restarts"] for g in d.status()["gatherers"]) > 0
    assert d.stop() == 0
    proofs.proved("kill -9 of a gatherer, four readers and a file",
                  f"{killed}, {killed / took:.1f} a second",
                  f"{n} records; 0 lost, 0 doubled, 0 reordered, "
                  "no disconnect")

"""The wall clock jumps: nobody is asked twice, nothing is lost or doubled.

A small library (clockshim.c) stands before the wall clock of the daemon and
its gatherers; the test sets it while they run. The real clock is left alone.
"""
import os
import shutil
import struct
import subprocess
import time

import pytest

import harness
from harness import titles, wait_for
from test_fetch_polite import rss

pytestmark = [
    pytest.mark.row(32),
    pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc"),
    pytest.mark.skipif("san" in str(harness.BUILD),
                       reason="a sanitizer wants to be the first library")]

HOUR, DAY, YEAR = 3600, 86400, 365 * 86400


class Clock:
    """The wall clock of a daemon, so many seconds ahead."""

    def __init__(self, folder):
        self.library, self.file = folder / "clockshim.so", folder / "clock"
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", self.library,
                        harness.ROOT / "tests/system/clockshim.c", "-ldl"],
                       check=True)
        self.set(0)
        self.env = {"LD_PRELOAD": str(self.library),
                    "CLOCKSHIM": str(self.file)}

    def set(self, seconds):
        """Both processes see it at once: they have mapped the file."""
        with open(self.file, "r+b" if self.file.exists() else "wb") as f:
            f.write(struct.pack("=q", seconds))


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path)


def loads(feed):
    return len(feed.requests)


def story_feed(server, path, n=3):
    feed = server.feed(path)
    for i in range(n):
        feed.add(*harness.story(harness.rng(f"{path} {i}")))
    return feed


def test_a_jump_makes_nobody_poll(server, daemon, clock):
    """While it runs: not one poll more, and not one less."""
    slow = [story_feed(server, f"/{i}.xml") for i in range(10)]
    fast = story_feed(server, "/fast.xml")
    d = daemon([*(f'{{url: "{f.url}", every: 1h}}' for f in slow), fast])
    d.start(env=clock.env)
    wait_for(lambda: len(d.lines()) == 33)
    sent = 33
    for jump in (YEAR, HOUR, -HOUR, -YEAR, 0):
        clock.set(jump)
        n = loads(fast)
        wait_for(lambda: loads(fast) >= n + 2)
        assert [loads(f) for f in slow] == [1] * 10
    gaps = [b[0] - a[0] for a, b in zip(fast.requests, fast.requests[1:])]
    assert min(gaps) > 0.8
    assert len(d.lines()) == sent, "nothing is sent again"
    fast.add("A kite after the jumps")
    wait_for(lambda: len(d.lines()) == sent + 1)


@pytest.mark.parametrize("jump", [YEAR, -YEAR])
def test_a_jump_over_a_restart_costs_one_poll_each(server, daemon, clock,
                                                   jump):
    """At most one poll of each, spread, and the next one in an interval."""
    feeds = [story_feed(server, f"/{i}.xml") for i in range(10)]
    d = daemon([f'{{url: "{f.url}", every: 1h}}' for f in feeds])
    d.start(env=clock.env)
    wait_for(lambda: len(d.lines()) == 30)
    sent = 30
    assert d.stop() == 0
    clock.set(jump)
    d.start(env=clock.env)
    if jump > 0:
        wait_for(lambda: all(loads(f) == 2 for f in feeds))
        wait_for(lambda: d.polls() == 10)
        at = sorted(f.requests[1][0] for f in feeds)
        assert at[-1] - at[0] > 0.6, "they are spread"
    time.sleep(1.5)
    assert all(loads(f) == (2 if jump > 0 else 1) for f in feeds)
    assert d.stop() == 0
    clock.set(0)
    d.start(env=clock.env)
    time.sleep(1.5)
    assert all(loads(f) == (2 if jump > 0 else 1) for f in feeds)
    assert len(d.lines()) == sent


def test_a_feed_planned_by_a_wrong_clock_is_asked_in_an_interval(
        server, daemon, clock):
    """The clock was a year ahead when its next poll was stored."""
    feed = story_feed(server, "/a.xml")
    d = daemon([feed], options="every: 3s\n")
    clock.set(YEAR)
    d.start(env=clock.env)
    wait_for(lambda: loads(feed) == 1)
    wait_for(lambda: d.polls() == 1)
    assert d.stop() == 0
    clock.set(0)
    d.start(env=clock.env)
    wait_for(lambda: loads(feed) >= 2, 10)
    assert feed.requests[1][0] - feed.requests[0][0] > 2.5


def test_a_clock_ahead_makes_no_news_old(server, daemon, clock):
    """max_age: what is of today is not passed over as of last year."""
    feed = server.feed("/a.xml")
    now = harness.http_date()

    def news(n):
        feed.reply(200, rss(*range(n)).replace(
            b"</title></item>",
            f"</title><pubDate>{now}</pubDate></item>".encode()))
    news(1)
    d = daemon([feed], options="max_age: 1d\n").start(env=clock.env)
    wait_for(lambda: len(d.lines()) == 1)
    clock.set(YEAR)
    news(2)
    wait_for(lambda: len(d.lines()) == 2)
    assert "the clock says" in d.log.read_text()
    assert d.stop() == 0  # nor is it over a restart
    d.start(env=clock.env)
    news(3)
    wait_for(lambda: len(d.lines()) == 3)


def test_a_clock_ahead_forgets_no_copies(server, daemon, clock):
    """The window of copies: a text of before the jump is known after it."""
    a, b, c = (server.feed(f"/{x}.xml") for x in "abc")
    title, text = harness.story(harness.rng(7))
    a.add(title, text)
    d = daemon([a, b, c]).start(env=clock.env)
    wait_for(lambda: len(d.lines()) == 1)
    clock.set(YEAR)
    b.add(title, text)
    wait_for(lambda: d.feed_status(b)["items"] == 1)
    assert d.stop() == 0
    d.start(env=clock.env)
    c.add(title, text)
    wait_for(lambda: d.feed_status(c)["items"] == 1)
    time.sleep(0.5)
    assert titles(d.lines()) == [title]


def test_a_clock_ahead_makes_no_feed_silent(server, daemon, clock):
    """Health: a jump is no silence of a year."""
    feed = server.feed("/a.xml")
    d = daemon([feed], sinks='- {name: log, file: matches.ndjson, '
               'topics: ["*", "_health"]}\n- {name: s, socket: stream.sock}\n',
               options="health: {silent_after: 1m}\n")
    for day in range(-12, 1):  # it has a rhythm: an item a day
        clock.set(day * DAY)
        feed.add(f"A kite of day {day + 12}")
        code, said = run_once(d, clock)
        assert code == 0, said
    clock.set(0)
    d.start(env=clock.env)
    n = loads(feed)
    clock.set(YEAR)
    wait_for(lambda: loads(feed) >= n + 3)
    d.wait_polls(1)
    assert d.feed_status(feed)["health"] == "ok"


def run_once(d, clock):
    p = subprocess.run(
        [d.program, "-c", d.config, "--once"], capture_output=True,
        env=dict(os.environ, **clock.env), timeout=60)
    return p.returncode, p.stderr.decode()


@pytest.mark.skipif(not harness.FULL, reason="takes 70 s; with "
                    "WIRESIFT_PROVE=full")
def test_a_clock_ahead_prunes_nothing(server, daemon, clock):
    """The journal is what it was, though the clock says it is a year old."""
    feed = story_feed(server, "/a.xml", 20)
    d = daemon([feed], options="journal: {keep: 1h}\narchive: {keep: 1h}\n",
               sinks="- {name: s, socket: stream.sock}\n").start(
                   env=clock.env)
    wait_for(lambda: d.status()["counters"]["matches"] == 20)
    oldest = d.status()["journal"]["oldest"]
    clock.set(YEAR)
    time.sleep(65)
    assert d.status()["journal"]["oldest"] == oldest
    with d.subscribe(after=oldest.split(":")[0] + ":0") as sub:
        assert len(sub.items(20)) == 20

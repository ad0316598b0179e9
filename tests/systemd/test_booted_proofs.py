"""What must be shown of delivery, shown once more in the booted systemd.

With the shipped units and sandbox, as an unprivileged subscriber of the group:
the tests of tests/system themselves, where they ask nothing but the files and
sockets of the daemon; WIRESIFT_PROVE=full asks for their full counts.
"""
import random
import shutil
import time

import pytest

import harness
import proofs
import test_alerts
import test_prove_crowd
from harness import seq, wait_for
from test_alerts import rooms  # noqa: F401 (a fixture)
from test_alerts import (  # noqa: F401 (they run here, too)
    test_forty_copies_of_one_text_are_one_alert,
    test_two_origins_confirm_and_ten_copies_do_not)
from test_prove_crowd import many_descriptors  # noqa: F401
from test_prove_disk import (  # noqa: F401
    test_a_disk_that_is_full_at_each_step)
from test_sinks import Hook, Mailbox
from test_sinks import (  # noqa: F401
    test_a_webhook_gets_all_in_order_once_by_key, test_mail_by_smtp)

KILLS = 1000 if harness.FULL else 12
GATHERER_KILLS = 300 if harness.FULL else 10
# The manager starts it again at once, as often as it must.
AT_ONCE = "RestartSec=10ms\n[Unit]\nStartLimitIntervalSec=0\n"


@pytest.fixture(autouse=True)
def where(monkeypatch):
    monkeypatch.setattr(proofs, "WHERE", "in systemd: ")


@pytest.fixture
def tmp_path(machine, request):
    """A folder that both sides see; see Machine.inner()."""
    path = machine.path("/srv/" + request.node.name.translate(
        str.maketrans("[]/", "---")))
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    return path


@pytest.fixture
def hook(machine):
    with machine.network():
        h = Hook()
    yield h
    h.close()


@pytest.fixture
def mailbox(machine):
    made = []

    def make(**options):
        with machine.network():
            made.append(Mailbox(**options))
        return made[-1]
    yield make
    for box in made:
        box.close()


@pytest.fixture
def small(machine):
    """The folder of the state on a disk of 600 KiB, that grows."""
    folder = machine.path("/var/lib/wiresift")
    machine.systemctl("stop", "wiresift.service")
    machine.run("mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs",
                "/var/lib/wiresift")

    def resize(kib):
        machine.run("mount", "-o", f"remount,size={kib}k",
                    "/var/lib/wiresift")
    yield folder, resize
    machine.systemctl("stop", "wiresift.service")
    machine.run("umount", "/var/lib/wiresift")


def test_stuck_readers_delay_nobody(machine, server, daemon, tmp_path):
    """Goal: they and the live one are clients of the group."""
    with machine.network():  # of which ss(8) tells the memory of sockets
        test_prove_crowd.test_stuck_readers_delay_nobody(
            server, daemon, tmp_path)


def test_quiet_hours_end_in_one_digest(rooms, tmp_path):  # noqa: F811
    """Goal: over a kill in the night."""
    test_alerts.test_quiet_hours_end_in_one_digest(rooms, tmp_path, True)


@pytest.fixture
def feeds(machine):
    """24 of them, of 12 hosts: each gatherer has some."""
    with machine.network():
        servers = [harness.FeedServer(f"127.0.0.{i}") for i in range(2, 14)]
    yield [s.feed(f"/{i}.xml") for s in servers for i in range(2)]
    for s in servers:
        s.close()


def read_on(four, seconds):
    """Read for so long; who is cut off connects again: the socket is the
    manager's, so there is always one to connect to."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for r in four.all:
            if not r.pump():
                r.sock.close()
                r.connect()
        time.sleep(0.002)


def finish(d, four, writer):
    """Everybody gets all there is, and all of them the same."""
    writer.stop()
    n, kites = len(writer.made), list(writer.made.values()).count("kite")
    end = time.monotonic() + 120
    while not (len(four.own.got) == len(four.slow.got) == n and
               len(four.some.got) == kites and four.named.got and
               four.named.got[-1][0] == n and len(d.lines()) == n):
        assert time.monotonic() < end, d.tail()
        read_on(four, 0.05)
    four.check(writer.made, d.lines())


def test_kills_that_the_manager_mends(machine, feeds, daemon, tmp_path):
    """Goal: nothing lost, doubled, torn or reordered for four readers and a
    file, whenever it is killed."""
    d = daemon(feeds, drop_in=AT_ONCE, options="gatherers: 2\n"
               "log_level: warn\narchive: {keep: 0}\n")
    d.start(env=proofs.fast_clock(tmp_path, 10))
    four = proofs.Four(d)
    writer = proofs.Writer(feeds, four.received)
    writer.start()
    four.connect()
    rng, began, lives = random.Random(7), time.monotonic(), 0
    for n in range(KILLS):
        before, pid = len(four.own.got), machine.pid()
        read_on(four, rng.uniform(0.05, 0.4))
        d.kill9()
        lives += len(four.own.got) > before
        wait_for(lambda p=pid: machine.pid() not in (0, p), what=d.tail())
    took = time.monotonic() - began
    finish(d, four, writer)
    assert machine.show("NRestarts") == str(KILLS)
    assert lives > KILLS / 10, "hardly any life delivered something"
    assert d.stop() == 0
    proofs.proved(
        "kill -9 of the service, four readers and a file",
        f"{KILLS}, {KILLS / took:.1f} a second",
        f"{len(writer.made)} records, {lives} lives delivered; 0 lost, "
        "0 doubled, 0 torn, 0 reordered")


def test_kills_of_gatherers_in_the_sandbox(machine, feeds, daemon, tmp_path):
    """Goal: no reader sees a disconnect, systemd sees no restart."""
    d = daemon(feeds, options="gatherers: 4\nlog_level: error\n"
               "health: {failing_after: off, silent_after: off}\n")
    d.start(env=proofs.fast_clock(tmp_path, 60))
    four = proofs.Four(d)
    writer = proofs.Writer(feeds, four.received)
    writer.start()
    four.connect()
    rng, killed, began = random.Random(8), 0, time.monotonic()
    while killed < GATHERER_KILLS:
        read_on(four, rng.uniform(0.01, 0.1))
        pids = [g["pid"] for g in d.status()["gatherers"]
                if g["pid"] > 0 and g["feeds"] > 0]
        if pids and machine.do("kill", "-9",
                               str(rng.choice(pids))).returncode == 0:
            killed += 1
        assert time.monotonic() - began < 600, d.tail()
    took = time.monotonic() - began
    finish(d, four, writer)
    assert [len(r.first) for r in four.all] == [1] * 4, "a disconnect"
    assert sum(g["restarts"] for g in d.status()["gatherers"]) > 0
    assert machine.show("NRestarts") == "0"
    assert d.stop() == 0
    proofs.proved("kill -9 of a gatherer, four readers and a file",
                  f"{killed}, {killed / took:.1f} a second",
                  f"{len(writer.made)} records; 0 lost, 0 doubled, "
                  "0 reordered, no disconnect")


def test_a_kill_on_a_full_disk(machine, server, daemon, small,  # noqa: F811
                               tmp_path):
    """Goal: it comes back without a byte of room, serves what it has, and
    mends itself when there is some."""
    folder, resize = small
    feed = server.feed("/a.xml")
    d = daemon([feed], drop_in="RestartSec=100ms\n", options="log_level: "
               "warn\narchive: {keep: 0}\n")
    d.start(env=proofs.fast_clock(tmp_path, 30))
    rng, n = harness.rng(9), 0
    while d.status()["state"] == "running":
        for _ in range(6):
            feed.add(*harness.story(rng, n=100))
        n += 6
        wait_for(lambda: d.status()["state"] == "degraded" or
                 d.status()["journal"]["newest"].endswith(f":{n}"))
    # Not even the rest of a page.
    machine.do("sh", "-c", f"cat /dev/zero >{machine.inner(folder)}/rest")
    pid = machine.pid()
    d.kill9()
    wait_for(lambda: machine.pid() not in (0, pid) and
             machine.show("ActiveState") == "active", what=d.tail())
    with d.subscribe(after="oldest", follow=False) as sub:
        served = [f for f in sub.until("bye") if "item" in f]
    assert [seq(f) for f in served] == list(range(1, len(served) + 1))
    assert 0 < len(served) < n
    wait_for(lambda: d.status()["state"] == "degraded", what=d.tail())
    machine.path("/var/lib/wiresift/rest").unlink()
    resize(65536)
    with d.subscribe(after="oldest") as sub:
        assert [seq(f) for f in sub.items(n)] == list(range(1, n + 1))
    wait_for(lambda: d.status()["state"] == "running")
    assert d.stop() == 0

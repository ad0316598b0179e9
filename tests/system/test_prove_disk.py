"""A disk that is full at every step, and one that flips bits."""
import errno
import os
import random
import shutil
import sqlite3
import time

import pytest

import harness
import proofs
from harness import seq, wait_for

MIB = 1 << 20
STEPS = 40 if harness.FULL else 4
FLIPS = 200 if harness.FULL else 16

pytestmark = pytest.mark.skipif(
    "san" in str(harness.BUILD), reason="for the programs of the release")


@pytest.fixture
def small(tmp_path):
    """A disk of 600 KiB, and a function that makes it larger."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a tmpfs")
    folder = tmp_path / "small"
    folder.mkdir()
    if os.system(f"mount -t tmpfs -o size=600k tmpfs {folder} 2>/dev/null"):
        pytest.skip("cannot mount a tmpfs here")

    def resize(kib):
        assert os.system(f"mount -o remount,size={kib}k {folder}") == 0
    yield folder, resize
    os.system(f"umount -l {folder}")


def test_a_disk_that_is_full_at_each_step(server, daemon, small, tmp_path):
    """Goal: never an exit; degraded, then running with each bit of room; in
    the end everything once and in order, in store and file."""
    folder, resize = small
    feed = server.feed("/a.xml")
    d = daemon([feed], options="log_level: error\narchive: {keep: 0}\n",
               sinks="- {name: stream, socket: stream.sock}\n"
               f"- {{name: log, file: {folder}/matches.ndjson}}\n")
    d.file = folder / "matches.ndjson"
    d.config.write_text(d.config.read_text().replace(
        "store: wiresift.db", f"store: {folder}/wiresift.db"))
    d.start(env=proofs.fast_clock(tmp_path, 30))
    rng, made, kib = harness.rng(3), [], 600
    states = {"degraded": 0, "running": 0}
    for step in range(STEPS):
        while True:
            status = full_or_done(d, len(made))
            states[status["state"]] += step > 0
            if status["state"] == "degraded":
                break
            for _ in range(6):
                made.append(harness.story(rng, n=100))
                feed.add(*made[-1])
        assert status["state"] == "running" or status["why"]
        kib += rng.choice((4, 8, 16, 32, 64))
        resize(kib)
    assert states["degraded"] > 0, "it was never full"
    resize(65536)
    with d.subscribe(after="oldest") as sub:
        got = sub.items(len(made), 60)
        wait_for(lambda: d.status()["state"] == "running")
    assert [seq(f) for f in got] == list(range(1, len(made) + 1))
    assert {f["item"]["title"] for f in got} == {t for t, _ in made}
    wait_for(lambda: len(d.lines()) == len(made), what="the file")
    assert d.lines() == got
    assert d.stop() == 0
    proofs.proved(
        "full disk", f"{STEPS} steps of 4 to 64 KiB from 600 KiB",
        f"{states['degraded']} degraded, {states['running']} running, no "
        f"exit; then all {len(made)} records once, in order, in the file too")


def free(folder):
    vfs = os.statvfs(folder)
    return vfs.f_bavail * vfs.f_frsize


def test_a_full_disk_keeps_places(server, daemon, small, tmp_path):
    """Goal: polling stops, but what is acknowledged while the disk is full
    is durable: the room that was held back is for that."""
    folder, resize = small
    feeds = [server.feed(f"/{i}.xml") for i in range(3)]
    d = daemon(feeds, options="log_level: error\narchive: {keep: 0}\n")
    d.config.write_text(d.config.read_text().replace(
        "store: wiresift.db", f"store: {folder}/wiresift.db"))
    resize(72 << 10)
    env = proofs.fast_clock(tmp_path, 30)
    rng, made = harness.rng(4), 0
    d.start(env=env)
    reserve = folder / "wiresift.db-reserve"
    assert reserve.stat().st_blocks * 512 >= 8 * MIB
    with open(folder / "of-others", "wb") as f:
        os.posix_fallocate(f.fileno(), 0, free(folder) - 2 * MIB)
    while d.status()["state"] == "running":
        for f in feeds:
            f.add(*harness.story(rng, n=300))
            made += 1
        time.sleep(0.1)
    assert not reserve.exists() and "full" in d.status()["why"]
    stored = int(d.status()["journal"]["newest"].split(":")[1])
    with d.subscribe(name="bot", ack=True, after="oldest") as sub:
        frames = sub.items(stored)
        # With others that take the room that was given up.
        with open(folder / "more", "wb") as more:
            os.posix_fallocate(
                more.fileno(), 0, max(free(folder) - (64 << 10), 4096))
        for f in frames[:-2]:
            sub.send({"ack": f["cursor"]})
            sub.until("acked")
    assert d.status()["state"] == "degraded"
    lines = len(d.lines())
    d.kill9()
    (folder / "of-others").unlink()
    (folder / "more").unlink()
    d.start(env=env)
    with d.subscribe(name="bot", ack=True) as sub:
        assert seq(sub.items(1)[0]) == stored - 1
    wait_for(lambda: len(d.lines()) == made, what="the file")
    assert [seq(f) for f in d.lines()] == list(range(1, made + 1))
    wait_for(reserve.exists, what="a new reserve")
    assert d.stop() == 0
    proofs.proved(
        "full disk, acks while it lasts", f"{stored - 2} acks",
        f"each durable, over a kill -9 too; the file had {lines} records "
        f"then, and all {made} once and in order in the end")


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT])
def test_a_quota_that_is_full_is_a_full_disk(server, daemon, tmp_path, error):
    """Goal: the room that was held back is given up for places."""
    so = harness.preload(tmp_path, "nthfail")
    feed = server.feed("/a.xml")
    d = daemon([feed]).start(env={
        "LD_PRELOAD": str(so), "NTHFAIL_MARK": str(tmp_path / "mark"),
        "NTHFAIL": f"write:300:{error}:always"})
    reserve = d.dir / "wiresift.db-reserve"
    assert reserve.exists()
    rng = harness.rng(5)

    def degraded():
        feed.add(*harness.story(rng))
        return d.status()["state"] == "degraded"
    wait_for(degraded, pause=0.1)
    assert not reserve.exists()


def full_or_done(d, n):
    """All is stored, or the disk has been full for a try or two."""
    end = time.monotonic() + harness.PATIENCE
    full = 0
    while True:
        assert d.process.poll() is None, f"it ended\n{d.tail()}"
        status = d.status()
        if status["journal"]["newest"].endswith(f":{n}"):
            return status
        if status["state"] == "degraded":
            full = full or time.monotonic()
            if time.monotonic() - full > 0.5:
                return status
        assert time.monotonic() < end, "neither stored nor degraded"
        time.sleep(0.05)


def pristine(server, daemon, name, kill):
    """A store with records and a file, stopped or killed."""
    feed = server.feed(f"/{name}.xml")
    d = daemon([feed], name=name, options="log_level: warn\n")
    d.start()
    with d.subscribe(after="oldest") as sub:
        for n in range(4):
            for _ in range(10):
                feed.add(*harness.story(harness.rng(f"{name}{n}{_}"), n=60))
            frames = sub.items(10)
    wait_for(lambda: len(d.lines()) == 40)
    # Its last cursor: without it the last poll is the end of the log, where
    # a flipped bit and a torn write are one thing.
    before = None
    while before != (before := d.store.with_name(
            "wiresift.db-wal").stat().st_mtime_ns):
        time.sleep(0.7)
    if kill:
        d.kill9()
    else:
        assert d.stop() == 0
    keep = d.dir.parent / f"{name}.keep"
    keep.mkdir()
    for f in ("wiresift.db", "wiresift.db-wal", "matches.ndjson"):
        if (d.dir / f).exists():
            shutil.copy(d.dir / f, keep / f)
    return d, keep, frames


def restore(d, keep):
    for f in ("wiresift.db", "wiresift.db-wal"):
        (d.dir / f).unlink(missing_ok=True)
        if (keep / f).exists():
            shutil.copy(keep / f, d.dir / f)
    # The same file: another inode is another file to the sink, whose end it
    # does not cut off.
    d.file.write_bytes((keep / "matches.ndjson").read_bytes())


def flip(path, rng):
    at, bit = rng.randrange(path.stat().st_size), rng.randrange(8)
    with open(path, "r+b") as f:
        f.seek(at)
        byte = f.read(1)[0]
        f.seek(at)
        f.write(bytes([byte ^ 1 << bit]))
    return f"{path.name} byte {at} bit {bit}"


def outcome(d, before, told):
    """What a flip has led to. Whatever it is, the file keeps its lines, and
    nobody is served another record than was written."""
    d.start(ready=False)
    end = time.monotonic() + harness.PATIENCE
    while "READY=1" not in d.notified and d.process.poll() is None:
        assert time.monotonic() < end, "neither started nor refused"
        time.sleep(0.005)
    if d.process.poll() is not None:
        d.close_notify()
        assert d.process.returncode == 73, d.process.returncode
        said = d.tail(3)
        assert "wiresift.db" in said, said
        assert d.file.read_bytes() == before, "the file was changed"
        return "refused"
    d.wait_polls(1)
    with d.subscribe(after="oldest", follow=False) as sub:
        frames = sub.until("bye")
    ended = frames[-1]["bye"]["reason"]
    assert ended in ("end", "error"), frames[-1]
    status = d.status()
    assert status["state"] in ("running", "degraded")
    time.sleep(0.02)
    assert d.stop() == 0, d.tail()
    lines = d.file.read_bytes()
    assert lines.startswith(before), "the file was changed"
    assert lines.endswith(b"\n")
    items = {seq(f): f for f in frames if "item" in f}
    for n, f in items.items():
        assert n not in told or told[n] == f, f"another record {n}"
    ids = [f["item"]["id"] for f in d.lines()]
    assert len(ids) == len(set(ids)), "the file has one twice"
    if status["state"] == "degraded":
        return "degraded"
    gaps = [f["gap"] for f in frames if "gap" in f]
    missing = set(told) - set(items)
    if missing:
        assert gaps, f"{missing} are gone in silence"
        return "told as a gap"
    return "harmless"


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_flipped_bits(server, daemon, kill):
    """Goal: never a crash, a loop or a silent loss."""
    d, keep, _ = pristine(server, daemon, f"flip{kill}", kill)
    before = d.file.read_bytes()
    told = {seq(f): f for f in d.lines()}
    rng, table = random.Random(17 + kill), {}
    for n in range(FLIPS // 2):
        restore(d, keep)
        wal = d.store.with_name("wiresift.db-wal")
        path = wal if wal.exists() and rng.random() < 0.5 else d.store
        d.log.unlink(missing_ok=True)
        what = flip(path, rng)
        try:
            result = outcome(d, before, told)
        except (AssertionError, RuntimeError, ValueError) as e:
            raise AssertionError(f"{what}: {e}\n{d.tail()}") from e
        finally:
            d.close()
        key = f"{result} ({'log' if path == wal else 'database'})"
        table[key] = table.get(key, 0) + 1
    proofs.proved(
        "a bit flips in the store, "
        f"{'killed before' if kill else 'stopped before'}", FLIPS // 2,
        "; ".join(f"{n} {k}" for k, n in sorted(table.items())))


def tree_pages(store, name):
    """Pages of a table or index, the root first."""
    db = sqlite3.connect(store)
    try:
        return [n for n, in db.execute(
            "SELECT pageno FROM dbstat WHERE name = ? ORDER BY path", (name,))]
    finally:
        db.close()


def break_page(store, page):
    """Its header tells a kind of page that there is not."""
    with open(store, "r+b") as f:
        f.seek((page - 1) * 4096)
        f.write(b"\x00")


def test_a_page_of_records_is_told_as_a_gap(server, daemon):
    """Goal: what lies behind a page that cannot be read is delivered; nobody
    is turned away again and again."""
    d, _, _ = pristine(server, daemon, "page", False)
    try:
        pages = tree_pages(d.store, "record")
    except sqlite3.OperationalError:
        pytest.skip("no dbstat in this SQLite")
    whole = d.lines()
    break_page(d.store, pages[len(pages) // 2])
    d.start()
    with d.subscribe(after="oldest", follow=False) as sub:
        got = sub.until("bye")
    assert got[-1]["bye"]["reason"] == "end", got[-1]
    gaps = [f["gap"] for f in got if "gap" in f]
    items = [f for f in got if "item" in f]
    assert gaps and len(gaps) + len(items) == len(whole)
    assert len(items) > len(whole) / 2
    assert all(f in whole for f in items)
    assert "cannot be read" in d.log.read_text()
    assert d.stop() == 0
    proofs.proved("a page of records is damaged", f"{len(whole)} records",
                  f"{len(gaps)} told as gaps, {len(items)} delivered")


def test_a_store_that_cannot_take_a_poll_is_quarantined(server, daemon):
    """Goal: feeds are not fetched again and again for nothing; the status
    says why, readers are served, and the next start refuses it."""
    d, _, _ = pristine(server, daemon, "quarantine", False)
    try:
        pages = tree_pages(d.store, "feed")
    except sqlite3.OperationalError:
        pytest.skip("no dbstat in this SQLite")
    assert pages
    break_page(d.store, pages[0])
    feed = server.feed("/quarantine.xml")
    d.start(env=proofs.fast_clock(d.dir, 30))
    wait_for(lambda: d.status()["state"] == "degraded")
    asked = len(feed.requests)
    time.sleep(1)  # three retries
    assert len(feed.requests) <= asked + 1
    status = d.status()
    assert status["state"] == "degraded" and "malformed" in status["why"]
    assert "until a restart" in d.log.read_text()
    with d.subscribe(after="oldest", follow=False) as sub:
        assert len([f for f in sub.until("bye") if "item" in f]) == 40
    assert d.stop() == 0
    code, said = d.once()
    assert code == 73 and "backup" in said, said
    proofs.proved("a page of feeds' states is damaged", 1,
                  "polling stops until a restart, readers are served; the "
                  "next start refuses it")

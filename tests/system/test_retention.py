"""The journal's age and size: what is needed stays, up to a limit."""
import errno
import os
import shutil
import subprocess

import pytest

import harness
from harness import seq, wait_for

MIB = 1 << 20


def fill(d, feed, n, size=60000):
    """n matches of that size each, different enough to be no copies."""
    rng = harness.rng(11)
    before = d.status()["counters"]["matches"]
    words = [f"w{i}" for i in range(4000)]
    for i in range(n):
        text = " ".join(rng.choice(words) for _ in range(size // 6))
        feed.add(f"A kite, number {before + i}", text)
    wait_for(lambda: d.status()["counters"]["matches"] == before + n,
             what="matches")


def oldest(d):
    return int(d.status()["journal"]["oldest"].split(":")[1])


def test_past_its_size_the_oldest_go_and_a_gap_tells(server, daemon):
    """Goal: a named reader who stays away costs at most journal.max."""
    feed = server.feed("/a.xml")
    d = daemon([feed], options="journal: {max: 1MiB}\n").start()
    fill(d, feed, 5)
    with d.subscribe(name="away", after="oldest", ack=True) as sub:
        sub.send({"ack": sub.items(2)[-1]["cursor"]})
        sub.until("acked")
    held = d.status()["journal"]["held_by"]
    assert held["sink"] == "stream" and held["from"].endswith(":3")
    fill(d, feed, 20)
    wait_for(lambda: oldest(d) > 3, what="the oldest to go")
    journal = d.status()["journal"]
    assert journal["record_bytes"] <= MIB * 17 // 16
    first = oldest(d)
    with d.subscribe(name="away", ack=True) as sub:
        frames = sub.until("caughtup")
    gap = next(f["gap"] for f in frames if "gap" in f)
    assert gap["lost"] == first - 3
    assert [seq(f) for f in frames if "item" in f] == list(
        range(first, 26))
    code, said = d.tool("status")
    assert code == 0 and "1048576" in said


@pytest.mark.parametrize("reader", [True, False])
def test_what_a_reader_needs_stays_past_its_age(server, daemon, reader):
    """Goal: age alone takes nothing from a name; see test_journal.c too."""
    feed = server.feed("/a.xml")
    d = daemon([feed]).start()
    fill(d, feed, 2, 100)
    if reader:
        with d.subscribe(name="away", after="oldest", ack=True) as sub:
            sub.items(1)
        assert d.status()["journal"]["held_by"] is not None
    else:
        wait_for(lambda: d.status()["journal"]["held_by"] is None)


def test_once_ends_when_a_disk_fails_for_good(server, daemon, tmp_path):
    """Goal: --once ends with EX_IOERR, and a later run has it all, once."""
    lib = harness.preload(tmp_path, "nthfail")
    feed = server.feed("/a.xml")
    d = daemon([feed])
    assert d.once()[0] == 0
    feed.add("A kite")
    said = set()
    for n in range(1, 20):
        shutil.copytree(d.dir, tmp_path / str(n))
        p = subprocess.run(
            [d.program, "-c", tmp_path / str(n) / "wiresift.yaml", "--once"],
            capture_output=True,
            timeout=60, env=dict(
                os.environ, LD_PRELOAD=str(lib),
                NTHFAIL_MARK=str(tmp_path / "mark"),
                NTHFAIL=f"sync:{n}:{errno.EIO}:always"))
        text = p.stderr.decode()
        if p.returncode == 73:
            continue  # not even opened
        assert p.returncode == 74, (n, text)
        said.add("store" if "cannot be written, giving up" in text else
                 "sink" if "does not get on, giving up" in text else text)
        if "sink" in said:
            break
    assert said == {"store", "sink"}
    d.dir, d.config = tmp_path / str(n), tmp_path / str(n) / "wiresift.yaml"
    d.file = d.dir / "matches.ndjson"
    code, text = d.once()
    assert code == 0 and len(d.lines()) == 1, text


def test_an_empty_configuration_is_told(server, daemon):
    feed = server.feed("/a.xml")
    d = daemon([feed]).start()
    text = d.config.read_text()
    d.config.write_text(text[text.index("topics:"):])
    assert any("0 feeds" in w for w in d.ask("reload")["warnings"])
    assert "0 feeds" in d.tool("check")[1]

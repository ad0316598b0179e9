"""A power cut at any moment: what a reader was told is there afterwards."""
import random
import sqlite3
import sys

import pytest

import harness
import proofs
from harness import seq

sys.path.insert(0, str(harness.ROOT / "tests" / "proof"))
import crash  # noqa: E402

STATES = 500 if harness.FULL else 15
CONTROL = 60 if harness.FULL else 3
STORIES = 150 if harness.FULL else 50


@pytest.fixture(scope="module")
def wtrace(tmp_path_factory):
    return harness.preload(tmp_path_factory.mktemp("proof"), "wtrace")


def record(server, d, wtrace):
    """Run under load with a subscriber; the log and the stories made."""
    feeds = [server.feed(f"/{i}.xml") for i in range(3)]
    d.feeds = feeds
    d.write_config()
    log = d.dir / "trace"
    rng = harness.rng(4)
    made = []
    d.start(env={"LD_PRELOAD": str(wtrace), "WTRACE_LOG": str(log),
                 "WTRACE_DIR": str(d.dir)})
    frames = []
    with d.subscribe(after="oldest") as sub:
        while len(made) < STORIES:
            for _ in range(rng.randrange(1, 8)):
                title, text = harness.story(rng)
                rng.choice(feeds).add(title, text)
                made.append(title)
            frames += sub.items(len(made) - len(frames))
    assert d.stop() == 0
    return crash.trace(log), frames


def examine(d, disk, frames):
    """Recover, and say what is wrong; "" = nothing."""
    code, said = d.once()
    if code != 0:
        return f"exit {code}: {said[-300:]}"
    try:
        lines = d.lines()
    except (AssertionError, ValueError):
        return "the file has a torn line"
    if not d.store.exists():
        return "" if disk.told == 0 else "no store"
    db = sqlite3.connect(d.store)
    numbers = [n for n, in db.execute("SELECT seq FROM record ORDER BY seq")]
    db.close()
    if numbers != list(range(1, len(numbers) + 1)):
        return "the numbers have a gap"
    if len(numbers) < disk.told:
        return f"told {disk.told}, kept {len(numbers)}"
    if [seq(x) for x in lines] != numbers:
        return f"the file has {len(lines)} of {len(numbers)}"
    ids = [x["item"]["id"] for x in lines]
    if ids != [x["item"]["id"] for x in frames[:len(ids)]]:
        return "other records"
    return ""


def replay(d, ops, frames, n, rng, sync=True):
    """Faults of n states, each at a moment of its own."""
    disk = crash.Disk(d.dir, ops, sync)
    moments = sorted(rng.sample(range(1, len(ops)), min(n, len(ops) - 1)))
    faults, done = [], 0
    for moment in moments:
        for op in ops[done:moment]:
            disk.apply(op)
        done = moment
        disk.cut(rng)
        fault = examine(d, disk, frames)
        if fault:
            faults.append(f"after operation {moment} of {len(ops)}: {fault}")
    return faults


def test_a_power_cut_loses_nothing_that_was_told(server, daemon, wtrace):
    """Goal: 0 faults, and the control, where a sync does nothing, fails."""
    d = daemon([], options="log_level: warn\ngatherers: 1\n")
    ops, frames = record(server, d, wtrace)
    d.feeds = []
    d.write_config()
    kinds = {op.kind for op in ops}
    assert {"c", "w", "s", "d", "a"} <= kinds, kinds
    rng = random.Random(9)
    faults = replay(d, ops, frames, STATES, rng)
    assert not faults, "\n".join(faults)
    control = replay(d, ops, frames, CONTROL, rng, sync=False)
    assert control, "the control found nothing: this proof proves nothing"
    proofs.proved("power cut", f"{STATES} crash states",
                  "0 faults; the control without sync fails in "
                  f"{len(control)} of {CONTROL}")

"""Golden cases of the whole decision: in.* + rules.yaml -> out.jsonl.

Goal: what an item is about, and what it is a copy of, changes only on
purpose. WIRESIFT_REGEN=1 writes the answers anew; read the difference before
you commit it.
"""
import glob
import os
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(TOP, os.environ.get("WIRESIFT_BUILD", "build/release"))
CASES = sorted(glob.glob(os.path.join(HERE, "pipeline", "*", "in.*")))


def decide(path):
    config = os.path.join(HERE, "pipeline", "wiresift.yaml")
    run = subprocess.run(
        [os.path.join(BUILD, "wiresift"), "replay", "-c", config, "--all",
         path], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize("path", CASES,
                         ids=[p.split(os.sep)[-2] for p in CASES])
def test_decisions_are_as_written(path):
    golden = os.path.join(os.path.dirname(path), "out.jsonl")
    got = decide(path)
    if os.environ.get("WIRESIFT_REGEN"):
        with open(golden, "w", encoding="utf-8") as f:
            f.write(got)
    with open(golden, encoding="utf-8") as f:
        want = f.read()
    assert got.splitlines() == want.splitlines()
    assert got == decide(path), "the same input gave two answers"

"""The demo runs as a stranger runs it, and leaves nothing behind."""
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def demo(tmp_path, seconds=None, **more):
    env = dict({"DEMO_JSON": "1", **os.environ}, TMPDIR=str(tmp_path), **more)
    if seconds is not None:
        env["DEMO_SECONDS"] = str(seconds)
    return subprocess.Popen(["tools/demo.sh"], cwd=ROOT, env=env, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, start_new_session=True)


def left_over(tmp_path, group):
    """Files, and processes of the demo's group."""
    try:
        os.killpg(group, 0)
        return ["a process"]
    except ProcessLookupError:
        return os.listdir(tmp_path)


def test_demo_shows_each_event_once_and_no_trap(tmp_path):
    p = demo(tmp_path, 20)
    out, err = p.communicate(timeout=60)
    assert (p.returncode, err) == (0, "")
    items = [json.loads(line)["item"] for line in out.splitlines()
             if line.startswith('{"item"')]
    firsts = [i for i in items if i["_wiresift"]["relation"] != "copy"]
    copies = [i for i in items if i["_wiresift"]["relation"] == "copy"]
    titles = [i["title"] for i in firsts]
    hosts = {i["url"].split("/")[2] for i in firsts}
    # Agencies' texts of before the start, one that came while it ran.
    for title in ("Drones strike base housing US troops in western Iraq",
                  "United States and Iraq open talks on ending coalition "
                  "mission",
                  "US airstrikes hit militia depot in Syria after attack on "
                  "troops"):
        assert titles.count(title) == 1
    assert len(titles) == len(set(titles))
    assert "slow.invalid" in hosts
    # Traps match nothing; papers that print an agency's text are copies.
    assert not hosts & {"cityhall.invalid", "arena.invalid", "gadget.invalid",
                        "valley.invalid", "harbour.invalid", "broken.invalid"}
    ids = {i["id"] for i in firsts}
    assert all(i["_wiresift"]["copy_of"] in ids for i in copies)
    assert {"courier.invalid", "valley.invalid", "newsmix.invalid"} <= \
        {i["url"].split("/")[2] for i in copies}
    assert left_over(tmp_path, p.pid) == []


def test_demo_folds_copies_and_tells_why(tmp_path):
    p = demo(tmp_path, 20, DEMO_JSON="")
    out, err = p.communicate(timeout=60)
    assert (p.returncode, err) == (0, "")
    assert "Drones strike base housing US troops in western Iraq" in out
    assert "    copy: " in out
    assert "    because " in out
    assert '{"item"' not in out


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_demo_ends_cleanly_by_a_signal(tmp_path, sig):
    p = demo(tmp_path)
    line = p.stdout.readline()
    assert line.startswith("{"), p.stderr.read()
    start = time.monotonic()
    os.killpg(p.pid, sig)  # as a terminal does on Ctrl-C
    _, err = p.communicate(timeout=30)
    assert (p.returncode, err) == (0, "")
    assert time.monotonic() - start < 10
    assert left_over(tmp_path, p.pid) == []

"""A gatherer that hangs, and a disk that is full; test_prove_kill kills."""
import os
import signal
import time

import pytest

import harness
from harness import seq, wait_for


def test_a_gatherer_that_hangs_is_killed(server, daemon):
    """Goal: 30 s of silence, then a new process takes over."""
    if not harness.FULL:
        pytest.skip("takes 35 s; with WIRESIFT_PROVE=full")
    feed = server.feed("/a.xml")
    d = daemon([feed]).start()
    d.first_polls()
    pid = d.gatherer_pids()[0]
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: d.gatherer_pids()[0] not in (0, pid), 60)
    d.wait_polls()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a tmpfs")
def test_a_full_disk_degrades_and_recovers(server, daemon, tmp_path):
    """Goal: no exit, no loss: polling stops, readers are served, status says
    why; with room again all goes on."""
    small = tmp_path / "small"
    small.mkdir()
    if os.system(f"mount -t tmpfs -o size=2m tmpfs {small} 2>/dev/null") != 0:
        pytest.skip("cannot mount a tmpfs here")
    try:
        feed = server.feed("/a.xml")
        d = daemon([feed])
        d.config.write_text(d.config.read_text().replace(
            "store: wiresift.db", f"store: {small}/wiresift.db"))
        d.start()
        rng = harness.rng(3)
        made = []

        def degraded():
            for _ in range(40):
                made.append(harness.story(rng, n=400))
                feed.add(*made[-1])
            time.sleep(0.5)
            return d.status()["state"] == "degraded"
        wait_for(degraded, 60, "the disk to be full")
        assert d.status()["why"]
        with d.subscribe(after="oldest") as sub:
            sub.until("caughtup")
        os.system(f"mount -o remount,size=64m {small}")
        wait_for(lambda: d.status()["state"] == "running", 40)
        with d.subscribe(after="oldest") as sub:
            got = sub.items(len(made), 60)
        assert {f["item"]["title"] for f in got} == {t for t, _ in made}
        assert [seq(f) for f in got] == list(range(1, len(made) + 1))
        assert d.stop() == 0
    finally:
        d.close()
        os.system(f"umount {small}")

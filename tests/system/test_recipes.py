"""Recipes of the manual that other programs carry out."""
import gzip
import json
import os
import shutil
import subprocess

import pytest

import harness
from harness import ROOT, seq, wait_for

LOGROTATE = shutil.which("logrotate") or "/usr/sbin/logrotate"


@pytest.mark.skipif(not os.access(LOGROTATE, os.X_OK),
                    reason="logrotate is not installed")
def test_logrotate_loses_and_doubles_nothing(server, daemon):
    """Goal: over five forced rotations every match is in one file, once."""
    feed = server.feed("/a.xml")
    d = daemon([feed]).start()
    rng = harness.rng(5)
    user = "root root" if os.getuid() == 0 else ""
    conf = d.dir / "logrotate.conf"
    recipe = (ROOT / "conf/recipes/logrotate").read_text()
    for ours, here in (("/var/log/wiresift/*.ndjson", f"{d.dir}/*.ndjson"),
                       ("su wiresift wiresift", "")):
        assert ours in recipe
        recipe = recipe.replace(ours, here)
    os.chmod(d.dir, 0o755)
    total = 0
    for n in range(5):
        for _ in range(20):
            feed.add(*harness.story(rng))
        total += 20
        wait_for(lambda: d.status()["counters"]["matches"] == total)
        wait_for(lambda: d.file.exists() and d.file.stat().st_size > 0)
        # Two rotations of one second would have one name.
        conf.write_text(recipe.replace("-%s", f"-%s{n}"))
        os.chmod(conf, 0o644)
        p = subprocess.run(
            [LOGROTATE, "--force", "--state", d.dir / "state", conf],
            capture_output=True, text=True, timeout=60)
        assert p.returncode == 0, p.stderr
    feed.add(*harness.story(rng))
    total += 1
    wait_for(lambda: sum(map(len, files(d).values())) == total)
    got = [seq(x) for lines in files(d).values() for x in lines]
    assert sorted(got) == list(range(1, total + 1))
    assert len(files(d)) > 4


def files(d):
    """Every file of the sink, packed or not: its lines."""
    out = {}
    for path in sorted(d.dir.glob("matches.ndjson*")):
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        assert data == b"" or data.endswith(b"\n"), path
        out[path.name] = [json.loads(x) for x in data.split(b"\n")[:-1]]
    return out

"""The units are right before anything is started."""
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNITS = sorted(p for p in (ROOT / "systemd").iterdir()
               if p.suffix in (".service", ".socket"))

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None,
                                reason="systemd-analyze is not installed")


def analyze(*args):
    return subprocess.run(["systemd-analyze", *args], capture_output=True,
                          text=True, timeout=60, check=False)


def test_exposure_is_at_most_one_point_four():
    r = analyze("security", "--offline=yes", "--threshold=14",
                str(ROOT / "systemd" / "wiresift.service"))
    assert r.returncode == 0, r.stdout + r.stderr


def test_verify_finds_nothing(tmp_path):
    for unit in UNITS:
        text = unit.read_text()
        # It asks whether the programs are there.
        for folder in ("/usr/sbin/", "/usr/bin/"):
            text = text.replace(folder, f"{ROOT}/build/release/")
        (tmp_path / unit.name).write_text(text)
    r = analyze("verify", "--man=no", *map(str, sorted(tmp_path.iterdir())))
    assert (r.returncode, r.stdout + r.stderr) == (0, "")

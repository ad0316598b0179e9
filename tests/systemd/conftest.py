"""One booted machine for all tests of this folder; needs root."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))

import harness  # noqa: E402
import machine as booted  # noqa: E402


def why_not():
    if os.geteuid() != 0:
        return "only root can boot a systemd"
    for program in ("systemd-nspawn", "nsenter", "unshare", "pgrep"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    with tempfile.TemporaryDirectory() as folder:
        r = subprocess.run([booted.BOOT, "can", folder], capture_output=True,
                           text=True, timeout=60, check=False)
    return r.stderr.strip() if r.returncode == 77 else None


def pytest_configure(config):
    config.addinivalue_line("markers", "row(n, ...): see tests/system")


@pytest.fixture(scope="session")
def machine(tmp_path_factory):
    why = why_not()
    if why:
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("boot")
    tree = tmp_path_factory.mktemp("tree")
    subprocess.run(["make", "-s", "install", f"DESTDIR={tree}", "PREFIX=/usr",
                    "VARIANT=release"], cwd=ROOT, check=True, timeout=120,
                   stdout=subprocess.DEVNULL)
    try:
        subprocess.run([booted.BOOT, "up", str(folder), str(tree)],
                       check=True, timeout=90)
        m = booted.Machine(folder)
        m.run("systemd-sysusers")
        m.run("systemd-sysusers", "-", stdin=f"u {booted.READER} -\n"
              f"m {booted.READER} wiresift\n")
        m.run("systemd-tmpfiles", "--create", "wiresift.conf")
        m.systemctl("daemon-reload")
        yield m
    finally:
        subprocess.run([booted.BOOT, "down", str(folder)], check=False,
                       timeout=60)


def clean(machine):
    """Nothing is left of the test before: no state, no drop-in."""
    machine.run("sh", "-c", f"""
        systemctl stop wiresift.service
        rm -rf /var/lib/wiresift/* /var/log/wiresift/*
        if [ -d {booted.DROP_IN} ]; then
            rm -r {booted.DROP_IN}
            systemctl daemon-reload
        fi
        systemctl reset-failed 2>/dev/null
        systemctl start wiresift-stream.socket wiresift-control.socket""")


# The fixtures that the tests of tests/system want, for the machine.

@pytest.fixture
def server(machine):
    with machine.network():
        s = harness.FeedServer()
    yield s
    s.close()


@pytest.fixture
def daemon(machine):
    made = []

    def make(feeds=(), **options):
        clean(machine)
        made.append(booted.Service(machine, feeds, **options))
        return made[-1]

    yield make
    for d in made:
        d.close()
    clean(machine)

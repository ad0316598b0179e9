"""Fixtures of the system tests."""
import pathlib
import signal

import pytest

import harness

# A shell that starts us in the background ignores SIGINT, and what we start
# would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "row(n, ...): the rows of the table of manners it shows")


@pytest.fixture
def server():
    s = harness.FeedServer()
    yield s
    s.close()


@pytest.fixture
def other_server():
    s = harness.FeedServer()
    yield s
    s.close()


@pytest.fixture
def daemon(tmp_path):
    """A function that makes daemons; they end with the test."""
    made = []

    def make(feeds=(), name="d", **options):
        d = harness.Daemon(tmp_path / name, feeds, **options)
        made.append(d)
        return d

    yield make
    for d in made:
        d.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that fails shows what its daemons said."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed:
        for path in sorted(pathlib.Path(
                item.funcargs.get("tmp_path", "/nonexistent"))
                           .glob("*/log")):
            report.sections.append((str(path), path.read_text(
                errors="replace")[-4000:]))

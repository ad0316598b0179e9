#!/usr/bin/python3
"""table - three tables for people: manners, attacks, faults, with proofs.

    make table      or   tests/system/table.py [manners|attacks|faults]

Manners: the rows of the table of polite polling, each with the tests that
show it and whether they pass now. A test names its rows by "Row 7:" or
"Rows 1, 2:" at the start of its docstring (in C: of the comment before it),
or by the mark `row`.

Attacks: each hostile server alone against a fresh daemon: the outcome that
was told, the time until then, and the gatherer's peak memory.

Faults: what was killed, filled, flipped or taken away, how often, and what
came of it. WIRESIFT_PROVE=full prints it for the full counts (an hour).

Exit code 1 when a test fails, or an attack has another outcome.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import pytest

import harness
import proofs
import test_fetch_hostile as hostile

HERE = pathlib.Path(__file__).parent
UNIT = ("test_plan", "test_fetch", "test_hosts", "test_remember")
SYSTEM = ("test_fetch_polite.py", "test_fetch_tls.py", "test_fetch_hostile.py",
          "test_fetch_settings.py", "test_fetch_dead.py", "test_clock.py",
          "test_attack.py")
FAULTS = ("test_prove_kill.py", "test_crash.py", "test_nth_failure.py",
          "test_prove_crowd.py", "test_prove_disk.py", "test_prove_day.py",
          "test_alerts.py::test_a_kill_loses_no_alert_and_doubles_none",
          "../systemd/test_booted_proofs.py")
MANNERS = """\
ETag echoed byte for byte
Last-Modified echoed byte for byte
validators of the first fetch in the second
a 304 renews validators
a 200 without validators clears them
none stored when the body cannot be parsed
304: no items, no retry
validators that change each time
max-age, Expires lengthen the interval
hints are capped
ttl, sy:update*
skipHours, skipDays
301, 308 move a feed
302, 303, 307 are for once
redirects: limit, scheme, private addresses
410
429 Retry-After rests the host
Retry-After as a date, absurd, negative
503 Retry-After rests the feed
errors back off, never for good
one request at a time at a host, spaced
jitter, first spread
a restart does not poll anew
adaptive interval
User-Agent; no cookie, referer, query
gzip, br, zstd, bombs
slow, stuck, cut bodies
HTTP/2
RFC 3229
WebSub
same ETag, another body; 200 with the same body
the clock jumps""".split("\n")
NOT_BUILT = {30}
SAYS_ROWS = re.compile(r"\W*Rows? (\d+(?:, \d+)*)")


def rows_of(text):
    m = SAYS_ROWS.match(text or "")
    return [int(n) for n in m.group(1).split(", ")] if m else []


class Collector:
    """Tests that say their rows, and how they ended."""

    def __init__(self):
        self.rows = {}     # row -> {test: word}
        self.of_node = {}  # node id -> rows

    def add(self, rows, test, word):
        for n in rows:
            tests = self.rows.setdefault(n, {})
            tests[test] = max(tests.get(test, ""), word,
                              key=("", "skip", "pass", "fail").index)

    def pytest_collection_modifyitems(self, items):
        for item in items:
            rows = rows_of(item.function.__doc__)
            for mark in item.iter_markers("row"):
                rows += mark.args
            self.of_node[item.nodeid] = rows
        items[:] = [i for i in items if self.of_node[i.nodeid]]

    def pytest_runtest_logreport(self, report):
        if report.when != "call" and report.outcome == "passed":
            return
        file, name = report.nodeid.split("::", 1)
        self.add(self.of_node[report.nodeid],
                 f"{pathlib.Path(file).stem}::{name.split('[')[0]}",
                 {"passed": "pass", "skipped": "skip"}.get(
                     report.outcome, "fail"))

    def run_unit(self, name):
        """The claims of a C program; a comment before one tells its rows."""
        source = (harness.ROOT / f"tests/unit/{name}.c").read_text()
        claims = re.findall(r"/\*((?:(?!\*/).)*)\*/\nstatic void\n(\w+)\("
                            r"void \*\*state\)", source, re.S)
        if not any(rows_of(c) for c, _ in claims):
            return
        p = subprocess.run([harness.BUILD / "tests/unit" / name],
                           capture_output=True, text=True, check=False)
        said = p.stdout + p.stderr
        for comment, claim in claims:
            word = "pass" if f"[       OK ] {claim}\n" in said else (
                "skip" if f"[  SKIPPED ] {claim}\n" in said else "fail")
            self.add(rows_of(comment), f"{name}.c:{claim}", word)


def manners():
    c = Collector()
    for name in UNIT:
        c.run_unit(name)
    pytest.main(["-q", "--no-header", "-p", "no:cacheprovider",
                 *(str(HERE / s) for s in SYSTEM)], plugins=[c])
    fine = True
    print("\n| row | manner | result | tests |\n|---|---|---|---|")
    for n, what in enumerate(MANNERS, 1):
        tests = c.rows.get(n, {})
        words = set(tests.values())
        word = ("not built" if n in NOT_BUILT and not tests else
                "fail" if "fail" in words else
                "pass" if "pass" in words else "not shown")
        fine = fine and word in ("pass", "not built")
        print(f"| {n} | {what} | {word} | " + ", ".join(
            t + ("" if w == "pass" else f" ({w})")
            for t, w in sorted(tests.items())) + " |")
    return fine


def attack(name, folder):
    """Outcome, seconds, MiB, why of one hostile server."""
    make, wanted = hostile.ROWS[name]
    s = hostile.Server(make(), "https" if name == "silent-tls" else "http")
    d = harness.Daemon(folder, [f'{{url: "{s.url}", every: 1h}}'],
                       options=f"fetch_timeout: {hostile.DEADLINE}s\n"
                       "connect_timeout: 2s\n")
    try:
        d.start()
        harness.wait_for(lambda: d.feed_status(s.url)["polls"] > 0, 60)
        end = time.monotonic()
        peak = max(int(line.split()[1]) for pid in d.gatherer_pids()
                   for line in pathlib.Path(f"/proc/{pid}/status")
                   .read_text().splitlines() if line.startswith("VmHWM"))
        f = d.feed_status(s.url)
        began = min(s.began, default=end)
        return (f["outcome"], f["outcome"] in wanted, end - began,
                peak / 1024, f["why"] or "")
    finally:
        d.close()
        s.close()


def attacks():
    fine = True
    print("\n| server | outcome | seconds | peak MiB | told |"
          "\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for i, name in enumerate(hostile.ROWS):
            outcome, good, seconds, mib, why = attack(
                name, pathlib.Path(folder) / str(i))
            fine = fine and good
            print(f"| {name} | {outcome}{'' if good else ' (fail)'} | "
                  f"{seconds:.2f} | {mib:.0f} | {why} |", flush=True)
    return fine


def faults():
    code = pytest.main(["-q", "--no-header", "-p", "no:cacheprovider",
                        "--tb=short", *(str(HERE / s) for s in FAULTS)])
    print("\n| fault | count | outcome |\n|---|---|---|")
    for row in proofs.TABLE:
        print("| " + " | ".join(map(str, row)) + " |")
    return code == 0


if __name__ == "__main__":
    ASKED = sys.argv[1:] or ["manners", "attacks", "faults"]
    ENDED = [{"manners": manners, "attacks": attacks, "faults": faults}[a]()
             for a in ASKED]
    sys.exit(0 if all(ENDED) else 1)

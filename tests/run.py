#!/usr/bin/python3
"""run.py - run every test there is and close with one line that counts them.

    tests/run.py DIR...     unit test programs lie in each DIR/tests/unit

The programs of build/release and build/san are run, then pytest on golden,
hostile, copies, system and systemd with the release programs, and on golden,
hostile and one path of the system with those of san. WIRESIFT_PROVE=full
asks the tests for their full counts and lifts the time limit.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SUITES = ["golden", "hostile", "copies", "system"]  # with "systemd"
# What the programs of the san variant go through as well: all golden and
# hostile cases, and one path of the system from a poll to both sinks.
SAN_SUITES = {"golden": [], "hostile": [], "system": [
    "-k", "match_reaches_socket_and_file or once_polls_every_feed"]}
FULL = os.environ.get("WIRESIFT_PROVE") == "full"
LIMIT_S = 6 * 3600 if FULL else 580
# The system tests mostly wait: several files, and the booted systemd, at
# once. The hostile documents are measured, so they are alone.
WORKERS = 1 if FULL else 2 + (os.cpu_count() or 1) // 2
TAP = re.compile(r"^(not )?ok\b(.*)$", re.M)


class Count:
    """What happened: counts, and the reason of each skip."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.reasons = []

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.reasons += other.reasons

    def __str__(self):
        return (f"{self.passed} passed, {self.failed} failed, "
                f"{self.skipped} skipped")


def run(argv, limit_s, env=None):
    """Output and exit code; everything it started dies with it."""
    p = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         env=env, start_new_session=True)
    try:
        out, _ = p.communicate(timeout=max(limit_s, 1))
        code = p.returncode
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        out, _ = p.communicate()
        out += b"\nkilled: the time for all tests is over\n"
        code = -signal.SIGKILL
    return out.decode(errors="replace"), code


def unit(program, limit_s):
    """One cmocka program; a crash is a failure too."""
    env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    out, code = run([program], limit_s, env)
    c = Count()
    for bad, rest in TAP.findall(out):
        if "# SKIP" in rest:
            c.skipped += 1
            c.reasons.append(os.path.basename(program) + ": " + rest.strip())
        elif bad:
            c.failed += 1
        else:
            c.passed += 1
    if code != 0 and c.failed == 0 or c.passed + c.failed + c.skipped == 0:
        c.failed += 1
    if c.failed:
        print(out, f"{program}: exit {code}", sep="\n")
    return c


def suite(name, build, select, limit_s):
    """One folder or file of pytest with the programs of `build`."""
    env = dict(os.environ, WIRESIFT_BUILD=build)
    c = Count()
    with tempfile.TemporaryDirectory() as tmp:
        xml = os.path.join(tmp, "report.xml")
        out, code = run(
            ["/usr/bin/python3", "-m", "pytest", "-q", "--tb=short",
             "-p", "no:cacheprovider", f"--junitxml={xml}",
             f"tests/{name}"] + select, limit_s, env)
        if os.path.exists(xml):
            for case in ElementTree.parse(xml).iter("testcase"):
                skip = case.find("skipped")
                if skip is not None:
                    c.skipped += 1
                    c.reasons.append(f"{name}/{case.get('name')}: "
                                     f"{skip.get('message')}")
                elif (case.find("failure") is not None or
                      case.find("error") is not None):
                    c.failed += 1
                else:
                    c.passed += 1
    if code != 0 and c.failed == 0 and code != 5:  # 5: nothing collected
        c.failed += 1
    if c.failed:
        print(out)
    return c


def corpus(program, limit_s):
    """A fuzz target over its stored seeds: one test."""
    seeds = os.path.join(ROOT, "tests", "fuzz",
                         os.path.basename(program) + ".seeds")
    files = sorted(os.path.join(seeds, f) for f in os.listdir(seeds))
    out, code = run([program] + files, limit_s)
    c = Count()
    if code == 0:
        c.passed += 1
    else:
        c.failed += 1
        print(out, f"{program}: exit {code}", sep="\n")
    return c


def has_tests(name):
    folder = os.path.join(ROOT, "tests", name)
    return os.path.isdir(folder) and any(
        f.startswith("test_") and f.endswith(".py")
        for _, _, files in os.walk(folder) for f in files)


def files_of(name):
    """A folder's tests in files, the long ones first."""
    folder = os.path.join(ROOT, "tests", name)
    found = [f for f in os.listdir(folder)
             if f.startswith("test_") and f.endswith(".py")]
    found.sort(key=lambda f: -os.path.getsize(os.path.join(folder, f)))
    return [f"{name}/{f}" for f in found]


def all_of(function, arguments, end, workers):
    """Their sum; each gets the time that is left when it begins."""
    c = Count()
    with ThreadPoolExecutor(workers) as pool:
        for one in pool.map(
                lambda a: function(*a, end - time.monotonic()), arguments):
            c.add(one)
    return c


def main():
    end = time.monotonic() + LIMIT_S
    total = Count()
    jobs = []
    for build in sys.argv[1:]:
        folder = os.path.join(ROOT, build, "tests", "unit")
        programs = sorted(
            os.path.join(folder, f) for f in os.listdir(folder)
            if os.path.exists(os.path.join(ROOT, "tests", "unit", f + ".c")))
        jobs.append((f"unit, {os.path.basename(build)}", unit,
                     [(p,) for p in programs]))
        folder = os.path.join(ROOT, build, "tests", "fuzz")
        if os.path.isdir(folder):
            jobs.append((f"corpus, {os.path.basename(build)}", corpus, [
                (os.path.join(folder, f[:-6]),) for f in sorted(
                    os.listdir(os.path.join(ROOT, "tests", "fuzz")))
                if f.endswith(".seeds")]))
    for build in sys.argv[1:]:
        san = os.path.basename(build) == "san"
        for name in SAN_SUITES if san else SUITES:
            if not has_tests(name):
                continue
            parts = [name]
            if name == "system" and not san:
                parts = [*filter(has_tests, ["systemd"]), *files_of(name)]
            jobs.append((name + (", san" if san else ""), suite, [
                (part, build, SAN_SUITES[name] if san else [])
                for part in parts]))
    for title, function, arguments in jobs:
        start = time.monotonic()
        c = all_of(function, arguments, end, WORKERS)
        print(f"{title + ':':15} {c} ({time.monotonic() - start:.1f} s)",
              flush=True)
        total.add(c)
    for reason in total.reasons:
        print("skipped:", reason)
    print(total)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())

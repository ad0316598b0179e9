"""One call fails: the n-th malloc, open, write, sync, accept or send.

Whatever n is, the daemon ends by itself with a word, or goes on; and a run
after it finds everything, once.
"""
import errno
import os
import random
import subprocess

import pytest

import harness
import proofs
from harness import seq, titles

STORIES = 12
# Of each kind: so many places in the short run, all of them in the full one;
# of malloc those with different callers. NTH_SHARD=K/N is one part of N.
SHORT = 3
SHARD, SHARDS = map(int, os.environ.get("NTH_SHARD", "0/1").split("/"))
KINDS = [
    ("malloc", errno.ENOMEM, False),
    ("open", errno.EMFILE, False), ("open", errno.EIO, True),
    ("write", errno.ENOSPC, False), ("write", errno.EIO, True),
    ("write", 0, False),
    # The configuration of a gatherer.
    ("memfd", errno.ENOSPC, False), ("memfd", errno.EIO, True),
    ("sync", errno.EIO, False), ("sync", errno.EIO, True),
]


@pytest.fixture(scope="module")
def nthfail(tmp_path_factory):
    return harness.preload(tmp_path_factory.mktemp("proof"), "nthfail")


def run(d, nthfail, what, gatherer=False, seconds=60):
    """--once with that fault: exit code, what it said, was it struck."""
    mark = d.dir / "mark"
    mark.unlink(missing_ok=True)
    env = dict(os.environ, LD_PRELOAD=str(nthfail), NTHFAIL=what,
               NTHFAIL_MARK=str(mark))
    if gatherer:
        env["NTHFAIL_GATHERER"] = "1"
    p = subprocess.run([d.program, "-c", d.config, "--once"], env=env,
                       capture_output=True, timeout=seconds)
    return (p.returncode, p.stderr.decode(errors="replace"),
            mark.exists() and mark.stat().st_size > 0)


def places(d, nthfail, kind, gatherer=False):
    """Numbers of the calls, one or two of each that has callers of its own:
    the first, and the last if there are more."""
    run(d, nthfail, f"{kind}:0:1", gatherer)
    of = {}
    for line in (d.dir / "mark").read_text().split("\n")[:-1]:
        n, callers = line.split()
        of.setdefault(callers, []).append(int(n))
    return sorted({n for v in of.values() for n in (v[0], v[-1])}), sum(
        map(len, of.values()))


def chosen(where, calls, kind, n):
    """Those to try: all of them, of malloc those of different callers."""
    if harness.FULL:
        every = where if kind == "malloc" else range(1, calls + 20)
        return every[SHARD::SHARDS]
    return sorted(random.Random(kind).sample(where, min(n, len(where))))


def fresh(daemon, server, name):
    feed = server.feed(f"/{name}.xml")
    rng = harness.rng(7)
    made = [harness.story(rng, n=30) for _ in range(STORIES)]
    for title, text in made:
        feed.add(title, text)
    # What curl could not allocate may leave a transfer to its deadline.
    return daemon([feed], name=name, options="log_level: warn\n"
                  "fetch_timeout: 10s\nconnect_timeout: 5s\n"), made


def whole(d, made):
    """A run without the fault: every story once, in the file and the store."""
    d.config.write_text(d.config.read_text())
    os.utime(d.config)
    for _ in range(3):  # a feed that failed backs off; --once asks anyway
        code, said = d.once()
        if code == 0:
            break
    assert code == 0, said
    lines = d.lines()
    assert sorted(titles(lines)) == sorted(t for t, _ in made)
    assert [seq(x) for x in lines] == list(range(1, len(made) + 1))


@pytest.mark.parametrize("kind,error,always", KINDS)
def test_the_nth_call_fails(server, daemon, nthfail, kind, error, always):
    """Goal: for every n a clean end or none, and nothing lost or doubled."""
    what = f"{kind}:%d:{error}" + (":always" if always else "")
    d, _ = fresh(daemon, server, "list")
    where, calls = places(d, nthfail, kind)
    struck, faults = 0, []
    for n in chosen(where, calls, kind, SHORT):
        d, made = fresh(daemon, server, f"n{n}")
        try:
            code, said, was = run(d, nthfail, what % n)
            assert code in (0, 1, 69, 70, 71, 73, 74, 75, 78), \
                f"exit {code}: {said[-500:]}"
            assert code == 0 or said.strip(), f"exit {code} without a word"
            whole(d, made)
            struck += was
        except (AssertionError, subprocess.TimeoutExpired) as e:
            faults.append(f"n={n}: {e}")
    assert not faults, "\n".join(faults)
    assert struck > 0, "no call failed: this proves nothing"
    name = errno.errorcode.get(error, "half of it is done")
    proofs.proved(
        f"the nth {kind} fails: {name}{', and all after it' if always else ''}",
        f"{struck} of {calls} calls",
        "a clean end with a word, or none; then all once")


@pytest.mark.parametrize("kind,error", [
    ("malloc", errno.ENOMEM), ("send", errno.EPIPE), ("send", 0)])
def test_the_nth_call_of_a_gatherer_fails(
        server, daemon, nthfail, kind, error):
    """Goal: it costs one poll; the desk goes on."""
    d, _ = fresh(daemon, server, "list")
    where, calls = places(d, nthfail, kind, gatherer=True)
    struck, faults = 0, []
    for n in chosen(where, calls, kind, 2):
        d, made = fresh(daemon, server, f"n{n}")
        try:
            code, said, was = run(
                d, nthfail, f"{kind}:{n}:{error}", gatherer=True)
            assert code in (0, 1), f"exit {code}: {said[-500:]}"
            whole(d, made)
            struck += was
        except (AssertionError, subprocess.TimeoutExpired) as e:
            faults.append(f"n={n}: {e}")
    assert not faults, "\n".join(faults)
    assert struck > 0, "no call failed: this proves nothing"
    name = errno.errorcode.get(error, "half of it is done")
    proofs.proved(f"the nth {kind} of a gatherer fails: {name}",
                  f"{struck} of {calls} calls",
                  "one poll is lost, the desk goes on; then all once")


@pytest.mark.parametrize("kind,error,always", [
    ("accept", errno.EMFILE, False), ("accept", errno.ECONNABORTED, False),
    ("accept", errno.EINTR, False), ("accept", errno.ENOMEM, True),
    ("send", errno.EPIPE, False), ("send", errno.ENOBUFS, False),
    ("send", 0, False)])
def test_the_nth_call_for_a_client_fails(server, daemon, nthfail, kind, error,
                                         always):
    """Goal: it costs that client its connection at most, and no record; the
    daemon lives, and it ends when it is told to."""
    struck = 0
    for n in range(1, 21 if harness.FULL else 3):
        d, made = fresh(daemon, server, f"n{n}")
        mark = d.dir / "mark"
        d.start(ready=False, env={
            "LD_PRELOAD": str(nthfail), "NTHFAIL_MARK": str(mark),
            "NTHFAIL": f"{kind}:{n}:{error}" + (":always" if always else "")})
        d.wait_notified("READY=1")
        got, cursor = [], "oldest"
        for _ in range(n + 3):
            if len(got) == len(made):
                break
            cursor = read_on(d, cursor, got, len(made))
            if always and cursor == "nobody":
                break
        assert d.process.poll() is None, d.tail()
        assert d.stop() == 0
        if not always:
            assert [seq(f) for f in got] == list(range(1, len(made) + 1))
        whole(d, made)
        struck += mark.stat().st_size > 0
    assert struck > 0, "no call failed: this proves nothing"
    name = errno.errorcode.get(error, "half of it is done")
    proofs.proved(
        f"the nth {kind} for a client fails: {name}"
        f"{', and all after it' if always else ''}", struck,
        "a connection at most; nothing lost, an end when told")


def read_on(d, cursor, got, n):
    """Read what comes of one connection; where it ended."""
    lines = harness.Lines(d.stream)
    with lines:
        try:
            lines.send({"subscribe": {"after": cursor}})
            while len(got) < n:
                f = lines.recv(1 if cursor == "oldest" and not got else 3)
                if f is None:
                    break
                if "item" in f:
                    got.append(f)
                cursor = f.get("cursor", cursor)
        except TimeoutError:
            return cursor if got else "nobody"
        except OSError:
            pass
    return cursor

"""Names that nobody answers and hosts that are dead cost the others nothing.

All on loopback: a name server that is silent about some names; addresses
where nobody listens, where the queue is full so that every SYN is dropped,
and where a connection opens and nothing ever comes.
"""
import socket
import time

import pytest

import harness
from harness import wait_for
from names import NameServer

SILENT = 200 if harness.FULL else 80  # names; as many dead hosts
LIVING = 10
SECONDS = 30 if harness.FULL else 8
TIMEOUTS = "" if harness.FULL else "connect_timeout: 5s\nfetch_timeout: 8s\n"


class Deaf:
    """A port at every loopback address that takes `queue` connections and
    no more; nobody ever talks on them."""

    def __init__(self, queue):
        self.listener = socket.socket()
        self.listener.bind(("0.0.0.0", 0))
        self.listener.listen(queue)
        self.port = self.listener.getsockname()[1]
        self.clients = []

    def fill(self):
        """Until the kernel drops what comes."""
        for _ in range(20):
            c = socket.socket()
            c.settimeout(0.3)
            self.clients.append(c)
            try:
                c.connect(("127.0.0.1", self.port))
            except socket.timeout:
                return self
        raise AssertionError("the queue is never full")

    def close(self):
        for c in [self.listener, *self.clients]:
            c.close()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture
def dead():
    """URLs of dead hosts of three kinds, with the outcome of each."""
    full, mute, refused = Deaf(0).fill(), Deaf(1024), free_port()
    kinds = [(full.port, "timeout"), (mute.port, "timeout"),
             (refused, "connect")]
    yield {f"http://127.9.{i // 200}.{i % 200 + 1}:{port}/feed.xml": outcome
           for i in range(SILENT)
           for port, outcome in [kinds[i % 3]]}
    full.close()
    mute.close()


@pytest.mark.row(27)
def test_the_living_are_asked_on_time(daemon, dead):
    """T8, T25: two hundred of each, and who lives is polled each second."""
    names = NameServer()
    servers = [harness.FeedServer(f"127.0.0.{i + 2}") for i in range(LIVING)]
    living = [s.feed("/a.xml") for s in servers]
    silent = {f"http://silent{i}.test/feed.xml": "dns" for i in range(SILENT)}
    gone = {**silent, **dead}
    for f in living:
        f.add("A kite")
    d = daemon([*living, *(f'{{url: "{u}", every: 1m}}'
                           for pair in zip(silent, dead) for u in pair)],
               options=f'nameservers: ["{names.address}"]\n' + TIMEOUTS)
    try:
        d.start()
        wait_for(lambda: all(len(f.requests) > 1 for f in living))
        wait_for(lambda: d.status()["feeds"]["polling"] > min(SILENT, 16))
        began = time.monotonic()
        time.sleep(SECONDS)
        ended = time.monotonic()
        stats = [g["stats"] for g in d.status()["gatherers"]]
        times = [[began] + [t for t, _ in f.requests if began < t < ended]
                 + [ended] for f in living]
        late = max(b - a for at in times for a, b in zip(at, at[1:]))
        print(f"{SILENT} silent names, {SILENT} dead hosts, {SECONDS} s: "
              f"{sum(len(t) - 2 for t in times)} polls of {LIVING} living "
              f"feeds of 1 s, longest pause {late:.2f} s, worst loop stall "
              f"{max(s.get('stall_max_ms', -1) for s in stats)} ms, "
              f"{max(s['open'] for s in stats)} open, peak "
              f"{max(s['max_rss_kib'] for s in stats)} KiB")
        # A feed that waits for a dead one waits for its whole timeout.
        assert late < 3
        for at in times:
            assert len(at) - 2 >= SECONDS * 0.6
        if harness.FULL:
            wait_for(lambda: d.status()["feeds"]["unpolled"] == 0, 600,
                     "an end of every dead one")
        told = [f for f in d.ask("feeds")["feeds"] if f["polls"] > 0
                and f["key"] in gone]
        assert {f["outcome"] for f in told} == {"dns", "timeout", "connect"}
        for f in told:
            assert f["outcome"] == gone[f["key"]], f
    finally:
        names.close()
        for s in servers:
            s.close()

"""Clients that mean the pages no good: slow ones, many, and garbage.

Time passes 20 times as fast, so that the 20 s of a connection are one.
"""
import pathlib
import resource
import select
import socket
import time

import pytest

import harness
import proofs
from harness import wait_for
from test_http import free_port, get

FACTOR = 20
DEADLINE = 20 / FACTOR
NAME = "a-topic-of-a-rather-long-name-that-fills-the-page-number"

SAN = "san" in str(harness.BUILD)
timed = pytest.mark.skipif(
    SAN, reason="a sanitizer wants to be the first library")


@pytest.fixture
def served(daemon, tmp_path):
    """A daemon with 1,000 topics, so that /metrics fills every buffer."""
    d = daemon(options=f"http: {{listen: 'unix:{tmp_path}/http.sock'}}\n",
               topics="version: 1\ntopics:\n" + "".join(
                   f"  {NAME}-{n}: {{require: {{any: [kite]}}}}\n"
                   for n in range(1000)))
    d.http = tmp_path / "http.sock"
    d.start(env=None if SAN else proofs.fast_clock(tmp_path, FACTOR))
    assert len(get(d.http, "/metrics")[2]) > 200000
    time.sleep(0.1)
    d.before = proofs.descriptors(d)
    return d


def ended(s, seconds):
    """Read until the other side closes; how long it took, and what came."""
    began, data = time.monotonic(), b""
    while (left := began + seconds - time.monotonic()) > 0:
        if not select.select([s], [], [], left)[0]:
            break
        try:
            more = s.recv(1 << 16)
        except ConnectionError:
            more = b""
        if not more:
            return time.monotonic() - began, data
        data += more
    raise AssertionError(f"still open after {seconds} s; {data[:200]}")


def drip(s, data, pause):
    """Byte for byte until it is cut; how long that took."""
    began = time.monotonic()
    for i in range(10000):
        try:
            s.send(data[i:i + 1] or b"x")
        except OSError:
            return time.monotonic() - began
        time.sleep(pause)
    raise AssertionError("it may drip for ever")


@timed
@pytest.mark.parametrize("data", [
    b"", b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ",
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"])
def test_who_drips_a_request_is_cut_in_time(served, data):
    """Goal: no byte buys more time: 20 s are all there is."""
    with harness.dial(served.http) as s:
        took = drip(s, data, 0.02)
    # Time is as fast as the machine lets it be: no upper bound but patience.
    assert took > DEADLINE * 0.7
    assert took < DEADLINE + 20
    wait_for(lambda: proofs.descriptors(served) <= served.before)
    assert get(served.http, "/healthz")[0] == 200


@timed
def test_who_reads_an_answer_slowly_is_cut_in_time(served):
    """Goal: a page that is not taken is not kept for ever."""
    with harness.dial(served.http) as s:
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(DEADLINE * 2)
        _, data = ended(s, harness.PATIENCE)
    assert data and not data.endswith(b"# EOF\n"), "all was sent: no proof"
    wait_for(lambda: proofs.descriptors(served) <= served.before)


@timed
def test_all_seats_taken_by_slow_ones_are_free_in_time(served):
    """Goal: 32 that drip shut nobody out for longer than their time."""
    slow = [harness.dial(served.http) for _ in range(32)]
    for s in slow:
        s.sendall(b"GET /metr")
    wait_for(lambda: proofs.descriptors(served) - served.before >= 32)
    assert get(served.http, "/healthz")[0] == 200
    for s in slow:
        ended(s, harness.PATIENCE)
        s.close()
    wait_for(lambda: proofs.descriptors(served) <= served.before)


RAW = {
    "zeroes": b"\0" * 300,
    "tls": bytes.fromhex("16030100c8010000c40303") + b"\x5a" * 200,
    "only a line": b"GET\r\n\r\n",
    "http/0.9": b"GET /metrics\r\n\r\n",
    "http/9.9": b"GET /metrics HTTP/9.9\r\nHost: x\r\n\r\n",
    "no path": b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
    "star": b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
    "proxy": b"GET http://evil.example/metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    "connect": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "long line": b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n",
    "many headers": b"GET /metrics HTTP/1.1\r\n" + b"A: b\r\n" * 3000 +
                    b"\r\n",
    "folded header": b"GET /healthz HTTP/1.1\r\nX: a\r\n b\r\n\r\n",
    "no colon": b"GET /healthz HTTP/1.1\r\nnonsense\r\n\r\n",
    "bare lf": b"GET /healthz HTTP/1.1\nHost: x\n\n",
    "negative length": b"GET /healthz HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "huge length": b"POST /healthz HTTP/1.1\r\n"
                   b"Content-Length: 99999999999999999999\r\n\r\n",
    "too much": b"POST /healthz HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" +
                b"z" * 100000,
    "bad chunk": b"POST /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
                 b"\r\nzz\r\n",
    "endless chunks": b"POST /healthz HTTP/1.1\r\n"
                      b"Transfer-Encoding: chunked\r\n\r\n" +
                      b"3e8\r\n" + b"q" * 1000 + b"\r\n" * 1,
    "expect": b"POST /healthz HTTP/1.1\r\nExpect: 100-continue\r\n"
              b"Content-Length: 100000\r\n\r\n",
    "percent": b"GET /%00%ff%2e%2e HTTP/1.1\r\nHost: x\r\n\r\n",
    "not utf-8": b"GET /\xff\xfe HTTP/1.1\r\nHost: \xff\r\n\r\n",
    "upgrade": b"GET /healthz HTTP/1.1\r\nConnection: Upgrade\r\n"
               b"Upgrade: h2c\r\n\r\n",
    "http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 50,
}


def test_garbage_is_answered_or_cut(served):
    """Goal: no request ends the daemon, holds a descriptor or gets a page
    that it did not ask for."""
    got = {}
    for name, raw in RAW.items():
        with harness.dial(served.http) as s:
            try:
                s.sendall(raw)
                s.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # cut already
            _, data = ended(s, harness.PATIENCE)
            got[name] = data[:data.find(b"\r\n")].decode(errors="replace")
    print(got)
    served.status()
    assert get(served.http, "/healthz")[0] == 200
    wait_for(lambda: proofs.descriptors(served) <= served.before)
    for name, line in got.items():
        assert line == "" or line.split()[1] in (
            "200", "400", "403", "404", "405", "411", "413", "417", "501",
            "505", "100"), (name, line)
    for name in ("zeroes", "tls", "only a line", "long line", "many headers",
                 "too much", "http/2", "connect"):
        assert "200" not in got[name], (name, got[name])
    assert "200" in got["folded header"] and "200" in got["bare lf"]


def test_pipelined_requests_get_one_answer(served):
    """Goal: one request a connection; the rest is not carried out."""
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with harness.dial(served.http) as s:
        s.sendall(one * 20)
        _, data = ended(s, harness.PATIENCE)
    assert data.count(b"HTTP/1.1 200") == 1
    assert b"Connection: close" in data
    # The same for one that says it will be kept.
    with harness.dial(served.http) as s:
        s.sendall(one[:-2] + b"Connection: keep-alive\r\n\r\n" + one)
        _, data = ended(s, harness.PATIENCE)
    assert data.count(b"HTTP/1.1 ") == 1


def test_a_head_is_the_get_without_its_body(served):
    """Goal: the same status and length, on every page."""
    served.status()
    for page in ("/healthz", "/readyz", "/none"):
        g, h = get(served.http, page), get(served.http, page, "HEAD")
        assert g[0] == h[0] and h[2] == b""
        assert g[1]["Content-Length"] == h[1]["Content-Length"]
        assert int(h[1]["Content-Length"]) == len(g[2])


def test_out_of_descriptors_the_pages_rest_and_come_back(daemon, tmp_path):
    """Goal: neither a spin nor an end; the metrics are there afterwards."""
    port = free_port()
    d = daemon(options=f"http: {{listen: '127.0.0.1:{port}'}}\n"
               "log_level: warn\n").start()
    fds = pathlib.Path(f"/proc/{d.process.pid}/fd")
    limit = max(int(f.name) for f in fds.iterdir()) + 4
    was = resource.prlimit(d.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(d.process.pid, resource.RLIMIT_NOFILE, (limit, was[1]))
    crowd = [socket.create_connection(("127.0.0.1", port)) for _ in range(12)]
    wait_for(lambda: "accept" in d.log.read_text())
    spent = proofs.cpu(d)
    time.sleep(1)
    assert proofs.cpu(d) - spent < 0.25, "it spins"
    said = d.log.read_text().count("http accept")
    for s in crowd:
        s.close()

    def well():
        with socket.create_connection(("127.0.0.1", port)) as s:
            s.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            return b"# EOF\n" in ended(s, harness.PATIENCE)[1]
    wait_for(well)
    assert d.stop() == 0
    assert said <= 3, f"it said so {said} times in a second"

"""Servers that attack: each ends with its name, in bounded time and memory.

One daemon polls all of them at once, and a good feed beside them that must
come on time. Each server has a port of its own, and so a turn of its own.
"""
import gzip
import pathlib
import shutil
import socket
import struct
import subprocess
import threading
import time
import zlib

import pytest

import harness
from harness import wait_for

DEADLINE = 6     # fetch_timeout of the daemon here; too slow is a third of it
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
RSS = (b"<rss version='2.0'><channel><title>T</title><item><guid>g</guid>"
       b"<title>A kite</title></item></channel></rss>")


class Server:
    """Raw TCP: `behave(connection, head)` for each connection."""

    def __init__(self, behave, scheme="http", accept=True):
        self.behave = behave
        self.began = []
        self.times = []   # how long each connection lived
        self.heads = []
        self.sent = 0
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(16)
        self.url = (f"{scheme}://127.0.0.1:"
                    f"{self.listener.getsockname()[1]}/feed.xml")
        if accept:
            threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                c, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(c,),
                             daemon=True).start()

    def serve(self, c):
        began = time.monotonic()
        self.began.append(began)
        try:
            c.settimeout(3 * DEADLINE)
            head = b""
            while b"\r\n\r\n" not in head and self.behave is not silence:
                data = c.recv(65536)
                if not data:
                    return
                head += data
            self.heads.append(head)
            self.behave(c, head)
            # Wait until the other side has had enough.
            c.shutdown(socket.SHUT_WR)
            while c.recv(65536):
                pass
        except OSError:
            pass
        finally:
            c.close()
            self.times.append(time.monotonic() - began)

    def close(self):
        self.listener.close()


def silence(c, _):
    """Reads nothing, says nothing: the TLS handshake hangs."""
    while c.recv(65536):
        pass


def says(data):
    return lambda c, _: c.sendall(data)


def endless(start, part):
    def behave(c, _):
        c.sendall(start)
        many = part * (1 + 65536 // len(part))
        while True:
            c.sendall(many)
    return behave


def drip(start, part=b"x", pause=0.5):
    def behave(c, _):
        c.sendall(start)
        while True:
            c.sendall(part)
            time.sleep(pause)
    return behave


def coded(coding, data):
    return says(HEAD + f"Content-Encoding: {coding}\r\nContent-Length: "
                f"{len(data)}\r\n\r\n".encode() + data)


def body(data):
    return says(HEAD + f"Content-Length: {len(data)}\r\n\r\n".encode() + data)


def gzipped(data):
    """The same bytes each time: no clock in them. What another decoder makes
    of gzip's bytes depends on each."""
    return gzip.compress(data, mtime=0)


def gzip_bomb(size):
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    return b"".join(z.compress(zeros) for _ in range(size >> 20)) + z.flush()


def zstd_bomb(size):
    """RLE blocks: four bytes stand for 128 KiB."""
    n = size >> 17
    block = struct.pack("<I", (1 << 17) << 3 | 1 << 1)[:3] + b"a"
    return b"\x28\xb5\x2f\xfd\x00\x38" + block * n


def brotli_raw(data):
    """A brotli stream of uncompressed meta-blocks (RFC 7932, 9.2): no
    library is needed to make one."""
    bits, n = 0, 0

    def put(value, width):
        nonlocal bits, n
        bits |= value << n
        n += width
    put(0, 1)  # a window of 64 KiB
    assert len(data) <= 1 << 16
    put(0, 1)  # not the last
    put(0, 2)  # four nibbles of length
    put(len(data) - 1, 16)
    put(1, 1)  # uncompressed
    head = bits.to_bytes((n + 7) // 8, "little")
    return head + data + b"\x03"  # last, empty


def zstd_raw(data):
    """A zstd frame of one raw block (RFC 8878, 3.1.1)."""
    block = struct.pack("<I", len(data) << 3 | 1)[:3]
    return b"\x28\xb5\x2f\xfd\x00\x38" + block + data


def brotli_bomb(size):
    """What the command brotli makes of zeros; None when there is none."""
    if shutil.which("brotli") is None:
        return None
    with subprocess.Popen(["brotli", "-c", "-q", "9", "-"], stdin=-1,
                          stdout=-1) as p:
        def feed():
            for _ in range(size >> 20):
                p.stdin.write(bytes(1 << 20))
            p.stdin.close()
        t = threading.Thread(target=feed)
        t.start()
        data = p.stdout.read()
        t.join()
    return data


def laughs():
    lines = ["<!ENTITY l0 'ha'>"] + [
        f"<!ENTITY l{i} '{'&l%d;' % (i - 1) * 10}'>" for i in range(1, 12)]
    return ("<!DOCTYPE rss [" + "".join(lines) + "]><rss version='2.0'>"
            "<channel><title>&l11;</title></channel></rss>").encode()


def quadratic():
    return ("<!DOCTYPE rss [<!ENTITY a '" + "x" * 50000 + "'>]>"
            "<rss version='2.0'><channel><title>" + "&a;" * 50000 +
            "</title></channel></rss>").encode()


def redirect(location):
    return says(b"HTTP/1.1 302 Found\r\nLocation: " + location +
                b"\r\nContent-Length: 0\r\n\r\n")


PARSED = {"ok", "damaged", "not_a_feed", "not_xml", "too_large"}
ROWS = {
    # Bombs.
    "gzip-1GiB": (lambda: coded("gzip", gzip_bomb(1 << 30)), {"too_large"}),
    "deflate-256MiB": (lambda: coded("deflate", zlib.compress(
        bytes(256 << 20), 9)), {"too_large"}),
    "zstd-1GiB": (lambda: coded("zstd", zstd_bomb(1 << 30)), {"too_large"}),
    "brotli-256MiB": (lambda: coded("br", brotli_bomb(256 << 20) or b""),
                    {"too_large"}),
    "gzip-in-brotli": (lambda: coded("gzip, br", brotli_raw(gzip_bomb(
        16 << 20))), {"protocol"}),
    "zstd-in-zstd": (lambda: coded("zstd, zstd", zstd_raw(zstd_bomb(
        64 << 20))), {"protocol"}),
    "brotli-header-twice": (lambda: says(
        HEAD + b"Content-Encoding: br\r\nContent-Encoding: br\r\n\r\n" +
        brotli_raw(brotli_raw(RSS))), {"protocol"}),
    "gzip-in-gzip": (lambda: coded("gzip, gzip", gzip.compress(
        gzip_bomb(64 << 20))), {"protocol"}),
    "gzip-five-times": (lambda: coded("gzip, gzip, gzip, gzip, gzip", b"x"),
                        {"protocol"}),
    "no-brotli-at-all": (lambda: coded("br", RSS), {"protocol"}),
    "no-zstd-at-all": (lambda: coded("zstd", RSS), {"protocol"}),
    "brotli-as-gzip": (lambda: coded("gzip", brotli_raw(RSS)), {"protocol"}),
    "gzip-as-brotli": (lambda: coded("br", gzipped(RSS)),
                       {"protocol"}),
    "unknown-coding": (lambda: coded("lzma", RSS), {"protocol"}),
    "gzip-cut-short": (lambda: coded("gzip", gzipped(RSS)[:-20]),
                       {"protocol", "damaged"}),
    "brotli-cut-short": (lambda: coded("br", brotli_raw(RSS)[:-9]),
                         {"protocol", "damaged"}),
    "zstd-cut-short": (lambda: coded("zstd", zstd_raw(RSS)[:-9]),
                       {"protocol", "damaged"}),
    "no-gzip-at-all": (lambda: coded("gzip", RSS), {"protocol"}),
    # Good bodies in each coding.
    "plain-good": (lambda: body(RSS), {"ok"}),
    "gzip-good": (lambda: coded("gzip", gzipped(RSS)), {"ok"}),
    "x-gzip-good": (lambda: coded("x-gzip", gzipped(RSS)), {"ok"}),
    "deflate-good": (lambda: coded("deflate", zlib.compress(RSS)), {"ok"}),
    "raw-deflate-good": (lambda: coded("deflate", zlib.compress(RSS)[2:-4]),
                         {"ok"}),
    "brotli-good": (lambda: coded("br", brotli_raw(RSS)), {"ok"}),
    "zstd-good": (lambda: coded("zstd", zstd_raw(RSS)), {"ok"}),
    "identity-good": (lambda: coded("identity", RSS), {"ok"}),
    # Without end.
    "endless-body": (lambda: endless(HEAD + b"\r\n", b"<item>"),
                     {"too_large"}),
    "endless-chunks": (lambda: endless(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"4\r\nabcd\r\n"),
        {"too_large"}),
    "endless-trailers": (lambda: endless(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-T: y\r\n"),
        {"too_large"}),
    "endless-headers": (lambda: endless(HEAD, b"X-H: y\r\n"), {"too_large"}),
    "endless-header": (lambda: endless(HEAD + b"X-H: ", b"y"), {
        "too_large", "protocol"}),
    "endless-1xx": (lambda: endless(
        b"", b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"),
        {"too_large", "protocol"}),
    "endless-empty-gzip": (lambda: endless(
        HEAD + b"Content-Encoding: gzip\r\n\r\n"
        b"\x1f\x8b\x08\0\0\0\0\0\0\3", b"\0\0\0\xff\xff"), {"too_large"}),
    "endless-chunk-extension": (lambda: endless(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n4;", b"x=y;"),
        {"timeout", "protocol"}),
    "endless-error-page": (lambda: endless(
        b"HTTP/1.1 404 Not Found\r\n\r\n", b"sorry "), {"http_error"}),
    # Without haste.
    "silent": (lambda: (lambda c, _: time.sleep(2 * DEADLINE)), {"timeout"}),
    "silent-tls": (lambda: silence, {"timeout"}),
    "drip-head": (lambda: drip(HEAD, b"X-H: y\r\n"), {"timeout"}),
    "drip-body": (lambda: drip(HEAD + b"\r\n"), {"timeout"}),
    "drip-above-the-limit": (lambda: drip(
        HEAD + b"\r\n", b"x" * 100, 0.2), {"timeout"}),
    # Broken framing.
    "nothing": (lambda: says(b""), {"protocol"}),
    "http-0.9": (lambda: says(RSS), {"protocol"}),
    "negative-length": (lambda: says(
        HEAD + b"Content-Length: -5\r\n\r\n" + RSS), {"protocol"}),
    "bad-chunk": (lambda: says(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), {"protocol"}),
    "cut-short": (lambda: says(
        HEAD + b"Content-Length: 9999\r\n\r\n" + RSS), {"damaged"}),
    # Elsewhere.
    "redirect-loop": (lambda: redirect(b"/feed.xml"), {"redirect"}),
    "redirect-file": (lambda: redirect(b"file:///etc/passwd"), {"redirect"}),
    "redirect-gopher": (lambda: redirect(b"gopher://127.0.0.1:11211/_x"),
                        {"redirect"}),
    "redirect-crlf": (lambda: redirect(b"/a%0d%0aX-Evil:%201"), {"redirect"}),
    "redirect-long": (lambda: redirect(b"/" + b"a" * 9000),
                      {"redirect", "protocol"}),
    # Documents.
    "billion-laughs": (lambda: body(laughs()), PARSED),
    "quadratic-entities": (lambda: body(quadratic()), PARSED),
    "depth-2000000": (lambda: body(
        b"<rss><channel>" + b"<a>" * 2000000), PARSED),
    "attribute-8MiB": (lambda: body(
        b"<rss a='" + b"x" * (8 << 20) + b"'><channel/></rss>"), PARSED),
    "names-500000": (lambda: body(b"<rss><channel>" + b"".join(
        b"<n%d/>" % i for i in range(500000)) + b"</channel></rss>"), PARSED),
    "nul-bytes": (lambda: body(bytes(4 << 20)), PARSED | {"empty"}),
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """All servers, and one daemon that has polled each of them."""
    servers = {}
    for name, (make, _) in ROWS.items():
        servers[name] = Server(make(),
                               "https" if name == "silent-tls" else "http")
    canary = Server(says(HEAD + b"Content-Length: 0\r\n\r\n"))
    servers["external-entity"] = Server(body((
        "<?xml version='1.0'?><!DOCTYPE rss SYSTEM '" + canary.url +
        "' [<!ENTITY % p SYSTEM '" + canary.url + "'> %p;"
        "<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
        "<rss version='2.0'><channel><title>&x;</title></channel></rss>"
    ).encode()))
    good = harness.FeedServer()
    feed = good.feed("/good.xml")
    feed.add("A kite over the harbour")
    feeds = [f'{{url: "{s.url}", every: 1h}}' for s in servers.values()]
    d = harness.Daemon(
        tmp_path_factory.mktemp("hostile") / "d", [feed, *feeds],
        options=f"fetch_timeout: {DEADLINE}s\nconnect_timeout: 2s\n"
        "allow_private: true\n")
    d.start()
    for s in servers.values():
        d.ask("poll", feed=s.url)
    wait_for(lambda: all(f["polls"] > 0 for f in d.ask("feeds")["feeds"]),
             60, "a poll of each")
    peak = max(int(line.split()[1]) for pid in d.gatherer_pids()
               for line in pathlib.Path(f"/proc/{pid}/status").read_text()
               .splitlines() if line.startswith("VmHWM"))
    yield d, servers, feed, canary, peak
    d.close()
    good.close()
    for s in [*servers.values(), canary]:
        s.close()


CODED = ("gzip", "deflate", "zstd", "brotli", "raw-", "x-gzip", "no-gzip",
         "no-brotli", "no-zstd", "unknown-coding", "endless-empty-gzip")
SLOW = ("silent", "drip", "cut-short", "nothing")


def marks(name):
    """The rows of the table of manners that it belongs to."""
    return [pytest.mark.row(n) for n, begins in (
        (15, ("redirect",)), (26, CODED), (27, SLOW))
            if name.startswith(begins)]


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=marks(name)) for name in ROWS])
def test_an_attack_has_a_name_and_an_end(stage, name):
    """Goal: the right outcome, told, in bounded time."""
    if name == "brotli-256MiB" and shutil.which("brotli") is None:
        pytest.skip("no brotli here")
    d, servers = stage[:2]
    f = d.feed_status(servers[name].url)
    taken = max(servers[name].times, default=0)
    print(f"{name:26} {f['outcome']:12} {taken:6.2f} s  {f['why'] or ''}")
    assert f["outcome"] in ROWS[name][1], f
    assert taken < DEADLINE + 3
    if f["outcome"] not in ("ok", "damaged"):
        assert f["failures"] == 1 and f["why"]


def test_an_external_entity_is_never_read(stage):
    """T11: neither the address nor the file of an entity is opened."""
    d, servers, _, canary, _ = stage
    f = d.feed_status(servers["external-entity"].url)
    assert f["outcome"] in PARSED
    assert canary.times == [] and canary.heads == []
    assert b"root:" not in d.file.read_bytes()


def test_the_good_feed_comes_on_time(stage):
    """T8, T25: one gatherer serves all, and nobody waits for the slow."""
    feed = stage[2]
    at = [t for t, _ in feed.requests]
    assert len(at) >= 4
    assert max(b - a for a, b in zip(at, at[1:])) < 3


def test_memory_stays_bounded(stage):
    """T6: all of them at once, within the bodies that may be large."""
    print(f"gatherer's peak: {stage[4]} KiB")
    assert stage[4] < 300 << 10


def test_no_gatherer_died(stage):
    """T14: no document has killed a process."""
    d = stage[0]
    assert "ended by" not in d.log.read_text()


def test_no_header_was_injected(stage):
    """T18: what a Location spells stays spelt."""
    for head in stage[1]["redirect-crlf"].heads:
        assert b"\nX-Evil" not in head

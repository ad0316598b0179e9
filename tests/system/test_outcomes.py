"""What is no feed gets an outcome with a name; all others go on."""
import gzip
import os
import socket

import pytest

import harness

HTML = b"<!DOCTYPE html><html><head><title>Moved</title></head></html>"


def big(feed):
    return b"<rss><channel><title>" + b"x" * (2 << 20) + b"</title>"


@pytest.mark.parametrize("answer, outcomes", [
    (dict(status=404), {"http_error"}),
    (dict(status=500), {"http_error"}),
    (dict(status=410), {"gone"}),
    (dict(status=429, headers={"Retry-After": "2"}), {"throttled"}),
    (dict(status=200, body=b""), {"empty"}),
    (dict(status=200, body=HTML), {"not_a_feed", "not_xml"}),
    (dict(status=200, body=b"just words, no markup"), {"not_xml"}),
    (dict(status=200, body=b"<a><b>well-formed</b></a>"), {"not_a_feed"}),
    (dict(status=200, body=b"\x7fELF" + bytes(range(256)) * 20), {"not_xml"}),
    (dict(status=302, headers={"Location": "file:///etc/passwd"}),
     {"redirect", "blocked_address", "bad_url"}),
    (dict(status=302, headers={"Location": "/loop.xml"}), {"redirect"}),
    (dict(status=200, body=big), {"too_large"}),
    (dict(status=200, body=gzip.compress(bytes(4 << 20)),
          headers={"Content-Encoding": "gzip"}), {"too_large"}),
    (dict(status=200, delay=30), {"timeout"}),
], ids=lambda x: "-".join(sorted(x)) if isinstance(x, set) else None)
def test_a_fault_has_a_name(server, other_server, daemon, answer, outcomes):
    """Goal: the fault is told, the feed backs off, the others go on."""
    # On another server: some faults hold the whole host.
    bad = server.feed("/loop.xml")
    good = other_server.feed("/good.xml")
    answer = dict(answer)
    if callable(answer.get("body")):
        answer["body"] = answer["body"](bad)
    bad.reply(**answer)
    d = daemon([good, bad], options="max_body: 1MiB\nfetch_timeout: 2s\n"
               "connect_timeout: 1s\n").start()
    harness.wait_for(lambda: d.feed_status(bad)["outcome"], what="a poll")
    f = d.feed_status(bad)
    assert f["outcome"] in outcomes, f
    assert f["failures"] >= 1 and f["why"]
    assert d.status()["feeds"]["failing"] == 1
    assert f"outcome={f['outcome']}" in d.log.read_text()
    good.add("A kite over the harbour")
    with d.subscribe(after="oldest") as sub:
        sub.items(1)


def test_a_damaged_document_still_gives_its_items(server, daemon):
    feed = server.feed("/a.xml")
    feed.add("A kite over the harbour")
    whole = feed.document()
    feed.reply(200, whole[:whole.index(b"</channel>")] + b"<item><title>A ki")
    d = daemon([feed]).start()
    with d.subscribe(after="oldest") as sub:
        sub.items(1)
    assert d.feed_status(feed)["outcome"] == "damaged"


def test_private_addresses_are_blocked_unless_allowed(server, daemon):
    """Goal: no request reaches a private address that was not allowed."""
    feed = server.feed("/a.xml")
    feed.add("A kite over the harbour")
    d = daemon([feed], options="allow_private: false\n").start()
    d.wait_outcome(feed, "blocked_address")
    assert feed.requests == []
    d.feed_options = ", allow_private: true"
    d.write_config()
    d.ask("reload")
    d.ask("poll", feed=feed.url)
    d.wait_outcome(feed, "ok")


def test_hosts_that_are_not_there(daemon):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{s.getsockname()[1]}/x"
    d = daemon([f"\"{closed}\"", "\"http://nowhere.invalid/x\""],
               options="fetch_timeout: 5s\nconnect_timeout: 3s\n").start()
    d.wait_outcome(closed, "connect")
    harness.wait_for(lambda: d.feed_status(
        "http://nowhere.invalid/x")["outcome"] in ("dns", "timeout"))


def test_a_file_that_cannot_be_read(daemon, tmp_path):
    d = daemon([f"{{file: {tmp_path}/none.xml}}"]).start()
    d.wait_outcome(f"file:{tmp_path}/none.xml", "no_file")


def test_a_feed_that_recovers_is_polled_as_before(server, daemon):
    feed = server.feed("/a.xml")
    feed.add("A kite over the harbour")
    feed.reply(500)
    d = daemon([feed]).start()
    d.wait_outcome(feed, "http_error")
    feed.reply(None)
    d.ask("poll", feed=feed.url)
    with d.subscribe(after="oldest") as sub:
        sub.items(1)
    assert d.feed_status(feed)["failures"] == 0


def test_a_malformed_client_line_gets_one_error(server, daemon):
    """Goal: the client is told once; the others see nothing of it."""
    feed = server.feed("/a.xml")
    d = daemon([feed]).start()
    with d.subscribe() as other, harness.Lines(d.stream) as c:
        assert "hello" in c.recv()
        c.send_raw(b"{\"subscribe\":\n")
        assert "code" in c.recv()["error"]
        rest = []
        try:
            while (line := c.recv(1.0)) is not None:
                rest.append(line)
        except TimeoutError:
            pass
        assert not any("error" in x for x in rest)
        feed.add("A kite over the harbour")
        other.items(1)
    assert os.path.exists(f"/proc/{d.process.pid}")

"""The control socket: questions for the group, orders for the owner."""
import os
import subprocess
import sys
import time

import pytest

import harness
from harness import Lines, wait_for


def test_status_tells_what_is_there(server, daemon):
    feed = server.feed("/a.xml")
    feed.add("A kite over the harbour")
    d = daemon([feed]).start()
    wait_for(lambda: d.status()["counters"]["matches"])
    s = d.status()
    assert s["state"] == "running" and s["why"] is None
    assert s["pid"] == d.process.pid
    assert s["config"]["file"] == str(d.config)
    assert s["feeds"]["total"] == 1 and s["feeds"]["ok"] == 1
    assert s["journal"]["newest"].endswith(":1")
    assert s["remembered"] == 1
    assert {x["name"]: x["kind"] for x in s["sinks"]} == {
        "stream": "socket", "log": "file"}
    f = d.feed_status(feed)
    assert f["outcome"] in ("ok", "unchanged")
    assert f["last_success"].endswith("Z") and f["next"].endswith("Z")
    assert d.ask("feeds", match="*.nothing")["feeds"] == []


@pytest.mark.parametrize("line, code", [
    (b"hello\n", "bad_request"),
    (b"[]\n", "bad_request"),
    (b"{}\n", "bad_request"),
    (b"\n", "bad_request"),
    (b"{\"status\":1}\n", "bad_request"),
    (b"{\"status\":{},\"feeds\":{}}\n", "bad_request"),
    (b"{\"frobnicate\":{}}\n", "unknown_verb"),
    (b"{\"poll\":{}}\n", "bad_request"),
    (b"{\"poll\":{\"feed\":\"http://none.invalid/\"}}\n", "not_found"),
    (b"{\"explain\":{}}\n", "bad_request"),
    (b"{\"explain\":{\"id\":\"urn:wiresift:0\"}}\n", "not_found"),
    (b"\xff\xfe\n", "bad_request"),
])
def test_a_bad_request_gets_an_error_and_the_next_an_answer(
        daemon, line, code):
    d = daemon().start()
    with Lines(d.control) as c:
        c.send_raw(line)
        assert c.recv()["error"]["code"] == code
        c.send({"status": {}})
        assert c.recv()["ok"]["state"] == "running"


def test_a_line_without_end_is_refused(daemon):
    d = daemon().start()
    with Lines(d.control) as c:
        try:
            c.send_raw(b"x" * 200000)
            reply = c.recv()
        except ConnectionError:
            reply = None
        assert reply is None or reply["error"]["code"] == "bad_request"
    assert d.status()["state"] == "running"


def test_many_requests_are_answered_in_order(daemon):
    d = daemon().start()
    with Lines(d.control) as c:
        c.send_raw(b"{\"status\":{}}\n{\"nonsense\":{}}\n" * 100)
        for _ in range(100):
            assert "ok" in c.recv()
            assert c.recv()["error"]["code"] == "unknown_verb"


def test_pause_stops_polling_and_resume_goes_on(server, daemon):
    feed = server.feed("/a.xml")
    d = daemon([feed]).start()
    d.first_polls()
    assert d.ask("pause")["state"] == "paused"
    n = d.polls()
    feed.add("A kite over the harbour")
    time.sleep(2.5)
    assert d.polls() <= n + 1
    with pytest.raises(RuntimeError):
        d.ask("poll", feed=feed.url)
    assert d.ask("resume")["state"] == "running"
    with d.subscribe(after="oldest") as sub:
        sub.items(1)


def test_explain_finds_what_did_not_match(server, daemon):
    """Goal: people ask why something did not come."""
    feed = server.feed("/a.xml")
    feed.add("A quiet day in the town", link="http://town.invalid/quiet")
    d = daemon([feed]).start()
    d.first_polls()
    item = d.ask("explain", id="http://town.invalid/quiet")["items"][0]
    assert item["cursor"] is None and item["feed"] == feed.url
    assert item["item"]["title"] == "A quiet day in the town"
    assert d.ask("explain", id=item["id"])["items"][0] == item


def test_the_archive_is_read_page_by_page(server, daemon):
    """Goal: all items once, in order, whatever the size of a page, while
    others are served; a feed's own topics come with its items."""
    feed = server.feed("/a.xml")
    for n in range(30):
        feed.add(f"Day {n}", "words " * 20000)  # 120 kB each
    d = daemon([feed], feed_options=", topics: [kites]").start()
    d.first_polls()
    for limit in (1, 7, 500):
        got, after, pages = [], None, 0
        while True:
            page = d.ask("archive", since=0, after=after, limit=limit)
            if (after := page["after"]) is None:
                break
            assert 0 < len(page["items"]) <= min(limit, 6)
            got += page["items"]
            pages += 1
        assert len({i["id"] for i in got}) == len(got) == 30
        assert {i["item"]["title"] for i in got} == {
            f"Day {n}" for n in range(30)}
        assert all(i["only"] == ["kites"] for i in got)
    late = d.ask("archive", since=int(time.time()) + 3600)
    assert late["items"] == [] and late["after"] is None
    for bad in ("", "1", "1:2x", "x", 5, "1:2:3"):
        with pytest.raises(RuntimeError, match="bad_request"):
            d.ask("archive", after=bad)
    with Lines(d.control) as c:  # a greedy client, and another one
        c.send_raw(b'{"archive":{}}\n' * 40)
        start = time.monotonic()
        assert d.status()["state"] == "running"
        assert time.monotonic() - start < 5
        for _ in range(40):
            assert len(c.recv()["ok"]["items"]) > 0
    rules = d.ask("rules")
    assert "Kites" in rules["topic_files"][0]["text"]


def test_show_config_is_a_configuration(server, daemon, tmp_path):
    d = daemon([server.feed("/a.xml")], options="log_level: debug\n").start()
    text = d.ask("show_config")["yaml"]
    assert "log_level: debug" in text and "heartbeat: 30s" in text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_orders_are_for_the_owner_alone(daemon):
    """Goal: who may connect may ask, but not change."""
    d = daemon().start()
    os.chmod(d.control, 0o666)
    path = d.dir
    while str(path) != "/" and path.stat().st_uid == os.geteuid():
        os.chmod(path, path.stat().st_mode | 0o011)
        path = path.parent
    code = ("import socket, sys\n"
            "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
            "s.sendall(b'{\"pause\":{}}\\n{\"status\":{}}\\n')\n"
            "f = s.makefile(); print(f.readline(), f.readline())\n")
    out = subprocess.run([sys.executable, "-c", code, d.control], user=65534,
                         group=65534, extra_groups=[], capture_output=True,
                         text=True, timeout=30)
    assert "denied" in out.stdout and "\"running\"" in out.stdout, out
    assert d.status()["state"] == "running"


def test_idle_connections_lock_nobody_out(daemon):
    """Goal: the operator is heard, however many sit there and say nothing."""
    d = daemon().start()
    idle = []
    with harness.Lines(d.control) as busy:
        for _ in range(100):
            idle.append(harness.Lines(d.control))
            busy.send({"status": {}})
            assert "ok" in busy.recv()
        assert d.status()["state"] == "running"
    for c in idle:
        c.close()

"""The daemon from start to stop: what is polled is matched and delivered."""
import json
import os
import signal
import time

import harness
from harness import seq, titles, wait_for


def test_a_match_reaches_socket_and_file_alike(server, daemon):
    """Goal: an item of a feed arrives at every sink, whole and once."""
    feed = server.feed("/a.xml")
    feed.add("Nothing of note happens in the town")
    feed.add("A kite over the harbour", "It flew <b>high</b> & far.")
    d = daemon([feed]).start()
    with d.subscribe(after="oldest") as sub:
        first = sub.items(1)[0]
        assert first["item"]["title"] == "A kite over the harbour"
        assert first["item"]["tags"] == ["kites"]
        assert first["item"]["_wiresift"]["feed"] == feed.url
        assert seq(first) == 1
        feed.add("Boat race on the lake")
        assert sub.items(1)[0]["item"]["tags"] == ["boats"]
    wait_for(lambda: len(d.lines()) == 2, what="two lines")
    assert titles(d.lines()) == ["A kite over the harbour",
                                 "Boat race on the lake"]
    assert d.lines()[0] == first
    assert d.stop() == 0
    assert "STOPPING=1" in d.notified


def test_a_subscriber_comes_back_with_its_cursor(server, daemon):
    """Goal: every later match exactly once, in order."""
    feed = server.feed("/a.xml")
    rng = harness.rng()
    for i in range(10):
        feed.add(*harness.story(rng))
    d = daemon([feed]).start()
    with d.subscribe(after="oldest") as sub:
        got = sub.items(4)
        cursor = got[-1]["cursor"]
    for i in range(5):
        feed.add(*harness.story(rng))
    wait_for(lambda: d.status()["counters"]["matches"] == 15)
    with d.subscribe(after=cursor) as sub:
        got += sub.items(11)
        assert sub.until("caughtup")[-1]["cursor"] == got[-1]["cursor"]
    assert [seq(f) for f in got] == list(range(1, 16))
    assert len({f["item"]["id"] for f in got}) == 15


def test_a_restart_polls_nothing_early_and_doubles_nothing(server, daemon):
    """Goal: validators, seen items and times survive a stop."""
    feed = server.feed("/a.xml")
    feed.add("A kite over the harbour")
    d = daemon([feed], options="every: 1h\n").start()
    d.first_polls()
    assert d.stop() == 0
    d.start()
    time.sleep(1.5)
    assert len(feed.requests) == 1, "polled before its time"
    assert d.feed_status(feed)["outcome"] == "ok"
    assert d.ask("poll", feed=feed.url)["feeds"] == 1
    wait_for(lambda: len(feed.requests) == 2)
    assert feed.requests[1][1]["If-None-Match"] == '"v1"'
    d.wait_outcome(feed, "unchanged")
    assert d.status()["journal"]["newest"].endswith(":1")
    assert len(d.lines()) == 1


def test_once_polls_every_feed_and_ends(server, daemon):
    """Goal: cron can run it: files have everything when it returns."""
    rng = harness.rng()
    feeds = [server.feed(f"/{i}.xml") for i in range(5)]
    for feed in feeds:
        for _ in range(4):
            feed.add(*harness.story(rng))
    d = daemon(feeds)
    code, said = d.once()
    assert code == 0, said
    assert len(d.lines()) == 20
    assert [len(f.requests) for f in feeds] == [1] * 5
    feeds[2].add(*harness.story(rng))
    assert d.once()[0] == 0
    assert len(d.lines()) == 21
    assert not d.stream.exists() and not d.control.exists()


def test_once_tells_that_a_feed_failed(server, daemon):
    good = server.feed("/good.xml")
    good.add("A kite over the harbour")
    d = daemon([good, f"\"{good.url}.missing\""])
    code, said = d.once()
    assert code == 1, said
    assert len(d.lines()) == 1
    assert "http_error" in said


def test_once_with_no_feeds_ends_at_once(daemon):
    assert daemon().once()[0] == 0


def test_a_local_file_is_a_feed(server, daemon, tmp_path):
    feed = server.feed("/a.xml")
    feed.add("A kite over the harbour")
    (tmp_path / "feed.xml").write_bytes(feed.document())
    d = daemon([f"{{file: {tmp_path}/feed.xml}}"])
    assert d.once()[0] == 0
    assert titles(d.lines()) == ["A kite over the harbour"]
    assert feed.requests == []


def test_a_fault_in_the_configuration_ends_the_start(daemon):
    """Goal: all faults with their places, exit 78, nothing made."""
    d = daemon(options="evry: 1m\nlog_level: loud\n")
    (d.dir / "topics.yaml").write_text("version: 1\ntopics: {a: {requir: x}}\n")
    code, said = d.run("-c", d.config)
    assert code == 78
    lines = len(d.config.read_text().splitlines())
    assert f"wiresift.yaml:{lines - 1}:1: unknown key \"evry\"" in said
    assert f"wiresift.yaml:{lines}:12: log_level cannot be" in said
    assert "topics.yaml:2:" in said
    assert not d.store.exists()


def test_a_missing_configuration_is_a_fault(daemon):
    d = daemon()
    assert d.run("-c", "/nonexistent.yaml")[0] == 78


def test_bad_arguments_are_a_usage(daemon):
    d = daemon()
    assert d.run("--frobnicate")[0] == 64
    assert d.run("surplus")[0] == 64
    code, said = d.run("--version")
    assert code == 0 and said.startswith("wiresiftd ")


def test_a_store_has_one_daemon(server, daemon):
    d = daemon([]).start()
    other = daemon([], name="other")
    other.config.write_text(other.config.read_text().replace(
        "store: wiresift.db", f"store: {d.store}"))
    code, said = other.run("-c", other.config)
    assert code == 75, said
    assert d.status()["state"] == "running"


def test_a_second_sigterm_ends_at_once(server, daemon):
    feed = server.feed("/slow.xml")
    feed.reply(200, feed.document(), delay=60)
    d = daemon([feed]).start()
    wait_for(lambda: feed.requests)
    start = time.monotonic()
    d.process.send_signal(signal.SIGTERM)
    d.process.send_signal(signal.SIGTERM)
    assert d.process.wait(5) == 0
    assert time.monotonic() - start < 5


def test_a_stop_does_not_wait_for_slow_feeds(server, daemon):
    feed = server.feed("/slow.xml")
    feed.reply(200, feed.document(), delay=60)
    d = daemon([feed]).start()
    wait_for(lambda: feed.requests)
    start = time.monotonic()
    assert d.stop() == 0
    assert time.monotonic() - start < 6


def test_nothing_is_left_running(server, daemon):
    d = daemon([server.feed("/a.xml")]).start()
    pids = d.gatherer_pids()
    assert d.stop() == 0
    for pid in pids:
        wait_for(lambda: not os.path.exists(f"/proc/{pid}"))
    assert not d.stream.exists() and not d.control.exists()


def test_gatherers_die_with_the_desk(server, daemon):
    d = daemon([server.feed("/a.xml")]).start()
    pids = d.gatherer_pids()
    d.kill9()
    for pid in pids:
        wait_for(lambda: not os.path.exists(f"/proc/{pid}"),
                 what="the gatherer's end")


def test_feeds_of_one_host_belong_to_one_gatherer(server, daemon):
    """Goal: politeness to a host is one process's business."""
    feeds = [server.feed(f"/{i}.xml") for i in range(6)]
    others = [f"\"http://h{i}.invalid/x\"" for i in range(12)]
    d = daemon(feeds + others, options="gatherers: 3\n").start()
    listed = d.ask("feeds")["feeds"]
    mine = {f["gatherer"] for f in listed if "127.0.0.1" in f["key"]}
    assert len(mine) == 1
    assert len({f["gatherer"] for f in listed}) > 1
    assert sum(g["feeds"] for g in d.status()["gatherers"]) == 18
    for feed in feeds:
        d.wait_outcome(feed, "ok")


def test_watchdog_is_answered_by_the_loop(daemon):
    """Goal: a desk that hangs does not look alive."""
    d = daemon().start(env={"WATCHDOG_USEC": "300000"})
    d.wait_notified("WATCHDOG=1")
    os.kill(d.process.pid, signal.SIGSTOP)
    time.sleep(0.3)
    d.notified.clear()
    time.sleep(0.5)
    assert "WATCHDOG=1" not in d.notified
    os.kill(d.process.pid, signal.SIGCONT)
    d.wait_notified("WATCHDOG=1")


def test_sockets_can_come_from_the_manager(server, daemon, tmp_path):
    """Goal: socket activation: named descriptors are taken, none is bound."""
    d = daemon([server.feed("/a.xml")])
    wrapper = tmp_path / "activate"
    wrapper.write_text(
        "#!/usr/bin/python3\n"
        "import os, socket, sys\n"
        "made = []\n"
        f"for path in {[str(d.stream), str(d.control)]!r}:\n"
        "    s = socket.socket(socket.AF_UNIX)\n"
        "    s.bind(path); s.listen(); made.append(s)\n"
        "high = [os.dup2(s.fileno(), 20 + i) for i, s in enumerate(made)]\n"
        "for s in made: s.close()\n"
        "for i, fd in enumerate(high): os.dup2(fd, 3 + i)\n"
        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='2',\n"
        "                  LISTEN_FDNAMES='stream:control')\n"
        f"os.execv({str(d.program)!r}, [{str(d.program)!r}] + sys.argv[1:])\n")
    wrapper.chmod(0o755)
    d.program = wrapper
    d.start()
    assert d.status()["state"] == "running"
    with d.subscribe() as sub:
        assert "hello" in {"hello": sub.hello}
    assert d.stop() == 0
    assert d.stream.exists(), "a socket of the manager is not ours to remove"


def test_the_log_has_no_forged_lines(server, daemon):
    """Goal: what a feed says cannot pass for what the daemon says."""
    feed = server.feed("/a.xml")
    feed.reply(200, b"<html>\ninfo desk: all is well\x1b[2J</html>")
    d = daemon([feed]).start()
    wait_for(lambda: (d.feed_status(feed)["outcome"] or "ok") != "ok")
    assert "\ninfo desk: all is well" not in d.log.read_text()
    assert "\x1b" not in d.log.read_text()
    json.dumps(d.status())


def test_a_manager_that_does_not_read_stops_nothing(server, daemon):
    """Goal: the loop never waits for who should only be told."""
    feed = server.feed("/a.xml")
    d = daemon([feed])
    d.deaf = True
    d.start(ready=False, env={"WATCHDOG_USEC": "30000"})
    wait_for(d.stream.exists)
    time.sleep(2)  # far more than the manager's socket holds
    feed.add("A kite over the harbour")
    with d.subscribe(after="oldest") as sub:
        sub.items(1, 10)
    start = time.monotonic()
    d.status()
    assert time.monotonic() - start < 1
    assert d.process.poll() is None

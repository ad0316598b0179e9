"""Named subscribers: the daemon keeps their place, over kills of both."""
import json
import os
import random
import subprocess

import pytest

import harness
from harness import ROOT, WIRESIFT, seq, wait_for


def named(d, name):
    return next((n for n in d.status()["sinks"][0]["named"]
                 if n["name"] == name), None)


def acked(sub):
    """The next confirmation; what is acknowledged is durable then."""
    return sub.until("acked")[-1]["acked"]


def fill(feed, n, first=0):
    rng = harness.rng(first + 1)
    for i in range(n):
        feed.add(*harness.story(rng))


def test_what_is_acknowledged_never_comes_again(server, daemon):
    """Goal: nothing acknowledged and confirmed comes again, all else does,
    in order, with the daemon killed over and over."""
    feed = server.feed("/a.xml")
    d = daemon([feed])
    rng = random.Random(3)
    done, kills = 0, 60 if harness.FULL else 6
    for n in range(kills):
        fill(feed, 20, n)
        d.start()
        wait_for(lambda: d.status()["journal"]["newest"].endswith(
            f":{20 * (n + 1)}"))
        with d.subscribe(name="bot", ack=True, after="oldest") as sub:
            got = sub.items(rng.randrange(1, 15))
            # Behind the last ack that was confirmed, without a hole.
            assert [seq(f) for f in got] == \
                list(range(done + 1, done + 1 + len(got)))
            keep = rng.randrange(len(got))
            sub.send({"ack": got[keep]["cursor"]})
            assert acked(sub)["cursor"] == got[keep]["cursor"]
            done = seq(got[keep])
            d.kill9()
    d.start()
    with d.subscribe(name="bot", ack=True) as sub:
        got = sub.items(20 * kills - done)
        assert seq(got[0]) == done + 1
        assert named(d, "bot")["connected"] is True
        assert named(d, "bot")["unacked"] == len(got)
        sub.send({"ack": got[-1]["cursor"]})
        assert acked(sub)["unacked"] == 0
    assert d.stop() == 0


def test_a_thousand_unacknowledged_are_enough(server, daemon):
    """Goal: the server waits for acks, and goes on behind them."""
    feed = server.feed("/a.xml")
    fill(feed, 1300)
    d = daemon([feed]).start()
    wait_for(lambda: d.status()["journal"]["newest"].endswith(":1300"))
    with d.subscribe(name="bot", ack=True, after="oldest") as sub:
        got = sub.items(990)
        try:
            while True:
                got += [f for f in [sub.frame(0.5)] if "item" in f]
        except TimeoutError:
            pass
        assert 990 <= len(got) <= 1000
        sub.send({"ack": got[500]["cursor"]})
        got += sub.items(1300 - len(got))
        sub.send({"ack": got[-1]["cursor"]})
        sub.until("acked")
    assert [seq(f) for f in got] == list(range(1, 1301))
    # Without ack the place is what was sent.
    with d.subscribe(name="bot") as sub:
        assert "caughtup" in sub.frame()
        feed.add("One more kite")
        sub.items(1)
    wait_for(lambda: named(d, "bot")["cursor"].endswith(":1301"))
    assert named(d, "bot")["connected"] is False


def test_the_newer_connection_takes_the_name(server, daemon):
    """Goal: one live connection a name, and it is the newer one."""
    feed = server.feed("/a.xml")
    feed.add("A kite")
    d = daemon([feed]).start()
    with d.subscribe(name="bot", ack=True, after="oldest") as old:
        old.items(1)
        with d.subscribe(name="bot", ack=True) as new:
            assert new.items(1)[0]["item"]["title"] == "A kite"
            assert old.until("bye")[-1]["bye"]["reason"] == "replaced"
            assert old.recv() is None
            code, said = d.run("forget", "-s", str(d.stream), "bot",
                               program=WIRESIFT)
            assert code == 0, said
            assert new.until("bye")[-1]["bye"]["reason"] == "forgotten"
    assert named(d, "bot") is None
    code, said = d.run("forget", "-s", str(d.stream), "bot", program=WIRESIFT)
    assert code == 1 and "bot" in said


AS_NOBODY = """\
import json, os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for line in sys.argv[2:]:
    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
    f = s.makefile("rw"); f.readline()
    f.write(line + "\\n"); f.flush()
    print(f.readline().strip())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_name_belongs_to_its_user(server, daemon, tmp_path):
    """Goal: another user gets neither its place nor its end."""
    d = daemon([server.feed("/a.xml")],
               options="max_subscribers_per_uid: 1\n").start()
    with d.subscribe(name="bot") as sub:
        sub.until("caughtup")
    d.stream.chmod(0o666)
    folder = d.dir
    while folder != folder.parent:
        if not os.stat(folder).st_mode & 0o001:
            folder.chmod(os.stat(folder).st_mode | 0o001)
        folder = folder.parent
    said = subprocess.run(
        ["/usr/bin/python3", "-c", AS_NOBODY, str(d.stream),
         '{"subscribe":{"name":"bot"}}', '{"forget":"bot"}',
         '{"subscribe":{"name":"mine"}}'],
        capture_output=True, text=True, timeout=60).stdout.splitlines()
    errors = [json.loads(x) for x in said]
    assert [e["error"]["code"] for e in errors[:2]] == ["denied", "denied"]
    assert "caughtup" in errors[2] or "error" in errors[2]
    assert named(d, "bot")["uid"] == 0
    if "caughtup" in errors[2]:
        assert named(d, "mine")["uid"] == 65534


def test_who_has_not_subscribed_is_answered(server, daemon):
    """Goal: pong and forgotten come at once, not with the next poll."""
    d = daemon([server.feed("/a.xml")], options="every: 1h\n").start()
    wait_for(lambda: d.polls() > 0, what="the only poll")
    with d.subscribe(name="gone", follow=False) as sub:
        sub.until("bye")
    with harness.Lines(d.stream) as c:
        assert "hello" in c.recv()
        c.send({"client_ping": {}})
        assert "pong" in c.recv()
        c.send({"forget": "gone"})
        assert c.recv() == {"forgotten": {"name": "gone"}}


def test_a_flood_of_names_is_taken_in_turn(server, daemon):
    """Goal: all lines of one read are dealt with, also behind commits."""
    d = daemon([server.feed("/a.xml")]).start()
    with harness.Lines(d.stream) as c:
        c.recv()
        c.send_raw(b"".join(
            b'{"subscribe":{"name":"n%d","follow":true}}\n{"forget":"n%d"}\n'
            % (i, i) for i in range(200)))
        got = []
        while len(got) < 200:
            f = c.recv()
            if "forgotten" in f:
                got.append(f["forgotten"]["name"])
    assert got == [f"n{i}" for i in range(200)]
    assert d.status()["sinks"][0]["named"] == []


def test_the_place_before_the_first_can_be_acknowledged(server, daemon):
    """Goal: the cursor of the first caughtup of an empty journal is one."""
    d = daemon([server.feed("/a.xml")]).start()
    with d.subscribe(name="bot", ack=True) as sub:
        place = sub.until("caughtup")[-1]["cursor"]
        assert place.endswith(":0")
        sub.send({"ack": place})
        assert sub.until("acked")[-1]["acked"]["cursor"] == place


def test_a_socket_that_moves_keeps_its_names(server, daemon):
    """Goal: another path by reload, and nothing comes twice."""
    feed = server.feed("/a.xml")
    rng = harness.rng(5)
    for _ in range(5):
        feed.add(*harness.story(rng))
    d = daemon([feed]).start()
    wait_for(lambda: len(d.lines()) == 5, what="the file")
    with d.subscribe(name="bot", after="oldest") as sub:
        sub.items(5)
        d.sinks = ("- {name: stream, socket: moved.sock}\n"
                   "- {name: log, file: matches.ndjson}\n")
        d.write_config()
        d.ask("reload")
        sub.until("bye")
    d.stream = d.dir / "moved.sock"
    with d.subscribe(name="bot", follow=False) as sub:
        assert [f for f in sub.until("bye") if "item" in f] == []


def test_a_socket_without_topics(server, daemon):
    """Goal: topics: [] is none of them, not the end of the daemon."""
    feed = server.feed("/a.xml")
    feed.add("A kite", "kites fly")
    d = daemon([feed], sinks="- {name: stream, socket: stream.sock, "
               "topics: []}\n- {name: log, file: matches.ndjson}\n").start()
    wait_for(lambda: len(d.lines()) == 1, what="the file")
    with d.subscribe(after="oldest", topics=["*"], follow=False) as sub:
        assert [list(f)[0] for f in sub.until("bye")] == ["caughtup", "bye"]


def test_a_poll_with_a_name_goes_on_where_it_was(server, daemon):
    """Goal: cron can read what is new: name, follow: false."""
    feed = server.feed("/a.xml")
    fill(feed, 5)
    d = daemon([feed]).start()
    wait_for(lambda: d.status()["journal"]["newest"].endswith(":5"))
    for want in (5, 0):
        with d.subscribe(name="cron", follow=False, after="oldest") as sub:
            got = sub.until("bye")
        assert len([f for f in got if "item" in f]) == want
        assert got[-1]["bye"]["reason"] == "end"
    fill(feed, 3, 9)
    wait_for(lambda: d.status()["journal"]["newest"].endswith(":8"))
    with d.subscribe(name="cron", follow=False, limit=2) as sub:
        got = sub.until("bye")
    assert len([f for f in got if "item" in f]) == 2
    assert got[-1]["bye"]["reason"] == "limit"


def test_recipes_of_the_manual(server, daemon, tmp_path):
    """Goal: what the manual page and conf/recipes tell works, with socat and
    jq alone."""
    for tool in ("socat", "jq"):
        if subprocess.run(["which", tool], capture_output=True).returncode:
            pytest.skip(f"no {tool} here")
    feed = server.feed("/a.xml")
    fill(feed, 3)
    d = daemon([feed]).start()
    wait_for(lambda: d.status()["journal"]["newest"].endswith(":3"))
    env = dict(os.environ, WIRESIFT_SOCKET=str(d.stream))
    script = ROOT / "conf/recipes/poll.sh"
    for want in (3, 0):
        p = subprocess.run(["sh", script, "cron"], env=env,
                           capture_output=True, text=True, timeout=60)
        assert p.returncode == 0, p.stderr
        lines = p.stdout.splitlines()
        assert len(lines) == want
        assert all(x.startswith("A kite named") for x in lines)
    p = subprocess.run(
        f"printf '{{\"subscribe\":{{\"after\":\"oldest\",\"follow\":false}}}}"
        f"\\n' | socat -t 10 - UNIX:{d.stream} |"
        " jq -r 'select(.item).item.title'", shell=True,
        capture_output=True, text=True, timeout=60)
    assert len(p.stdout.splitlines()) == 3, p.stderr


def test_who_takes_nothing_for_long_is_closed_and_goes_on_later(
        server, daemon):
    """Goal: closed with a reason, its place kept, nothing lost or doubled."""
    feed = server.feed("/a.xml")
    for i in range(60):
        feed.add(f"Kite number {i}", f"text {i} " * 300)
    d = daemon([feed], options="max_stall: 1s\n").start()
    wait_for(lambda: d.status()["counters"]["matches"] == 60)
    got = []
    sub = d.subscribe(name="n", after="oldest")
    wait_for(lambda: d.status()["sinks"][0]["slow"] == 1)
    assert d.status()["sinks"][0]["subscribers"] == 0
    while (f := sub.frame()) is not None:
        got.append(f)
    sub.close()
    assert got[-1]["bye"]["reason"] == "slow" and len(got) < 60
    with d.subscribe(name="n", after="oldest", follow=False) as sub:
        got += sub.until("bye")
    ids = [f["item"]["id"] for f in got if "item" in f]
    assert len(ids) == len(set(ids)) == 60


def hello(d):
    with harness.Lines(d.stream) as c:
        return c.recv()["hello"]


def test_a_flood_of_lines_ends_with_its_reason(server, daemon):
    d = daemon([server.feed("/a.xml")]).start()
    d.write_config("max_lines: 10\nheartbeat: 7s\n")
    d.ask("reload")
    wait_for(lambda: hello(d)["heartbeat"] == 7)  # so it is in force
    with harness.Lines(d.stream) as c:
        c.recv()
        try:
            for _ in range(200):
                c.send_raw(b'{"client_ping":{}}\n' * 10)
        except OSError:
            pass  # it has been closed
        frames = []
        while (f := c.recv()) is not None:
            frames.append(f)
    assert frames[-1]["bye"]["reason"] == "flood"
    assert 100 <= len(frames) <= 130
    assert d.status()["sinks"][0]["floods"] == 1

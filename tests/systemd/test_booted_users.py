"""Who may do what with the service, and what its users and admins see.

Subscribers are an unprivileged user of the group; nobody is outside it.
"""
import json
import re
import time

import pytest

import harness
import proofs
from harness import seq, wait_for
from machine import DROP_IN, READER, UNIT, Door
from test_http import families
from test_recipes import files

HTTP = "http: {listen: 'unix:/run/wiresift/http.sock'}\n"


def get(door, page):
    """Status and body of a page."""
    with door.dial() as s:
        s.sendall(f"GET {page} HTTP/1.0\r\n\r\n".encode())
        answer = b"".join(iter(lambda: s.recv(1 << 16), b""))
    head, body = answer.split(b"\r\n\r\n", 1)
    return int(head.split()[1]), body


def test_the_group_reads_and_nobody_else(machine, server, daemon):
    """Goal: members subscribe and ask, root changes, others are told why
    they are refused."""
    feed = server.feed("/a.xml")
    feed.add("A kite over the bay")
    d = daemon([feed], options=HTTP).start()
    with d.subscribe(after="oldest") as sub:
        sub.items(1)
    code, said = d.tool("status", user=READER)
    assert code == 0 and "running" in said
    code, said = d.tool("tail", "--once", "--after", "oldest", user=READER)
    assert code == 0 and "A kite over the bay" in said
    assert get(Door(machine, "/run/wiresift/http.sock"), "/readyz")[0] == 200
    for verb in (["reload"], ["pause"], ["poll", "*"]):
        code, said = d.tool(*verb, user=READER)
        assert code == 1 and "only root" in said, said
    for path in ("stream", "control", "http"):
        with pytest.raises(PermissionError):
            machine.connect(f"/run/wiresift/{path}.sock", "nobody")
    for verb in (["status"], ["tail", "--once"], ["feeds"], ["forget", "x"],
                 ["reload"]):
        code, said = d.tool(*verb, user="nobody")
        assert code == 77, said
        assert said.count("\n") == 1, said
        assert "expected a member of the group wiresift" in said
    for path, who, may in (("/var/lib/wiresift/wiresift.db", READER, 4),
                           ("/var/lib/wiresift", READER, 5),
                           ("/var/log/wiresift", READER, 5),
                           ("/var/lib/wiresift/wiresift.db", "nobody", 0),
                           ("/var/log/wiresift/matches.ndjson", "nobody", 0),
                           ("/run/wiresift", "nobody", 5)):
        got = sum(bit for flag, bit in (("-r", 4), ("-w", 2), ("-x", 1))
                  if machine.do("test", flag, path, user=who).returncode == 0)
        assert got == may, (path, who, got)


def test_a_name_keeps_its_place_over_restart_and_activation(machine, server,
                                                            daemon):
    """Goal: a subscriber is told to come again, waits at the socket of the
    manager, and its connection starts a service that was stopped."""
    feed = server.feed("/a.xml")
    rng = harness.rng(1)
    for _ in range(20):
        feed.add(*harness.story(rng))
    d = daemon([feed]).start()
    with d.subscribe(name="bot", ack=True, after="oldest") as sub:
        got = sub.items(10)
        sub.send({"ack": got[4]["cursor"]})
        sub.until("acked")
        machine.systemctl("restart", UNIT)
        assert "bye" in sub.until("bye")[-1]
    with d.subscribe(name="bot", ack=True) as sub:
        got = sub.items(15)
        assert [seq(f) for f in got] == list(range(6, 21))
        sub.send({"ack": got[-1]["cursor"]})
        sub.until("acked")
    assert d.stop() == 0
    feed.add("One more kite")
    with d.subscribe(name="bot", ack=True) as sub:
        assert [f["item"]["title"] for f in sub.items(1)] == ["One more kite"]
    assert machine.show("ActiveState") == "active"
    assert [seq(x) for x in d.lines()] == list(range(1, 22))


def test_at_64_descriptors_the_service_rests(machine, server, daemon):
    """Goal: it takes whom it can, serves them, and the others when there is
    room; the manager sees a healthy service."""
    feed = server.feed("/a.xml")
    d = daemon([feed], drop_in="LimitNOFILE=64\n", options=HTTP + "log_level: "
               "warn\nmax_subscribers_per_uid: 200\n").start()
    live = d.subscribe(after="oldest")
    live.until("caughtup")
    crowd = [d.stream.dial() for _ in range(100)]
    time.sleep(0.3)
    spent = proofs.cpu(d)
    time.sleep(1)
    assert proofs.cpu(d) - spent < 0.3, "it spins"
    feed.add(*harness.story(harness.rng(3)))
    live.items(1)
    said = d.log.read_text().count("accept")
    assert 1 <= said <= 6, f"it said so {said} times"
    for s in crowd:
        s.close()
    wait_for(lambda: d.status()["sinks"][0]["subscribers"] == 1)
    assert get(Door(machine, "/run/wiresift/http.sock"), "/healthz")[0] == 200
    live.close()
    assert machine.show("NRestarts") == "0"
    assert d.stop() == 0


def test_a_stop_drains_in_time_and_loses_nothing(machine, server, daemon):
    """Goal: feeds that hang, a reader that takes nothing and a program that
    does not end hold up nobody; nothing of the service is left."""
    feed, stuck = server.feed("/a.xml"), server.feed("/b.xml")
    stuck.reply(200, b"late", delay=20)
    rng = harness.rng(4)
    for _ in range(30):
        feed.add(*harness.story(rng, n=400))
    d = daemon([feed, stuck], sinks="- {name: stream, socket: stream.sock}\n"
               "- {name: log, file: matches.ndjson}\n"
               "- {name: prog, start: oldest, exec: [/bin/sh, -c, "
               "'trap : TERM; while :; do sleep 1; done']}\n").start()
    still = d.subscribe(after="oldest")
    still.items(1)
    time.sleep(0.5)
    began = time.monotonic()
    assert d.stop() == 0
    took = time.monotonic() - began
    assert took < 12, f"{took:.1f} s"
    assert machine.show("Result") == "success"
    assert not machine.do("pgrep", "-u", "wiresift").stdout
    assert "Killing process" not in d.log.read_text()
    still.close()
    d.start()
    with d.subscribe(after="oldest") as sub:
        assert [seq(f) for f in sub.items(30)] == list(range(1, 31))
    wait_for(lambda: len(d.lines()) >= 30)
    assert [seq(f) for f in d.lines()] == list(range(1, 31))


def test_the_journal_has_the_fields_of_the_manual(machine, server, daemon):
    """Goal: the recipes of wiresiftd(8) find what they promise."""
    good, bad = server.feed("/a.xml"), server.feed("/b.xml")
    good.add("A kite")
    bad.reply(503)
    d = daemon([good, bad], options="log_level: debug\n").start()
    wait_for(lambda: d.feed_status(bad)["outcome"] and
             d.status()["counters"]["items"] == 1)
    outcome = d.feed_status(bad)["outcome"]
    since = f"--since=@{int(d.log.since)}"

    def journal(*what):
        return [json.loads(x) for x in machine.run(
            "journalctl", "-u", "wiresift", "-o", "json", since,
            *what).splitlines()]
    wait_for(lambda: journal(f"WIRESIFT_OUTCOME={outcome}"))
    assert {x["WIRESIFT_FEED"] for x in journal(
        f"WIRESIFT_OUTCOME={outcome}")} == {bad.url}
    assert all(x["WIRESIFT_FEED"] == good.url for x in journal(
        f"WIRESIFT_FEED={good.url}")) and journal(f"WIRESIFT_FEED={good.url}")
    warned = journal("-p", "warning")
    assert warned and all(int(x["PRIORITY"]) <= 4 for x in warned)
    feeds = machine.run("journalctl", "-u", "wiresift", since, "-F",
                        "WIRESIFT_FEED").split()
    assert {good.url, bad.url} <= set(feeds)
    ours = [x for x in journal() if x["_SYSTEMD_UNIT"] == UNIT]
    assert {x.get("WIRESIFT_PROC") for x in ours} >= {"desk"}, \
        {x.get("WIRESIFT_PROC") for x in ours}
    assert all("WIRESIFT_PROC" in x for x in ours), "a line beside the log"


def test_logrotate_as_in_the_recipe(machine, server, daemon):
    """Goal: the file as it is, for the service's own folder and user."""
    if machine.do("test", "-x", "/usr/sbin/logrotate").returncode != 0:
        pytest.skip("logrotate is not installed")
    feed = server.feed("/a.xml")
    d = daemon([feed]).start()
    recipe = "/usr/share/doc/wiresift/recipes/logrotate"
    rng = harness.rng(5)
    for n in range(2):
        for _ in range(10):
            feed.add(*harness.story(rng))
        wait_for(lambda k=n: sum(map(len, files(d).values())) == 10 * k + 10)
        time.sleep(n * 1.1)  # two of one second would have one name
        machine.run("/usr/sbin/logrotate", "--force", "--state",
                    "/srv/logrotate", recipe)
    feed.add(*harness.story(rng))
    wait_for(lambda: sum(map(len, files(d).values())) == 21)
    kept = files(d)
    assert sorted(seq(x) for f in kept.values() for x in f) == \
        list(range(1, 22))
    assert len(kept) == 3 and any(name.endswith(".gz") for name in kept)
    for name in kept:
        assert machine.run("stat", "-c", "%U:%G",
                           f"/var/log/wiresift/{name}").strip() == \
            "wiresift:wiresift"


def test_the_manager_can_own_the_socket_of_the_pages(machine, server, daemon):
    """Goal: a socket unit named http is taken over, and starts the service."""
    d = daemon([server.feed("/a.xml")], options=HTTP,
               drop_in="Sockets=wiresift-http.socket\n")
    unit = "/run/systemd/system/wiresift-http.socket"
    machine.write(unit, "[Socket]\nListenStream=/run/wiresift/http.sock\n"
                  "FileDescriptorName=http\nService=wiresift.service\n"
                  "SocketGroup=wiresift\nSocketMode=0660\n")
    try:
        d.start()
        d.stop()
        machine.systemctl("start", "wiresift-http.socket")
        door = Door(machine, "/run/wiresift/http.sock")
        status, body = get(door, "/metrics")
        assert status == 200 and "wiresift_polls" in families(body)
        assert machine.show("ActiveState") == "active"
        with pytest.raises(PermissionError):
            machine.connect(door.path, "nobody")
        machine.systemctl("restart", UNIT)
        assert get(door, "/healthz")[0] == 200
    finally:
        machine.systemctl("stop", UNIT, "wiresift-http.socket")
        machine.path(unit).unlink()


def test_programs_write_where_a_drop_in_says(machine, server, daemon):
    """Goal: the drop-in of the manual, and nothing without it."""
    machine.run("sh", "-c", "mkdir -p /srv/news && chown wiresift /srv/news")
    feed = server.feed("/a.xml")
    feed.add("A kite")
    sinks = ("- {name: prog, start: oldest, exec: "
             "[/bin/sh, -c, 'cat >>/srv/news/out']}\n")
    d = daemon([feed], sinks=sinks).start()
    out = machine.path("/srv/news/out")
    wait_for(lambda: "Read-only" in d.log.read_text(), what=d.tail())
    assert not out.exists()
    d.stop()
    machine.write(f"{DROP_IN}/news.conf",
                  "[Service]\nReadWritePaths=/srv/news\n")
    machine.systemctl("daemon-reload")
    d.start()
    wait_for(lambda: out.exists() and "A kite" in out.read_text(),
             what=d.tail())


def test_secrets_of_sinks_come_by_credentials(machine, server, daemon):
    """Goal: keys that the service's user cannot read where they lie."""
    from test_sinks import Hook
    with machine.network():
        hook = Hook()
    keys = machine.path("/srv/keys")
    keys.mkdir(mode=0o700, exist_ok=True)
    (keys / "hook").write_text("a key\n")
    (keys / "more").write_text("Authorization: Bearer canary-4712\n")
    feed = server.feed("/a.xml")
    feed.add("A kite")
    at = "/run/credentials/wiresift.service"
    d = daemon([feed], drop_in="LoadCredential=hook:/srv/keys/hook\n"
               "LoadCredential=more:/srv/keys/more\n",
               sinks="- {name: hook, start: oldest, webhook: {url: "
               f"\"{hook.url}/\", allow_private: true, "
               f"secret_file: {at}/hook, headers_file: {at}/more}}}}\n")
    try:
        d.start()
        wait_for(lambda: hook.taken, what=d.tail())
        headers, _ = hook.taken[0]
        assert headers["Authorization"] == "Bearer canary-4712"
        assert headers["X-Wiresift-Signature"].startswith("sha256=")
        assert not re.search("canary|a key", d.log.read_text())
    finally:
        d.close()
        hook.close()


def test_the_socket_of_the_unit_serves_a_sink_of_any_name(machine, server,
                                                          daemon):
    """Goal: what the manager listens at is found by its path, too."""
    d = daemon([server.feed("/a.xml")],
               sinks="- {name: out, socket: stream.sock}\n").start()
    with d.subscribe() as sub:
        sub.until("caughtup")
    assert "waits in vain" not in d.log.read_text()
    # Gone by mistake, and back: without a restart.
    d.sinks = "- {name: log, file: matches.ndjson}\n"
    d.write_config()
    machine.systemctl("reload", UNIT)
    assert "socket=stream systemd listens there" in d.log.read_text()
    d.sinks = "- {name: stream, socket: stream.sock}\n"
    d.write_config()
    machine.systemctl("reload", UNIT)
    with d.subscribe() as sub:
        sub.until("caughtup")

"""Sinks that leave the daemon: webhooks, mail, programs, feeds, rotation."""
import contextlib
import email
import email.header
import email.policy
import email.utils
import hashlib
import hmac
import http.server
import json
import mailbox as mailbox_module
import os
import pathlib
import random
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time

import pytest

import harness
from harness import seq, wait_for

KEY = "a key that nobody may see"


class Hook:
    """An HTTP server that notes each POST and answers what it is told."""

    def __init__(self):
        hook = self
        self.posts = []  # (path, headers, body), answered 2xx or not
        self.status, self.headers = 200, {}
        self.choose = None  # function(body) -> status
        self.taken = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.posts.append((self.path, dict(self.headers), body))
                status = hook.choose(body) if hook.choose else hook.status
                if 200 <= status < 300:
                    hook.taken.append((dict(self.headers), body))
                self.send_response(status)
                for name, value in hook.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.httpd = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.httpd.server_address[1]}"
        threading.Thread(target=self.httpd.serve_forever, args=(0.05,),
                         daemon=True).start()

    def keys(self):
        return [h["Idempotency-Key"] for h, _ in self.taken]

    def close(self):
        self.httpd.shutdown()
        self.httpd.server_close()


@pytest.fixture
def hook():
    h = Hook()
    yield h
    h.close()


def sink_status(d, name):
    return next(s for s in d.status()["sinks"] if s["name"] == name)


def fill(feed, n, rng):
    return [feed.add(*harness.story(rng)) for _ in range(n)]


BOTH = "- {name: log, file: matches.ndjson}\n"


def hook_sink(hook, extra="", path="/hook"):
    return (BOTH + f"- {{name: hook, start: oldest, {extra}webhook: {{"
            f"url: \"{hook.url}{path}\", allow_private: true, "
            "secret_file: key, headers_file: more}}\n")


def hook_daemon(daemon, feed, sinks, **options):
    d = daemon([feed], sinks=sinks, **options)
    (d.dir / "key").write_text(KEY + "\n")
    (d.dir / "more").write_text("Authorization: Bearer canary-4711\n")
    return d


def test_a_webhook_gets_all_in_order_once_by_key(server, daemon, hook):
    """Goal: it answers 500 for a while and dies in between; all arrives."""
    feed = server.feed("/a.xml")
    rng = harness.rng(3)
    hook.status = 500
    d = hook_daemon(daemon, feed, hook_sink(hook)).start()
    fill(feed, 8, rng)
    wait_for(lambda: len(hook.posts) >= 2, what="two tries")
    # There is none while one is under way.
    s = wait_for(lambda: (t := sink_status(d, "hook"))["next_try"] and t)
    print(json.dumps(s))
    assert s["state"] == "trouble" and s["error"].startswith("status 500")
    assert s["tries"] >= 1 and s["lag"] > 0
    code, page = d.tool("status")
    assert code == 0 and "status 500" in page
    assert len({h["Idempotency-Key"] for _, h, _ in hook.posts}) == 1
    hook.status = 200
    wait_for(lambda: len(hook.taken) == 8, what="all of them")
    lines = d.lines()
    assert len(lines) == 8
    assert [json.loads(b) for _, b in hook.taken] == lines
    assert hook.keys() == [f["cursor"] for f in lines]
    for headers, body in hook.taken:
        want = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
        assert headers["X-Wiresift-Signature"] == f"sha256={want}"
        assert headers["Content-Type"] == "application/json"
        assert headers["Authorization"] == "Bearer canary-4711"
    wait_for(lambda: sink_status(d, "hook")["state"] == "ok", what="ok")
    s = sink_status(d, "hook")
    assert (s["delivered"], s["skipped"], s["lag"]) == (8, 0, 0)
    assert d.stop() == 0
    # A restart sends nothing again.
    d.start()
    d.first_polls()
    fill(feed, 1, rng)
    wait_for(lambda: len(hook.taken) == 9, what="the ninth")
    wait_for(lambda: len(d.lines()) == 9, what="its line")
    assert hook.keys()[8] == d.lines()[8]["cursor"]
    text = d.log.read_text()
    assert KEY not in text and "canary-4711" not in text


def test_kill_9_repeats_a_post_only_with_its_key(server, daemon, hook):
    """Goal: at least once, in order, and the key tells what came again."""
    feed = server.feed("/a.xml")
    rng, dice = harness.rng(4), random.Random(4)
    d = hook_daemon(daemon, feed, hook_sink(hook),
                    options="log_level: warn\n")
    hook.choose = lambda _: 503 if dice.random() < 0.2 else 200
    made = 0
    for _ in range(60 if harness.FULL else 5):
        d.start()
        fill(feed, 12, rng)
        made += 12
        time.sleep(dice.uniform(0.1, 0.9))
        d.kill9()
    hook.choose = None
    d.start()
    wait_for(lambda: len(set(hook.keys())) == made, 60, "all of them")
    first = list(dict.fromkeys(hook.keys()))
    wait_for(lambda: len(d.lines()) == made, what="the file")
    assert first == [f["cursor"] for f in d.lines()]
    bodies = {}
    for headers, body in hook.taken:
        assert bodies.setdefault(headers["Idempotency-Key"], body) == body
    print(f"{made} records, {len(hook.taken)} taken")


def test_a_refused_record_is_skipped_and_told(server, daemon, hook):
    """Goal: one bad record does not hold up the others, nor vanish."""
    feed = server.feed("/a.xml")
    d = hook_daemon(daemon, feed, hook_sink(hook)).start()
    feed.add("A kite that is poison", "kite one")
    hook.choose = lambda b: 422 if b"poison" in b else 200
    wait_for(lambda: len(hook.posts) >= 1, what="the first try")
    feed.add("A kite that is good", "kite two, quite another thing")
    wait_for(lambda: len(hook.taken) == 1, what="the good one")
    s = sink_status(d, "hook")
    assert s["skipped"] == 1 and s["last_skipped"] == d.lines()[0]["cursor"]
    assert "skipped, refused 3 times: status 422" in d.log.read_text()
    assert len(hook.posts) == 4


def test_an_answer_with_too_many_headers_is_an_answer(server, daemon, hook):
    """Goal: who said 200 has it; that it says too much is told in status."""
    feed = server.feed("/a.xml")
    hook.headers = {f"X-{i}": "a" * 1000 for i in range(90)}
    d = hook_daemon(daemon, feed, hook_sink(hook, path="/secret/path")).start()
    fill(feed, 3, harness.rng(8))
    wait_for(lambda: len(hook.taken) >= 3, what="all of them")
    wait_for(lambda: sink_status(d, "hook")["delivered"] == 3)
    s = sink_status(d, "hook")
    assert s["state"] == "ok" and "headers of over 64 KiB" in s["note"]
    assert "headers of over 64 KiB" in d.tool("status")[1]
    assert len(hook.posts) == 3
    # Another status is trouble, in words, however long.
    hook.status = 503
    fill(feed, 1, harness.rng(9))
    wait_for(lambda: sink_status(d, "hook")["equal"] >= 3, what="tries")
    s = sink_status(d, "hook")
    assert s["state"] == "trouble" and s["failing_since"]
    assert s["error"] == "status 503, with headers of over 64 KiB"
    # Nobody is shown the path: it is the secret of many services.
    assert s["path"] == hook.url
    for verb in (["status"], ["status", "--json"], ["show-config"]):
        assert "secret/path" not in d.tool(*verb)[1]
    assert f"{hook.url}/***" in d.tool("show-config")[1]
    hook.status, hook.headers = 200, {}
    d.write_config()
    d.ask("reload")
    wait_for(lambda: sink_status(d, "hook")["delivered"] == 4)
    assert sink_status(d, "hook")["note"] is None


def test_a_sink_is_stopped_by_a_wrong_key_not_skipped(server, daemon, hook):
    """Goal: 401 is about us, not about the record: it waits, for ever."""
    feed = server.feed("/a.xml")
    hook.status, hook.headers = 401, {"Retry-After": "1"}
    d = hook_daemon(daemon, feed, hook_sink(hook)).start()
    fill(feed, 2, harness.rng(5))
    wait_for(lambda: sink_status(d, "hook")["tries"] >= 3, what="tries")
    hook.status = 200
    # What a reload brings is tried at once.
    d.write_config()
    d.ask("reload")
    wait_for(lambda: len(hook.taken) == 2, what="both")
    assert sink_status(d, "hook")["skipped"] == 0


def test_a_webhook_connects_to_no_private_address(server, daemon, hook):
    """Goal: without allow_private nothing is sent into a network."""
    feed = server.feed("/a.xml")
    d = hook_daemon(
        daemon, feed, hook_sink(hook).replace("allow_private: true, ", ""))
    d.start()
    fill(feed, 1, harness.rng(6))
    wait_for(lambda: "no public network" in
             (sink_status(d, "hook")["error"] or ""), what="the refusal")
    assert hook.posts == []


def test_no_redirect_is_followed(server, daemon, hook):
    """Goal: the body goes where the configuration says and nowhere else."""
    feed = server.feed("/a.xml")
    hook.status, hook.headers = 307, {"Location": hook.url + "/other"}
    d = hook_daemon(daemon, feed, hook_sink(hook)).start()
    fill(feed, 1, harness.rng(6))
    wait_for(lambda: len(hook.posts) >= 2, what="two tries")
    assert {p for p, _, _ in hook.posts} == {"/hook"}


def test_templates_for_ntfy_and_apprise(server, daemon, hook):
    """Goal: what a telephone shows, feed text as nothing but JSON text."""
    feed = server.feed("/a.xml")
    evil = 'A kite "; $(touch /tmp/p)\\ \u202e <b>x</b> كايت'
    sinks = "".join(
        f"- {{name: {t}, start: oldest, webhook: {{url: \"{hook.url}{p}\", "
        f"template: {t}, allow_private: true}}}}\n"
        for t, p in (("ntfy", "/base/my-topic"), ("apprise", "/notify/k")))
    d = daemon([feed], sinks=sinks).start()
    feed.add(evil.replace("<b>x</b>", "x"), "the kite flies",
             link="https://news.example/1")
    wait_for(lambda: len(hook.posts) == 2, what="both")
    got = {p: json.loads(b) for p, _, b in hook.posts}
    print(json.dumps(got, ensure_ascii=False))
    n, a = got["/base/"], got["/notify/k"]
    assert n["topic"] == "my-topic" and n["tags"] == ["kites"]
    assert n["title"].startswith('A kite "; $(touch /tmp/p)\\')
    assert "\u202e" not in n["title"] and "كايت" in n["title"]
    assert n["click"] == "https://news.example/1" and n["priority"] == 3
    assert a["title"] == n["title"] and a["type"] == "info"
    assert "https://news.example/1" in a["body"]


def test_sinks_come_change_and_go_by_reload(server, daemon, hook):
    """Goal: no restart for a sink."""
    feed = server.feed("/a.xml")
    rng = harness.rng(7)
    d = hook_daemon(daemon, feed, BOTH).start()
    fill(feed, 2, rng)
    wait_for(lambda: len(d.lines()) == 2, what="two lines")
    # A new one begins now: nobody wants a month of mails.
    d.sinks = hook_sink(hook).replace("start: oldest, ", "")
    d.write_config()
    d.ask("reload")
    fill(feed, 2, rng)
    wait_for(lambda: len(hook.taken) == 2, what="the new ones")
    wait_for(lambda: len(d.lines()) == 4, what="their lines")
    assert hook.keys() == [f["cursor"] for f in d.lines()[2:]]
    # Another address, the same place.
    d.sinks = hook_sink(hook, path="/moved")
    d.write_config()
    d.ask("reload")
    fill(feed, 1, rng)
    wait_for(lambda: len(hook.taken) == 3, what="at the other address")
    assert [p for p, _, _ in hook.posts] == ["/hook", "/hook", "/moved"]
    d.sinks = BOTH
    d.write_config()
    d.ask("reload")
    assert [s["name"] for s in d.status()["sinks"]] == ["log"]
    # A topic list of none: only what is addressed to the sink.
    d.sinks = hook_sink(hook, "topics: [], ")
    d.write_config()
    d.ask("reload")
    fill(feed, 1, rng)
    wait_for(lambda: len(d.lines()) == 6, what="the file")
    wait_for(lambda: sink_status(d, "hook")["lag"] == 0, what="its place")
    assert len(hook.taken) == 3


def test_once_gives_up_on_a_dead_sink(server, daemon, hook):
    """Goal: --once ends, and the next run brings what this one could not."""
    feed = server.feed("/a.xml")
    fill(feed, 2, harness.rng(8))
    hook.status = 500
    d = hook_daemon(daemon, feed, hook_sink(hook))
    assert d.once()[0] == 0
    assert len(hook.posts) >= 3 and hook.taken == []
    hook.status = 200
    assert d.once()[0] == 0
    assert hook.keys() == [f["cursor"] for f in d.lines()]


def test_who_answered_200_and_drips_has_answered(server, daemon):
    """Goal: a body without end does not make the same post come again."""
    feed = server.feed("/a.xml")
    keys = []

    def serve(c):
        head = b""
        while b"\r\n\r\n" not in head:
            head += c.recv(65536)
        keys.append(head.split(b"Idempotency-Key: ")[1].split(b"\r")[0])
        c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx")
        time.sleep(10)
        c.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        def accept():
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=serve, daemon=True,
                                     args=(listener.accept()[0],)).start()
        threading.Thread(target=accept, daemon=True).start()
        fill(feed, 2, harness.rng(30))
        d = daemon([feed], sinks=BOTH + "- {name: hook, start: oldest, "
                   "webhook: {timeout: 1s, allow_private: true, url: "
                   f"\"http://127.0.0.1:{listener.getsockname()[1]}/\"}}}}\n")
        d.start()
        wait_for(lambda: sink_status(d, "hook")["delivered"] == 2,
                 what="both")
    assert [k.decode() for k in keys] == [f["cursor"] for f in d.lines()]


# -- exec ---------------------------------------------------------------

READER = """\
#!/usr/bin/python3
import json, os, sys
out = open({out!r}, "ab", buffering=0)
log = open({out!r} + ".env", "a")
log.write(json.dumps({{"argv": sys.argv, "env": dict(os.environ),
    "fds": sorted(map(int, os.listdir("/proc/self/fd"))),
    "nnp": open("/proc/self/status").read().split("NoNewPrivs:")[1][:2],
    "uid": os.getuid()}}) + "\\n")
log.close()
print("hello\\x1b[31m", file=sys.stderr, flush=True)
for n, line in enumerate(sys.stdin.buffer):
    if {die} and n == {die}:
        os._exit(3)
    out.write(line)
    {ack}
"""
ACK = 'print(json.loads(line)["cursor"], flush=True)'


def program(d, name="reader", die=0, ack=""):
    out = d.dir / f"{name}.out"
    path = d.dir / name
    path.write_text(READER.format(out=str(out), die=die, ack=ack or "pass"))
    path.chmod(0o755)
    return path, out


def exec_sink(path, more=""):
    user = "user: root, " if os.getuid() == 0 else ""
    return BOTH + (f"- {{name: prog, start: oldest, {user}{more}"
                   f"exec: [\"{path}\", \"$(id)\", \"a b\"]}}\n")


def read_lines(path):
    if not path.exists():
        return []
    return [json.loads(x) for x in path.read_bytes().splitlines()]


@pytest.mark.parametrize("ack", [False, True])
def test_a_program_gets_every_line(server, daemon, ack):
    """Goal: fixed argv, clean environment, all lines over its deaths."""
    feed = server.feed("/a.xml")
    d = daemon([feed])
    path, out = program(d, die=4, ack=ACK if ack else "")
    d.sinks = exec_sink(path, "ack: true, " if ack else "")
    d.write_config()
    d.start(env={"WIRESIFT_CANARY": "1"})
    fill(feed, 10, harness.rng(9))
    wait_for(lambda: len(read_lines(out)) >= (10 if ack else 8),
             what=f"the lines\n{d.tail()}")
    wait_for(lambda: sink_status(d, "prog")["lag"] == 0, what="its place")
    s = sink_status(d, "prog")
    print(json.dumps(s))
    got = [f["cursor"] for f in read_lines(out)]
    want = [f["cursor"] for f in d.lines()]
    if ack:
        assert got == want
    else:  # what it had read when it died is gone with it: so ack is there
        assert [c for c in want if c in got] == got and len(got) >= 8
    assert s["starts"] >= 2
    run = read_lines(pathlib.Path(str(out) + ".env"))[0]
    assert run["argv"][1:] == ["$(id)", "a b"]
    assert set(run["env"]) <= {"PATH", "LANG", "HOME", "WIRESIFT_SINK",
                               "LC_CTYPE"}
    assert [n for n in run["fds"] if n > 5] == []
    assert run["nnp"].strip() == "1"
    text = d.log.read_text(errors="replace")
    assert "sink=prog says: hello" in text and "\x1b" not in text
    assert "status 3" in text
    assert d.stop() == 0


def test_a_program_that_does_not_read_holds_up_nobody(server, daemon):
    """Goal: it is killed and told; the file sink has all."""
    feed = server.feed("/a.xml")
    d = daemon([feed], sinks=exec_sink("/bin/sleep", "ack_timeout: 1s, ")
               .replace('"$(id)", "a b"', '"100"')).start()
    fill(feed, 3, harness.rng(10))
    wait_for(lambda: len(d.lines()) == 3, what="the file")
    wait_for(lambda: "does not read" in
             (sink_status(d, "prog")["error"] or ""), what="the trouble")
    pid = sink_status(d, "prog")["pid"]
    assert pid is None or not os.path.exists(f"/proc/{pid}")


def test_root_runs_a_program_as_nobody(server, daemon):
    """Goal: nothing that a feed feeds runs with the daemon's rights."""
    if os.getuid() != 0:
        pytest.skip("the tests do not run as root")
    feed = server.feed("/a.xml")
    d = daemon([feed], sinks=BOTH + "- {name: prog, start: oldest, exec: "
               "[/bin/sh, -c, \"id -u >&2; exec cat >/dev/null\"]}\n").start()
    fill(feed, 1, harness.rng(11))
    wait_for(lambda: "sink=prog says: 65534" in d.log.read_text(),
             what="its user")


def test_a_program_that_is_not_there_is_a_fault(server, daemon):
    """Goal: told at the start, not in the night."""
    d = daemon([], sinks=exec_sink("/nonexistent/x"))
    code, said = d.once()
    assert code == 73 and "/nonexistent/x: No such file" in said


def test_programs_that_do_not_end_do_so_together(server, daemon):
    """Goal: a stop takes as long as one of them, and none is left behind."""
    feed = server.feed("/a.xml")
    fill(feed, 1, harness.rng(31))
    d = daemon([feed])
    path = d.dir / "deaf"
    path.write_text("#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n")
    path.chmod(0o755)
    d.sinks = BOTH + "".join(
        exec_sink(path, "ack: true, ").replace(BOTH, "")
        .replace("name: prog", f"name: prog{i}") for i in range(9))
    d.write_config()
    d.start()
    wait_for(lambda: all(s["starts"] == 1 for s in d.status()["sinks"][1:]),
             what="all of them")
    pids = [s["pid"] for s in d.status()["sinks"][1:]]
    # Other programs for all but the last, which goes: one wait for all.
    feed.add("A kite for them")
    other = d.dir / "other"
    other.write_text(path.read_text())
    other.chmod(0o755)
    d.sinks = d.sinks.replace(str(path), str(other))
    d.sinks = d.sinks[:d.sinks.rindex("- {name: prog8")]
    d.write_config()
    began = time.monotonic()
    d.ask("reload")
    took = time.monotonic() - began
    print(f"reload with nine deaf programs: {took:.2f} s")
    assert [p for p in pids if os.path.exists(f"/proc/{p}")] == []
    wait_for(lambda: all(s["starts"] == 2 for s in d.status()["sinks"][1:]),
             what="the others")
    pids = [s["pid"] for s in d.status()["sinks"][1:]]
    assert d.stop(15) == 0
    assert [p for p in pids if os.path.exists(f"/proc/{p}")] == []


def test_what_a_program_left_behind_ends_with_it(server, daemon):
    """Goal: a program that dies over and over leaves no crowd."""
    feed = server.feed("/a.xml")
    fill(feed, 1, harness.rng(32))
    d = daemon([feed])
    path = d.dir / "parent"
    path.write_text(f"#!/bin/sh\nsleep 300 &\necho $! >>{d.dir}/left\n"
                    "exit 3\n")
    path.chmod(0o755)
    d.sinks = exec_sink(path)
    d.write_config()
    d.start()
    wait_for(lambda: (d.dir / "left").exists()
             and len((d.dir / "left").read_text().split()) >= 2,
             what="two runs")
    first = (d.dir / "left").read_text().split()[0]
    wait_for(lambda: not os.path.exists(f"/proc/{first}") or "Z" in
             pathlib.Path(f"/proc/{first}/stat").read_text().split()[2],
             what="its end")


# -- mail ---------------------------------------------------------------

class Mailbox:
    """python3-aiosmtpd on loopback; notes mails, answers what it is told."""

    def __init__(self, tls=None, login=None):
        controller = pytest.importorskip("aiosmtpd.controller")
        smtp = pytest.importorskip("aiosmtpd.smtp")
        self.mails = []    # (envelope, tls?, user), as they came
        self.answer = None # instead of 250
        self.rcpt = {}     # address -> answer
        box = self

        class Handler:
            async def handle_RCPT(self, server, session, envelope, address,
                                  _):
                if address in box.rcpt:
                    return box.rcpt[address]
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_DATA(self, server, session, envelope):
                if box.answer:
                    return box.answer
                box.mails.append((envelope, session.ssl is not None,
                                  session.auth_data))
                return "250 taken"

        def check(_, __, ___, mechanism, data):
            good = (data.login, data.password) == login
            return smtp.AuthResult(success=good, handled=False,
                                   auth_data=data.login)

        options = {}
        if login:
            options = {"authenticator": check, "auth_required": True}
        self.controller = controller.Controller(
            Handler(), hostname="127.0.0.1", port=self.free_port(),
            tls_context=tls, require_starttls=tls is not None, **options)
        self.controller.start()

    @staticmethod
    def free_port():
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            return s.getsockname()[1]

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.controller.port}"

    def parsed(self):
        return [email.message_from_bytes(
            e.content, policy=email.policy.default) for e, _, _ in self.mails]

    def close(self):
        self.controller.stop()


@pytest.fixture
def mailbox():
    made = []

    def make(**options):
        made.append(Mailbox(**options))
        return made[-1]
    yield make
    for box in made:
        box.close()


def mail_sink(box, more=""):
    return BOTH + (
        f"- {{name: post, start: oldest, mail: {{smtp: \"{box.url}\", "
        "from: wiresift@news.example, to: [ops@news.example, "
        f"desk@news.example], subject: \"[kites]\"{more}}}}}\n")


def test_mail_by_smtp(server, daemon, mailbox):
    """Goal: one mail a match, in order, whole in any script, none forged."""
    feed = server.feed("/a.xml")
    box = mailbox()
    box.answer = "451 not now"
    d = daemon([feed], sinks=mail_sink(box)).start()
    evil = "A kite\u2028Bcc: evil@x.example \u202eكايت " + "long " * 60
    feed.add(evil, "A kite.\n.\nBcc: y@x.example\n..two\n" + "w" * 2000,
             link="https://news.example/1")
    wait_for(lambda: sink_status(d, "post")["tries"] > 0, what="a try")
    s = sink_status(d, "post")
    print(json.dumps(s))
    assert "451" in s["error"]
    box.answer = None
    for _ in range(3):
        feed.add(*harness.story(harness.rng(15 + _)))
    wait_for(lambda: len(box.mails) == 4, what="the mails")
    wait_for(lambda: len(d.lines()) == 4, what="the file")
    for (envelope, _, _), mail, line in zip(box.mails, box.parsed(),
                                            d.lines()):
        assert envelope.mail_from == "wiresift@news.example"
        assert envelope.rcpt_tos == ["ops@news.example", "desk@news.example"]
        assert max(map(len, envelope.content.split(b"\r\n"))) <= 998
        assert b"\n" not in envelope.content.replace(b"\r\n", b"")
        assert mail["Bcc"] is None and mail.defects == []
        assert mail["X-Wiresift-Cursor"] == line["cursor"]
        epoch, n = line["cursor"].split(":")
        assert mail["Message-ID"] == f"<{epoch}.{n}.post@news.example>"
        assert email.utils.parsedate_to_datetime(mail["Date"])
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Subject"].startswith("[kites] A kite")
        body = mail.get_content()
        assert "kites (about, " in body and "Source: " in body
        assert line["item"]["url"] in body
    first = box.parsed()[0]
    assert "كايت" in first["Subject"] and "\u202e" not in first["Subject"]
    assert "Bcc: y@x.example" in first.get_content()
    assert "w" * 2000 in first.get_content()
    assert sink_status(d, "post")["skipped"] == 0


@pytest.mark.parametrize("where", [b"EHLO", b"DATA", b".", b"QUIT"])
def test_a_mail_server_that_hangs_stops_nobody_else(server, daemon, where):
    """Goal: everything else goes on, and half a mail is never a mail."""
    feed = server.feed("/a.xml")
    heard = []

    def serve(c):
        f = c.makefile("rwb", buffering=0)
        f.write(b"220 x\r\n")
        body = False
        for line in f:
            heard.append(line.rstrip(b"\r\n"))
            body = body and heard[-1] != b"."
            if heard[-1].startswith(where) and not body:
                continue  # and never an answer
            if not body:
                body = heard[-1] == b"DATA"
                f.write(b"354 x\r\n" if body else b"250 x\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        def accept():
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=serve, daemon=True,
                                     args=(listener.accept()[0],)).start()
        threading.Thread(target=accept, daemon=True).start()
        fill(feed, 1, harness.rng(33))
        d = daemon([feed], sinks=BOTH + "- {name: post, start: oldest, mail: "
                   "{from: a@b.example, to: [c@d.example], timeout: 5m, smtp: "
                   f"\"smtp://127.0.0.1:{listener.getsockname()[1]}\"}}}}\n")
        d.start()
        wait_for(lambda: (where if where != b"QUIT" else b".") in
                 [x.split(b" ")[0] for x in heard], what="the place")
        fill(feed, 1, harness.rng(34))
        wait_for(lambda: len(d.lines()) == 2, what="the file")
        assert sink_status(d, "post")["state"] == "ok"
        assert d.stop() == 0
        if where == b"DATA":
            assert b"." not in heard


def test_mail_that_is_refused(server, daemon, mailbox):
    """Goal: 5xx for one mail skips it after three tries, and tells."""
    feed = server.feed("/a.xml")
    box = mailbox()
    box.rcpt["desk@news.example"] = "550 no such desk"
    d = daemon([feed], sinks=mail_sink(box)).start()
    fill(feed, 1, harness.rng(16))
    wait_for(lambda: sink_status(d, "post")["skipped"] == 1, what="the skip")
    assert box.mails == [] and "550" in d.log.read_text()


def certificate(folder):
    """A certificate for 127.0.0.1 that signs itself."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", folder / "k.pem", "-out", folder / "c.pem"],
        check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "c.pem", folder / "k.pem")
    return tls


def test_mail_with_a_login_is_encrypted(server, daemon, mailbox, tmp_path):
    """Goal: a password is sent over verified TLS or not at all."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    feed = server.feed("/a.xml")
    login = (b"robot", b"canary-0815")
    box = mailbox(tls=certificate(tmp_path), login=login)
    sinks = mail_sink(box, ", user: robot, password_file: password")
    d = daemon([feed], sinks=sinks)
    (d.dir / "password").write_text("canary-0815\n")
    d.start()
    fill(feed, 1, harness.rng(17))
    wait_for(lambda: sink_status(d, "post")["tries"] > 0, what="a try")
    print(sink_status(d, "post")["error"])
    assert "certificate" in sink_status(d, "post")["error"]
    assert box.mails == []
    d.write_config(f"ca_file: {tmp_path}/c.pem\n")
    d.ask("reload")
    wait_for(lambda: len(box.mails) == 1, what=f"the mail\n{d.tail()}")
    assert box.mails[0][1:] == (True, b"robot")
    # A wrong password is about us: it waits, and skips nothing.
    (d.dir / "password").write_text("wrong")
    fill(feed, 1, harness.rng(18))
    wait_for(lambda: sink_status(d, "post")["tries"] >= 3, what="tries")
    assert sink_status(d, "post")["skipped"] == 0
    assert "canary-0815" not in d.log.read_text()


EXIM = os.environ.get("EXIM") or shutil.which(
    "exim4", path=os.environ["PATH"] + ":/usr/sbin")
EXIM_CONFIG = """\
primary_hostname = mail.news.example
exim_user = nobody
exim_group = nogroup
never_users =
keep_environment =
exim_path = {exim}
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
spool_directory = {dir}/spool
log_file_path = {dir}/spool/%slog
pid_file_path = {dir}/spool/pid
acl_smtp_rcpt = rcpt
acl_smtp_data = data
begin acl
rcpt:
  accept domains = news.example
  deny
data:
  accept
begin routers
box:
  driver = accept
  local_parts = ops : desk
  transport = box
begin transports
box:
  driver = appendfile
  file = {dir}/mail/$local_part_data
  user = nobody
  group = nogroup
"""


@pytest.mark.skipif(not EXIM, reason="exim4-daemon-light is not installed")
@pytest.mark.skipif(os.getuid() != 0, reason="exim4 wants root")
def test_mail_reaches_the_boxes_of_exim(server, daemon):
    """Goal: a mail server of the real world takes and files every mail."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        port = Mailbox.free_port()
        config = pathlib.Path(folder) / "conf"
        config.write_text(EXIM_CONFIG.format(
            dir=folder, port=port, exim=EXIM))
        for name in ("spool", "mail"):
            os.mkdir(f"{folder}/{name}")
            shutil.chown(f"{folder}/{name}", "nobody", "nogroup")
        exim = subprocess.Popen([EXIM, "-C", config, "-bdf"])
        try:
            feed = server.feed("/a.xml")
            d = daemon([feed], sinks=BOTH + (
                "- {name: post, start: oldest, mail: {from: w@news.example, "
                f"smtp: \"smtp://127.0.0.1:{port}\", "
                "to: [ops@news.example, desk@news.example]}}\n")).start()
            feed.add("A kite كايت", "The kite.\n.\nFrom here on")
            fill(feed, 5, harness.rng(19))
            wait_for(lambda: sink_status(d, "post")["delivered"] == 6,
                     what=f"the mails\n{d.tail()}")
            for name in ("ops", "desk"):
                path = f"{folder}/mail/{name}"
                wait_for(lambda p=path: os.path.exists(p) and
                         len(mailbox_of(p)) == 6, what=path)
                got = {m["X-Wiresift-Cursor"] for m in mailbox_of(path)}
                assert got == {f["cursor"] for f in d.lines()}
                assert any("كايت" in str(email.header.make_header(
                    email.header.decode_header(m["Subject"])))
                    for m in mailbox_of(path))
        finally:
            exim.terminate()
            exim.wait(10)


def mailbox_of(path):
    with contextlib.closing(mailbox_module.mbox(path)) as box:
        return list(box)


# -- feeds --------------------------------------------------------------

def feed_sink(more=""):
    return BOTH + ("- {name: out, feed: {dir: feeds, items: 5, "
                   f"url: \"https://news.example/f/\"{more}}}}}\n")


def parsed(path, kind):
    p = subprocess.run([harness.WIRESIFT, "parse", path, "", kind],
                       capture_output=True, check=True)
    assert p.stderr == b""
    return json.loads(p.stdout)


def test_feeds_out_are_valid_and_survive_a_restart(server, daemon):
    """Goal: an Atom and a JSON feed a topic, the same after a restart."""
    feedparser = pytest.importorskip("feedparser")
    feed = server.feed("/a.xml")
    rng = harness.rng(12)
    d = daemon([feed], sinks=feed_sink()).start()
    feed.add("Kite & <b>boat</b> ]]> \"q\" كايت", "A kite.\x07\nTwo", link=
             "https://news.example/1?a=1&b=2")
    for kind in ("kite", "kite", "kite", "boat", "kite", "kite"):
        feed.add(*harness.story(rng, kind))
    out = d.dir / "feeds"

    def names():
        return [i["title"] for i in
                json.loads((out / "kites.json").read_text())["items"]]
    wait_for(lambda: (out / "kites.json").exists() and len(names()) == 5,
             what="the feeds")
    wait_for(lambda: sink_status(d, "out")["lag"] == 0, what="its place")
    files = sorted(p.name for p in out.iterdir())
    assert files == ["boats.atom", "boats.json", "kites.atom", "kites.json"]
    want = [f["item"]["title"] for f in d.lines()
            if "kites" in f["item"]["_wiresift"]["topics"]][::-1][:5]
    assert names() == want
    atom = feedparser.parse((out / "kites.atom").read_bytes())
    assert not atom.bozo and [e.title for e in atom.entries] == want
    assert atom.feed.id == "urn:wiresift:topic:kites"
    boats = feedparser.parse((out / "boats.atom").read_bytes())
    assert not boats.bozo and len(boats.entries) == 2
    for path, kind in (("kites.atom", "application/atom+xml"),
                       ("kites.json", "application/feed+json")):
        doc = parsed(out / path, kind)
        print(json.dumps(doc)[:300])
        assert doc["status"] == "ok" and len(doc["entries"]) == 5
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns)
              for p in out.iterdir()}
    assert d.stop() == 0
    d.start()
    wait_for(lambda: sink_status(d, "out")["lag"] == 0, what="a new start")
    time.sleep(0.3)
    assert before == {p.name: (p.read_bytes(), p.stat().st_mtime_ns)
                      for p in out.iterdir()}
    # Torn out from under it, they come again.
    (out / "kites.atom").unlink()
    feed.add(*harness.story(rng))
    wait_for(lambda: (out / "kites.atom").exists(), what="it anew")
    d.sinks = feed_sink(", formats: [json]").replace("items: 5", "items: 2")
    d.write_config()
    d.ask("reload")
    wait_for(lambda: len(names()) == 2, what="fewer items")


# -- rotation -----------------------------------------------------------

def test_feeds_out_link_to_the_web_only(server, daemon):
    """Goal: no javascript: of a feed's in what readers make pages of."""
    feed = server.feed("/a.xml")
    feed.add("A kite that is evil", "kite one", link="javascript:alert(1)")
    feed.add("A boat and a kite", "quite another thing",
             link="https://news.example/2")
    d = daemon([feed], sinks=feed_sink()).start()
    wait_for(lambda: list(d.dir.glob("*/kites.json")), what="the feed")
    path = list(d.dir.glob("*/kites.json"))[0]
    wait_for(lambda: len(json.loads(path.read_text())["items"]) == 2,
             what="both")
    links = [i.get("url") for i in json.loads(path.read_text())["items"]]
    assert sorted(filter(None, links)) == ["https://news.example/2"]


def rotated(d):
    """Lines of all files, the oldest first."""
    names = sorted(d.dir.glob("matches.ndjson.*"),
                   key=lambda p: -int(p.name.rsplit(".", 1)[1]))
    lines = []
    for path in [*names, d.file]:
        data = path.read_bytes() if path.exists() else b""
        assert data == b"" or data.endswith(b"\n"), f"{path} is torn"
        lines += [json.loads(x) for x in data.splitlines()]
    return lines


def test_rotation_by_size_over_kill_9(server, daemon):
    """Goal: each match once over all files, killed in the middle or not."""
    feed = server.feed("/a.xml")
    rng, dice = harness.rng(13), random.Random(13)
    d = daemon([feed], options="log_level: warn\n", sinks=(
        "- {name: log, file: matches.ndjson, "
        "rotate: {size: 4KiB, keep: 1000}}\n"))
    made = 0
    for _ in range(100 if harness.FULL else 6):
        d.start()
        for _ in range(6):
            fill(feed, 3, rng)
            made += 3
            time.sleep(dice.uniform(0.02, 0.25))
        d.kill9()
    d.start()
    wait_for(lambda: len(rotated(d)) == made, what=f"{made} lines")
    assert [seq(f) for f in rotated(d)] == list(range(1, made + 1))
    assert len(list(d.dir.glob("matches.ndjson.*"))) >= 3
    assert d.stop() == 0


def test_rotation_keeps_so_many(server, daemon):
    """Goal: no disk fills up with old files."""
    feed = server.feed("/a.xml")
    rng = harness.rng(14)
    d = daemon([feed], sinks="- {name: log, file: matches.ndjson, "
               "rotate: {size: 4KiB, keep: 2}}\n").start()
    for n in range(1, 6):
        fill(feed, 8, rng)
        wait_for(lambda: sink_status(d, "log")["lines"] == 8 * n,
                 what=f"round {n}")
    names = sorted(p.name for p in d.dir.glob("matches.ndjson*"))
    assert names == ["matches.ndjson", "matches.ndjson.1",
                     "matches.ndjson.2"]
    got = [seq(f) for f in rotated(d)]
    assert got == list(range(got[0], 41))
    assert sink_status(d, "log")["rotations"] >= 3


def batch_sink(hook, extra="", form="array", n=10):
    return (BOTH + f"- {{name: hook, start: oldest, {extra}webhook: {{"
            f"url: \"{hook.url}/hook\", allow_private: true, "
            f"secret_file: key, batch: {n}, batch_form: {form}}}}}\n")


def frames_of(body, form="array"):
    if form == "array":
        return json.loads(body)
    assert body.endswith(b"\n")
    return [json.loads(line) for line in body.splitlines()]


@pytest.mark.parametrize("form,kind", [
    ("array", "application/json"), ("ndjson", "application/x-ndjson")])
def test_a_batch_is_taken_whole_and_in_order(
        server, daemon, hook, form, kind):
    """Goal: what waited comes in few requests, each signed, once by key."""
    feed = server.feed("/a.xml")
    hook.status = 500
    d = hook_daemon(daemon, feed, batch_sink(hook, form=form)).start()
    fill(feed, 24, harness.rng(11))
    wait_for(lambda: len(d.lines()) == 24, what="the file")
    wait_for(lambda: len(hook.posts) >= 2, what="two tries")
    assert len({h["Idempotency-Key"] for _, h, _ in hook.posts}) == 1
    assert len({b for _, _, b in hook.posts}) == 1
    hook.status = 200
    wait_for(lambda: sink_status(d, "hook")["delivered"] == 24, what="all")
    got = [f for _, body in hook.taken for f in frames_of(body, form)]
    assert got == d.lines()
    sizes = [len(frames_of(body, form)) for _, body in hook.taken]
    assert max(sizes) <= 10 and len(sizes) < 24
    assert len(set(hook.keys())) == len(sizes)
    for headers, body in hook.taken:
        assert headers["Content-Type"] == kind
        want = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
        assert headers["X-Wiresift-Signature"] == f"sha256={want}"
    d.stop()
    d.start()
    fill(feed, 1, harness.rng(12))
    wait_for(lambda: sink_status(d, "hook")["delivered"] == 1, what="one")
    assert len(frames_of(hook.taken[-1][1], form)) == 1


def test_kill_9_repeats_a_batch_as_it_was(server, daemon, hook):
    """Goal: the key of a batch is worth as much as that of a record."""
    feed = server.feed("/a.xml")
    rng, dice = harness.rng(14), random.Random(14)
    d = hook_daemon(daemon, feed, batch_sink(hook, n=7),
                    options="log_level: warn\n")
    hook.choose = lambda _: 503 if dice.random() < 0.3 else 200
    made = 0
    for _ in range(60 if harness.FULL else 6):
        d.start()
        fill(feed, 12, rng)
        made += 12
        time.sleep(dice.uniform(0.1, 0.9))
        d.kill9()
    hook.choose = None
    d.start()

    def once():
        """By key; what came again must be the same."""
        bodies = {}
        for headers, body in list(hook.taken):
            key = headers["Idempotency-Key"]
            assert bodies.setdefault(key, body) == body
        return [f for body in bodies.values() for f in frames_of(body)]

    wait_for(lambda: len(once()) >= made, 60, "all of them")
    wait_for(lambda: len(d.lines()) == made, what="the file")
    assert once() == d.lines()
    print(f"{made} records, {len(hook.taken)} requests taken")


def test_a_batch_whose_answer_was_lost_comes_again_as_it_was(
        server, daemon, hook):
    """Goal: killed while it waits, with more in the journal by then."""
    feed = server.feed("/a.xml")
    answer = threading.Event()
    hook.choose = lambda _: 200 if answer.wait(20) else 500
    d = hook_daemon(daemon, feed, batch_sink(hook)).start()
    fill(feed, 2, harness.rng(16))
    wait_for(lambda: len(hook.posts) == 1, what="the batch")
    fill(feed, 5, harness.rng(17))
    wait_for(lambda: len(d.lines()) == 7, what="more")
    d.kill9()
    answer.set()
    d.start()
    wait_for(lambda: sink_status(d, "hook")["delivered"] == 7, what="all")
    (_, first, was), (_, again, body) = hook.posts[:2]
    assert first["Idempotency-Key"] == again["Idempotency-Key"]
    assert body == was
    assert [f for _, _, b in hook.posts[1:] for f in frames_of(b)] == d.lines()


def test_one_bad_record_takes_no_other_of_its_batch_along(
        server, daemon, hook):
    """Goal: a batch that is refused goes one by one; one is skipped."""
    feed = server.feed("/a.xml")
    hook.choose = lambda b: 503
    d = hook_daemon(daemon, feed, batch_sink(hook)).start()
    fill(feed, 3, harness.rng(15))
    feed.add("A kite that is poison", "kite one")
    wait_for(lambda: len(d.lines()) == 4, what="the file")
    hook.choose = lambda b: 400 if b"poison" in b else 200
    wait_for(lambda: sink_status(d, "hook")["skipped"] == 1, what="a skip")
    wait_for(lambda: sink_status(d, "hook")["lag"] == 0, what="the rest")
    got = [f for _, body in hook.taken for f in frames_of(body)]
    assert got == [f for f in d.lines() if "poison" not in json.dumps(f)]
    assert "now one by one" in d.log.read_text()

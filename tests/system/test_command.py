"""The command people use: follows the stream, asks the daemon, says no well.

The daemon's side is played by a script here, so that each answer and each
break of a connection comes when the test wants it.
"""
import json
import os
import pathlib
import pty
import re
import select
import signal
import socket
import subprocess
import threading
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
WIRESIFT = str(ROOT / os.environ.get("WIRESIFT_BUILD", "build/release") /
               "wiresift")


def run(*args, stdin=None, **env):
    return subprocess.run([WIRESIFT, *map(str, args)], input=stdin, text=True,
                          capture_output=True, timeout=30,
                          env={**os.environ, "TZ": "UTC", **env})


class Script:
    """A UNIX socket that serves one function after the other, each for one
    connection."""

    def __init__(self, path, *steps):
        self.path, self.steps = str(path), steps
        self.heard = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        for step in self.steps:
            conn, _ = self.listener.accept()
            try:
                with conn, conn.makefile("rw") as f:
                    step(self, f)
            except OSError:  # the command has hung up
                pass

    def hear(self, f):
        self.heard.append(json.loads(f.readline()))

    def close(self):
        self.listener.close()


def say(f, *frames):
    for frame in frames:
        f.write(json.dumps(frame) + "\n")
    f.flush()


def item(n, title="Talks begin", **own):
    return {"item": {"id": f"urn:wiresift:{n}", "title": title,
                     "url": f"https://news.example/{n}",
                     "_wiresift": {"feed": "https://news.example/rss",
                                   "received": "2024-01-27T17:00:00Z",
                                   "topics": {"talks": {"level": "about",
                                                        "score": 24}},
                                   "relation": "new", "origin": "AP", **own}},
            "cursor": f"k:{n}"}


HELLO = {"hello": {"proto": 1, "topics": ["talks"]}}


def test_tail_passes_frames_on_and_keeps_the_cursor(tmp_path):
    def stream(s, f):
        say(f, HELLO)
        s.hear(f)
        say(f, item(1), {"ping": {"lag": 0}, "cursor": "k:5"}, item(6),
            {"caughtup": {}, "cursor": "k:9"},
            {"bye": {"reason": "limit"}, "cursor": "k:9"})

    s = Script(tmp_path / "s", stream)
    kept = tmp_path / "cursor"
    kept.write_text("k:0\n")
    p = run("tail", "-s", s.path, "--once", "--topic", "ta*", "--copies",
            "--cursor-file", kept)
    assert p.returncode == 0, p.stderr
    assert [json.loads(line)["cursor"] for line in p.stdout.splitlines()] == [
        "k:1", "k:6"]
    want = s.heard[0]["subscribe"]
    assert want["topics"] == ["ta*"] and want["after"] == "k:0"
    assert want["copies"] == "all" and want["follow"] is False
    assert kept.read_text() == "k:9\n"


def test_tail_comes_back_where_it_was(tmp_path):
    def first(s, f):
        say(f, HELLO)
        s.hear(f)
        say(f, item(1), {"ping": {"lag": 0}, "cursor": "k:7"})

    def second(s, f):
        say(f, HELLO)
        s.hear(f)
        say(f, item(8))
        f.readline()

    s = Script(tmp_path / "s", first, second)
    p = run("tail", "-s", s.path, "--limit", "2")
    assert p.returncode == 0, p.stderr
    assert "after" not in s.heard[0]["subscribe"]
    assert s.heard[1]["subscribe"]["after"] == "k:7"
    assert [json.loads(line)["cursor"] for line in p.stdout.splitlines()] == [
        "k:1", "k:8"]


def test_tail_tells_why_it_was_refused(tmp_path):
    def stream(s, f):
        say(f, HELLO, {"error": {"code": "unknown-topic", "message":
                                 'no topic "tlks"; did you mean talks?',
                                 "fatal": True}})

    s = Script(tmp_path / "s", stream)
    p = run("tail", "-s", s.path, "tlks")
    assert p.returncode == 1
    assert "did you mean talks?" in p.stderr


def test_tail_ends_quietly_when_its_reader_does(tmp_path):
    def stream(s, f):
        say(f, HELLO)
        for n in range(100000):
            say(f, item(n))

    s = Script(tmp_path / "s", stream)
    p = subprocess.run(f"{WIRESIFT} tail -s {s.path} | head -n 3", shell=True,
                       capture_output=True, text=True, timeout=30)
    assert len(p.stdout.splitlines()) == 3
    assert p.stderr == ""


def on_terminal(*args):
    """What a person sees, TERM being a real one."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(WIRESIFT, [WIRESIFT, *map(str, args)],
                  {**os.environ, "TERM": "xterm", "TZ": "UTC"})
    out, end = b"", time.monotonic() + 20
    while time.monotonic() < end:
        if not select.select([fd], [], [], 0.2)[0]:
            continue
        try:
            chunk = os.read(fd, 4096)
        except OSError:  # how a pty says end of file
            break
        if not chunk:
            break
        out += chunk
    os.close(fd)
    _, status = os.waitpid(pid, 0)
    return out.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(status)


def test_a_terminal_gets_edits_stories_and_copies_of_what(tmp_path):
    """Goal: a copy stands under its own original, or names it."""
    def stream(s, f):
        say(f, HELLO)
        s.hear(f)
        first, second = item(1, "One"), item(2, "Two")
        copy = item(3, "One, too", relation="copy")
        copy["item"]["_wiresift"]["copy_of"] = first["item"]["id"]
        near = item(4, "One, three", relation="copy")
        near["item"]["_wiresift"]["copy_of"] = first["item"]["id"]
        edit = item(5, "One is 7")["item"]
        say(f, first, second, copy, near,
            {"update": {"id": first["item"]["id"], "revision": 2,
                        "significance": "number", "was": {"title": "One"},
                        "numbers": {"gone": ["1"], "new": ["7"]},
                        "lost": ["talks"], "item": edit}, "cursor": "k:5"},
            {"story": {"id": second["item"]["id"], "why": "joined",
                       "items": 4, "origins": ["AP", "Bay News"],
                       "joined": [first["item"]["id"]],
                       "topics": ["talks"]}, "cursor": "k:6"},
            {"bye": {}, "cursor": "k:9"})

    s = Script(tmp_path / "s", stream)
    out, code = on_terminal("tail", "-s", s.path, "--once", "--copies")
    assert code == 0
    lines = [x for x in out.splitlines() if "http" not in x or "copy:" in x]
    assert [x[:18] for x in lines if x.startswith(("  One", "  Two", "    c"))
            ] == ["  One", "  Two", "  One (above)", "    copy: One, too",
                  "    copy: One, thr", "  One is 7"]
    assert "  [edited, revision 2: number]" in out
    assert "    was: One\n" in out and "    numbers: 1 -> 7\n" in out
    assert "    no longer: talks\n" in out
    assert "    story: Two\n      4 items by AP, Bay News; one story with " \
        "One is 7\n" in out


def test_a_terminal_gets_words_and_no_control_characters(tmp_path):
    def stream(s, f):
        say(f, HELLO)
        s.hear(f)
        say(f, item(1, "Talks \x1b]0;owned\x07 \u202ebegin\n\x1b[2J",
                    explain={"talks": {"signals": [
                        {"name": "weak", "points": 2, "text": "no"},
                        {"name": "us-iraq-talks", "points": 12,
                         "text": "Iraq … US … talks"}]}}),
            item(2, "Talks begin again", relation="copy"),
            {"gap": {"lost": 3, "reason": "retention", "resumed": "k:9"},
             "cursor": "k:8"}, {"bye": {}, "cursor": "k:9"})

    s = Script(tmp_path / "s", stream)
    out, code = on_terminal("tail", "-s", s.path, "--once", "--copies")
    assert code == 0
    assert s.heard[0]["subscribe"]["explain"] is True
    assert all(c == "\n" or c.isprintable() for c in out), repr(out)
    lines = out.splitlines()
    assert lines[0] == "2024-01-27 17:00  talks about 24"
    assert lines[2] == ("    news.example, by AP  "
                        "https://news.example/1")
    assert lines[3] == '    because us-iraq-talks +12: "Iraq … US … talks"'
    assert lines[4].startswith("    copy: Talks begin again")
    assert lines[5].startswith("*** 3 records are gone (retention)")


ANSWERS = [
    (["status"], {"ok": {"state": "running"}}, 0, "state: running"),
    (["status", "--json"], {"ok": {"state": "running"}}, 0,
     '{"state":"running"}'),
    (["reload"], {"ok": {"rev": 4, "warnings": []}}, 0, "rev: 4"),
    (["pause"], {"error": {"code": "denied", "message": "not for you"}}, 1,
     "not for you"),
    (["poll", "x"], {"error": {"code": "not_found", "message": "no feed"}}, 1,
     "no feed"),
    (["reload"], {"error": {"code": "config", "message": "it has faults",
                            "faults": ["a.yaml:1:2: what; x was expected"]}},
     78, "in force:\na.yaml:1:2: what; x was expected"),
    (["explain", "urn:none"], {"ok": {"items": []}}, 1, "no item"),
    (["feeds"], {"ok": {"feeds": []}}, 1, ""),
    (["feeds"], {"ok": {"feeds": [
        {"key": "k", "name": "Wire", "url": "http://w.example/", "outcome":
         "timeout", "http_status": None, "why": "no answer in 30 s",
         "failures": 3, "last_success": None, "items": 0,
         "last_attempt": "2024-01-27T17:00:00Z", "next": None}]}}, 0,
     "Wire  timeout, 3 failures in a row\n    http://w.example/\n"
     "    last success never"),
    (["show-config", "-s"], {"ok": {"yaml": "feeds: []\n"}}, 0, "feeds: []\n"),
    (["status"], {"what": 1}, 70, "not understood"),
]


@pytest.mark.parametrize("args,answer,code,text", ANSWERS)
def test_an_answer_has_its_exit_code(tmp_path, args, answer, code, text):
    def control(s, f):
        s.hear(f)
        say(f, answer)

    s = Script(tmp_path / "c", control)
    conf = tmp_path / "c.yaml"
    conf.write_text(f"control: {s.path}\n")
    if args[-1] == "-s":
        args = args[:-1] + ["-s", s.path]
    else:
        args = args[:1] + ["-c", conf] + args[1:]
    p = run(*args)
    assert p.returncode == code, p.stderr
    assert text in p.stdout + p.stderr
    assert len(s.heard) == 1 and list(s.heard[0]) == [
        args[0].replace("-", "_")]


@pytest.mark.parametrize("args,code", [
    ([], 64), (["nonsense"], 64), (["tail", "--nonsense"], 64),
    (["poll"], 64), (["check", "-c", "/nonexistent"], 66),
    (["status", "-s", "/nonexistent"], 69),
    (["tail", "-s", "/nonexistent"], 69), (["--version"], 0), (["help"], 0),
])
def test_exit_codes_tell_what_was_wrong(args, code):
    assert run(*args).returncode == code


STATUS = {
    "version": "9.9", "pid": 77, "state": "degraded", "why": "disk full",
    "since": "2024-01-27T17:00:00Z", "topics": 3,
    "config": {"file": "/etc/w.yaml", "rev": 4,
               "loaded": "2024-01-27T17:00:00Z",
               "error": "w.yaml:3:1: unknown key\x1b[2J"},
    "feeds": {"total": 9, "ok": 6, "failing": 2, "unpolled": 1, "polling": 1},
    "counters": {"polls": 1, "items": 40, "matches": 2},
    "journal": {"path": "/var/w.db", "oldest": "k3:11", "newest": "k3:20",
                "bytes": 5 * 1024 * 1024},
    "remembered": 10,
    "gatherers": [{"index": 0, "pid": 78, "state": "ready", "feeds": 9,
                   "uncommitted": 1, "restarts": 2, "stats": {}}],
    "sinks": [{"name": "log", "kind": "file", "state": "trouble", "lag": 7,
               "lines": 13, "path": "/var/log/w", "error": "no space"},
              {"name": "out", "kind": "socket", "state": "ok", "lag": 0,
               "subscribers": 1}],
    "novelty": {"x": 1}}


def plain(text):
    """Without colours; no other control sequence may be there."""
    text = re.sub("\x1b\\[[0-9;]*m", "", text)
    assert all(c == "\n" or c.isprintable() for c in text), repr(text)
    return text


def test_status_is_a_page_for_people(tmp_path):
    def control(s, f):
        s.hear(f)
        say(f, {"ok": STATUS})

    s = Script(tmp_path / "c", control)
    out, code = on_terminal("status", "-s", s.path)
    assert code == 0
    lines = [" ".join(x.split()) for x in plain(out).splitlines()]
    for want in (
            "disk full", "topics 3", "store 5.0 MiB in /var/w.db",
            "a newer one was refused: w.yaml:3:1: unknown key\ufffd[2J",
            "feeds 9: 6 good, 2 failing, 1 not polled yet; 1 being polled",
            "since start 1 poll, 40 new items, 2 matches",
            "journal 10 records, newest k3:20",
            "gatherers #0 ready, pid 78, 9 feeds, 1 poll under way, "
            "2 restarts",
            "sinks log (file) trouble, 7 records behind, 13 lines written, "
            "/var/log/w",
            "out (socket) ok, up to date, 1 subscriber", "no space",
            "novelty:"):
        assert want in lines, (want, lines)
    assert lines[0].startswith("wiresift 9.9: degraded, up ")
    assert "\x1b[1;31mdegraded" in out


def test_a_status_with_nothing_in_it_is_shown_too(tmp_path):
    def control(s, f):
        s.hear(f)
        say(f, {"ok": {}})

    s = Script(tmp_path / "c", control)
    assert on_terminal("status", "-s", s.path)[1] == 0


def test_top_goes_on_until_it_is_interrupted(tmp_path):
    """Goal: it outlives a daemon that restarts."""
    def control(s, f):
        s.hear(f)
        say(f, {"ok": STATUS})

    def hang_up(s, f):
        pass

    s = Script(tmp_path / "c", control, hang_up, control)
    p = subprocess.Popen([WIRESIFT, "top", "-s", s.path], text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + 20
    while len(s.heard) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.3)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=10)
    assert p.returncode == -signal.SIGINT
    assert out.count("wiresift 9.9: degraded") == 2 and "no answer" in err
    assert run("top", "-s", tmp_path / "nobody").returncode == 69


@pytest.mark.parametrize("verb", ["status", "reload", "feeds"])
def test_a_broken_configuration_is_no_reason_not_to_ask(tmp_path, verb):
    """Goal: when a rule is broken the daemon still runs and can be asked."""
    def control(s, f):
        s.hear(f)
        say(f, {"ok": {"state": "running", "feeds": []}})

    s = Script(tmp_path / "c", control, control)
    conf = tmp_path / "w.yaml"
    conf.write_text("topics: t.yaml\ncontrol: c\n")
    (tmp_path / "t.yaml").write_text("version: 1\ntopics: [x]\n")
    p = run(verb, "-c", conf)
    assert len(s.heard) == 1
    assert f"fault: {tmp_path}/t.yaml:2:9: " in p.stderr
    assert f"trying the daemon at {s.path} " in p.stderr
    p = run(verb, "-c", conf, "-s", s.path)  # nothing to be told
    assert p.stderr == "" and len(s.heard) == 2


@pytest.mark.parametrize("text", [
    "control: [no, scalar]\n", "control: \"\n", "nonsense: x\n", None])
def test_an_unreadable_configuration_gives_the_default_path(tmp_path, text):
    conf = tmp_path / "w.yaml"
    if text is not None:
        conf.write_text(text)
    p = run("status", "-c", conf)
    assert f"{conf}" in p.stderr.splitlines()[0]
    assert "trying the daemon at /run/wiresift/control.sock " in p.stderr
    assert p.returncode == 69 or os.path.exists("/run/wiresift/control.sock")


def test_check_names_the_place_of_a_fault(tmp_path):
    conf = tmp_path / "c.yaml"
    conf.write_text("topics: [t.yaml]\n")
    (tmp_path / "t.yaml").write_text(
        "version: 1\ntopics:\n  kites:\n    require: {any: [$nolist]}\n")
    p = run("check", "-c", conf)
    assert p.returncode == 78
    assert f"{tmp_path}/t.yaml:4:" in p.stderr and "; " in p.stderr


RULES = """\
version: 1
topics:
  kites:
    require: kite
    tests:
      about: ["A kite flies", {file: %s}]
      none: ["A goose flies", "%s"]
"""


def test_check_runs_the_tests_in_the_rules(tmp_path):
    conf = tmp_path / "c.yaml"
    conf.write_text("topics: [t.yaml]\n")
    rules = tmp_path / "t.yaml"
    (tmp_path / "case.txt").write_text("Over the bay\nA kite was seen.\n")
    rules.write_text(RULES % ("case.txt", "A duck flies"))
    p = run("check", "-c", conf, "--tap")
    assert p.returncode == 0, p.stdout + p.stderr
    assert [line for line in p.stdout.splitlines() if line == "1..4"]
    assert sum(line.startswith("ok ") for line in p.stdout.splitlines()) == 4
    rules.write_text(RULES % ("nocase.txt", "A kite too many"))
    p = run("check", "-c", conf)
    assert p.returncode == 1
    assert "t.yaml:" in p.stderr and "kites" in p.stderr
    p = run("check", "-c", conf, "--tap")
    assert p.returncode == 1
    assert sum(line.startswith("not ok ")
               for line in p.stdout.splitlines()) == 2


def test_show_config_shows_a_file_that_loads_again(tmp_path):
    conf = tmp_path / "c.yaml"
    conf.write_text("feeds:\n- {url: 'http://a.example/rss', every: 5m}\n")
    p = run("show-config", "-c", conf)
    assert p.returncode == 0 and "http://a.example/rss" in p.stdout
    again = tmp_path / "again.yaml"
    again.write_text(p.stdout)
    assert run("check", "-c", again).returncode == 0


def complete(*words):
    """What the shell offers for the last word."""
    script = ROOT / "tools/completion/wiresift.bash"
    return subprocess.run(
        ["bash", "-c", f'. "{script}"; COMP_WORDS=("$@"); '
         'COMP_CWORD=$(($# - 1)); _wiresift; echo "${COMPREPLY[@]}"',
         "bash", "wiresift", *words], text=True, capture_output=True,
        check=True).stdout.split()


def test_the_shell_completes_every_verb_and_its_options():
    verbs = re.findall(r"^  (\S+) ", run("help").stdout, re.M)
    assert len(verbs) > 15
    assert set(complete("")) == {*verbs, "help", "version"}
    for verb in verbs:
        usage = run(verb, "-h")
        told = set(re.findall(r"--[a-z-]+", usage.stdout + usage.stderr))
        assert told <= set(complete(verb, "-")), verb

"""What lets us into a feed is told to nobody: not by any way out."""
import json
import stat

from harness import WIRESIFT, rng, story, wait_for
from test_http import get

PASSWORD, TOKEN = "hunter2secret", "t0ken9secret"


def hidden(text):
    return PASSWORD not in text and TOKEN not in text


def test_secrets_of_a_feed_come_out_nowhere(daemon, server, tmp_path):
    path = f"/a.xml?section=world&token={TOKEN}"
    feed = server.feed(path)
    feed.add("A kite", guid="1", link="story?id=1")
    feed.add("A boat and a kite", guid="2", link="#two")
    feed.add("A red kite", guid="3",
             link="http://me:mine@news.example/red")
    bad = server.feed(f"/gone.xml?apikey={TOKEN}")
    bad.reply(404)
    at = f"{server.address}:{server.port}"
    sock = tmp_path / "http.sock"
    d = daemon(
        [f"\"http://me:{PASSWORD}@{at}{path}\"", f"\"{bad.url}\"",
         # Nobody listens there: libcurl's own words.
         f"\"http://me:{PASSWORD}@127.0.0.1:1/x?sig={TOKEN}\""],
        options=f"http: {{listen: 'unix:{sock}'}}\nlog_level: debug\n",
        sinks="- {name: stream, socket: stream.sock, topics: ['*', '_*']}\n"
        "- {name: log, file: matches.ndjson, topics: ['*', '_*']}\n"
        "- {name: out, feed: {dir: out}}\n"
        f"- {{name: hook, webhook: {{url: 'http://me:{PASSWORD}@127.0.0.1:1/"
        f"?token={TOKEN}'}}}}\n").start()
    shown = f"http://***@{at}/a.xml?section=world&token=***"
    with d.subscribe(after="oldest") as sub:
        frames = sub.items(3)
    wait_for(lambda: len(d.lines()) >= 3)
    wait_for(lambda: all(f["polls"] for f in d.ask("feeds")["feeds"]))
    # It is let in all the same.
    assert feed.requests[0][1]["Authorization"].startswith("Basic ")
    feeds = d.ask("feeds")["feeds"]
    assert feeds[0]["key"] == feeds[0]["url"] == shown
    assert feeds[1]["key"] == bad.url.replace(TOKEN, "***")
    assert {f["item"]["_wiresift"]["feed"] for f in frames} == {shown}
    # A link holds nothing that we had to say to get it.
    links = {f["item"]["title"]: f["item"]["url"] for f in frames}
    assert links["A kite"] == f"http://{at}/story?id=1"
    assert links["A boat and a kite"] == (
        f"http://{at}/a.xml?section=world&token=***#two")
    assert links["A red kite"] == "http://news.example/red"
    # A user may name the feed by what the configuration says.
    assert d.tool("poll", f"http://me:{PASSWORD}@{at}{path}")[0] == 0
    d.hup()
    out = {
        "socket": json.dumps(frames),
        "file": d.file.read_text(),
        "status": d.tool("status")[1] + d.tool("status", "--json")[1],
        "feeds": d.tool("feeds")[1] + d.tool("feeds", "--json")[1],
        "show-config": d.tool("show-config")[1] + d.run(
            "show-config", "-c", d.config, program=WIRESIFT)[1],
        "control": json.dumps([d.ask(v) for v in (
            "status", "feeds", "show_config", "rules", "alerts")]),
        "explain": d.tool("explain", frames[0]["item"]["id"])[1],
        "check": d.tool("check", "-v")[1],
        "opml": d.tool("opml", "export")[1],
    }
    for page in ("/metrics", "/healthz", "/readyz", "/feeds/", "/"):
        out[page] = repr(get(sock, page))
    assert d.stop() == 0
    for path in (tmp_path / "d" / "out").rglob("*"):
        out[str(path)] = path.read_text(errors="replace")
    out["log"] = d.log.read_text()
    assert "***" in out["log"] and "***" in out["show-config"]
    assert [k for k, v in out.items() if not hidden(v)] == []
    # Nobody else reads the store, which must know them.
    assert stat.S_IMODE(d.store.stat().st_mode) & 0o007 == 0


def test_a_list_keeps_secrets_only_when_told(daemon):
    url = f"http://me:{PASSWORD}@h.example/f?token={TOKEN}"
    d = daemon([f"\"{url}\"", "http://h.example/plain"])
    code, said = d.tool("opml", "export")
    assert code == 0 and hidden(said)
    assert "secrets in the urls of 1 feed are left out" in said
    code, said = d.tool("opml", "--with-secrets", "export")
    assert code == 0 and not hidden(said)
    assert "the list holds secrets of 1 feed" in said


def test_feeds_that_differ_in_a_secret_need_an_id(daemon):
    d = daemon(["http://h.example/f?key=a", "http://h.example/f?key=b"])
    code, said = d.tool("check")
    assert code == 78
    assert "wiresift.yaml:3:" in said and "expected an id:" in said
    d.feeds[1] = "{url: 'http://h.example/f?key=b', id: b}"
    d.write_config()
    assert d.tool("check")[0] == 0


def test_a_feed_known_by_its_secret_is_not_told_twice(daemon, server):
    """Stores of before had the whole URL as the key of such a feed."""
    feed = server.feed(f"/a.xml?token={TOKEN}")
    for i in range(4):
        feed.add(*story(rng(i)), link=f"/{i}")
    d = daemon([f"{{url: '{feed.url}', id: '{feed.url}'}}"]).start()
    wait_for(lambda: len(d.lines()) == 4)
    assert d.stop() == 0
    d.feeds[0] = f"\"{feed.url}\""
    d.write_config()
    d.start()
    feed.add("A boat and a kite", guid="new")
    wait_for(lambda: len(d.lines()) > 4)
    assert [f["item"]["title"] for f in d.lines()[4:]] == ["A boat and a kite"]


def test_a_secret_in_a_fault_is_hidden(daemon):
    for bad in (f"me:{PASSWORD}@h.example/f", f"ftp://me:{PASSWORD}@h/",
                f"http://me:{PASSWORD}@h:99999/?token={TOKEN}",
                f"http://{'a' * 60}:{PASSWORD}@h:99999/?token={TOKEN}"):
        d = daemon([f"{{url: '{bad}'}}"])
        code, said = d.tool("check")
        assert code == 78 and hidden(said), said


def test_a_password_with_quotes_is_hidden_where_it_is_shown(daemon):
    d = daemon([f"{{url: 'http://me:a\"{PASSWORD}@h.example/f'}}",
                f"{{url: 'http://me:a<{PASSWORD}@h.example/g'}}"])
    code, said = d.run("show-config", "-c", d.config, program=WIRESIFT)[:2]
    assert code == 0 and hidden(said), said

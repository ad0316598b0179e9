"""A reload takes all of a configuration or nothing of it."""
import time

import pytest

import harness
from harness import titles, wait_for


def test_a_reload_takes_feeds_topics_and_sinks(server, daemon):
    """Goal: a new feed is polled, a gone one not, a new topic matches."""
    a, b = server.feed("/a.xml"), server.feed("/b.xml")
    a.add("A kite over the harbour")
    b.add("A boat in the harbour")
    d = daemon([a]).start()
    with d.subscribe(after="oldest") as sub:
        sub.items(1)
        d.feeds = [b]
        d.sinks = ("- {name: stream, socket: stream.sock}\n"
                   "- {name: second, file: second.ndjson}\n")
        (d.dir / "topics.yaml").write_text(harness.TOPICS.replace(
            "  boats:", "  ships:"))
        d.write_config()
        reply = d.ask("reload")
        assert reply["rev"] == 2 and reply["restart"] == ""
        assert sub.items(1)[0]["item"]["tags"] == ["ships"]
    asked = len(a.requests)
    d.wait_polls(2)
    assert len(a.requests) <= asked + 1, "the feed is gone"
    assert [f["key"] for f in d.ask("feeds")["feeds"]] == [b.url]
    assert [s["name"] for s in d.status()["sinks"]] == ["stream", "second"]
    wait_for(lambda: "A boat in the harbour" in titles(
        [__import__("json").loads(x) for x in
         (d.dir / "second.ndjson").read_text().splitlines()]))
    assert len(d.lines()) == 1, "a sink that is gone gets nothing"


@pytest.mark.parametrize("break_it, says", [
    (lambda d: d.config.write_text("evry: 1m\n"), "did you mean every"),
    (lambda d: d.config.unlink(), "cannot read"),
    (lambda d: d.config.write_text(""), "a save that failed"),
    (lambda d: (d.dir / "topics.yaml").write_text(""), "a save that failed"),
    (lambda d: (d.dir / "topics.yaml").write_text("topics: [\n"),
     "topics.yaml:"),
    (lambda d: (d.dir / "topics.yaml").write_text(
        "version: 1\ntopics: {a: {require: $nolist}}\n"), "topics.yaml:2:"),
    (lambda d: d.write_config("sinks: []\n"), "duplicate key"),
])
def test_a_bad_reload_changes_nothing(server, daemon, break_it, says):
    """Goal: the old configuration works on, status says why."""
    feed = server.feed("/a.xml")
    d = daemon([feed]).start()
    break_it(d)
    with pytest.raises(RuntimeError) as e:
        d.ask("reload")
    assert says in str(e.value)
    status = d.status()
    assert says in status["config"]["error"]
    assert status["config"]["rev"] == 1
    assert status["topics"] == 2
    feed.add("A kite over the harbour")
    with d.subscribe(after="oldest") as sub:
        assert sub.items(1)[0]["item"]["tags"] == ["kites"]
    d.feeds = [feed]
    (d.dir / "topics.yaml").write_text(harness.TOPICS)
    d.write_config()
    assert d.ask("reload")["rev"] == 2
    assert d.status()["config"]["error"] is None


def test_sighup_reloads_too(server, daemon):
    d = daemon([server.feed("/a.xml")]).start()
    d.hup()
    wait_for(lambda: d.status()["config"]["rev"] == 2)
    wait_for(lambda: any(x.startswith("RELOADING=1") for x in d.notified))
    d.config.write_text("evry: 1m\n")
    d.hup()
    wait_for(lambda: d.status()["config"]["error"])
    wait_for(lambda: any(x.startswith("STATUS=") and "evry" in x
                         for x in d.notified))


def test_what_needs_a_restart_is_told(daemon):
    d = daemon().start()
    d.write_config("gatherers: 2\ncopies: {window: 1d}\n")
    assert d.ask("reload")["restart"] == "gatherers, copies.window"
    assert len(d.status()["gatherers"]) == 1


def test_a_sink_that_cannot_open_refuses_the_reload(server, daemon):
    d = daemon([server.feed("/a.xml")]).start()
    d.sinks = ("- {name: stream, socket: stream.sock}\n"
               "- {name: log, file: matches.ndjson}\n"
               "- {name: bad, socket: wiresift.yaml/no/such.sock}\n")
    d.write_config()
    with pytest.raises(RuntimeError) as e:
        d.ask("reload")
    assert "sink bad" in str(e.value)
    assert [s["name"] for s in d.status()["sinks"]] == ["stream", "log"]
    with d.subscribe() as sub:
        assert sub.hello["topics"] == ["boats", "kites"] or sub.hello


def test_a_filter_changes_without_a_disconnect(server, daemon):
    feed = server.feed("/a.xml")
    d = daemon([feed]).start()
    with d.subscribe() as sub:
        d.sinks = ("- {name: stream, socket: stream.sock}\n"
                   "- {name: log, file: matches.ndjson, topics: [boats]}\n")
        d.write_config()
        d.ask("reload")
        feed.add("A kite over the harbour")
        feed.add("A boat in the harbour at noon")
        assert len(sub.items(2)) == 2
    wait_for(lambda: d.lines())
    time.sleep(0.2)
    assert titles(d.lines()) == ["A boat in the harbour at noon"]

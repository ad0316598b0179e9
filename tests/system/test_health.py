"""A feed in trouble is an item of the topic _health, and so is its end."""
import json

from harness import seq, wait_for

QUICK = ("health: {failing_after: 1s}\nmax_interval: 1s\n")


def health(frames):
    return [f["item"] for f in frames
            if "item" in f and f["item"]["tags"] == ["_health"]]


def test_a_feed_that_is_gone_is_told_once_and_so_is_its_return(
        server, daemon):
    """Goal: an episode is two items of one story, whatever comes between."""
    feed = server.feed("/a.xml")
    feed.add("A kite over the harbour")
    d = daemon([feed], feed_options=", name: The A").start()
    assert "_health" in d.subscribe().hello["topics"]
    with d.subscribe(topics="_health", after="oldest") as sub:
        d.wait_outcome(feed, "ok")
        feed.reply(410)
        gone = sub.items(1)[0]["item"]
        assert gone["title"] == "Feed gone: The A"
        assert feed.url in gone["content_text"]
        own = gone["_wiresift"]
        assert own["feed"] == feed.url
        assert own["topics"] == {"_health": {"level": "about", "score": 1}}
        assert own["tags"] == ["gone"]
        assert d.feed_status(feed)["health"] == "gone"
        assert "gone since" in d.tool("feeds")[1]
        feed.reply(None)
        d.ask("poll", feed=feed.url)
        back = sub.items(1)[0]["item"]
        assert back["title"] == "Feed recovered: The A"
        assert back["_wiresift"]["story"] == own["story"]
        assert back["_wiresift"]["tags"] == ["recovered"]
        assert back["id"] != gone["id"]
    assert d.feed_status(feed)["health"] == "ok"
    assert " since " not in d.tool("feeds")[1]


def test_health_is_asked_for_by_name(server, daemon):
    """Goal: who wants news of kites is not bothered by a dead feed."""
    feed = server.feed("/a.xml")
    feed.reply(410)
    d = daemon([feed], options="contact: desk@news.example\n", sinks=(
        "- {name: stream, socket: stream.sock}\n"
        "- {name: log, file: matches.ndjson}\n"
        "- {name: under, file: health.ndjson, topics: [_*]}\n"))
    code, said = d.once()
    assert code == 1, said
    assert d.lines() == []
    lines = (d.dir / "health.ndjson").read_text().splitlines()
    assert [x["title"] for x in health(map(json.loads, lines))] == [
        f"Feed gone: {feed.url}"]
    assert "warning" not in d.tool("check")[1]


def test_three_failures_and_some_time_are_failing(server, daemon):
    feed = server.feed("/a.xml")
    feed.reply(503, b"", {})
    d = daemon([feed], options=QUICK).start()
    with d.subscribe(topics=["_*"], after="oldest") as sub:
        item = sub.items(1)[0]["item"]
        assert item["title"].startswith("Feed failing: ")
        assert "503" in item["content_text"]
        assert d.feed_status(feed)["failures"] >= 3
        feed.reply(None)
        feed.add("A kite over the harbour")
        d.ask("poll", feed=feed.url)
        item = sub.items(1)[0]["item"]
        assert item["title"].startswith("Feed recovered: ")


def test_a_feed_that_shrinks_to_nothing_is_told(server, daemon):
    feed = server.feed("/a.xml")
    feed.add("A kite over the harbour")
    d = daemon([feed]).start()
    d.wait_outcome(feed, "ok")
    items, feed.items = feed.items, type(feed.items)()
    feed.version += 1
    with d.subscribe(topics="_health", after="oldest") as sub:
        assert sub.items(1)[0]["item"]["title"].startswith("Feed empty: ")
        feed.items = items
        feed.version += 1
        assert sub.items(1)[0]["item"]["title"].startswith("Feed recovered")
    # The kite is not news again.
    assert d.status()["counters"]["matches"] == 1


def test_an_episode_survives_a_restart(server, daemon):
    """Goal: no second item for the same trouble, whatever dies."""
    feed = server.feed("/a.xml")
    feed.reply(410)
    d = daemon([feed], options="first_fetch: all\n").start()
    with d.subscribe(topics="_health", after="oldest") as sub:
        first = sub.items(1)[0]
    d.kill9()
    d.start()
    d.ask("poll", feed=feed.url)
    wait_for(lambda: len(feed.requests) >= 2)
    feed.reply(None)
    wait_for(lambda: d.status()["state"] == "running")
    d.ask("poll", feed=feed.url)
    with d.subscribe(topics="_health", after="oldest") as sub:
        a, b = sub.items(2)
    assert (seq(a), seq(b)) == (1, 2)
    assert a == first
    assert b["item"]["title"].startswith("Feed recovered")


def test_the_topic_is_ours(daemon):
    d = daemon(topics="version: 1\ntopics: {_health: {require: \"*\"}}\n")
    code, said = d.tool("check")
    assert code == 78
    assert "_health is built in" in said

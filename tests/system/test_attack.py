"""What hostile publishers, careless operators and bad disks do."""
import os
import signal
import sqlite3
import time

import pytest

import harness
from harness import wait_for


def items(d):
    return [x["item"] for x in d.lines() if "item" in x]


def test_reloads_that_change_feeds_strand_none(server, daemon):
    """Goal: what a gatherer asked for before a reload is forgotten by both."""
    feeds = [server.feed(f"/{i}.xml") for i in range(40)]
    d = daemon(feeds, feed_options=", every: 1s").start()
    d.first_polls(40)
    for i in range(4):
        os.kill(d.process.pid, signal.SIGSTOP)
        time.sleep(1.2)  # they are due, and ask
        d.feed_options = f", every: 1s, language: {'de' if i % 2 else 'en'}"
        d.write_config()
        d.hup()
        os.kill(d.process.pid, signal.SIGCONT)
        wait_for(lambda: d.status()["config"]["rev"] == i + 2)
        time.sleep(0.5)
    before = [len(f.requests) for f in feeds]
    wait_for(lambda: all(len(f.requests) > n
                         for f, n in zip(feeds, before)), 10,
             "a request of every feed")


def test_a_shorter_interval_holds_from_now_on(server, daemon):
    feed = server.feed("/a.xml")
    d = daemon([feed], feed_options=", every: 1h").start()
    d.first_polls(1)
    d.feed_options = ", every: 1s"
    d.write_config()
    d.ask("reload")
    wait_for(lambda: len(feed.requests) > 2, 10)


def test_a_repaired_feed_is_asked_at_once(server, daemon):
    """Goal: a setting that was wrong costs nothing once it is right."""
    feed = server.feed("/a.xml")
    feed.add("A kite")
    d = daemon([feed], options="allow_private: false\nevery: 1h\n").start()
    d.wait_outcome(feed, "blocked_address")
    d.feed_options = ", allow_private: true"
    d.write_config()
    d.ask("reload")
    d.wait_outcome(feed, "ok", 10)


def test_another_url_under_the_same_id_is_asked_at_once(server, daemon):
    a, b = server.feed("/a.xml"), server.feed("/b.xml")
    for f in (a, b):
        f.add("A kite over the bay", guid="one")
    d = daemon([f'{{id: x, url: "{a.url}", every: 1h}}']).start()
    wait_for(lambda: d.polls() >= 1)
    d.stop()
    d.feeds = [f'{{id: x, url: "{b.url}", every: 1h}}']
    d.write_config()
    d.start()
    wait_for(lambda: len(b.requests) > 0, 10)
    d.feeds = [f'{{id: x, url: "{a.url}?2", every: 1h}}']
    server.feed("/a.xml?2").add("A kite over the bay", guid="one")
    d.write_config()
    d.ask("reload")
    wait_for(lambda: len(server.feed("/a.xml?2").requests) > 0, 10)
    wait_for(lambda: d.feed_status("x")["polls"] == 3)
    assert len(items(d)) == 1, "guid one of feed x is known"


def test_a_feed_that_comes_back_is_known(server, daemon):
    """Goal: removed and added again, it keeps its items and its manners."""
    a, b = server.feed("/a.xml"), server.feed("/b.xml")
    a.add("A kite in the wind")
    d = daemon([a, b], feed_options=", every: 1h").start()
    d.first_polls(2)
    d.feeds = [b]
    d.write_config()
    d.ask("reload")
    d.feeds = [a, b]
    d.write_config()
    d.ask("reload")
    assert d.feed_status(a)["polls"] == 1
    time.sleep(1)
    assert len(a.requests) == 1
    assert d.ask("poll", feed=a.url)["feeds"] == 1
    wait_for(lambda: len(a.requests) == 2)
    assert len(items(d)) == 1


def test_a_renamed_sink_needs_a_restart_and_doubles_nothing(server, daemon):
    feed = server.feed("/a.xml")
    feed.add("A kite in the wind")
    feed.add("A boat in the sea of storms")
    d = daemon([feed]).start()
    wait_for(lambda: len(items(d)) == 2)
    d.sinks = ("- {name: stream, socket: stream.sock}\n"
               "- {name: other, file: matches.ndjson}\n")
    d.write_config()
    with pytest.raises(RuntimeError, match="in use by the running sink log"):
        d.ask("reload")
    d.stop()
    d.start()
    feed.add("A third kite, quite another one")
    wait_for(lambda: any("third" in x["title"] for x in items(d)))
    assert len(items(d)) == 3


@pytest.mark.parametrize("what, item", [
    ("text", dict(title="A kite", text="kite and word " * 100000)),
    ("quotes", dict(title="A kite", text='kite ' + '"' * 900000)),
    ("controls", dict(title="A kite \x85\x9f",
                      text="\u202e\u2028" * 150000)),
    ("guid", dict(title="A kite", text="x y", guid="g" * 1000000)),
    ("title", dict(title="A kite " + "t" * 900000, text="a title")),
    ("link", dict(title="A kite", text="x y",
                  link="http://127.0.0.1/" + "l" * 1000000)),
])
def test_an_item_of_a_mebibyte_arrives_cut(server, daemon, what, item):
    feed = server.feed("/a.xml")
    feed.add(**item)
    feed.add("A boat after it", "sea")
    d = daemon([feed]).start()
    wait_for(lambda: any("boat" in x["title"] for x in items(d)))
    long = items(d)[0]
    assert "kite" in long["title"]
    assert all(len(x) < 1 << 20 for x in d.file.read_bytes().split(b"\n"))
    if what == "text":
        assert len(long["content_text"]) > 100000
    if what in ("text", "quotes", "controls", "guid"):
        assert long["_wiresift"]["truncated"] is True


def test_a_feed_of_quotes_costs_no_gatherer(server, daemon):
    """Goal: JSON doubles a quote; a poll stays within its bounds."""
    bad, good = server.feed("/a.xml"), server.feed("/b.xml")
    for i in range(1200):
        bad.add(f"A kite number {i} zq{i * 7919}", f"{i} " + '"' * 12000)
    good.add("A boat on the water")
    d = daemon([bad, good], options="first_fetch: all\n").start()
    pids = d.gatherer_pids()
    wait_for(lambda: d.status()["counters"]["items"] == 1201, 60,
             "all items\n" + d.tail())
    assert len(items(d)) == 1201
    assert d.gatherer_pids() == pids


def test_an_item_longer_than_a_frame_of_the_link_is_cut(server, daemon):
    many = "".join(f"<category>{i}{'&quot;' * 90000}</category>"
                   for i in range(30))
    body = ("<rss version='2.0'><channel><item><guid>1</guid>"
            f"<title>A kite of many tags</title>{many}</item><item>"
            "<guid>2</guid><title>A boat</title></item></channel></rss>")
    feed = server.feed("/a.xml")
    feed.reply(200, body.encode())
    d = daemon([feed]).start()
    pids = d.gatherer_pids()
    wait_for(lambda: len(items(d)) == 2, 30, "both items\n" + d.tail())
    assert d.gatherer_pids() == pids


def test_a_feed_of_ten_thousand_items_doubles_nothing(server, daemon):
    feed = server.feed("/a.xml")
    rng = harness.rng()
    for _ in range(10000):
        feed.add(*harness.story(rng, n=8))
    feed.validators = False
    d = daemon([feed], options="first_fetch: all\n").start()
    d.first_polls(3, 60)
    ids = [x["id"] for x in items(d)]
    assert len(ids) == len(set(ids)) > 0
    feed.add("A kite that comes at last")
    wait_for(lambda: len(items(d)) > len(ids))
    d.wait_polls(2)
    assert len(items(d)) == len(ids) + 1


DAMAGE = {
    "its validators": "update feed set etag = 'x' where feed = ?",
    "its items": "update feed set seen = x'00' where feed = ?",
    "all of it": "delete from feed where feed = ?",
}


@pytest.mark.parametrize("what,archive", [
    *((what, True) for what in DAMAGE), ("its items", False)])
def test_a_damaged_row_loses_and_doubles_nothing(server, daemon, what,
                                                 archive):
    """Goal: what was delivered is not again, what came meanwhile is, what a
    first fetch left out stays out; others are polled on."""
    a, b = server.feed("/a.xml"), server.feed("/b.xml")
    rng = harness.rng(5)
    old = harness.story(rng)
    a.add(*old)
    made = [harness.story(rng) for _ in range(6)]
    for title, text in made:
        a.add(title, text)
    b.add("A boat in the sea of storms")
    d = daemon([a, b], options="first_fetch: latest:6\n" +
               ("" if archive else "archive: {keep: 0}\n")).start()
    wait_for(lambda: len(items(d)) == 7)
    d.wait_polls(2)
    assert d.stop() == 0
    with sqlite3.connect(d.store) as db:
        assert db.execute(DAMAGE[what], (a.url,)).rowcount == 1
        if archive:  # nor does the index of copies help
            db.execute("delete from remembered")
    db.close()
    if not archive:  # what the first fetch left out was known to it alone
        a.items.pop()
    new = [harness.story(rng) for _ in range(3)]
    for title, text in new:
        a.add(title, text)
    b.add("A second boat that is new here too")
    d.start()
    wait_for(lambda: len(items(d)) == 11, 10, "both\n" + d.tail())
    d.wait_polls(4)
    titles = [x["title"] for x in items(d)]
    assert sorted(titles) == sorted(
        [t for t, _ in made + new] + [t for t in titles if "boat" in t])
    assert len(titles) == 11 and old[0] not in titles
    assert d.status()["state"] == "running"
    if what != "all of it":
        assert f"feed={a.url} goes on without its state" in d.tail()
    # Its next state is whole.
    before = d.log.read_text().count("goes on without")
    d.ask("poll", feed=a.url)
    d.wait_polls(2)
    assert d.log.read_text().count("goes on without") == before

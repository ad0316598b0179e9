"""A feed just added floods nobody, and what is old does not alarm."""
import email.utils
import time

from harness import titles, wait_for


def rss(items):
    """Items as (number, seconds ago or None)."""
    now = time.time()
    return ("<rss version='2.0'><channel><title>T</title>" + "".join(
        f"<item><guid isPermaLink='false'>{n}</guid>"
        f"<title>A kite numbered {n} is up</title>"
        f"<link>http://news.test/{n}</link>" +
        ("" if ago is None else
         f"<pubDate>{email.utils.formatdate(now - ago)}</pubDate>") +
        "</item>" for n, ago in items) + "</channel></rss>").encode()


def fifty(ago=60):
    return [(n, ago * (50 - n)) for n in range(49, -1, -1)]


def numbers(frames):
    return [int(t.split()[3]) for t in titles(frames)]


def deliver(server, daemon, options, *documents):
    """Numbers of the items that documents polled in turn bring."""
    feed = server.feed("/a.xml")
    d = daemon([feed], options=options)
    for doc in documents:
        feed.reply(200, rss(doc))
        code, said = d.once()
        assert code == 0, said
    return d, feed, numbers(d.lines())


def test_a_first_fetch_brings_the_newest_three(server, daemon):
    d, _, got = deliver(server, daemon, "first_fetch: latest:3\n", fifty())
    assert got == [47, 48, 49]


def test_the_default_is_three(server, daemon):
    feed = server.feed("/a.xml")
    feed.reply(200, rss(fifty()))
    d = daemon([feed])
    d.config.write_text(
        d.config.read_text().replace("first_fetch: all\n", ""))
    assert d.once()[0] == 0
    assert numbers(d.lines()) == [47, 48, 49]


def test_mark_brings_nothing_and_then_all_that_is_new(server, daemon):
    *_, got = deliver(server, daemon, "first_fetch: mark\n", fifty(),
                      [(51, 1), (50, 2)] + fifty())
    assert got == [50, 51]


def test_all_brings_all(server, daemon):
    *_, got = deliver(server, daemon, "first_fetch: all\n", fifty())
    assert got == list(range(50))


def test_the_first_item_after_an_empty_first_fetch_is_news(server, daemon):
    *_, got = deliver(server, daemon, "first_fetch: mark\n", [], [(1, 5)])
    assert got == [1]


def test_a_failed_poll_is_no_first_fetch(server, daemon):
    feed = server.feed("/a.xml")
    d = daemon([feed], options="first_fetch: latest:2\n")
    feed.reply(500)
    assert d.once()[0] == 1
    feed.reply(200, rss(fifty()))
    assert d.once()[0] == 0
    assert numbers(d.lines()) == [48, 49]


def test_an_old_item_is_no_news_whenever_it_comes(server, daemon):
    *_, got = deliver(server, daemon, "max_age: 6h\n",
                      [(2, 60), (1, 7 * 3600)],
                      [(4, 60), (3, 365 * 86400), (2, 60)])
    assert got == [2, 4]


def test_off_takes_items_of_any_age(server, daemon):
    *_, got = deliver(server, daemon, "max_age: off\n", [(1, 9999 * 86400)])
    assert got == [1]


def test_a_feed_has_its_own_limits(server, daemon):
    a, b = server.feed("/a.xml"), server.feed("/b.xml")
    a.reply(200, rss([(2, 60), (1, 600)]))
    b.reply(200, rss([(12, 60), (11, 600 * 60)]))
    d = daemon([f"{{url: \"{a.url}\", first_fetch: \"latest:1\"}}",
                f"{{url: \"{b.url}\", max_age: 1h}}"])
    assert d.once()[0] == 0
    assert sorted(numbers(d.lines())) == [2, 12]


def test_explain_tells_why_an_item_was_passed_over(server, daemon):
    """Goal: what was not sent is in the archive, with the reason."""
    feed = server.feed("/a.xml")
    feed.reply(200, rss([(2, 60), (1, 99)]))
    d = daemon([feed], options="first_fetch: latest:1\nmax_age: 1h\n").start()
    d.wait_outcome(feed, "ok")
    feed.reply(200, rss([(3, 7200), (2, 60)]))
    wait_for(lambda: d.feed_status(feed)["items"] == 3)
    assert numbers(d.lines()) == [2]
    for n, why in ((1, "older than the first fetch takes"),
                   (3, "older than max_age")):
        code, said = d.tool("explain", f"http://news.test/{n}")
        assert code == 0, said
        assert f"not sent: {why}" in said
        assert "kites" in said, "what it would have matched is told too"
    assert "not sent" not in d.tool("explain", "http://news.test/2")[1]


def test_edits_of_what_was_passed_over_are_not_sent(server, daemon):
    feed = server.feed("/a.xml")
    d = daemon([feed], options="first_fetch: mark\n")
    for text in (b"is up", b"is up and well"):
        feed.reply(200, rss([(1, 60)]).replace(b"is up", text))
        assert d.once()[0] == 0
    assert d.lines() == []

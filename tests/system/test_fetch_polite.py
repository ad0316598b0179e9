"""Publishers are asked as they wish: one test for each row of manners.

The row numbers are those of the table in the project's notes on polling.
Intervals are of seconds here, and minutes or hours in life.
"""
import datetime
import re
import time

import pytest

import harness
from harness import http_date, wait_for

ITEM = ("<item><guid isPermaLink='false'>{0}</guid><title>A kite {0}</title>"
        "</item>")


def rss(*items, extra=""):
    return ("<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/"
            "syndication/'><channel><title>T</title>" + extra +
            "".join(ITEM.format(i) for i in items) +
            "</channel></rss>").encode()


class Script:
    """Answers of a feed in turn; the last one for ever."""

    def __init__(self, feed, *answers):
        self.feed, self.answers, self.n = feed, answers, 0
        feed.script = self.answer

    def answer(self, handler):
        status, headers, body = self.answers[
            min(self.n, len(self.answers) - 1)]
        self.n += 1
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        if status != 304:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body if status != 304 else b"")


def wait_requests(feed, n, seconds=harness.PATIENCE):
    wait_for(lambda: len(feed.requests) >= n, seconds,
             f"{n} requests of {feed.path}, not {len(feed.requests)}")
    return feed.requests


def sent(feed, i, name):
    return feed.requests[i][1].get(name)


def gaps(feed):
    at = [t for t, _ in feed.requests]
    return [b - a for a, b in zip(at, at[1:])]


def iso(text):
    """Seconds of an RFC 3339 date; numbers stay as they are."""
    if isinstance(text, (int, float)):
        return text
    return datetime.datetime.fromisoformat(
        text.replace("Z", "+00:00")).timestamp()


def fresh(feed, code, headers):
    """Every document is another one; `headers` on answers of that code."""
    headers = dict(headers)
    if headers.get("Expires") == "+3":
        headers["Expires"] = http_date(time.time() + 3)
        headers["Date"] = http_date()  # not the handler's, which moves on

    def script(handler):
        n = len(feed.requests)
        status = 200 if n == 1 else code
        lines = {"ETag": '"e"', **(headers if status == code else {})}
        body = rss(n) if status == 200 else b""
        if status == 200:
            lines["Content-Length"] = len(body)
        handler.wfile.write(f"HTTP/1.1 {status} OK\r\n".encode() + "".join(
            f"{k}: {v}\r\n" for k, v in lines.items()).encode() +
            b"\r\n" + body)
    feed.script = script


FRESH = [({"Cache-Control": "public, max-age=3"}, 3, "max-age"),
         ({"Cache-Control": "max-age=5", "Age": "3"}, 2, "max-age"),
         ({"Expires": "+3"}, 3, "expires"),
         ({"Expires": "0"}, 1, "interval")]
ETAG, MODIFIED = 'W/"x, \\"y"', "Sat, 27 Jan 2024 10:00:00 +0000"
MOVED = (301, {"Location": "/b.xml"}, b"")


def hours(*which):
    return "<skipHours>" + "".join(
        f"<hour>{h % 24}</hour>" for h in which) + "</skipHours>"


def scenes(server):
    """All that one daemon can show at a time: a feed for each."""
    def scene(name, *answers):
        return Script(server.feed(f"/{name}.xml"), *answers)
    hour = int(time.time() // 3600 % 24)
    scene("exact", (200, {"ETag": ETAG, "Last-Modified": MODIFIED}, rss(1)),
          (304, {}, b""))
    scene("renewed", (200, {"ETag": '"e1"'}, rss(1)),
          (304, {"ETag": '"e2"'}, b""), (304, {}, b""))
    scene("last", (200, {"ETag": '"e1"'}, rss(1)),
          (200, {"ETag": '"e2"'}, rss(2)), (200, {}, rss(3)),
          (200, {"ETag": '"e4"'}, rss(4)),
          (200, {"ETag": '"e5"'}, b"<html><body>Sorry"))
    scene("attack", (200, {"ETag": '"' + "a" * 300 + '"'}, rss(1)),
          (200, {"ETag": '"\xe9"', "Last-Modified": "x" * 1000}, rss(2)),
          (200, {}, rss(3)))
    scene("once", (200, {"ETag": '"e"'}, rss(1)), (304, {}, b""))
    for code in (200, 304):
        for i, (headers, _, _) in enumerate(FRESH):
            fresh(server.feed(f"/fresh-{code}-{i}.xml"), code, headers)
    scene("ttl", (200, {"ETag": '"e"'}, rss(1, extra="<ttl>1</ttl>")),
          (304, {}, b""))
    scene("sy", (200, {"ETag": '"e"'}, rss(
        1, extra="<sy:updatePeriod>hourly</sy:updatePeriod>"
        "<sy:updateFrequency>6</sy:updateFrequency>")), (304, {}, b""))
    scene("rest", (200, {}, rss(1, extra=hours(hour, hour + 1))))
    scene("never", (200, {}, rss(1, extra=hours(*range(24)))))
    scene("moving", *[MOVED] * 3, (302, {"Location": "/c.xml"}, b""),
          *[MOVED] * 9)
    scene("503", (503, {"Retry-After": "4"}, b""), (200, {}, rss(1)))
    scene("faults", *[(500, {}, b"")] * 3, (200, {}, rss(1)),
          (200, {}, rss(2)))
    scene("plain", (200, {"Set-Cookie": "id=7; Path=/"}, rss(1)))
    scene("delta", (200, {"ETag": '"1"'}, rss(1, 2)),
          (226, {"ETag": '"2"', "IM": "feed"}, rss(3)),
          (200, {"ETag": '"3"'}, rss(1, 2, 3)))
    scene("liar", (200, {"ETag": '"e"'}, rss(1)),
          (200, {"ETag": '"e"'}, rss(2, 1)))


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    server = harness.FeedServer()
    scenes(server)
    feeds = list(server.feeds.values())
    for i, path in enumerate(("/b.xml", "/c.xml")):
        server.feed(path).add(f"A kite number {i}")
    d = harness.Daemon(tmp_path_factory.mktemp("polite") / "d", feeds,
                       options="contact: https://desk.example/polls\n")
    d.start()
    yield d, lambda name: server.feed(f"/{name}.xml")
    d.close()
    server.close()


def lines_of(d, feed):
    return [x for x in d.lines()
            if x["item"]["_wiresift"]["feed"] == feed.url]


def test_validators_go_back_byte_for_byte(stage):
    """Rows 1, 2, 3: ETag and Last-Modified are nobody's business but theirs."""
    d, feed = stage[0], stage[1]("exact")
    wait_requests(feed, 3)
    assert sent(feed, 0, "If-None-Match") is None
    for i in (1, 2):
        assert sent(feed, i, "If-None-Match") == ETAG
        assert sent(feed, i, "If-Modified-Since") == MODIFIED


def test_a_304_renews_what_it_names(stage):
    """Row 4: a 304's new ETag replaces the old one, a bare 304 leaves it."""
    feed = stage[1]("renewed")
    wait_requests(feed, 4)
    assert [sent(feed, i, "If-None-Match") for i in range(4)] == [
        None, '"e1"', '"e2"', '"e2"']


def test_validators_are_of_the_last_document_only(stage):
    """Rows 5, 6, 8: forgotten when a 200 has none or is no feed."""
    feed = stage[1]("last")
    wait_requests(feed, 6)
    assert [sent(feed, i, "If-None-Match") for i in range(6)] == [
        None, '"e1"', '"e2"', None, '"e4"', None]


def test_validators_that_attack_are_not_sent(stage):
    """T18: over-long, 8-bit: not stored."""
    for _, headers in wait_requests(stage[1]("attack"), 3)[:3]:
        assert "If-None-Match" not in headers
        assert "If-Modified-Since" not in headers


def test_nothing_new_is_asked_for_once_an_interval(stage):
    """Row 7: a 304 is an answer, not a reason to ask again."""
    d, feed = stage[0], stage[1]("once")
    wait_requests(feed, 6)
    assert min(gaps(feed)) >= 0.95
    assert d.feed_status(feed)["outcome"] == "unchanged"
    assert len(lines_of(d, feed)) == 1


@pytest.mark.parametrize("code", [200, 304])
@pytest.mark.parametrize("i", range(len(FRESH)))
def test_freshness_lengthens_the_pause(stage, code, i):
    """Row 9: as long as a document is fresh nobody asks for it."""
    d, feed = stage[0], stage[1](f"fresh-{code}-{i}")
    _, seconds, why = FRESH[i]
    n = 3 if code == 304 else 2
    wait_requests(feed, n)
    gap = gaps(feed)[n - 2]
    assert seconds - 0.05 <= gap < seconds + 2
    assert sent(feed, 1, "If-None-Match") == '"e"'
    if "Expires" not in FRESH[i][0]:
        assert d.feed_status(feed)["next_why"] == why


@pytest.mark.parametrize("name, seconds, why", [
    ("ttl", 60, "ttl"), ("sy", 600, "update-period")])
def test_the_document_says_when(stage, name, seconds, why):
    """Row 11: ttl and sy:updatePeriod, still known after a 304."""
    d, feed = stage[0], stage[1](name)
    for n in (1, 2):
        wait_for(lambda: d.feed_status(feed)["polls"] == n)
        f = d.feed_status(feed)
        pause = iso(f["next"]) - iso(f["last_attempt"])
        assert f["next_why"] == why
        assert seconds <= pause <= seconds * 1.1 + 2
        d.ask("poll", feed=feed.url)


def test_skipped_hours_are_skipped(stage):
    """Row 12: this hour and the next are the publisher's rest."""
    d, feed = stage[0], stage[1]("rest")
    wait_for(lambda: d.feed_status(feed)["polls"] == 1)
    f = d.feed_status(feed)
    assert f["next_why"] == "skip-hours"
    assert 0 < iso(f["next"]) - iso(f["last_attempt"]) <= 7200 + 400


def test_all_hours_skipped_is_nonsense(stage):
    """Row 12: who skips all hours skips none."""
    wait_requests(stage[1]("never"), 2)


def test_a_feed_moves_when_it_has_said_so_often_enough(stage):
    """Rows 13, 14: five equal 301 in a row, a 302 between begins anew."""
    d, a = stage[0], stage[1]("moving")
    wait_requests(a, 9)
    time.sleep(2.5)
    assert len(a.requests) == 9, "the old address is asked no more"
    b = stage[1]("b")
    assert len(b.requests) >= 9
    b.reply(404)  # the new one fails: the old address is asked again
    wait_requests(a, 10)
    assert d.feed_status(a)["key"] == a.url


def test_503_rests_that_feed_alone(stage):
    """Row 19: its siblings on the host go on."""
    a, b = stage[1]("503"), stage[1]("once")
    wait_requests(a, 2)
    assert gaps(a)[0] >= 3.95
    t = a.requests[0][0]
    assert len([x for x, _ in b.requests if t < x < t + 4]) >= 3


def test_faults_back_off_and_never_for_good(stage):
    """Row 20: 1, 2, 4 intervals; then it is well and all as before."""
    d, feed = stage[0], stage[1]("faults")
    wait_requests(feed, 6)
    for gap, want in zip(gaps(feed), (1, 2, 4, 1, 1)):
        assert 0.85 * want <= gap < 1.15 * want + 1.5, gaps(feed)
    assert len(lines_of(d, feed)) == 2
    assert d.feed_status(feed)["failures"] == 0


def test_requests_are_plain(stage):
    """Row 25: name and contact; no cookie, no referer, no query."""
    feed = stage[1]("plain")
    for _, headers in wait_requests(feed, 3):
        assert re.match(
            r"^wiresift/[0-9.]+ \(\+https://desk\.example/polls\)$",
            headers["User-Agent"])
        assert not {"Cookie", "Referer", "Range", "From"} & set(headers)
        assert "gzip" in headers["Accept-Encoding"]
        assert "rss" in headers["Accept"]


def test_only_what_is_new_is_enough(stage):
    """Row 29: a 226 holds new items alone; the others are not gone."""
    d, feed = stage[0], stage[1]("delta")
    wait_requests(feed, 4)
    assert sent(feed, 0, "A-IM") is None
    assert sent(feed, 1, "A-IM") == "feed"
    assert sent(feed, 2, "If-None-Match") == '"2"'
    assert len(lines_of(d, feed)) == 3


def test_a_body_counts_more_than_its_etag(stage):
    """Row 31: the same ETag with a new item; the same bytes in a 200."""
    d, feed = stage[0], stage[1]("liar")
    wait_requests(feed, 4)
    wait_for(lambda: d.feed_status(feed)["outcome"] == "unchanged")
    assert len(lines_of(d, feed)) == 2


def test_hints_are_capped(server, daemon):
    """Row 10: a year of max-age is not believed."""
    feed = server.feed("/a.xml")
    Script(feed, (200, {"Cache-Control": "max-age=31536000"}, rss(1)))
    daemon([feed], options="max_interval: 3s\n").start()
    wait_requests(feed, 2)
    assert 2.9 <= gaps(feed)[0] < 5


def test_what_was_learnt_survives_a_restart(server, daemon):
    """Rows 13, 16, 23: moved, gone, and the time of the next poll."""
    a, b, c = (server.feed(p) for p in ("/a.xml", "/b.xml", "/c.xml"))
    gone = server.feed("/gone.xml")
    for i, f in enumerate((b, c)):
        f.add(f"A kite number {i}")
    Script(a, (308, {"Location": "/b.xml"}, b""))
    Script(gone, (410, {}, b""))
    d = daemon([a, gone, f'{{url: "{c.url}", every: 6s}}'],
               options="max_interval: 2s\n").start()
    wait_requests(a, 5)
    wait_for(lambda: len(b.requests) > 6)
    assert len(gone.requests) == 2, "confirmed once, then left alone"
    assert d.feed_status(gone)["outcome"] == "gone"
    assert d.feed_status(gone)["next_why"] == "gone"
    assert d.log.read_text().count("outcome=gone") == 1
    assert d.stop() == 0
    n, m = len(b.requests), len(c.requests)
    d.start()
    wait_requests(b, n + 2)
    wait_requests(c, m + 1)
    assert len(a.requests) == 5
    assert len(gone.requests) == 2
    assert min(gaps(c)) >= 5.3
    assert sent(c, m, "If-None-Match") is not None
    assert len(d.lines()) == 2
    d.ask("poll", feed=gone.url)
    wait_requests(gone, 3)


def test_an_adaptive_interval_follows_the_news(server, daemon):
    """Row 24: who has news is asked more often, within the bounds."""
    news, same = server.feed("/news.xml"), server.feed("/same.xml")

    def script(handler):
        body = rss(len(news.requests))
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
    news.script = script
    same.add("A kite over the harbour")
    d = daemon([news, same], options="every: 2s\nadaptive: true\n"
               "max_interval: 4s\n").start()
    wait_requests(news, 7)
    assert len(news.requests) >= len(same.requests) + 3
    assert all(0.95 <= g < 6 for f in (news, same) for g in gaps(f))
    assert d.feed_status(news)["next_why"] in ("adaptive", "min-interval")


def test_429_rests_the_whole_host(server, daemon):
    """Row 17: nobody asks that host before its time, others go on."""
    a, b = server.feed("/a.xml"), server.feed("/b.xml")
    other = harness.FeedServer("127.0.0.2")
    try:
        c = other.feed("/c.xml")
        Script(a, (200, {}, rss(1)), (429, {"Retry-After": "4"}, b""),
               (200, {}, rss(2)))
        Script(b, (200, {}, rss(3)))
        Script(c, (200, {}, rss(4)))
        daemon([a, b, c]).start()
        wait_requests(a, 3)
        said = a.requests[1][0]
        assert a.requests[2][0] - said >= 3.95
        quiet = [t for t, _ in b.requests if said + 0.1 < t < said + 3.9]
        assert quiet == []
        assert len([t for t, _ in c.requests if said < t < said + 4]) >= 2
    finally:
        other.close()


def test_retry_after_in_all_forms(daemon):
    """Row 18: a date, an absurd number, a negative one, a word."""
    rows = [(http_date(time.time() + 5), 2), ("1000000000", 5), ("-1", 1),
            ("soon", 1)]
    servers = [harness.FeedServer(f"127.0.0.{i + 2}") for i in range(4)]
    try:
        feeds = [s.feed("/a.xml") for s in servers]
        for f, (value, _) in zip(feeds, rows):
            Script(f, (429, {"Retry-After": value}, b""), (200, {}, rss(1)))
        daemon(feeds, options="max_interval: 5s\n").start()
        for f, (value, seconds) in zip(feeds, rows):
            wait_requests(f, 2)
            assert seconds - 0.1 <= gaps(f)[0] < seconds + 4, value
    finally:
        for s in servers:
            s.close()


def test_one_at_a_time_and_spaced_at_a_host(server, daemon):
    """Row 21: twenty feeds of a host in a row, other hosts in parallel."""
    servers = [harness.FeedServer(f"127.0.0.{i}") for i in range(2, 6)]
    open_now, most, log = {}, {}, {}

    def slow(handler):
        address = handler.server.server_address
        open_now[address] = open_now.get(address, 0) + 1
        most[address] = max(most.get(address, 0), open_now[address])
        log.setdefault(address, []).append(time.monotonic())
        time.sleep(0.05)
        open_now[address] -= 1
        body = rss(1)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
    try:
        feeds = [s.feed(f"/{i}.xml") for s in servers for i in range(5)]
        feeds += [server.feed(f"/{i}.xml") for i in range(20)]
        for f in feeds:
            f.script = slow
        d = daemon(feeds, options="every: 1h\nhost_gap: 200ms\n").start()
        for f in feeds:
            d.ask("poll", feed=f.url)
        for f in feeds:
            wait_requests(f, 1)
        assert set(most.values()) == {1}
        for times in log.values():
            assert min(b - a for a, b in zip(times, times[1:])) >= 0.24
        ends = [times[-1] for times in log.values()]
        assert max(ends) - min(ends) > 2, "they do not wait for each other"
    finally:
        for s in servers:
            s.close()


def test_requests_are_spread(server, daemon):
    """Row 22: fifty feeds of five seconds: no second has over twenty."""
    feeds = [server.feed(f"/{i}.xml") for i in range(50)]
    for f in feeds:
        Script(f, (200, {}, rss(1)))
    daemon(feeds, options="every: 5s\nhost_gap: 1ms\n").start()
    for f in feeds:
        wait_requests(f, 2, 60)
    times = sorted(t for f in feeds for t, _ in f.requests[:2])
    worst = max(sum(t <= x < t + 1 for x in times) for t in times)
    assert worst <= 20

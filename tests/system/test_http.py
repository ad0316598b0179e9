"""Metrics and health over HTTP: for this machine, bounded, and true."""
import http.client
import json
import os
import pathlib
import socket
import time

import pytest

import harness
from harness import wait_for


class UnixHTTP(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


def get(path, page, method="GET", headers=None):
    """Status, headers, body of a page behind a UNIX socket."""
    c = UnixHTTP(path)
    try:
        c.request(method, page, headers=headers or {})
        r = c.getresponse()
        return r.status, r.headers, r.read()
    finally:
        c.close()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def families(body):
    parser = pytest.importorskip(
        "prometheus_client.openmetrics.parser",
        reason="python3-prometheus-client is not installed")
    return {f.name: f
            for f in parser.text_string_to_metric_families(body.decode())}


def values(family):
    return {tuple(sorted(s.labels.items())): s.value for s in family.samples}


@pytest.fixture
def served(daemon, server, tmp_path):
    """A daemon with one feed and http on a socket of its own."""
    feed = server.feed("/a.xml")
    sock = tmp_path / "http.sock"
    d = daemon([feed], options=f"http: {{listen: 'unix:{sock}'}}\n")
    d.feed, d.http = feed, sock
    return d


def test_metrics_are_openmetrics_and_true(served):
    feed = served.feed
    feed.add("An old kite")
    served.start()
    wait_for(lambda: served.status()["counters"]["matches"] == 1)
    feed.add("A kite and a boat", link="http://news.example/1")
    feed.add("A kite and a boat, tethered", link="http://news.example/2")
    feed.add("Nothing")
    wait_for(lambda: served.status()["counters"]["items"] == 4)
    # While the parser of others reads it, every number is of one moment.
    status, headers, body = get(served.http, "/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith(
        "application/openmetrics-text; version=1.0.0")
    assert body.endswith(b"# EOF\n")
    # The command has them too, without http.
    code, text = served.tool("status", "--metrics")
    assert code == 0
    assert families(text.encode()).keys() == families(body).keys()
    assert served.tool("status", "--metrics", "--json")[0] == 64
    assert served.tool("feeds", "--metrics")[0] == 64
    fams = families(body)
    assert fams["wiresift_items"].samples[0].value == 4
    topics = values(fams["wiresift_topic_matches"])
    assert topics[(("level", "about"), ("topic", "kites"))] == 3
    assert topics[(("level", "about"), ("topic", "boats"))] == 2
    assert sum(values(fams["wiresift_matches"]).values()) == 3
    polls = values(fams["wiresift_polls"])
    assert polls[(("outcome", "ok"),)] >= 2
    assert polls[(("outcome", "timeout"),)] == 0
    states = values(fams["wiresift_state"])
    assert states.pop((("state", "running"),)) == 1
    assert set(states.values()) == {0}
    sinks = values(fams["wiresift_sink_up"])
    assert sinks == {(("kind", "socket"), ("sink", "stream")): 1,
                     (("kind", "file"), ("sink", "log")): 1}
    wait_for(lambda: values(families(get(served.http, "/metrics")[2])[
        "wiresift_sink_cursor_sequence"])[
            (("kind", "file"), ("sink", "log"))] >= 3)
    assert "wiresift_alerts" in fams
    assert fams["wiresift_journal_bytes"].samples[0].value > 0
    assert fams["process_resident_memory_bytes"].samples[0].value > 1 << 20
    names = [f for f in fams if fams[f].unit]
    assert all(n.endswith("_" + fams[n].unit) for n in names) and names


def dated(*items):
    """A document of (guid, seconds ago or the words of its date)."""
    body = "".join(
        f"<item><guid>{g}</guid><title>A kite {g}</title>" + (
            "" if ago is None else "<pubDate>" + (
                ago if isinstance(ago, str) else
                harness.http_date(time.time() - ago)) + "</pubDate>") +
        "</item>" for g, ago in items)
    return (f"<rss version=\"2.0\"><channel><title>t</title>{body}"
            "</channel></rss>").encode()


def test_lag_is_from_publication_to_commit_and_not_of_a_first_document(
        served):
    feed = served.feed
    feed.reply(200, dated(("a", 9000)))
    served.start()
    served.first_polls(1)
    feed.reply(200, dated(("a", 9000), ("b", 90), ("c", 400)))
    wait_for(lambda: served.status()["counters"]["items"] == 3)
    fams = families(get(served.http, "/metrics")[2])
    lag = fams["wiresift_item_lag_seconds"]
    buckets = {s.labels["le"]: s.value for s in lag.samples
               if s.name.endswith("_bucket")}
    assert (buckets["60.0"], buckets["300.0"], buckets["600.0"],
            buckets["+Inf"]) == (0, 1, 2, 2)
    told = served.feed_status(feed)["lag"]
    assert 90 <= min(told["last"], told["median"]) and told["median"] <= 500
    of_feed = values(fams["wiresift_feed_lag_seconds"])
    assert of_feed == {(("feed", feed.url), ("name", feed.url)):
                       told["median"]}


def test_no_lag_of_what_has_no_date_or_one_of_the_future(served):
    """Goal: a wrong date in a feed does not spoil the numbers."""
    feed = served.feed
    feed.reply(200, dated(("first", 60)))
    served.start()
    served.first_polls(1)
    odd = [("undated", None), ("soon", -30), ("tomorrow", -86400),
           ("far", "Fri, 31 Dec 2100 23:59:59 GMT"), ("nonsense", "soon"),
           ("old", "Thu, 01 Jan 1970 00:00:10 GMT"),
           ("older", "Mon, 01 Jan 1900 00:00:00 GMT")]
    feed.reply(200, dated(("first", 60), *odd))
    wait_for(lambda: served.status()["counters"]["items"] >= 6)
    served.wait_polls(1)
    assert served.feed_status(feed)["lag"] is None
    assert served.status()["lag"] is None
    feed.reply(200, dated(("first", 60), *odd, ("good", 120)))
    wait_for(lambda: served.feed_status(feed)["lag"])
    lag = served.feed_status(feed)["lag"]
    assert lag["items"] == 1 and 120 <= lag["median"] == lag["last"] < 180
    fams = families(get(served.http, "/metrics")[2])
    total = {s.name: s.value for s in
             fams["wiresift_item_lag_seconds"].samples if not s.labels}
    assert total["wiresift_item_lag_seconds_count"] == 1
    assert 120 <= total["wiresift_item_lag_seconds_sum"] < 180


def test_health_tells_state_reason_and_a_refused_configuration(served):
    served.start()
    status, _, body = get(served.http, "/healthz")
    assert status == 200 and json.loads(body)["state"] == "running"
    wait_for(lambda: get(served.http, "/readyz")[0] == 200)
    served.ask("pause")
    assert json.loads(get(served.http, "/healthz")[2])["state"] == "paused"
    code, said = served.tool("poll", "*")
    assert code == 1 and "wiresift resume" in said
    served.ask("resume")
    served.config.write_text(served.config.read_text() + "nonsense: 1\n")
    with pytest.raises(RuntimeError):
        served.ask("reload")
    status, _, body = get(served.http, "/healthz")
    assert status == 200 and "nonsense" in json.loads(body)["config_error"]
    fams = families(get(served.http, "/metrics")[2])
    assert fams["wiresift_config_last_reload_successful"].samples[
        0].value == 0


def test_a_gatherer_that_is_down_is_not_ready(served):
    served.start()
    wait_for(lambda: get(served.http, "/readyz")[0] == 200)
    pid = served.gatherer_pids()[0]
    os.kill(pid, 9)
    wait_for(lambda: get(served.http, "/readyz")[0] == 503)
    wait_for(lambda: get(served.http, "/readyz")[0] == 200)
    up = families(get(served.http, "/metrics")[2])
    assert up["wiresift_gatherer_restarts"].samples[0].value == 1


@pytest.mark.parametrize("page, method, headers, status", [
    ("/", "GET", {}, 404),
    ("/metrics/", "GET", {}, 404),
    ("/../etc/passwd", "GET", {}, 404),
    ("//metrics", "GET", {}, 404),
    ("/metrics?x=1", "GET", {}, 200),
    ("/metrics", "HEAD", {}, 200),
    ("/metrics", "POST", {}, 405),
    ("/metrics", "DELETE", {}, 405),
    ("/metrics", "PROPFIND", {}, 501),
    ("/metrics", "GET", {"X": "y" * 9000}, 400),
])
def test_nothing_but_the_pages_is_served(served, page, method, headers,
                                         status):
    served.start()
    got, hs, body = get(served.http, page, method, headers)
    assert got == status
    if method == "HEAD":
        assert body == b"" and int(hs["Content-Length"]) > 100


def test_pages_are_turned_off_and_on_and_moved_by_a_reload(served):
    served.start()
    text = served.config.read_text()
    old = f"{{listen: 'unix:{served.http}'}}"
    served.config.write_text(text.replace(
        old, f"{{listen: 'unix:{served.http}', metrics: false}}"))
    served.ask("reload")
    assert get(served.http, "/metrics")[0] == 404
    assert get(served.http, "/healthz")[0] == 200
    port = free_port()
    served.config.write_text(text.replace(
        old, f"{{listen: '127.0.0.1:{port}'}}"))
    served.ask("reload")
    assert not served.http.exists()
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    c.request("GET", "/metrics")
    assert c.getresponse().status == 200
    c.close()
    # A page of the web that has its name point here is not this machine.
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    c.request("GET", "/metrics", headers={"Host": "evil.example"})
    assert c.getresponse().status == 403
    c.close()
    # An address that is taken: the old one stays.
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        served.config.write_text(text.replace(
            old, f"{{listen: '127.0.0.1:{s.getsockname()[1]}'}}"))
        with pytest.raises(RuntimeError, match="http: listen"):
            served.ask("reload")
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    c.request("GET", "/healthz")
    assert c.getresponse().status == 200
    c.close()
    served.config.write_text(text.replace(f"http: {old}\n", ""))
    served.ask("reload")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


@pytest.mark.parametrize("listen", [
    "0.0.0.0:9180", "192.0.2.1:9180", "[::]:9180", "127.0.0.1", "9180",
    "localhost:9180", "unix:here.sock", "unix:/" + "x" * 200, "127.0.0.1:0",
    "127.0.0.1:70000",
])
def test_an_address_that_others_reach_is_refused(daemon, listen):
    d = daemon(options=f"http: {{listen: '{listen}'}}\n")
    code, said = d.tool("check")
    assert code == 78 and "http: listen" in said and "expected" in said


def test_who_sits_there_locks_nobody_out_for_long(served):
    """Full, the listener rests; it goes on when one leaves."""
    served.start()
    fds = pathlib.Path(f"/proc/{served.process.pid}/fd")
    before = len(list(fds.iterdir()))
    idle = []
    for _ in range(40):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(30)
        s.connect(str(served.http))
        s.send(b"GET /metr")
        idle.append(s)
    wait_for(lambda: len(list(fds.iterdir())) - before >= 32)
    time.sleep(0.2)
    assert len(list(fds.iterdir())) - before <= 34
    served.status()  # the others do not wait
    for s in idle:
        s.close()
    assert get(served.http, "/healthz")[0] == 200
    wait_for(lambda: len(list(fds.iterdir())) <= before)


def test_a_reader_that_takes_nothing_is_cut(served):
    """Leaving in the midst of an answer costs no descriptor."""
    served.start()
    fds = pathlib.Path(f"/proc/{served.process.pid}/fd")
    before = len(list(fds.iterdir()))
    for _ in range(20):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.connect(str(served.http))
        s.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        s.close()
    assert get(served.http, "/metrics")[0] == 200
    wait_for(lambda: len(list(fds.iterdir())) <= before)


def test_feeds_of_sinks_are_served_by_the_names_of_topics(daemon, server,
                                                          tmp_path):
    feed = server.feed("/a.xml")
    sock = tmp_path / "http.sock"
    d = daemon([feed], options=f"http: {{listen: 'unix:{sock}', feeds: true}}"
               "\n", sinks="- {name: stream, socket: stream.sock}\n"
               "- {name: out, feed: {dir: feeds}}\n").start()
    feed.add("A kite", link="https://news.example/1")
    atom = d.dir / "feeds" / "kites.atom"
    wait_for(lambda: atom.exists() and b"A kite" in atom.read_bytes())
    (d.dir / "feeds" / "secret.json").write_text("{}")
    status, headers, body = get(sock, "/feeds/kites.atom")
    assert status == 200 and body == atom.read_bytes()
    assert headers["Content-Type"].startswith("application/atom+xml")
    etag, changed = headers["ETag"], headers["Last-Modified"]
    for condition in ({"If-None-Match": etag}, {"If-None-Match": "*"},
                      {"If-None-Match": f"\"x\", W/{etag}"},
                      {"If-Modified-Since": changed}):
        status, headers, body = get(sock, "/feeds/kites.atom",
                                    headers=condition)
        assert (status, body, headers["ETag"]) == (304, b"", etag)
    assert get(sock, "/feeds/kites.atom", headers={
        "If-None-Match": '"x"', "If-Modified-Since": changed})[0] == 200
    status, headers, body = get(sock, "/feeds/kites.json")
    assert json.loads(body)["items"][0]["title"] == "A kite"
    for page in ("/feeds/secret.json", "/feeds/", "/feeds/kites",
                 "/feeds/kites.xml", "/feeds/../wiresift.db",
                 "/feeds/..%2fwiresift.yaml", "/feeds/kites%2ejson"):
        assert get(sock, page)[0] == 404, page
    d.config.write_text(d.config.read_text().replace("feeds: true", ""))
    d.ask("reload")
    assert get(sock, "/feeds/kites.atom")[0] == 404

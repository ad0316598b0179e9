"""Alerts: they mean something, and each is told once.

What wakes somebody is an event with several origins, not a text with many
copies; nights end in one digest; a kill loses no alert and doubles none.
"""
import calendar
import json
import random
import shutil
import time

import pytest

import harness
import proofs
from harness import wait_for
from test_clock import Clock
from test_sinks import hook, mailbox  # noqa: F401 (fixtures)
from test_stories import FIRST, SECOND, THIRD, story

SINKS = """\
- {name: stream, socket: stream.sock}
- {name: log, file: matches.ndjson}
- {name: pager, file: pager.ndjson, topics: []}
- {name: wake, socket: wake.sock, topics: []}
"""
KILLS = 600 if harness.FULL else 12
CONFIRMED = "when: {origins: 2, within: 1h}"

needs_clock = pytest.mark.skipif(
    shutil.which("gcc") is None or "san" in str(harness.BUILD),
    reason="no gcc, or a sanitizer that wants to be the first library")


def alerts_of(d, name="pager.ndjson"):
    """What the pager has got, each in a whole line."""
    path = d.dir / name
    data = path.read_bytes() if path.exists() else b""
    assert data == b"" or data.endswith(b"\n"), "torn line"
    frames = [json.loads(x) for x in data.split(b"\n")[:-1]]
    assert all("alert" in f for f in frames), "alerts, and nothing else"
    return [f["alert"] for f in frames]


def alert(rule, name="strike-confirmed", to="pager", topics="kites"):
    return f"- {{name: {name}, topics: [{topics}], {rule}, to: [{to}]}}\n"


@pytest.fixture
def rooms(server, daemon):
    """Newsrooms of other names, and daemons with alerts over them."""
    feeds = []

    def make(n, alerts, options="", **more):
        feeds.extend(server.feed(f"/{i}.xml") for i in range(n))
        rows = [f"{{url: \"{f.url}\", name: Room {i}}}"
                for i, f in enumerate(feeds)]
        d = daemon(rows, sinks=SINKS,
                   options=options + "alerts:\n" + alerts, **more)
        d.rooms = feeds
        return d
    return make


def copies(feeds, title, text):
    for f in feeds:
        f.add(title, text)


def wait_items(d, n):
    wait_for(lambda: d.status()["counters"]["items"] >= n, what=f"{n} items")


def test_forty_copies_of_one_text_are_one_alert(rooms):
    """Goal: a wire text that forty sites publish wakes somebody once."""
    d = rooms(40, alert("when: {every: true}"))
    copies(d.rooms, "Giant kite crashes on theatre", story(FIRST))
    d.start()
    wait_items(d, 40)
    d.wait_polls(40)
    (a,) = alerts_of(d)
    assert (a["reason"], a["items"]) == ("every", 1)
    assert a["title"] == "Giant kite crashes on theatre"
    assert len(a["links"]) == 1 and a["links"][0]["url"] == a["url"]


def test_two_origins_confirm_and_ten_copies_do_not(rooms):
    """Goal: `strike-confirmed` is two who wrote of it, each his own text."""
    d = rooms(11, alert(CONFIRMED))
    copies(d.rooms[:10], "Giant kite crashes on theatre", story(FIRST))
    d.start()
    wait_items(d, 10)
    d.wait_polls(11)
    assert alerts_of(d) == [], "ten sites with one text are one origin"
    d.rooms[10].add("Seven hurt as giant kite falls", story(SECOND))
    wait_for(lambda: alerts_of(d), what="an alert")
    (a,) = alerts_of(d)
    assert (a["name"], a["reason"]) == ("strike-confirmed", "origins")
    assert a["why"] == "2 origins within 1h"
    assert len(a["origins"]) == 2 and "Room 10" in a["origins"]
    assert a["items"] == 11 and a["topics"] == ["kites"]
    assert a["to"] == ["pager"] and len(a["links"]) == 2
    assert a["story"] == d.lines()[0]["item"]["_wiresift"]["story"]
    # It is in the journal, and goes to nobody who is not named.
    assert not any("alert" in f for f in d.lines())
    st = d.status()["alerts"][0]
    assert (st["told"], st["held"]) == (1, 0) and st["last"]


def test_again_is_by_its_rule(rooms):
    """Goal: one story, one alert, until it has grown enough."""
    d = rooms(4, alert(CONFIRMED + ", again: {after: 1s, grew_by: 1}") +
              alert(CONFIRMED, name="once"))
    d.rooms[0].add("Giant kite crashes on theatre", story(FIRST))
    d.rooms[1].add("Seven hurt as giant kite falls", story(SECOND))
    d.start()
    wait_for(lambda: len(alerts_of(d)) == 2)
    d.rooms[2].add("Kite on the roof", story(FIRST))  # a copy
    wait_items(d, 3)
    d.wait_polls(4)
    assert len(alerts_of(d)) == 2
    d.rooms[3].add("Kite falls on the theatre", story(THIRD))
    wait_for(lambda: len(alerts_of(d)) == 3)
    a = alerts_of(d)[2]
    assert (a["name"], a["reason"]) == ("strike-confirmed", "again")
    assert len(a["origins"]) == 3 and a["told_before"] == 1
    assert a["title"] == "Kite falls on the theatre", "its newest text"


def at(clock, hhmmss):
    """Set the daemon's clock to that UTC time of today."""
    h, m, s = map(int, hhmmss.split(":"))
    now = time.time()
    day = time.gmtime(now)
    want = calendar.timegm((day.tm_year, day.tm_mon, day.tm_mday, h, m, s))
    clock.set(int(want - now))


QUIET = 'quiet: {from: "23:00", to: "06:00", then: digest, tz: UTC}'


@needs_clock
@pytest.mark.parametrize("kill", [False, True])
def test_quiet_hours_end_in_one_digest(rooms, tmp_path, kill):
    """Goal: nobody is woken, nothing is lost; a kill in the night changes
    nothing of that."""
    clock = Clock(tmp_path)
    at(clock, "05:55:00")
    d = rooms(3, alert("when: {every: true}, " + QUIET), options="every: 1s\n")
    for i, f in enumerate(d.rooms):
        f.add(*harness.story(harness.rng(i)))
    d.start(env=clock.env)
    wait_items(d, 3)
    st = d.status()["alerts"][0]
    assert st["held"] == 3 and st["quiet"] and st["next"].endswith("06:00:00Z")
    assert alerts_of(d) == []
    if kill:
        d.kill9()
    at(clock, "06:00:10")  # a step that is believed at once
    if kill:
        d.start(env=clock.env)
    wait_for(lambda: alerts_of(d), seconds=25, what="the digest")
    (a,) = alerts_of(d)
    assert (a["reason"], a["items"]) == ("digest", 3)
    assert sorted(x["title"] for x in a["digest"]) == sorted(
        harness.story(harness.rng(i))[0] for i in range(3))
    d.kill9()
    d.start(env=clock.env)
    wait_for(lambda: d.status()["alerts"][0]["held"] == 0)
    assert len(alerts_of(d)) == 1, "released once"


def test_a_kill_loses_no_alert_and_doubles_none(rooms, tmp_path):
    """Goal: an alert is in the transaction of the items that made it, and so
    is what it knows of a story whose second item comes in another life."""
    d = rooms(4, alert("when: {every: true}") +
              alert("when: {items: 4}", name="four"), options=(
                  "log_level: error\n"
                  "health: {failing_after: off, silent_after: off}\n"))
    env = proofs.fast_clock(tmp_path, 10)
    rng = random.Random(12)
    sent, began = [], time.monotonic()
    d.start(env=env)
    for i in range(KILLS):
        if i % 2 == 0:
            title, text = harness.story(harness.rng(100 + i))
            sent.append(title)
        # Half of the rooms now, half of them in the next life.
        copies(d.rooms[i % 2::2], title, text)
        time.sleep(rng.choice((0, 0.05, 0.15, 0.3)) * rng.random())
        d.kill9()
        d.start(env=env)
    took = time.monotonic() - began
    n = len(sent)
    wait_for(lambda: len(alerts_of(d)) >= 2 * n, what=f"{2 * n} alerts")
    d.wait_polls(8)
    of = {"strike-confirmed": [], "four": []}
    for a in alerts_of(d):
        of[a["name"]].append(a["title"])
    assert sorted(of["strike-confirmed"]) == sorted(sent)
    assert sorted(of["four"]) == sorted(sent)
    assert d.stop() == 0
    proofs.proved("kill -9 with two alerts over each story",
                  f"{KILLS}, {KILLS / took:.1f} a second",
                  f"{2 * n} alerts of {n} stories, each once")


def test_a_reload_keeps_what_is_known(rooms):
    """Goal: state belongs to the name; a rule that changes starts nothing
    anew, and one that goes leaves nothing."""
    d = rooms(2, alert("when: {every: true}") +
              alert("when: {every: true}", name="gone"))
    copies(d.rooms, *harness.story(harness.rng(1)))
    d.start()
    wait_for(lambda: len(alerts_of(d)) == 2)
    d.options = "alerts:\n" + alert("when: {items: 2}")
    d.write_config()
    d.ask("reload")
    assert [a["name"] for a in d.status()["alerts"]] == ["strike-confirmed"]
    d.rooms[0].add(harness.story(harness.rng(1))[0] + " again",
                   harness.story(harness.rng(1))[1])
    wait_items(d, 3)
    d.wait_polls(4)
    assert len(alerts_of(d)) == 2, "it was told already"
    copies(d.rooms, *harness.story(harness.rng(2)))
    wait_for(lambda: len(alerts_of(d)) == 3)
    assert alerts_of(d)[2]["reason"] == "items"


def test_a_test_goes_the_whole_way(rooms):
    """Goal: `alert test` shows who would be woken."""
    d = rooms(1, alert("when: {every: true}", to="pager, stream"))
    d.start()
    with d.subscribe() as all_, d.subscribe(topics="boats") as boats, \
            d.subscribe(alerts=False) as deaf:
        for s in (all_, boats, deaf):
            s.until("caughtup")
        code, out = d.tool("alert", "test", "strike-confirmed")
        assert code == 0
        assert out == ("pager (file) took it\n"
                              "stream (socket) offers it to 3 subscribers\n")
        f = all_.until("alert")[-1]
        assert f["alert"]["test"] is True and f["alert"]["reason"] == "test"
        assert f["alert"]["name"] == "strike-confirmed" and f["cursor"]
        assert "Test" in f["alert"]["title"]
        d.rooms[0].add("A kite and a boat", "A kite on a boat.")
        for s in (boats, deaf):
            assert not any("alert" in x for x in s.until("item"))
    with harness.Subscriber(d.dir / "wake.sock", after="oldest") as wake:
        assert [k for k in wake.until("caughtup")[-1]] == [
            "caughtup", "cursor"], "no topics, and not named: nothing"
    (t, _) = wait_for(lambda: len(alerts_of(d)) == 2 and alerts_of(d))
    assert t["test"] is True
    assert "told 1" in d.tool("alert", "list")[1]
    code, err = d.tool("alert", "test", "strike-confirmd")
    assert code == 1 and "did you mean strike-confirmed" in err
    assert d.tool("alert", "test")[0] == 64


@pytest.mark.parametrize("rule, words", [
    (alert(CONFIRMED, to="pagr"), "no sink \"pagr\"; did you mean pager"),
    (alert("when: {within: 1h}"), "one of origins, items, rate and every"),
    (alert("when: {every: true}, quiet: {from: \"25:00\", to: \"06:00\"}"),
     "from cannot be \"25:00\""),
    (alert(CONFIRMED) * 2, "alert \"strike-confirmed\" twice"),
])
def test_faults_are_told(rooms, rule, words):
    d = rooms(1, rule)
    code, out = d.tool("check")
    assert code == 78 and words in out


def test_an_alert_reaches_telephones_and_mailboxes(server, daemon, hook,
                                                   mailbox):
    """Goal: who is woken reads what it is about, by whom and why; and hears
    of a feed's end, and of its return."""
    a, b = server.feed("/a.xml"), server.feed("/b.xml")
    box = mailbox()
    d = daemon([f"{{url: \"{a.url}\", name: Room A}}",
                f"{{url: \"{b.url}\", name: Room B}}"],
               sinks="- {name: log, file: matches.ndjson}\n"
               f"- {{name: phone, topics: [], webhook: {{url: "
               f"\"{hook.url}/wake\", template: ntfy, allow_private: true}}}}\n"
               f"- {{name: post, topics: [], mail: {{smtp: \"{box.url}\", "
               "from: wiresift@news.example, to: [ops@news.example]}}\n",
               options="alerts:\n" + alert(CONFIRMED, to="phone, post") +
               alert("when: {items: 1}, again: {grew_by: 1}", name="feeds",
                     to="phone", topics="_health"))
    d.start()
    a.add("Giant kite crashes on theatre", story(FIRST),
          link="https://a.example/1")
    b.add("Seven hurt as giant kite falls", story(SECOND),
          link="https://b.example/2")
    wait_for(lambda: hook.posts and box.mails, what="both")
    n, mail = json.loads(hook.posts[0][2]), box.parsed()[0]
    assert n["click"] in ("https://a.example/1", "https://b.example/2")
    assert n["priority"] > 3 and n["message"] == "2 origins within 1h"
    text = mail.get_content()
    assert n["title"] in mail["Subject"]
    assert "strike-confirmed: 2 origins within 1h" in text
    for part in ("(Room A)", "(Room B)", "https://a.example/1",
                 "https://b.example/2"):
        assert part in text
    b.reply(410)
    wait_for(lambda: len(hook.posts) == 2, what="the end of a feed")
    b.reply(None)
    d.ask("poll", feed=b.url)
    wait_for(lambda: len(hook.posts) == 3, what="its return")
    assert len(box.mails) == 1
    titles = [json.loads(p[2])["title"] for p in hook.posts]
    assert titles[1:] == ["Feed gone: Room B", "Feed recovered: Room B"]

"""A new topic's look back, delivered: once, marked, and waking nobody."""
import collections
import json
import random
import subprocess
import time

import pytest

from harness import WIRESIFT, wait_for

NEW = """\
  harbour:
    threshold: 1
    score:
    - {name: harbour, weight: 4, any: [harbour*]}
"""
ALERTS = """\
alerts:
- {name: each, topics: ["*"], when: {every: true}, to: [stream]}
"""
TEXT = ("The harbour master closed the eastern basin on Tuesday after a barge "
        "laden with gravel struck the old swing bridge, and said that divers "
        "would look at its piers before any vessel of more than forty metres "
        "might pass to the grain quay again this month.")


def look(d, *args):
    """Exit code, the walk as told, what was complained."""
    p = subprocess.run(
        [WIRESIFT, "lookback", "-c", d.config, *args, "harbour"],
        capture_output=True, text=True, timeout=60)
    lines = [json.loads(line) for line in p.stdout.splitlines()]
    return p.returncode, lines[-1]["lookback"] if lines else None, p.stderr


def add_topic(d):
    topics = d.dir / "topics.yaml"
    topics.write_text(topics.read_text() + NEW)
    d.ask("reload")


def fed(d, n):
    wait_for(lambda: d.status()["counters"]["items"] >= n)


def all_frames(d, **subscribe):
    with d.subscribe(after="oldest", follow=False, **subscribe) as sub:
        return [f for f in sub.until("bye") if "item" in f or "alert" in f
                or "update" in f or "story" in f]


def titles(frames):
    return [f["item"]["title"] for f in frames if "item" in f]


@pytest.fixture
def one(daemon, server):
    """Four items, of which two are about the harbour; one also about boats."""
    feed = server.feed("/a.xml")
    for title, text in (
            ("A kite over the harbour", "Painters gathered at dawn in June."),
            ("A quiet day", ""),
            ("Boats in the harbour", "Seven trawlers sold mackerel cheaply."),
            ("Nothing at all", "")):
        feed.add(title, text)
    d = daemon([feed], options=ALERTS).start()
    fed(d, 4)
    d.feed = feed
    return d


def test_what_came_before_the_topic_is_delivered_once_and_marked(one):
    """Goal: its subscribers get the archive's matches, and nobody else."""
    before = all_frames(one)
    add_topic(one)
    # Told live: not to be told again.
    one.feed.add("Fog closes harbour", "Pilots refuse tankers.")
    fed(one, 5)
    wait_for(lambda: len(all_frames(one, topics="harbour")) == 2)  # and alert
    code, walk, _ = look(one, "--deliver", "--json")
    assert code == 0 and walk["state"] == "done"
    assert (walk["delivered"], walk["before"], walk["unknown"]) == (2, 1, 0)
    assert walk["to"] == ["stream", "log"] and walk["not_to"] == []
    got = [f for f in all_frames(one, topics="harbour") if "item" in f]
    assert titles(got) == ["Fog closes harbour", "A kite over the harbour",
                           "Boats in the harbour"]
    own = [f["item"]["_wiresift"] for f in got]
    assert [o.get("looked_back") for o in own] == [
        None, ["harbour"], ["harbour"]]
    # What it was told for before is told along, and not again.
    assert set(own[1]["topics"]) == {"kites", "harbour"}
    for topic in ("kites", "boats"):
        assert len(titles(all_frames(one, topics=topic))) == 1
    # It keeps its story and what it was, and no alert is about it.
    assert own[1]["story"] == before[0]["item"]["_wiresift"]["story"]
    assert own[1]["relation"] == "new"
    alerts = [f for f in all_frames(one) if "alert" in f]
    assert len(alerts) == 3
    assert titles(all_frames(one, topics="harbour", lookbacks=False)) == [
        "Fog closes harbour"]
    # The file has each of it once, too.
    wait_for(lambda: len(one.file.read_text().splitlines()) == 5)
    assert one.status()["counters"]["looked_back"] == 2


def test_a_second_time_says_that_it_was_done(one):
    add_topic(one)
    assert look(one, "--deliver", "--json")[0] == 0
    newest = one.status()["journal"]["newest"]
    code, walk, said = look(one, "--deliver", "--json")
    assert code == 1 and walk is None
    assert "that was done at" in said and "--again" in said
    code, walk, _ = look(one, "--deliver", "--again", "--json")
    assert code == 1 and (walk["delivered"], walk["before"]) == (0, 2)
    one.stop()
    one.start()
    assert "that was done at" in look(one, "--deliver", "--json")[2]
    assert one.status()["journal"]["newest"] == newest


def test_an_order_that_cannot_be_followed_is_refused_in_words(one):
    code, walk, said = look(one, "--deliver")
    assert code == 1 and "no topic" in said and "needs a reload" in said
    assert look(one, "--alerts")[0] == 64
    assert look(one, "--stop")[0] == 1
    add_topic(one)
    one.stop()
    one.write_config("archive: {keep: 0}\n")
    one.start()
    code, walk, said = look(one, "--deliver")
    assert code == 78 and "there is no archive" in said


@pytest.mark.parametrize("asked", [[], ["--alerts"]])
def test_alerts_fire_when_they_are_asked_to(one, asked):
    one.feed.add("Dredgers leave harbour", "Its sluice was mended by noon.")
    fed(one, 5)
    add_topic(one)
    assert look(one, "--deliver", *asked, "--json")[0] == 0
    told = [f["alert"]["title"] for f in all_frames(one) if "alert" in f]
    # Two stories were known for other topics: those are not told twice.
    assert told[2:] == ["Dredgers leave harbour"] * len(asked)
    assert sorted(told[:2]) == ["A kite over the harbour",
                                "Boats in the harbour"]


def test_an_edit_after_it_goes_to_all_who_got_the_item(one):
    add_topic(one)
    assert look(one, "--deliver", "--json")[0] == 0
    with one.feed.lock:
        guid, title, text, link = one.feed.items[1]
        one.feed.items[1] = (guid, title, "Forty boats, 3 of them new.", link)
        one.feed.version += 1
    for topic in ("boats", "harbour"):
        wait_for(lambda: [f for f in all_frames(one, topics=topic)
                          if "update" in f])
    u = [f for f in all_frames(one) if "update" in f][0]["update"]
    assert u["gained"] == [] and u["lost"] == []


def test_copies_in_the_archive_are_told_as_copies(daemon, server):
    """Goal: one text of three feeds is one item for who asks for the first."""
    feeds = [server.feed(f"/{n}.xml") for n in "abc"]
    for feed in feeds:
        feed.add("The basin is closed", TEXT)
    d = daemon(feeds).start()
    fed(d, 3)
    add_topic(d)
    code, walk, _ = look(d, "--deliver", "--json")
    assert code == 0 and walk["delivered"] == 3
    assert len(titles(all_frames(d, topics="harbour"))) == 1
    every = [f["item"]["_wiresift"] for f in
             all_frames(d, topics="harbour", copies="all") if "item" in f]
    assert [o["relation"] for o in every] == ["new", "copy", "copy"]
    # A copy that comes later knows it, after a restart, too.
    d.stop()
    d.start()
    feeds[0].add("Basin closed", TEXT)
    wait_for(lambda: len(titles(
        all_frames(d, topics="harbour", copies="all"))) == 4)
    assert len(titles(all_frames(d, topics="harbour"))) == 1


def test_what_wakes_people_is_left_out_and_that_is_said(daemon, server):
    feed = server.feed("/a.xml")
    feed.add("Boats in the harbour")
    d = daemon([feed], sinks=(
        "- {name: stream, socket: stream.sock}\n"
        "- {name: phone, webhook: {url: \"http://127.0.0.1:9/x\"}}\n"
        "- {name: base, webhook: {url: \"http://127.0.0.1:9/y\"},"
        " lookbacks: true}\n")).start()
    fed(d, 1)
    add_topic(d)
    code, walk, _ = look(d, "--deliver", "--json")
    assert code == 0
    assert walk["to"] == ["stream", "base"] and walk["not_to"] == ["phone"]


def test_killed_again_and_again_it_tells_each_item_once(daemon, server):
    """Goal: kill -9 while it walks; nothing is lost, nothing told twice."""
    feed = server.feed("/a.xml")
    for i in range(240):
        feed.add(f"Ship {i} in the harbour", f"Number {i} of them came.")
    d = daemon([feed]).start()
    fed(d, 240)
    add_topic(d)
    assert look(d, "--deliver", "--no-wait", "--json")[1]["state"] == "running"
    kills = 0
    dice = random.Random(6)
    while True:
        time.sleep(dice.uniform(0.05, 0.5))
        if d.ask("lookbacks")["lookbacks"][0]["state"] != "running":
            break
        d.kill9()
        d.start()
        kills += 1
    assert kills >= 2
    code, walk, said = look(d, "--deliver")
    assert code == 1 and "240 items were delivered" in said
    got = collections.Counter(
        f["item"]["id"] for f in all_frames(d, topics="harbour", copies="all")
        if "item" in f)
    assert len(got) == 240 and set(got.values()) == {1}
    lines = collections.Counter(
        json.loads(line)["item"]["id"]
        for line in d.file.read_text().splitlines())
    assert set(lines.values()) == {1}


def test_it_can_be_stopped_and_goes_on_where_nothing_was_told(daemon, server):
    feed = server.feed("/a.xml")
    for i in range(200):
        feed.add(f"Ship {i} in the harbour", f"Number {i} of them came.")
    d = daemon([feed]).start()
    fed(d, 200)
    add_topic(d)
    look(d, "--deliver", "--no-wait", "--json")
    wait_for(lambda: d.status()["counters"]["looked_back"] > 0)
    code, walk, _ = look(d, "--stop", "--json")
    assert walk["state"] == "stopped" and 0 < walk["delivered"] < 200
    code, more, _ = look(d, "--deliver", "--json")
    assert code == 0 and more["state"] == "done"
    assert more["before"] == walk["delivered"]
    assert more["delivered"] + more["before"] == 200

"""Edits, stories and origins: told once, whole, and after a kill as before."""
import pytest

import harness
from harness import wait_for

# Two newsrooms on one event, and an agency's text on the same.
FIRST = """\
A kite as large as a tennis court broke loose over Sandhaven on Sunday and came
down on the roof of the Corvale theatre, injuring 7 people, the fire chief
Mirela Osant said. The kite had been built by 23 pupils of the Brannock school
for the harbour fair, and tore its anchor at 14 knots of wind. Firefighters
cut the lines with hydraulic shears and the theatre was closed for the night.
Mayor Joris Tallenbeck called the accident a warning and suspended all flights
until an inquiry led by engineer Pia Lundqvar reports on 12 March."""
SECOND = """\
Seven spectators were hurt at the harbour fair of Sandhaven when a giant kite
crashed onto the Corvale theatre. Engineer Pia Lundqvar will lead an inquiry,
mayor Joris Tallenbeck told reporters, and no kite may fly before. The kite of
the Brannock school snapped from its anchor in gusts, fire chief Mirela Osant
said, adding that most of the 7 had broken glass in arms and hands."""

THIRD = """\
A giant kite fell on the Corvale theatre in Sandhaven, and the harbour fair
was suspended, mayor Joris Tallenbeck said. Fire chief Mirela Osant counted 7
injured. The Brannock school had built the kite; its anchor did not hold in 14
knots of wind. Pia Lundqvar, an engineer, is to find out why by 12 March."""


def story(name):
    return " ".join(name.split())


def edit(feed, guid, title=None, text=None):
    """The publisher changes an item."""
    with feed.lock:
        for i, (g, t, x, link) in enumerate(feed.items):
            if g == guid:
                feed.items[i] = (g, title or t, text or x, link)
        feed.version += 1


def test_an_edit_is_an_update(server, daemon):
    """Goal: who has the item learns what changed; who has not needs nothing
    but the update."""
    feed = server.feed("/a.xml")
    guid = feed.add("Kite hurts 5 at the fair", story(FIRST))
    d = daemon([feed]).start()
    with d.subscribe(after="oldest", explain=True) as sub:
        item = sub.items(1)[0]["item"]
        edit(feed, guid, "Kite hurts 7 at the fair")
        f = sub.until("update")[-1]
    u = f["update"]
    assert u["id"] == item["id"] == u["item"]["id"]
    assert u["revision"] == 2 == u["item"]["_wiresift"]["revision"]
    assert u["changed"] == ["title"]
    assert u["was"] == {"title": "Kite hurts 5 at the fair"}
    assert u["numbers"] == {"gone": ["5"], "new": []}  # 7 was in the text
    assert u["significance"] == "number"
    assert (u["gained"], u["lost"]) == ([], [])
    assert u["item"]["title"] == "Kite hurts 7 at the fair"
    assert u["item"]["content_text"] == item["content_text"]
    own = u["item"]["_wiresift"]
    assert own["relation"] == "new" and own["copy_of"] is None
    assert own["story"] == item["_wiresift"]["story"]
    assert "kites" in own["explain"]
    wait_for(lambda: len(d.lines()) == 2, what="the file")
    assert "update" in d.lines()[1]


def test_an_edit_tells_of_topics_gained_and_lost(server, daemon):
    """Goal: a reader of a topic hears when an item comes, and when it is
    not about that any more, even if it is about nothing then."""
    feed = server.feed("/a.xml")
    guid = feed.add("Kite over the bay", story(FIRST))
    d = daemon([feed]).start()
    with d.subscribe(after="oldest", topics="boats") as boats, \
            d.subscribe(after="oldest", topics="kites") as kites:
        kites.items(1)
        edit(feed, guid, "Kite over the boat")
        u = boats.until("update")[-1]["update"]
        assert (u["gained"], u["lost"]) == (["boats"], [])
        assert u["item"]["title"] == "Kite over the boat"
        edit(feed, guid, "A boat", "It is on the bay.")
        u = kites.until("update")[-1]["update"]
        assert u["revision"] == 2
        u = kites.until("update")[-1]["update"]
        assert (u["revision"], u["lost"]) == (3, ["kites"])
        edit(feed, guid, "Nothing", "There is nothing on the bay.")
        boats.until("update")
        u = boats.until("update")[-1]["update"]
        assert (u["revision"], u["lost"]) == (4, ["boats"])
        assert u["item"]["_wiresift"]["topics"] == {}
        edit(feed, guid, "Kite again", "There is a kite over the bay.")
        u = kites.until("update")[-1]["update"]
        assert (u["revision"], u["gained"]) == (5, ["kites"])


@pytest.fixture
def newsrooms(server, daemon):
    """Three feeds with names of their own, as YAML rows."""
    feeds = [server.feed(f"/{n}.xml") for n in "abc"]

    def make(weights=(50, 50, 50), **more):
        rows = [f"{{url: \"{f.url}\", name: Room {f.path[1].upper()}, "
                f"weight: {w}}}" for f, w in zip(feeds, weights)]
        return daemon(rows, **more)
    return feeds, make


def test_a_second_origin_is_a_story(newsrooms):
    """Goal: an independent report corroborates, a copy does not; and a kill
    changes nothing of what is known of a story."""
    (a, b, c), make = newsrooms
    a.add("Giant kite crashes on theatre in Sandhaven, 7 hurt", story(FIRST))
    d = make().start()
    with d.subscribe(after="oldest") as sub:
        first = sub.items(1)[0]["item"]
        assert first["_wiresift"]["origins"] == 1
        # The same text elsewhere is no second origin.
        c.add("Giant kite crashes on theatre in Sandhaven, 7 hurt",
              story(FIRST), link="http://c.example/1")
        wait_for(lambda: d.status()["counters"]["matches"] == 2)
        b.add("Kite crash at Sandhaven harbour fair hurts seven",
              story(SECOND), link="http://b.example/1")
        item = sub.until("item")
        assert not any("story" in f for f in item)
        own = item[-1]["item"]["_wiresift"]
        assert own["relation"] == "new"
        assert own["story"] == first["_wiresift"]["story"]
        assert own["origins"] == 2
        s = sub.until("story")[-1]["story"]
    assert s["id"] == first["_wiresift"]["story"]
    assert s["why"] == "origin" and s["items"] == 3
    assert s["origins"] == ["Room A", "Room B"]
    assert s["topics"] == ["kites"]
    assert s["item"] == item[-1]["item"]["id"]
    before = [dict(f) for f in d.lines()]
    assert not any("story" in f for f in before), "a file holds matches"
    d.kill9()
    d.start()
    with d.subscribe() as sub:
        sub.until("caughtup")
        c.add("Kite falls on theatre at Sandhaven harbour fair",
              "SANDHAVEN (Reuters) - " + story(THIRD),
              link="http://c.example/2")
        t = sub.until("story")[-1]["story"]
    assert t["id"] == s["id"] and t["since"] == s["since"]
    assert t["items"] == 4
    assert t["origins"] == ["Room A", "Room B", "Reuters"]


def test_a_copy_for_other_topics_is_delivered(newsrooms):
    """Goal: under copies: first, a reader whose topic the original did not
    match gets the copy that does."""
    (a, b, c), make = newsrooms
    a.add("Giant kite crashes on theatre in Sandhaven, 7 hurt", story(FIRST))
    d = make().start()
    with d.subscribe(after="oldest") as kites, \
            d.subscribe(after="oldest", topics="boats") as boats:
        original = kites.items(1)[0]["item"]
        b.add("Giant kite crashes on theatre in Sandhaven, 7 hurt",
              story(FIRST) + " A boat took the injured to the clinic.",
              link="http://b.example/1")
        copy = boats.items(1)[0]["item"]
        c.add("Giant kite crashes on theatre in Sandhaven, 7 hurt",
              story(FIRST) + " A boat took the injured to the clinic.",
              link="http://c.example/1")
        wait_for(lambda: d.status()["counters"]["matches"] == 3)
        own = copy["_wiresift"]
        assert own["relation"] == "copy"
        assert own["copy_of"] == original["id"]
        assert own["fresh"] == ["boats"]
    with d.subscribe(after="oldest", follow=False, topics="kites") as sub:
        assert len([f for f in sub.until("bye") if "item" in f]) == 1
    with d.subscribe(after="oldest", follow=False, topics="boats") as sub:
        assert len([f for f in sub.until("bye") if "item" in f]) == 1
    with d.subscribe(after="oldest", follow=False, copies="all") as sub:
        assert len([f for f in sub.until("bye") if "item" in f]) == 3


def test_a_feed_of_little_weight_suppresses_nobody(newsrooms):
    """Goal: the trusted feed's text goes out though another had it first;
    the next copies of no more weight do not."""
    (a, b, c), make = newsrooms
    a.add("Giant kite crashes on theatre in Sandhaven, 7 hurt", story(FIRST))
    d = make(weights=(10, 80, 80)).start()
    with d.subscribe(after="oldest") as sub:
        original = sub.items(1)[0]["item"]
        b.add("Giant kite crashes on theatre in Sandhaven, 7 hurt",
              story(FIRST), link="http://b.example/1")
        own = sub.items(1)[0]["item"]["_wiresift"]
        assert own["relation"] == "copy" and own["preferred"] is True
        assert own["copy_of"] == original["id"]
        d.kill9()
    d.start()  # and the weight is known after a kill
    c.add("Giant kite crashes on theatre in Sandhaven, 7 hurt", story(FIRST),
          link="http://c.example/1")
    wait_for(lambda: d.status()["counters"]["matches"] == 1)
    with d.subscribe(after="oldest", follow=False) as sub:
        assert len([f for f in sub.until("bye") if "item" in f]) == 2
    with d.subscribe(after="oldest", follow=False, copies="all") as sub:
        assert len([f for f in sub.until("bye") if "item" in f]) == 3

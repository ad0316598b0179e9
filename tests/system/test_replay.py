"""Replay and explain: the daemon's decisions about files, without a daemon."""
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
WIRESIFT = str(ROOT / os.environ.get("WIRESIFT_BUILD", "build/release") /
               "wiresift")

RULES = """\
version: 1
topics:
  kites:
    threshold: 6
    require: kite*
    score:
    - {name: kite, weight: 2, any: [kite*]}
  all:
    threshold: 1
    require: "*"
    score:
    - {name: goose, weight: 2, any: [goose]}
"""
# A hundred words, so that a copy is told from another report.
STORY = ("RABAT (AP) - A kite of forty metres rose over the old harbour on "
         "Monday while crowds of fishermen, schoolchildren and tourists "
         "watched it climb past the lighthouse towards the eastern hills. "
         "Its builder, a retired sailmaker named Idriss Bennani, spent three "
         "winters sewing it from 212 discarded sails given by the yacht club "
         "and by the crews of two cargo ships. Police closed the coast road "
         "for an hour, and the harbour master delayed a ferry to Tangier. "
         "Bennani said that the wind of Monday was the first in nine weeks "
         "that could carry the 340 kilograms of cloth and rope.")


@pytest.fixture
def conf(tmp_path):
    (tmp_path / "rules.yaml").write_text(RULES)
    path = tmp_path / "conf.yaml"
    path.write_text("topics: [rules.yaml]\n")
    return path


def run(*args, stdin=None, code=0):
    p = subprocess.run([WIRESIFT, *map(str, args)], input=stdin,
                       capture_output=True, text=True, timeout=60,
                       env={**os.environ, "TZ": "UTC"})
    assert p.returncode == code, p.stderr
    return p


def item(id, title, text="", at="2024-01-27T10:00:00Z", feed=None, **more):
    return {"id": id, "url": f"https://{feed or id}.example/{id}",
            "title": title, "content_text": text, "date_published": at,
            "_wiresift": {"feed": feed or f"{id}.example"}, **more}


def decisions(conf, items, *args):
    p = run("replay", "-c", conf, "--all", *args, "-",
            stdin="".join(json.dumps(i) + "\n" for i in items))
    lines = [json.loads(line) for line in p.stdout.splitlines()]
    assert all(list(line) == ["decision"] for line in lines)
    return [line["decision"] for line in lines]


def test_each_input_item_has_one_decision_with_every_key(conf):
    got = decisions(conf, [item("a", "A kite"), item("b", "A duck"),
                           {"title": "no id"}])
    assert [d["id"] for d in got[:2]] == ["a", "b"]
    for d in got:
        assert set(d) >= {"id", "url", "topics", "relation", "copy_of",
                          "story", "origin"}
    assert got[0]["topics"]["kites"] == {"level": "about", "score": 6}
    assert "kites" not in got[1]["topics"]
    assert got[0]["url"] == "https://a.example/a"
    assert got[0]["copy_of"] is None and got[0]["relation"] == "new"


def test_copies_name_the_input_id_of_the_first(conf):
    long_id = "https://one.example/" + "x" * 300
    got = decisions(conf, [
        item(long_id, "Giant kite rises", STORY, feed="one"),
        item("b", "Giant kite rises", STORY, "2024-01-27T11:00:00Z"),
        item("c", "Giant kite rises", STORY, "2024-01-27T12:00:00Z")])
    assert [d["relation"] for d in got] == ["new", "copy", "copy"]
    assert got[1]["copy_of"] == got[2]["copy_of"] == long_id
    assert len({d["story"] for d in got}) == 1
    assert {d["origin"] for d in got} == {"AP"}


def test_an_id_that_comes_again_repeats_its_first_decision(conf):
    got = decisions(conf, [
        item("a", "Giant kite rises", STORY),
        item("b", "Giant kite rises", STORY),
        item("b", "Another title altogether", "A goose", feed="z"),
        item("n", "Nothing"), item("n", "A kite now")])
    assert [d["relation"] for d in got] == [
        "new", "copy", "known", "new", "known"]
    for first, again in ((1, 2), (3, 4)):
        want = dict(got[first], relation="known")
        if first == 3:  # of what matched little, only the decision is kept
            want["url"] = got[again]["url"]
        assert got[again] == want


def test_the_clock_is_the_items_and_never_goes_back(conf):
    got = decisions(conf, [
        item("a", "Giant kite rises", STORY, "2024-01-27T10:00:00Z"),
        item("b", "Giant kite rises", STORY, "2020-01-01T00:00:00Z"),
        item("c", "Giant kite rises", STORY, "2024-03-27T10:00:00Z"),
        item("d", "Giant kite rises", STORY, "9999-01-01T00:00:00Z")])
    assert got[1]["copy_of"] == "a"       # old, but it arrives after a
    assert got[2]["relation"] == "new"    # a has left the window
    assert got[3]["copy_of"] == "c"       # a date that cannot be


def test_without_all_the_frames_of_a_subscriber_come(conf, tmp_path):
    feed = tmp_path / "in.ndjson"
    feed.write_text("\n".join(json.dumps(i) for i in [
        item("a", "Giant kite rises", STORY),
        item("b", "Giant kite rises", STORY), item("n", "Nothing"),
        item("d", "A smaller kite", "seen elsewhere")]))  # no last newline
    p = run("replay", "-c", conf, feed)
    frames = [json.loads(line) for line in p.stdout.splitlines()]
    kites = [f for f in frames if "kites" in
             f["item"]["_wiresift"]["topics"]]
    assert [f["item"]["title"] for f in kites] == [
        "Giant kite rises", "A smaller kite"]
    assert all("cursor" in f and "explain" not in f["item"]["_wiresift"]
               for f in frames)
    assert kites[0]["item"]["tags"][0] == "kites"
    assert kites[0]["item"]["_wiresift"]["received"] == (
        "2024-01-27T10:00:00Z")
    again = tmp_path / "out.ndjson"  # what we write, we read
    again.write_text(p.stdout)
    q = run("replay", "-c", conf, again)
    assert [json.loads(line)["item"]["title"] for line in
            q.stdout.splitlines()] == [f["item"]["title"] for f in frames]


def test_explain_adds_the_evidence(conf):
    d = decisions(conf, [item("a", "A kite")], "--explain")[0]
    signal = d["explain"]["kites"]["signals"][0]
    assert signal["name"] == "kite" and signal["points"] == 6
    assert signal["text"] == "kite" and signal["zone"] == "title"


RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Bay</title>
<link>https://bay.example/</link>%s</channel></rss>"""
ENTRY = """<item><guid isPermaLink="false">%s</guid><title>%s</title>
<link>https://bay.example/%s</link>
<pubDate>Sat, 27 Jan 2024 10:00:00 GMT</pubDate></item>"""
JSONFEED = {"version": "https://jsonfeed.org/version/1.1", "title": "J",
            "home_page_url": "https://j.example/",
            "items": [{"id": "j1", "title": "A kite", "content_text": "x",
                       "url": "https://j.example/1"}]}


def test_documents_and_lines_are_told_apart(conf, tmp_path):
    one, two = tmp_path / "one.xml", tmp_path / "two.xml"
    one.write_text(RSS % (ENTRY % ("g1", "A kite", "1")))
    two.write_text(RSS % (ENTRY % ("g2", "A goose", "2") +
                          ENTRY % ("g1", "A kite, edited", "1")))
    flat, pretty = tmp_path / "flat.json", tmp_path / "pretty.json"
    flat.write_text(json.dumps(JSONFEED))
    JSONFEED["items"][0]["id"] = "j2"
    JSONFEED["items"][0]["url"] = "https://j.example/2"
    pretty.write_text(json.dumps(JSONFEED, indent=1))
    lines = tmp_path / "lines.json"
    lines.write_text(json.dumps(item("l1", "A kite")) + "\n")
    p = run("replay", "-c", conf, "--all", one, two, flat, pretty, lines)
    got = [json.loads(line)["decision"] for line in p.stdout.splitlines()]
    assert [d["id"] for d in got] == ["g1", "g2", "g1", "j1", "j2", "l1"]
    assert got[2]["relation"] == "known"  # the same feed, polled again
    assert got[2]["topics"] == got[0]["topics"]


@pytest.mark.parametrize("line,says", [
    ("{", "-:1:"), ("[1]", "expected a JSON Feed item"),
    ('{"id": "x", "title": 7}', "title"), ('{"id": {}}', "id"),
    ("\x00", "-:1:"),
])
def test_a_damaged_line_is_told_and_left_out(conf, line, says):
    p = run("replay", "-c", conf, "--all", "-", code=65,
            stdin=line + "\n\n" + json.dumps(item("ok", "A kite")) + "\r\n")
    assert len(p.stdout.splitlines()) == 1
    assert says.replace("-:", "stdin:") in p.stderr


def test_what_is_not_there_is_66_and_no_feed_is_65(conf, tmp_path):
    run("replay", "-c", conf, tmp_path / "none.xml", code=66)
    page = tmp_path / "page.xml"
    page.write_text("<html><body>404</body></html>")
    run("replay", "-c", conf, page, code=65)
    run("replay", "-c", tmp_path / "none.yaml", page, code=66)
    run("replay", "-c", conf, code=64)


def test_bytes_that_are_no_utf_8_do_not_stop_it(conf, tmp_path):
    path = tmp_path / "bad.ndjson"
    path.write_bytes(b'{"id":"a","title":"A k\xffite \xe9","url":null}\n')
    p = run("replay", "-c", conf, "--all", path)
    assert json.loads(p.stdout)["decision"]["id"] == "a"


def test_a_frame_fits_in_a_line_of_the_protocol(conf, tmp_path):
    path = tmp_path / "big.ndjson"
    path.write_text(json.dumps(item(
        "a", "A kite", "\u0085\"\\ " * 200000,
        summary="s" * 900000, tags=["t" * 300000] * 4)) + "\n")
    p = run("replay", "-c", conf, path)
    assert len(p.stdout.splitlines()) == 1 and len(p.stdout) <= 1 << 20
    own = json.loads(p.stdout)["item"]["_wiresift"]
    assert own["truncated"] is True


def test_explain_tells_hits_and_misses(conf, tmp_path):
    p = run("explain", "-c", conf, "--text", "A kite flies\nHigh up.")
    assert "kites" in p.stdout and "ABOUT" in p.stdout
    assert '"kite"' in p.stdout and "+6" in p.stdout
    assert "  new, " in p.stdout
    assert "copy of" not in p.stdout
    repeats = tmp_path / "r.ndjson"
    repeats.write_text("".join(
        json.dumps({"id": str(i), "title": f"Title {i} | Kite News",
                    "content_text": f"Lead {i} is here.\nOur kite app",
                    "_wiresift": {"feed": "https://x.example/rss"}}) + "\n"
        for i in range(3)))
    p = run("explain", "-c", conf, repeats)
    assert p.stdout.count("ABOUT") == 2  # the third is known for furniture
    assert "skipped: 1 line that the feed repeats" in p.stdout
    assert "skipped: the site's name in the title" in p.stdout
    text = tmp_path / "a.txt"
    text.write_text("Nothing to see\nA kite was there.\n")
    out = run("explain", "-c", conf, "--json", text).stdout
    got = json.loads(out)["explain"]
    assert got["title"] == "Nothing to see"
    assert got["topics"]["kites"]["score"] == 4  # the lead counts twice
    assert got["topics"]["kites"]["lacking"]
    doc = tmp_path / "a.xml"
    doc.write_text(RSS % (ENTRY % ("g1", "A kite", "1")))
    assert "g1  A kite" in run("explain", "-c", conf, doc).stdout


def test_a_built_tree_finds_its_own_configuration():
    p = run("check")
    assert p.stdout.startswith(str(ROOT / "conf/wiresift.yaml"))


def test_the_alerts_of_a_configuration_can_be_tried(conf):
    """Goal: the frames that the daemon would send, behind their items."""
    conf.write_text(
        "topics: [rules.yaml]\n"
        "sinks: [{name: s, socket: s.sock}]\n"
        "alerts:\n"
        "- {name: two, topics: [kites], when: {origins: 2}, to: [s]}\n"
        "- name: night\n"
        "  topics: [kites]\n"
        "  when: {every: true}\n"
        "  quiet: {from: '23:00', to: '06:00', tz: UTC}\n"
        "  to: [s]\n")
    items = "".join(json.dumps(i) + "\n" for i in [
        item("a", "Giant kite rises", STORY, "2024-01-27T23:30:00Z"),
        item("b", "Giant kite rises", STORY, "2024-01-27T23:40:00Z"),
        item("n", "Nothing", at="2024-01-28T07:00:00Z")])
    p = run("replay", "-c", conf, "--alerts", "-", stdin=items)
    frames = [json.loads(line) for line in p.stdout.splitlines()]
    assert [f["alert"]["name"] for f in frames if "alert" in f] == ["night"]
    kinds = [next(iter(f)) for f in frames]
    assert kinds.index("alert") > kinds.index("item")
    seqs = [int(f["cursor"].split(":")[1]) for f in frames]
    assert seqs == sorted(set(seqs))
    p = run("replay", "-c", conf, "-", stdin=items)
    assert "alert" not in [
        next(iter(json.loads(line))) for line in p.stdout.splitlines()]
    run("replay", "-c", conf, "--all", "--alerts", "-", stdin=items, code=64)

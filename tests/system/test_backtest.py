"""What changed rules gain and lose, on the archive and on a file of items."""
import json
import os
import pty
import subprocess

import pytest

from harness import WIRESIFT, wait_for

LISTS = """\
version: 1
terms:
  things: [kite*, kestrel]
"""
KITES = """\
version: 1
topics:
  kites:
    threshold: 6
    require: {any: [$things]}
    score:
    - {name: thing, weight: 3, any: [$things]}
"""
BOATS = """\
version: 1
topics:
  boats:
    threshold: 1
    score:
    - {name: boat, weight: 4, any: [boat*]}
"""
ITEMS = [
    ("1", "A kite over the harbour", "It flew."),
    ("2", "A kestrel on the tower", "It sat there."),
    ("3", "Boats in the harbour", "A kite is seen too, late in the day."),
    ("4", "A quiet day", "Nothing flew."),
]


@pytest.fixture
def tree(tmp_path):
    for name, text in (("lists", LISTS), ("kites", KITES), ("boats", BOATS)):
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "c.yaml").write_text(
        "topics: [lists.yaml, kites.yaml, boats.yaml]\n")
    (tmp_path / "items").write_text("".join(
        json.dumps({"id": i, "title": t, "content_text": x,
                    "url": f"https://news.example/{i}"}) + "\n"
        for i, t, x in ITEMS))
    return tmp_path


def backtest(tree, *args):
    """Exit code, changes by (topic, id), the summary, what was complained."""
    p = subprocess.run(
        [WIRESIFT, "backtest", "-c", tree / "c.yaml", *args],
        capture_output=True, text=True, timeout=60)
    lines = [json.loads(line) for line in p.stdout.splitlines()]
    summary = lines.pop()["backtest"] if lines else None
    return (p.returncode, {(c["topic"], c["id"]): c for c in lines}, summary,
            p.stderr)


def offline(tree, *args):
    return backtest(tree, "--items", tree / "items", *args)


def test_the_same_rules_change_nothing(tree):
    code, changes, s, err = offline(tree)
    assert (code, changes, err) == (0, {}, "")
    assert s["items"] == 4 and s["rules_from"] == s["rules_to"]
    assert s["topics"]["kites"] == {
        "same": 3, "gained": 0, "lost": 0, "matched": 3}


def test_a_tried_file_takes_the_place_of_what_it_redefines(tree):
    (tree / "new.yaml").write_text(KITES.replace("weight: 3", "weight: 2"))
    code, changes, s, _ = offline(tree, tree / "new.yaml")
    assert code == 1  # something is lost
    assert s["replaced"] == [str(tree / "kites.yaml")] and s["kept"] == 2
    assert s["topics"]["boats"]["same"] == 1
    # 3 is in its lead: weight 3 times 2 was enough, 2 times 2 is not.
    assert set(changes) == {("kites", "3")}
    c = changes["kites", "3"]
    assert (c["change"], c["from"], c["to"]) == ("lost", "about", "mentions")
    assert (c["score_from"], c["score_to"], c["threshold"]) == (6, 4, 6)
    assert c["because"]["name"] == "thing" and "kite" in c["because"]["text"]
    assert "needs +2" in c["lacking"]


def test_more_is_gained_by_a_longer_list_of_another_file(tree):
    (tree / "new.yaml").write_text(
        "version: 1\nterms:\n  things: [kite*, kestrel, quiet]\n")
    code, changes, s, _ = offline(tree, tree / "new.yaml")
    assert code == 0 and s["replaced"] == [str(tree / "lists.yaml")]
    assert set(changes) == {("kites", "4")}
    c = changes["kites", "4"]
    assert (c["change"], c["from"], c["to"]) == ("gained", "none", "about")
    assert c["because"]["text"] == "quiet" and c["because"]["zone"] == "title"


def test_a_topic_that_is_gone_has_lost_all(tree):
    both = KITES + BOATS.split("topics:\n")[1]
    (tree / "kites.yaml").write_text(both)
    (tree / "c.yaml").write_text("topics: [lists.yaml, kites.yaml]\n")
    (tree / "new.yaml").write_text(KITES)
    code, changes, s, _ = offline(tree, tree / "new.yaml")
    assert code == 1 and set(changes) == {("boats", "3")}
    assert changes["boats", "3"]["lacking"] == (
        "the new rules have no such topic")
    assert s["topics"]["boats"] == {
        "same": 0, "gained": 0, "lost": 1, "matched": 0}


def test_included_files_are_tried_with_their_includer(tree):
    (tree / "sub").mkdir()
    (tree / "sub" / "lists.yaml").write_text(LISTS.replace(", kestrel", ""))
    (tree / "sub" / "kites.yaml").write_text(
        KITES.replace("topics:", "include: [lists.yaml]\ntopics:", 1))
    code, changes, s, err = offline(tree, tree / "sub" / "kites.yaml")
    assert code == 1 and set(changes) == {("kites", "2")}, err
    assert sorted(s["replaced"]) == [
        str(tree / "kites.yaml"), str(tree / "lists.yaml")]


@pytest.mark.parametrize("name,text,code,words", [
    ("gone.yaml", None, 66, "gone.yaml"),
    ("bad.yaml", "version: 1\ntopics: [x]\n", 78, "bad.yaml:2:"),
    ("bad.yaml", "version: 1\ntopics:\n  kites:\n"
     "    score:\n    - {name: a, weight: 1, any: [$nolist]}\n", 78,
     "bad.yaml:5:"),
])
def test_a_faulty_file_is_told_and_nothing_is_tried(
        tree, name, text, code, words):
    if text is not None:
        (tree / name).write_text(text)
    got, changes, s, err = offline(tree, tree / name)
    assert (got, changes, s) == (code, {}, None) and words in err


def test_a_topic_that_matches_too_much_is_warned_of(tree):
    (tree / "items").write_text("".join(
        json.dumps({"id": str(n), "title":
                    f"{'Boats' if n < 6 else 'Day'} {n}"}) + "\n"
        for n in range(100)))
    code, _, s, err = offline(tree)
    assert code == 0
    assert s["warnings"][0].startswith(f"{tree}/boats.yaml:3:")
    assert "6 of 100 items, 6.0 %" in s["warnings"][0]
    assert s["warnings"][0] in err


def test_a_signal_that_is_everywhere_is_warned_of(tree):
    """Goal: no topic matches too much, but one sign of it is in all news."""
    (tree / "c.yaml").write_text("topics: [wide.yaml]\n")
    (tree / "wide.yaml").write_text(
        "version: 1\ntopics:\n  wide:\n    threshold: 6\n"
        "    require: {any: [regatta]}\n    score:\n"
        "    - {name: day, weight: 2, any: [day*]}\n"
        "    - {name: rare, weight: 4, any: [regatta]}\n"
        "    - {name: not, weight: -3, any: [day*]}\n"
        "    - {name: five, weight: 2, any: [boat*]}\n")
    (tree / "items").write_text("".join(
        json.dumps({"id": str(n), "title":
                    f"{'Boats' if n < 5 else 'Days'} {n}"}) + "\n"
        for n in range(100)))
    code, _, s, err = offline(tree)
    assert code == 0
    assert len(s["warnings"]) == 1, s["warnings"]
    assert s["warnings"][0].startswith(f"{tree}/wide.yaml:7:")
    assert ('signal "day" of topic "wide" is in 95 of 100 items, 95.0 %'
            in s["warnings"][0])
    assert s["warnings"][0] in err


def test_usage_and_empty_input(tree):
    assert offline(tree, "--since", "7d")[0] == 64
    assert backtest(tree, "--since", "soon")[0] == 64
    (tree / "items").write_text("")
    assert offline(tree)[0] == 65
    assert backtest(tree, "-s", tree / "nobody")[0] == 69


def test_people_read_counts_then_changes(tree):
    (tree / "new.yaml").write_text(KITES.replace("weight: 3", "weight: 2"))
    (tree / "items").write_text(json.dumps(
        {"id": "1", "title": "Boats\x1b[31m", "url": "https://news.example/1",
         "content_text": "A kite."}) + "\n")
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(WIRESIFT, ["wiresift", "backtest", "-c", tree / "c.yaml",
                            "--items", tree / "items", tree / "new.yaml"])
    out = b""
    while True:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        out += data
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    lines = out.decode().replace("\r\n", "\n").splitlines()
    assert lines[0] == "1 item, 0 gained, 1 lost"
    assert lines[1] == f"in place of {tree}/kites.yaml"
    assert lines[4].split() == ["topic", "same", "gained", "lost"]
    assert [x.split() for x in lines[5:7]] == [
        ["kites", "0", "0", "1"], ["boats", "1", "0", "0"]]
    assert lines[8] == "lost   kites: about 6 -> mentions 4"
    assert lines[9].startswith("  Boats") and "\x1b" not in lines[9]
    assert lines[11] == '    had thing +6 in the lead: "kite"'
    assert lines[12].startswith("    now needs +2 for about")


def test_the_archive_is_tried_with_the_rules_the_daemon_runs(server, daemon):
    """Goal: an editor changes the file in place, asks what that would do,
    and reloads. Feeds that are restricted to topics stay so."""
    feed = server.feed("/a.xml")
    for n in range(700):  # more than a page
        feed.add(f"{'Kites' if n % 50 == 0 else 'Days'} {n}", "word " * 100)
    one = server.feed("/b.xml")
    one.add("Kites and boats")
    d = daemon([feed, f"{{url: \"{one.url}\", topics: [boats]}}"]).start()
    d.wait_outcome(feed, "ok")
    d.wait_outcome(one, "ok")
    topics = d.dir / "topics.yaml"
    topics.write_text(topics.read_text().replace("[kite*]", "[days]"))

    def run(*args):
        code, out = d.tool("backtest", *args)
        lines = [json.loads(x) for x in out.splitlines() if x[0] == "{"]
        return code, lines[:-1], lines[-1]["backtest"]

    code, changes, s = run()
    assert code == 1 and s["items"] == 701
    assert s["topics"]["kites"] == {
        "same": 0, "gained": 686, "lost": 14, "matched": 686}
    assert s["topics"]["boats"]["same"] == 1
    assert len(changes) == 700 and s["warnings"]
    assert run("--since", "1h", str(topics))[2]["topics"] == s["topics"]
    d.tool("reload")
    code, changes, s = run()
    assert (code, changes) == (0, [])
    assert s["topics"]["kites"]["same"] == 686


NEW = """\
  harbour:
    threshold: 1
    score:
    - {name: harbour, weight: 4, any: [harbour*]}
"""


def test_a_new_topic_looks_back_over_the_archive(daemon, server):
    """Goal: what came before the topic is listed, and nothing is sent."""
    feed = server.feed("/a.xml")
    for _, title, text in ITEMS:
        feed.add(title, text)
    d = daemon([feed]).start()
    wait_for(lambda: d.status()["counters"]["items"] == 4)
    topics = d.dir / "topics.yaml"
    code, said = d.tool("lookback", "harbor")
    assert code == 1 and "needs a reload" in said
    topics.write_text(topics.read_text() + NEW)
    d.ask("reload")
    before = d.status()["journal"]["newest"]
    code, said = d.tool("lookback", "harbour")
    assert code == 0
    found = [json.loads(line)["lookback"] for line in said.splitlines()]
    assert sorted(f["title"] for f in found) == [
        "A kite over the harbour", "Boats in the harbour"]
    assert {f["level"] for f in found} == {"about"}
    code, said = d.tool("lookback", "--text", "harbour")
    assert code == 0 and said.endswith("2 of 4 archived items\n")
    code, said = d.tool("lookback", "--since", "all", "boats")
    assert code == 0 and said.count("\n") == 1
    # A feed that is bound to other topics has none of this one.
    d.config.write_text(d.config.read_text().replace(
        f'url: "{feed.url}"', f'url: "{feed.url}", topics: [boats]'))
    d.ask("reload")
    assert d.tool("lookback", "harbour") == (1, "")
    assert d.tool("lookback", "--since", "never", "harbour")[0] == 64
    assert d.status()["journal"]["newest"] == before

"""corpus.py - a stream of news with its copies, and how a run answers it.

    corpus.py [--seed N] [--families N] [--shuffles N] [--show CLASS] [--out F]

Prints copy P, R and F1 for full texts and for summaries, recall of each
class, the share of each kind of other text that was merged, and how many
relations the order of arrival changes. Of newer versions of a text it tells
how many come out as updates, and of copies how many do wrongly. `make bench` runs it with a seed of
its own; test_variants.py asserts floors on a fixed one.
"""
import argparse
import collections
import json
import os
import random
import subprocess
import sys
import tempfile
import time

import variants
import writer

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.join(TOP, os.environ.get("WIRESIFT_BUILD", "build/release"))
START = 1735689600  # any Monday-like second; only differences count
SPREAD_H = 12       # a copy comes within so many hours
FAMILY_H = 0.6      # a new family each so many hours


class Rng(random.Random):
    """Random numbers, and others that a name fixes (a site's sidebar)."""

    def __init__(self, seed):
        super().__init__(seed)
        self.name = seed

    def of(self, what):
        return random.Random(f"{what}")


def feed_of(rng):
    return f"https://site{rng.randrange(60)}.example/feed"


def updates(source, makers, rng, first):
    """Newer versions of a text, by its own site, and a copy of each."""
    out, rng = [], Rng(f"{rng.name} newer {first.text}")
    if int(first.text.rsplit("-", 1)[1]) % 3:
        return out  # they crowd out what else a family has
    for make in makers:
        newer, feed = make(source.copy(), rng), first.feed
        if newer is None:
            continue
        page = (variants.summary(newer) if first.short
                else variants.paragraphs(newer.body))
        if make is not variants.new_lead and rng.random() < 0.5:
            feed = feed_of(rng)
        hours = first.hours + rng.uniform(1, 6)
        name = ("short_" if first.short else "") + make.__name__
        for cls in ("newer_" + name, "copy_of_" + name):
            out.append(variants.Entry(cls, first.text, newer, hours, feed,
                                      html=page, short=first.short))
            feed, hours = feed_of(rng), hours + rng.uniform(0.2, 4)
        out[-1].newer = out[-2]
    return out


def full_family(number, rng, at):
    story = writer.report(writer.Facts(rng), rng)
    text = f"full-{number}"
    out = [variants.Entry("original", text, story, at, feed_of(rng))]
    for make in variants.FULL:
        title, page = make(story.copy(), rng)
        out.append(variants.Entry(make.__name__, text, story,
                                  at + rng.uniform(0.2, SPREAD_H),
                                  feed_of(rng), title=title, html=page))
    title, page = variants.short_verbatim(story, rng)
    out.append(variants.Entry("summary_of_full", text, story,
                              at + rng.uniform(0.2, SPREAD_H), feed_of(rng),
                              title=title, html=page))
    return story, out + updates(story, variants.UPDATES, rng, out[0])


def short_family(number, rng, at):
    story = writer.report(writer.Facts(rng), rng)
    text = f"short-{number}"
    out = [variants.Entry("short_original", text, story, at, feed_of(rng),
                          html=variants.summary(story), short=True)]
    for make in variants.SHORT:
        title, page = make(story.copy(), rng)
        out.append(variants.Entry(make.__name__, text, story,
                                  at + rng.uniform(0.2, SPREAD_H),
                                  feed_of(rng), title=title, html=page,
                                  short=True))
    return story, out + updates(story, variants.SHORT_UPDATES, rng, out[0])


def against(story, source, rng, at):
    out = []
    for make in variants.AGAINST:
        rows = make(story.copy(), rng)
        for i, (title, page, hours, feed) in enumerate(rows):
            text = f"{make.__name__}-{source}-{i}"
            out.append(variants.Entry(make.__name__, text, story, at + hours,
                                      feed or feed_of(rng), title=title,
                                      html=page, source=source))
    return out


def round_up(stories, number, rng, at):
    """Three or four leads under headings of their own."""
    page = "<p>Good evening. This is what you may have missed.</p>"
    for s in stories:
        page += f"<h3>{s.title}</h3>" + variants.paragraphs(s.body[:2])
    return variants.Entry("round_up", f"round-up-{number}", stories[0], at,
                          feed_of(rng), html=page, source=f"full-{number}",
                          title=f"Evening digest: {writer.name(rng)} edition")


def make(seed, families):
    """All entries in order of arrival, with ids."""
    rng, entries, stories = Rng(seed), [], []
    for n in range(families):
        at = n * FAMILY_H
        story, own = full_family(n, rng, at)
        stories.append(story)
        entries += own + against(story, f"full-{n}", rng, at)
        entries += short_family(n, rng, at)[1]
        if n % 4 == 3:
            entries.append(round_up(stories[-4:], n, rng,
                                    at + rng.uniform(4, 12)))
    for i, e in enumerate(entries):
        e.id = f"e{i}"
    return arrived(entries)


def arrived(entries):
    return sorted(entries, key=lambda e: (e.hours, e.id))


def shuffled(entries, rng):
    """The same, the times of each family's items dealt anew."""
    groups = collections.defaultdict(list)
    for e in entries:
        groups[e.source or e.text].append(e)
    for group in groups.values():
        times = [e.hours for e in group]
        rng.shuffle(times)
        for e, hours in zip(group, times):
            e.hours = hours
    return arrived(entries)


def lines(entries):
    for e in entries:
        yield json.dumps({
            "id": e.id, "url": f"{e.feed[:-5]}/{e.id}", "title": e.title,
            "content_html": e.html,
            "date_published": time.strftime(
                "%Y-%m-%dT%H:%M:%SZ",
                time.gmtime(START + int(e.hours * 3600))),
            "_wiresift": {"feed": e.feed}})


def decide(entries):
    """Decisions of `wiresift replay` by id."""
    with tempfile.TemporaryDirectory() as d:
        with open(f"{d}/c.yaml", "w", encoding="utf-8") as f:
            f.write("topics: [all.yaml]\n")
        with open(f"{d}/all.yaml", "w", encoding="utf-8") as f:
            f.write("version: 1\ntopics:\n  all:\n    title: All\n"
                    "    require: \"*\"\n")
        run = subprocess.run(
            [f"{BUILD}/wiresift", "replay", "-c", f"{d}/c.yaml", "--explain",
             "--all", "-"], input="\n".join(lines(entries)) + "\n",
            capture_output=True, text=True, timeout=600, check=True)
    rows = (json.loads(x)["decision"] for x in run.stdout.splitlines())
    return {row["id"]: row for row in rows}


def roots(got):
    """The item that each is a copy or a later version of; itself if none."""
    def root(i):
        seen = set()
        while i not in seen:
            seen.add(i)
            i = got[i].get("copy_of") or got[i].get("update_of") or i
        return i
    return {i: root(i) for i in got}


class Score:
    """Counts over one run."""

    def __init__(self, entries, got):
        self.tp, self.fp, self.fn = (collections.Counter() for _ in range(3))
        self.cases, self.hits = collections.Counter(), collections.Counter()
        self.same_event = collections.Counter()
        self.updates, self.of_newer = (collections.Counter()
                                       for _ in range(2))
        self.embeds = 0
        self.wrong = []  # (class, id, other id)
        self.got, self.root = got, roots(got)
        by_id = {e.id: e for e in entries}
        original = {e.text: e for e in entries
                    if e.cls.endswith("original")}
        merged = collections.defaultdict(set)
        for e in entries:
            form = "short" if e.short else "full"
            top = by_id[self.root[e.id]]
            if top is not e and top.text != e.text:
                self.fp[form] += 1
                merged[e.cls].add((e.source, e.text.rsplit("-", 1)[0]))
                self.wrong.append((e.cls, e.id, top.id))
            if e.source:
                self.see_against(e, original[e.source])
            elif e is not original[e.text]:
                self.see_copy(e, form, original[e.text])
        for cls, cases in merged.items():
            if cls.startswith("against") or cls == "round_up":
                self.hits[cls] = len(cases)

    def see_copy(self, e, form, first):
        self.cases[e.cls] += 1
        self.updates[e.cls] += self.got[e.id]["relation"] == "update"
        if e.newer:
            self.of_newer[e.cls] += (
                self.got[e.id]["copy_of"]
                == (self.got[e.newer.id]["copy_of"] or e.newer.id))
        if self.root[e.id] == self.root[first.id]:
            self.tp[form] += 1
            self.hits[e.cls] += 1
        else:
            self.fn[form] += 1
            self.wrong.append((e.cls, e.id, first.id))

    def see_against(self, e, first):
        if e.text.endswith("-0") or e.cls == "round_up":
            self.cases[e.cls] += 1
        self.same_event[e.cls] += (self.got[e.id]["story"]
                                   == self.got[first.id]["story"])
        self.embeds += (e.cls == "round_up"
                        and self.got[e.id]["relation"] == "embeds")

    def f1(self, form):
        p = self.tp[form] / max(1, self.tp[form] + self.fp[form])
        r = self.tp[form] / max(1, self.tp[form] + self.fn[form])
        return p, r, 2 * p * r / max(1e-9, p + r)

    def share(self, cls):
        """Of a class's copies that were found, of others that were merged."""
        return self.hits[cls] / max(1, self.cases[cls])

    def told_as_update(self, newer):
        """Share of the newer versions, or of all other copies, so told."""
        classes = [c for c in self.cases if c in self.updates
                   and (c.startswith("newer_") or c == "update") == newer]
        return (sum(self.updates[c] for c in classes)
                / max(1, sum(self.cases[c] for c in classes)))

    def show(self):
        for form in ("full", "short"):
            p, r, f1 = self.f1(form)
            print(f"{form:6} P {p:.3f} R {r:.3f} F1 {f1:.3f}")
        for cls in self.cases:
            what = "found"
            more = ""
            if cls.startswith("against") or cls == "round_up":
                what = "merged"
                more = (f", in the story "
                        f"{self.same_event[cls] / self.cases[cls]:.3f}")
            elif self.updates[cls]:
                more = f", as update {self.updates[cls] / self.cases[cls]:.3f}"
            if cls in self.of_newer:
                more += (f", of the newer "
                         f"{self.of_newer[cls] / self.cases[cls]:.3f}")
            if cls == "round_up":
                more += f", embeds {self.embeds / self.cases[cls]:.3f}"
            print(f"{cls:22} {what} {self.share(cls):.3f} "
                  f"of {self.cases[cls]}{more}")


def together(entries, got):
    """Which items of a family stand in one cluster, as a set of pairs."""
    root, groups = roots(got), collections.defaultdict(list)
    for e in entries:
        groups[e.source or e.text].append(e.id)
    return {(a, b): root[a] == root[b] for ids in groups.values()
            for a in ids for b in ids if a < b}


def changed(entries, got, seed):
    """Share of the pairs in one cluster here or there that are not in both."""
    before = together(entries, got)
    other = shuffled(entries, random.Random(seed))
    after = together(other, decide(other))
    either = [p for p in before if before[p] or after[p]]
    return sum(before[p] != after[p] for p in either) / max(1, len(either))


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--seed", type=int, default=int(time.time()))
    p.add_argument("--families", type=int, default=200)
    p.add_argument("--shuffles", type=int, default=1)
    p.add_argument("--show", default="")
    p.add_argument("--out")
    args = p.parse_args()
    entries = make(args.seed, args.families)
    if args.out:
        with open(args.out, "w", encoding="utf-8") as f:
            f.writelines(x + "\n" for x in lines(entries))
    got = decide(entries)
    score = Score(entries, got)
    print(f"seed {args.seed}, {args.families} families, {len(entries)} items")
    score.show()
    by_id = {e.id: e for e in entries}
    for cls, a, b in score.wrong:
        if args.show == cls:
            print(cls, got[a]["relation"], got[a].get("reason"))
            for e in (by_id[a], by_id[b]):
                print("   ", e.id, e.cls, e.feed, "|", e.title, "|",
                      e.html[:400])
    for i in range(args.shuffles):
        print(f"shuffle {i}: {changed(entries, got, args.seed + i):.4f} "
              "of the copy pairs change")
    return 0


if __name__ == "__main__":
    sys.exit(main())

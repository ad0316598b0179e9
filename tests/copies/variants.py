"""variants.py - what syndication does to a text, one function a class.

A class is a row of FULL, SHORT or AGAINST. Copies keep `text` (which text it
is) of their source; what must not be merged has one of its own.
"""
import html
import re

import grammar
import writer

SITES = ["Morning Ledger", "Coastline Post", "The Quay", "Northern Wire",
         "Valley Times", "Daily Lantern", "Mill Gazette", "Harbour Echo"]
AGENCIES = ["AP", "Reuters", "AFP", "dpa"]
TEASERS = 4  # teasers of a sidebar; each site has its own

SYNONYMS = {}
for group in grammar.SYNONYMS.replace("\n", "").split(";"):
    words = group.split("|")
    for at, word in enumerate(words):
        if at == 0 or " " not in word:
            SYNONYMS[word] = [w for w in words if w != word]
PHRASES = re.compile(r"\b(" + "|".join(
    sorted(map(re.escape, SYNONYMS), key=len, reverse=True)) + r")\b")
NUMBER_WORDS = {str(i): w for i, w in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve"
    .split())}


def synonyms(text, rng, share):
    """Words of the table swapped, each with probability `share`."""
    return PHRASES.sub(
        lambda m: rng.choice(SYNONYMS[m.group(0)]) if rng.random() < share
        else m.group(0), text)


def translated_back(text, rng):
    """Other words, other function words, another order of the parts."""
    text = synonyms(text, rng, 0.85)
    text = re.sub(r"\bthe ", lambda m: "" if rng.random() < 0.35
                  else m.group(0), text)
    text = re.sub(r"\b(\w+) of the (\w+)\b", r"\2's \1", text)
    text = re.sub(r"\b([2-9]|1[0-2])\b",
                  lambda m: NUMBER_WORDS[m.group(0)], text)
    for old, new in ((" in ", " within "), (" on ", " upon "),
                     (" for ", " during "), (" was ", " has been "),
                     (" were ", " have been "), (" and ", " as well as "),
                     (" that ", " which "), (" will ", " is going to ")):
        if rng.random() < 0.6:
            text = text.replace(old, new, 1)
    parts = text.rstrip(".").split(", ")
    if len(parts) > 1 and '"' not in text and rng.random() < 0.6:
        parts = [parts[-1]] + parts[:-1]
        parts = [parts[0][0].upper() + parts[0][1:]] + parts[1:]
        text = ", ".join(parts) + "."
    return text


def paragraphs(body):
    return "".join(f"<p>{html.escape(s, quote=False)}</p>" for s in body)


class Entry:
    """An item to be: what it says, when, where, and what it truly is."""

    def __init__(self, cls, text, story, hours, feed, **more):
        self.cls, self.text, self.story = cls, text, story
        self.hours, self.feed = hours, feed
        self.title = more.get("title", story.title)
        self.html = more.get("html", paragraphs(story.body))
        self.source = more.get("source")  # id of what it must not join
        self.short = more.get("short", False)
        self.newer = None  # the newer version that it is a copy of
        self.id = None


def summary(story, words=None):
    """What a feed shows of it: the lead, or so many words of the text."""
    if words is None:
        return story.body[0]
    cut = " ".join(story.body).split()
    return " ".join(cut[:words]) + "\u2026"


def sidebar(site, rng_of):
    rng = rng_of(f"sidebar {site}")
    lines = ["Most read", "Newsletter: the day in ten lines"]
    for _ in range(TEASERS * 2):
        facts = writer.Facts(rng)
        lines.append(writer.report(facts, rng).title)
    lines += ["Follow us on every channel", f"About {site}", "Contact",
              "Terms of use and privacy", "Sign in to read on"]
    return "".join(f"<p>{html.escape(x)}</p>" for x in lines)


# --- copies of a full text: (story, rng) -> title, html ---

def boilerplate(s, rng):
    site = rng.choice(SITES)
    return (f"{s.title} - {site}",
            f"<p>Home</p><p>News</p>{paragraphs(s.body)}<p>Share this:</p>"
            f"<p>The post {html.escape(s.title)} appeared first on {site}.</p>"
            "<p>Subscribe to our newsletter</p>")


def headline(s, rng):
    return retitle(s, rng), paragraphs(s.body)


def retitle(s, rng):
    kind = grammar.KINDS[s.facts.kind]
    others = [t for t in (s.facts.fill(x, rng) for x in kind["titles"])
              if t.split()[:2] != s.title.split()[:2]]
    return rng.choice(others)


def dateline(s, rng):
    agency = rng.choice(AGENCIES)
    body = [f"{s.facts.slots['place'].upper()} ({agency}) \u2014 {s.body[0]}"]
    body += s.body[1:] + [f"(Reporting by {writer.name(rng)} "
                          f"{writer.name(rng)}; editing by {writer.name(rng)})"]
    return s.title, paragraphs(body)


def truncated(s, rng):
    keep = max(3, int(len(s.body) * rng.uniform(0.3, 0.6)))
    return s.title, paragraphs(s.body[:keep]) + "<p>Read more \u2026</p>"


def truncated_sidebar(s, rng):
    return s.title, truncated(s, rng)[1] + sidebar(rng.choice(SITES), rng.of)


def reordered(s, rng):
    tail = s.body[2:]
    rng.shuffle(tail)
    return s.title, paragraphs(s.body[:2] + tail)


def edited(s, rng):
    body = [synonyms(x, rng, 0.25) for x in s.body]
    for _ in range(max(1, len(body) // 6)):
        del body[rng.randrange(1, len(body))]
    body.insert(rng.randrange(2, len(body)), writer.colour(s.facts, rng))
    return s.title, paragraphs(body)


def paraphrase(s, rng):
    return (synonyms(s.title, rng, 0.5),
            paragraphs([synonyms(x, rng, 0.6) for x in s.body]))


def back_translation(s, rng):
    return (translated_back(s.title, rng),
            paragraphs([translated_back(x, rng) for x in s.body]))


def retold(s, rng):
    """Nothing stays but names, numbers, small words and their order."""
    words = {}

    def other(m):
        return words.setdefault(m.group(0), writer.name(rng, 3).lower())
    body = [re.sub(r"\b[a-z]{4,}", other, translated_back(x, rng))
            for x in s.body]
    return retitle(s, rng), paragraphs(body)


def update(s, rng):
    body = list(s.body)
    at = rng.randrange(1, 4)
    body[at] = re.sub(r"\b\d+\b", lambda m: str(int(m.group(0)) + 1),
                      body[at], count=1)
    for _ in range(2):
        body.insert(2, writer.colour(s.facts, rng))
    return f"UPDATE 2-{s.title}", paragraphs(body)


def encoding(s, rng):
    def noise(x):
        x = html.escape(x, quote=False).replace('"', rng.choice(
            ["&#8220;", "&quot;", "\u201c"]))
        x = x.replace(" and ", " and&nbsp;").replace("'", "&#8217;")
        return re.sub(r"(\w{5})(\w{4})", "\\1\u00ad\\2", x, count=2)
    return (s.title, "<div class=x>" + "<br/><br/>".join(
        f"<span>{noise(x)}</span>" for x in s.body) + "</div>")


def mixed(s, rng):
    s = s.copy(title=retitle(s, rng), body=s.body[:max(5, len(s.body) * 2
                                                       // 3)])
    title, text = edited(s, rng)
    return (f"{title} | {rng.choice(SITES)}",
            "<p>Advertisement</p>" + text + sidebar(rng.choice(SITES), rng.of))


FULL = [boilerplate, headline, dateline, truncated, truncated_sidebar,
        reordered, edited, paraphrase, back_translation, retold, update,
        encoding, mixed]


# --- newer versions: (story, rng) -> newer story ---

def raised(s, rng, sentences, least):
    """The first figure of the lead, higher wherever it stands near the top."""
    old = re.search(r"\b\d+\b", s.body[0])
    if old is None:
        return None
    new = str(int(old.group(0)) + rng.randint(least, least + 8))
    at = re.compile(rf"\b{old.group(0)}\b")
    body = [at.sub(new, x, count=1) if i < sentences else x
            for i, x in enumerate(s.body)]
    return s.copy(title=at.sub(new, s.title), body=body)


def toll(s, rng):
    """The toll rose: other figures in the same sentences."""
    return raised(s, rng, 3, 1)


def toll_and_more(s, rng):
    """And a few sentences more."""
    s = raised(s, rng, 3, 10)
    for _ in range(rng.randint(1, 3) if s else 0):
        s.body.insert(rng.randint(1, 4), writer.colour(s.facts, rng))
    return s


def new_lead(s, rng):
    """What came in since stands on top of the old text, under its headline."""
    lead = writer.unused(grammar.KINDS[s.facts.kind]["leads"], s)
    top = [s.facts.fill(lead[0], rng)] if lead else []
    top += [writer.colour(s.facts, rng) for _ in range(2)]
    return s.copy(body=top + s.body)


UPDATES = [toll, toll_and_more, new_lead]
SHORT_UPDATES = [toll]


# --- copies of a summary ---

def short_verbatim(s, rng):
    return s.title, summary(s)


def short_other_cut(s, rng):
    return s.title, summary(s, rng.randint(18, 60))


def short_new_title(s, rng):
    return retitle(s, rng), summary(s)


def short_other_text(s, rng):
    names = [s.facts.slots[k] for k in ("place", "place2", "person1", "firm")]
    told = [x for x in s.body[1:5] if any(n in x for n in names)]
    return s.title, rng.choice(told or [writer.colour(s.facts, rng)])


def short_reworded(s, rng):
    return synonyms(s.title, rng, 0.5), synonyms(summary(s), rng, 0.6)


def short_title_only(s, rng):
    return s.title, ""


def short_encoding(s, rng):
    return s.title, encoding(s.copy(body=s.body[:1]), rng)[1]


SHORT = [short_verbatim, short_other_cut, short_new_title, short_other_text,
         short_reworded, short_title_only, short_encoding]


# --- what is no copy: (story, rng) -> list of (title, html, hours, feed) ---

def against_template(s, rng):
    which = rng.randrange(len(writer.REPORTS))
    out = []
    for day in range(2):
        t = writer.template(s.facts, rng, which)
        feed = f"https://{rng.choice(['a', 'b'])}.template.example/feed"
        out.append((t.title, paragraphs(t.body), 24 * day, feed))
    return out


def against_sidebar(s, rng):
    site = rng.choice(SITES)
    other = writer.report(writer.Facts(rng), rng, details=2, quotes=1,
                          background=0, extra=2)
    tail = sidebar(site, rng.of)
    feed = f"https://{site.split()[-1].lower()}.example/rss"
    return [(x.title, paragraphs(x.body[:6]) + tail, i, feed)
            for i, x in enumerate((other, writer.report(writer.Facts(rng),
                                                        rng)))]


def against_suffix(s, rng):
    site = rng.choice(SITES)
    feed = f"https://{site.split()[-1].lower()}.example/rss"
    return [(f"{x.title} - {site}", x.body[0], i, feed) for i, x in enumerate(
        writer.report(writer.Facts(rng, s.facts.kind), rng)
        for _ in range(2))]


def against_follow_up(s, rng):
    f = writer.follow_up(s, rng)
    return [(f.title, paragraphs(f.body), 24 + rng.uniform(0, 4), None)]


def against_next_day(s, rng):
    n = writer.next_day(s, rng)
    return [(n.title, n.body[0], 24 + rng.uniform(0, 4), None)]


def against_quote(s, rng):
    other = writer.report(writer.Facts(rng), rng, quotes=0)
    at = s.quotes()[0]
    body = other.body[:3] + s.body[at:at + 2] + other.body[3:]
    return [(other.title, paragraphs(body), rng.uniform(2, 12), None)]


def against_report(s, rng):
    r = writer.other_report(s, rng)
    return [(r.title, paragraphs(r.body), rng.uniform(1, 12), None)]


def against_short_report(s, rng):
    r = writer.short_report(s, rng)
    return [(r.title, r.body[0], rng.uniform(1, 12), None)]


AGAINST = [against_template, against_sidebar, against_suffix,
           against_follow_up, against_next_day, against_quote, against_report,
           against_short_report]

"""writer.py - tells invented news: facts first, then texts about them.

Everything comes from a seeded generator, so a seed is a corpus. Two texts of
one Facts with different `rng` are two reports of one event; Facts with other
seeds share no name.
"""
import random
import re

import grammar

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
        "Sunday"]
MONTHS = ["March", "April", "May", "June", "July", "August", "September"]
HEADS = "b br c d dr f g gr h k kl l m n p pr r s st t tr v w z".split()
VOWELS = "a e i o u ei au ie oo".split()
TAILS = "n r l s m nd rt sk ck ll th rn ld x".split()
CHOICE = re.compile(r"\{([^{}]*)\}")
SLOT = re.compile(r"\[(\w+)\]")


def options(text):
    return [w.strip() for w in text.replace("\n", "").split("|")]


LISTS = {name: options(getattr(grammar, name.upper()))
         for name in ("who", "did", "what", "how", "things", "goods", "orgs",
                      "bodies")}


def spin(text, rng):
    """One of the texts that {a|b} stands for."""
    while True:
        m = CHOICE.search(text)
        if m is None:
            return text
        text = (text[:m.start()] + rng.choice(m.group(1).split("|"))
                + text[m.end():])


def name(rng, syllables=2):
    word = "".join(rng.choice(HEADS) + rng.choice(VOWELS)
                   for _ in range(syllables - 1))
    word += rng.choice(HEADS) + rng.choice(VOWELS) + rng.choice(TAILS)
    return word.capitalize()


class Facts:
    """What is true of one event: names, numbers, the day."""

    def __init__(self, rng, kind=None):
        self.kind = kind or rng.choice(sorted(grammar.KINDS))
        place = name(rng)
        first, last = name(rng), name(rng)
        self.slots = {
            "place": place, "place2": name(rng, 3), "region": name(rng, 3),
            "river": name(rng, 1), "ship": name(rng, 3),
            "person1": f"{first} {last}", "person1s": last,
            "person2": f"{name(rng, 1)} {name(rng)}",
            "firm": f"{name(rng)} {rng.choice(['Works', 'Line', 'Brothers'])}",
            "firm2": f"{name(rng)} & Sons", "team": f"{place} Rovers",
            "team2": f"{name(rng)} Athletic",
            "org": f"{place} {rng.choice(LISTS['orgs'])}",
            "body": rng.choice(LISTS["bodies"]),
            "thing": rng.choice(LISTS["things"]),
            "goods": rng.choice(LISTS["goods"]),
            "hour": f"{rng.randint(1, 11)} {rng.choice(['am', 'pm'])}",
            "month": rng.choice(MONTHS),
            "yy": str(rng.randint(11, 79)), "yy2": str(rng.randint(11, 79)),
        }
        day = rng.randrange(7)
        self.slots["day"] = DAYS[day]
        self.slots["nextday"] = DAYS[(day + 1) % 7]
        self.numbers(rng)

    def numbers(self, rng, names=("n", "m")):
        """New figures for the same event: what a template differs in."""
        for prefix in names:
            for i in range(1, 13):
                self.slots[f"{prefix}{i}"] = str(rng.randint(3, 98))

    def fill(self, text, rng):
        def one(m):
            if m.group(1) == "who":
                return rng.choice(LISTS["who"])
            return self.slots[m.group(1)]
        text = SLOT.sub(one, spin(text, rng))
        return text[0].upper() + text[1:]


class Story:
    """A text: title and sentences; `used` are the patterns they come from."""

    def __init__(self, facts, title, body, used=()):
        self.facts, self.title, self.body = facts, title, body
        self.used = frozenset(used)

    def quotes(self):
        return [i for i, s in enumerate(self.body) if s.startswith('"')]

    def copy(self, title=None, body=None):
        return Story(self.facts, title or self.title,
                     list(self.body if body is None else body), self.used)


def colour(facts, rng):
    """A sentence that is nowhere else."""
    first, second = rng.sample(LISTS["did"], 2)
    text = (f"{rng.choice(LISTS['who'])} {first} {rng.choice(LISTS['what'])} "
            f"{rng.choice(LISTS['how'])}")
    if rng.random() < 0.6:
        text += (f", and {rng.choice(LISTS['who'])} {second} "
                 f"{rng.choice(LISTS['what'])} {rng.choice(LISTS['how'])}")
    if rng.random() < 0.3:
        text += f", {facts.slots['person2']} said"
    return text[0].upper() + text[1:] + "."


class Draw:
    """Patterns drawn at random, none of those that another text used."""

    def __init__(self, rng, but=()):
        self.rng, self.but, self.used = rng, set(but), []

    def some(self, patterns, n):
        left = [p for p in patterns if p not in self.but]
        drawn = self.rng.sample(left, min(n, len(left)))
        self.used += drawn
        return drawn


def report(facts, rng, details=5, quotes=2, background=3, extra=5):
    """A full text about the event, some 250 to 350 words."""
    kind, draw = grammar.KINDS[facts.kind], Draw(rng)
    lead = draw.some(kind["leads"], 1) + draw.some(kind["details"], details)
    middle = [facts.fill(s, rng) for s in draw.some(grammar.QUOTES, quotes)]
    middle += [colour(facts, rng) for _ in range(extra)]
    rng.shuffle(middle)
    body = [facts.fill(s, rng) for s in lead]
    body[2:2] = middle[:2]
    body += middle[2:]
    body += [facts.fill(s, rng)
             for s in draw.some(grammar.BACKGROUND, background)]
    title = facts.fill(draw.some(kind["titles"], 1)[0], rng)
    return Story(facts, title, body, draw.used)


def unused(patterns, story):
    return [p for p in patterns if p not in story.used]


def other_report(story, rng):
    """Another desk on the same event: its own sentences, order and voices."""
    facts, kind = story.facts, grammar.KINDS[story.facts.kind]
    draw = Draw(rng, story.used)
    tail = draw.some(kind["details"], 2) + draw.some(grammar.QUOTES, 2)
    tail += draw.some(grammar.FRAMES, 3)
    tail = [facts.fill(s, rng) for s in tail]
    tail += [colour(facts, rng) for _ in range(rng.randint(4, 7))]
    rng.shuffle(tail)
    lead = facts.fill(draw.some(kind["leads"], 1)[0], rng)
    return Story(facts, facts.fill(unused(kind["titles"], story)[0], rng),
                 [lead] + tail)


def follow_up(story, rng):
    """The next day: news of its own, and 30 % of the old text below."""
    facts = story.facts
    body = [facts.fill(grammar.KINDS[facts.kind]["next"][0], rng)]
    body += [colour(facts, rng) for _ in range(8)]
    body += [facts.fill(s, rng)
             for s in Draw(rng, story.used).some(grammar.QUOTES, 1)]
    body += story.body[-max(2, round(0.3 * len(body) / 0.7)):]
    return Story(facts, headline(facts, body[0]), body)


def next_day(story, rng):
    """The next day in a summary."""
    facts = story.facts
    lead = facts.fill(grammar.KINDS[facts.kind]["next"][1], rng)
    return Story(facts, headline(facts, lead),
                 [f"{lead} {colour(facts, rng)}"])


def short_report(story, rng):
    """Another desk in a summary: a headline of its own, and what it has."""
    facts = story.facts
    draw = Draw(rng, story.used)
    title = unused(grammar.KINDS[facts.kind]["titles"], story)[1]
    body = draw.some(grammar.FRAMES, 1) + draw.some(grammar.QUOTES, 1)
    return Story(facts, facts.fill(title, rng),
                 [facts.fill(" ".join(body), rng)])


def headline(facts, sentence):
    words = sentence.split()[:9]
    return f"{facts.slots['place']}: {' '.join(words).rstrip(',.;')}"


REPORTS = [
    ("[place] {harbour dues|berth prices}",
     "Dues for coasters in the harbour of [place] stood at [n1] crowns a ton on [day], from [n2] a week before. Berths for [n3] ships stayed free at the northern quay, and [n4] were loading. Pilots were called [n5] times in seven days. The next list appears in a week."),
    ("River levels at [place]",
     "The gauge at [place] showed [n1] centimetres on [day] morning, and [n2] the day before. At the upper weir it was [n3]. Skippers may load to [n4] per cent. The service expects [n5] for tomorrow and asks all to mind the current below the lock."),
    ("[place] auction report",
     "At the auction of [place] on [day] [n1] lots came under the hammer, [n2] of them wool. The mean price was [n3] crowns, the highest [n4]. Buyers took [n5] per cent of what was shown. The auction is held each week in the hall behind the station."),
    ("Traffic and weather for [place]",
     "Drivers around [place] should allow [n1] minutes more on [day]. Road works close [n2] lanes, and [n3] millimetres of rain are forecast with gusts of [n4]. Temperatures reach [n5] degrees. Trains run to the usual plan and bicycles go free."),
    ("[place] market: [goods] prices",
     "A sack of [goods] cost [n1] crowns on the market of [place] on [day]. Stocks stood at [n2] tons, and [n3] tons changed hands. Traders counted [n4] bids from outside. The week's turnover reached [n5] thousand crowns, the market office said."),
]


def template(facts, rng, which):
    """A report that comes every day and differs in its figures."""
    title, text = REPORTS[which % len(REPORTS)]
    saved, calm = dict(facts.slots), random.Random(which)
    facts.numbers(rng, ("n",))
    facts.slots["day"] = rng.choice(DAYS)
    story = Story(facts, facts.fill(title, calm),
                  re.split(r"(?<=\.) ", facts.fill(text, calm)))
    facts.slots = saved
    return story

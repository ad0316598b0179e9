"""Goal: syndicated variants of invented news are linked, and nothing else is.

The seed is fixed, so a failure is a change of the rules and not of luck; the
floors lie a little below what the rules reach. `make prove` asks for fresh
seeds and many more families, and holds them to what issue and manual promise.
"""
import os
import random

import pytest

import corpus

FULL = os.environ.get("WIRESIFT_PROVE") == "full"
SEEDS = [random.randrange(10**6) for _ in range(3)] if FULL else [7]
FAMILIES = 400 if FULL else 60
# Least share found, where it is less than that of all others.
FOUND, FOUND_LESS = 0.95, {"short_reworded": 0.85, "short_other_text": 0.93,
                           "short_title_only": 0.93, "retold": 0.70}
# Only a third of the families has newer versions of its texts.
FOUND_NEWER = 0.93 if FULL else 0.90
# Most that may be merged of what is no copy. One case of few is more.
ONE = 0 if FULL else 1 / FAMILIES
MERGED = {"against_template": 0.01 + ONE, "against_sidebar": 0.01,
          "against_suffix": 0.01 + ONE, "against_follow_up": 0.05,
          "against_next_day": 0.03 + ONE, "against_quote": 0.02,
          "against_report": 0.05 + ONE, "against_short_report": 0.03 + ONE,
          "round_up": 0.07}


@pytest.fixture(scope="module", params=SEEDS)
def run(request):
    entries = corpus.make(request.param, FAMILIES)
    got = corpus.decide(entries)
    score = corpus.Score(entries, got)
    print(f"seed {request.param}")
    score.show()
    return entries, got, score, request.param


def test_copies_are_found_and_nothing_else_is(run):
    score = run[2]
    assert score.f1("full")[2] >= 0.97
    assert score.f1("short")[2] >= 0.96


def test_no_class_of_copies_is_missed(run):
    score = run[2]
    poor = {cls: score.share(cls) for cls in score.cases
            if cls not in MERGED
            and score.share(cls) < (
                FOUND_NEWER if cls.startswith(("newer_", "copy_of_"))
                else FOUND_LESS.get(cls, FOUND))}
    assert not poor


def test_newer_versions_are_told_and_copies_are_none(run):
    score = run[2]
    assert score.told_as_update(newer=True) >= 0.7
    assert score.told_as_update(newer=False) <= 0.02


def test_what_follows_another_day_is_no_report_of_the_event(run):
    score = run[2]
    assert score.same_event["against_follow_up"] <= (
        0.1 * score.cases["against_follow_up"])
    assert score.same_event["against_report"] >= (
        0.8 * score.cases["against_report"])


def test_what_only_looks_alike_stays_apart(run):
    score = run[2]
    merged = {cls: score.share(cls) for cls, most in MERGED.items()
              if score.share(cls) > most}
    assert not merged


def test_round_ups_are_linked_not_folded(run):
    score = run[2]
    assert score.embeds >= 0.75 * score.cases["round_up"]


def test_the_order_of_arrival_changes_little(run):
    entries, got, _, seed = run
    assert corpus.changed(entries, got, seed) <= 0.08

"""What each clustering rule does: the same logs once more without it. Rules are switched off here, never in the product."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from unittest.mock import patch

from lib.core.clustering import cluster_ids
from lib.core.templates import collapsing, fanout, merging, records, shapes, tokens
from tests.bench.heldout import samples
from tests.bench.labelled import ABSENT, Logs, Scores, in_short, score_all, table

FELT = 0.005  # a change of GA or FGA that counts
NEVER = 1_000_000_000
SEEDS = (1, 2, 3)
SHARE = 0.3

# Why a rule stays that helps one of these systems or none: what it says holds for any system. A rule without a reason goes.
REASONS = {
    "collapse: uuid": "an id by its form; else the pieces between its dashes are left to other rules",
    "collapse: IPv6 or hardware address": "an address by its form",
    "collapse: hex after 0x": "a number by its form",
    "collapse: hex of seven": "ids of commits, requests and objects are written so everywhere",
    "collapse: short hex": "the same for short ids",
    "code: how a process ended": "asked for: a stop and a failure are two things to the reader",
    "code: the same in words": "as above",
    "code: which signal": "as above: a kill or a polite stop",
    "code: what the other side": "asked for: 404, 429 and 503 need different people",
    "code: the same, by the word status": "as above, at Proxifier's cost: its labels put 403 and 503 together",
    "code: IPv4 and IPv6": "two protocols, not two values",
    "mask: filler": "a row of dots fills a line up: how many says nothing",
    "mask: date in words, day first": "a date by its form; else month names split until five are seen",
    "mask: date and time": "keeps the zone and the fraction with the date",
    "mask: hex groups": "keeps an address in one piece",
    "mask: web address": "keeps an address in one piece, whatever its path holds",
    "mask: mail address": "an address by its form",
    "mask: host name": "an address by its form, where it has two parts and no number",
    "mask: constant behind": "a constant's name is what happened, its package is where",
    "mask: dotted name": "class and package names are passed as values (Spark's labels see it otherwise)",
    "mask: user's name": "the sentence itself says that a name follows; few lines need no comparison then",
    "mask: nothing in brackets": "an unknown value is written as nothing",
    "mask: nothing in a list": "an empty list is a list",
    "comparison: records": "the only step that sees several values of a record vary at once",
    "comparison: find_listed": "settings printed one a line at a start, as many programs do",
    "comparison: find_fanned": "the base of comparison; most values of these systems are numbers, which masks know",
    "comparison: find_grown": "the only step for two words that vary together: no two lines then differ in one word alone",
    "fan-out: two words where VARIABLE": "a place where a mask saw a value is a value's place",
    "fan-out: twelve values": "keeps verbs apart: it prevents wrong merges where many statements end alike",
    "fan-out: a place of 16 codes": "a statement that carries any number behind a code's word does not become hundreds",
    "fan-out: two capitals": "A and B name one of several things, as 1 and 2 do",
}

Patches = Sequence[tuple[ModuleType, str, object]]


@dataclass(frozen=True)
class Part:
    """A rule: its name and what to put in place of what, so that it does nothing."""

    name: str
    patches: Patches


@contextmanager
def without(part: Part) -> Iterator[None]:
    """Switch the rule off inside the block."""
    started = []
    try:
        for module, name, value in part.patches:
            change = patch.object(module, name, value)
            change.start()
            started.append(change)
        yield
    finally:
        for change in started:
            change.stop()


def collapsed_parts() -> list[Part]:
    """Return the rules of the first step."""
    rules = collapsing._COLLAPSED
    kept = ["|".join(pattern for other, pattern in rules if other != name) for name, _ in rules]
    return [Part(f"collapse: {name}", [(collapsing, "COLLAPSE", one)]) for (name, _), one in zip(rules, kept, strict=True)]


def code_parts() -> list[Part]:
    """Return the signatures of meaningful numbers."""
    parts = []
    for name, _ in collapsing._SIGNATURES:
        context = "(?:" + "|".join(pattern for other, pattern in collapsing._SIGNATURES if other != name) + ")"
        place = f"({context})0"
        patches: Patches = [
            (collapsing, "CODES", context + r"([0-9]{1,3})\b"),
            (collapsing, "CODES_COLLAPSED", place),
            (shapes, "_CODE_PLACE", re.compile(place, re.ASCII)),
        ]
        parts.append(Part(f"code: {name}", patches))
    return parts


def mask_parts() -> list[Part]:
    """Return the masks; one that looks twice because of shared borders is left out whole."""
    parts = []
    for at, (name, _, _) in enumerate(shapes.MASKS):
        twice = at + 1 < len(shapes.MASKS) and shapes.MASKS[at + 1][0].startswith("the next one")
        if not name.startswith("the next one") and name != "blanks":
            kept = shapes.MASKS[:at] + shapes.MASKS[at + 1 + twice :]
            parts.append(Part(f"mask: {name}", [(shapes, "MASKS", kept)]))
    return parts


def comparison_parts() -> list[Part]:
    """Return the steps of comparison, and the finer rules within them."""
    steps = [
        Part(f"comparison: {step.__name__.strip('_')}", [(merging, "STEPS", tuple(s for s in merging.STEPS if s is not step))])
        for step in merging.STEPS
    ]
    return [
        Part("comparison: records", [(records, "KEYS", NEVER)]),
        Part("comparison: repeats", [(tokens, "_without_repeats", list)]),
        *steps,
        Part("comparison, all of it", [(merging, "STEPS", ()), (records, "KEYS", NEVER), (tokens, "_without_repeats", list)]),
        Part("fan-out: two words where VARIABLE was seen", [(fanout, "VALUES_KNOWN", NEVER)]),
        Part("fan-out: ten values where few words hold the place", [(fanout, "VALUES_POOR", tokens.VALUES)]),
        Part("fan-out: twelve values for a short text's first word", [(fanout, "VALUES_FIRST", tokens.VALUES)]),
        Part("fan-out: two capitals in one place", [(fanout, "VALUES_LETTERS", NEVER)]),
        Part("fan-out: a place of 16 codes is a value", [(fanout, "CODES", NEVER)]),
    ]


def threshold_parts() -> list[Part]:
    """Return other values of the numbers that the comparison rests on."""
    modules = (fanout, merging)
    return [
        *(Part(f"values in one place: {n} (5)", [(module, "VALUES", n) for module in modules]) for n in (3, 4, 6, 8)),
        *(Part(f"values of a record's key: {n} (4)", [(records, "VALUES", n)]) for n in (2, 3, 5)),
        *(Part(f"where few words hold the place: {n} (10)", [(fanout, "VALUES_POOR", n)]) for n in (7, 15)),
        *(Part(f"a short text's first word: {n} (12)", [(fanout, "VALUES_FIRST", n)]) for n in (8, 16)),
        *(Part(f"words that hold a place: {n} (3)", [(fanout, "WORDS", n)]) for n in (2, 4)),
        *(Part(f"tokens that a VARIABLE stands for: {n} (6)", [(merging, "REACH", n)]) for n in (3, 12)),
        *(Part(f"general shapes tried: {n} (6)", [(merging, "CANDIDATES", n)]) for n in (2, 24)),
    ]


def change_of(before: Scores, after: Scores) -> tuple[list[str], list[str]]:
    """Return which systems the rule helps and which it hurts, each with what GA and FGA become without it."""
    helped, hurt = [], []
    for name, (ga, fga) in before.items():
        moved = after[name][0] - ga, after[name][1] - fga
        if max(map(abs, moved)) >= FELT:
            # GA decides, FGA where GA is still.
            (helped if (moved[0] if abs(moved[0]) >= FELT else moved[1]) < 0 else hurt).append(
                f"{name} {moved[0]:+.3f}/{moved[1]:+.3f}"
            )
    return helped, hurt


def report(logs: Logs) -> str:
    """Return the section about rules: the whole samples, and 30 % of each."""
    if not logs:
        return ABSENT
    thirds = [samples(logs, SHARE, seed) for seed in SEEDS]
    base, fewer = score_all(logs, cluster_ids), [score_all(third, cluster_ids) for third in thirds]
    rows = [_row("nothing", base, base, fewer, fewer)]
    judged = []
    for part in rules():
        with without(part):
            after, less = score_all(logs, cluster_ids), [score_all(third, cluster_ids) for third in thirds]
        rows.append(_row(part.name, base, after, fewer, less))
        helped = change_of(base, after)[0]
        if len(helped) < 2:
            judged.append(
                [part.name, helped[0].split()[0] if helped else "none", reason_of(part.name) or "**none: it should go**"]
            )
    numbers = []
    for part in threshold_parts():
        with without(part):
            after, less = score_all(logs, cluster_ids), [score_all(third, cluster_ids) for third in thirds]
        numbers.append(_row(part.name, base, after, fewer, less))
    figures = "mean GA|mean FGA|worst GA|GA, 30 %|FGA, 30 %"
    return "\n\n".join(
        [
            table(f"left out|{figures}|it helps (change without)|it hurts", rows),
            "Rules that help one of these systems or none, by GA or FGA of all their lines, and why they stay:",
            table("rule|helps|reason", judged),
            "The numbers that comparison rests on, at other values:",
            table(f"number (now)|{figures}|worse|better", numbers),
        ]
    )


def rules() -> list[Part]:
    """Return every rule that can be left out."""
    return [*collapsed_parts(), *code_parts(), *mask_parts(), *comparison_parts()]


def reason_of(name: str) -> str | None:
    """Return why a rule stays although it helps one system or none."""
    return next((reason for start, reason in REASONS.items() if name.startswith(start)), None)


def _row(name: str, base: Scores, after: Scores, fewer: list[Scores], less: list[Scores]) -> list[str]:
    ga, fga, worst, _ = in_short(after)
    third = [in_short(one)[:2] for one in less]
    means = [sum(column) / len(third) for column in zip(*third, strict=True)]
    helped, hurt = change_of(base, after)
    return [
        name,
        f"{ga:.4f}",
        f"{fga:.4f}",
        f"{worst:.3f}",
        *(f"{mean:.4f}" for mean in means),
        ", ".join(helped),
        ", ".join(hurt),
    ]

"""What each clustering rule does: the same logs once more without it. Rules are switched off here, never in the product."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from unittest.mock import patch

from lib.core import collapsing, fanout, merging, records, shapes, tokens
from lib.core.clustering import cluster_ids
from tests.bench.heldout import samples
from tests.bench.labelled import ABSENT, Logs, Scores, in_short, score_all, table

FELT = 0.005  # a change of GA or FGA that counts
NEVER = 1_000_000_000
SEEDS = (1, 2, 3)
SHARE = 0.3

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
        Part("fan-out: a place of 16 codes is a value", [(fanout, "CODES", NEVER)]),
    ]


def threshold_parts() -> list[Part]:
    """Return other values of the numbers that the comparison rests on."""
    modules = (fanout, merging, records)
    return [
        *(Part(f"values in one place: {n} (5)", [(module, "VALUES", n) for module in modules]) for n in (3, 4, 6, 8)),
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
    verdicts: dict[str, list[str]] = {"one": [], "none": []}
    for part in [*collapsed_parts(), *code_parts(), *mask_parts(), *comparison_parts()]:
        with without(part):
            after, less = score_all(logs, cluster_ids), [score_all(third, cluster_ids) for third in thirds]
        rows.append(_row(part.name, base, after, fewer, less))
        helped = len(change_of(base, after)[0])
        if helped < 2:
            verdicts["one" if helped else "none"].append(part.name)
    numbers = []
    for part in threshold_parts():
        with without(part):
            after, less = score_all(logs, cluster_ids), [score_all(third, cluster_ids) for third in thirds]
        numbers.append(_row(part.name, base, after, fewer, less))
    header = "left out|mean GA|mean FGA|worst GA|GA, 30 %|FGA, 30 %|it helps (GA/FGA without)|it hurts"
    said = [
        f"In these samples {len(verdicts['one'])} rules help one system only: {'; '.join(verdicts['one'])}.",
        f"{len(verdicts['none'])} help none: {'; '.join(verdicts['none'])}.",
    ]
    other = (
        header.replace("left out", "another number (now)")
        .replace("it helps (GA/FGA without)", "worse (GA/FGA)")
        .replace("it hurts", "better")
    )
    return "\n\n".join([table(header, rows), " ".join(said), table(other, numbers)])


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

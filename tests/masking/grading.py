"""Grades masking over every family: what leaked, what was eaten beside a secret, which ordinary texts changed."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from lib.core.masks import mask_lines, mask_payload, mask_text
from tests.masking import around, named, ordinary, payloads, tokens
from tests.masking.making import Case

SOURCES = (tokens.cases, named.cases, around.cases, payloads.cases)


@dataclass
class Grade:
    """One family: cases, and those that leaked or lost what should have stayed, by kind."""

    cases: int = 0
    leaked: list[tuple[Case, str]] = field(default_factory=list)
    eaten: list[tuple[Case, str]] = field(default_factory=list)


def hidden_cases(seed: int) -> Iterator[Case]:
    """Yield every case that holds a secret."""
    for source in SOURCES:
        yield from source(seed)


def mask_body(body: object) -> object:
    """Return a case's body as masking leaves it."""
    return mask_text(body) if isinstance(body, str) else mask_payload(body)


def as_text(body: object) -> str:
    """Return what a reader would see of a body."""
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)


def grade(seeds: tuple[int, ...]) -> dict[str, Grade]:
    """Return a grade for every family, by one text or payload at a time."""
    grades: dict[str, Grade] = defaultdict(Grade)
    for seed in seeds:
        for case in hidden_cases(seed):
            _judge(grades[case.family], case, as_text(mask_body(case.body)))
        for case in ordinary.cases(seed):
            one = grades["ordinary"]
            one.cases += 1
            if (masked := mask_body(case.body)) != case.body:
                one.eaten.append((case, as_text(masked)))
    return dict(grades)


def _judge(one: Grade, case: Case, masked: str) -> None:
    one.cases += 1
    if any(secret in masked or json.dumps(secret)[1:-1] in masked for secret in case.secrets):
        one.leaked.append((case, masked))
    if any(kept not in masked for kept in case.kept):
        one.eaten.append((case, masked))


def as_line(case: Case) -> str:
    """Return a case as a LogEntry's text."""
    payload = {"textPayload": case.body} if isinstance(case.body, str) else {"jsonPayload": case.body}
    return json.dumps({"insertId": "1", **payload}, ensure_ascii=False)


def differing(seeds: tuple[int, ...]) -> list[tuple[Case, str]]:
    """Return the cases that the three stages over a column mask in another way than one text or payload at a time."""
    found = []
    for seed in seeds:
        cases = [*hidden_cases(seed), *ordinary.cases(seed)]
        masked, _ = mask_lines(pl.Series([as_line(case) for case in cases]))
        for case, line in zip(cases, masked, strict=True):
            entry = json.loads(line)
            body = entry["textPayload"] if "textPayload" in entry else entry["jsonPayload"]
            if body != mask_body(case.body):
                found.append((case, as_text(body)))
    return found

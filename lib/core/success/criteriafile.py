"""Criteria as a file holds them (TOML or JSON), checked: what cannot be used is one error that names the place."""

from collections.abc import Callable, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from lib.core.patterns import compile_pattern
from lib.core.success.model import Baseline, Criterion, CriterionKind
from lib.core.wording import shorten
from lib.errors import BadQuery

MOST = 500  # criteria in one file; more is another file by mistake
LONGEST = 500  # characters of a name or title
HINT = "A criterion is a table [[criteria]] with a kind and a service; docs/issues.md shows a whole file."
TITLES: Mapping[CriterionKind, str] = {
    CriterionKind.TEXT_GONE: "The text no longer appears",
    CriterionKind.INITIALISED: "Initialisation is reported",
    CriterionKind.ACCEPTED: "Sentry accepts what is logged",
    CriterionKind.HEALTH: "The health document says that error tracking is set up",
    CriterionKind.DECLARED: "The SDK is declared",
    CriterionKind.CANARY: "A canary arrives",
    CriterionKind.NO_WORSE: "Failed and slow requests are no more frequent after the deploy",
}
"""What a criterion is called that has no title of its own."""
KEYS = ("id", "kind", "title", "service", "environment", "cluster", "text", "since", "least", "factor")


def parse_criteria(document: object, name: str) -> tuple[Criterion, ...]:
    """Return the criteria of a parsed file. name: the file's, for errors. Errors: BadQuery, for the first thing that is wrong."""
    rows = document.get("criteria") if isinstance(document, Mapping) else document
    if not isinstance(rows, list) or not rows:
        raise BadQuery(f"'{shorten(name, 80)}' holds no criteria.", hint=HINT)
    if len(rows) > MOST:
        raise BadQuery(
            f"'{shorten(name, 80)}' holds {len(rows):,} criteria; {MOST} is the most.", hint="Cut it into several files."
        )
    found = [_parse(row, f"Criterion {place} of '{shorten(name, 80)}'") for place, row in enumerate(rows, 1)]
    ids = [c.id for c in found]
    if twice := next((i for i in ids if ids.count(i) > 1), ""):
        raise BadQuery(
            f"'{shorten(name, 80)}' gives the id '{shorten(twice, 60)}' twice.", hint="Give each criterion an id of its own."
        )
    return tuple(found)


def _parse(row: object, where: str) -> Criterion:
    if not isinstance(row, Mapping):
        raise BadQuery(f"{where} is no table.", hint=HINT)
    if unknown := next((k for k in row if k not in KEYS), None):
        near = get_close_matches(str(unknown), KEYS, 1)
        hint = f"Did you mean `{near[0]}`?" if near else f"It may hold {', '.join(KEYS)}."
        raise BadQuery(f"{where} has `{shorten(str(unknown), 40)}`, which is not known.", hint=hint)
    kind = _kind(row.get("kind"), where)
    words = {key: _text(row.get(key, ""), key, where) for key in ("id", "title", "service", "environment", "cluster", "text")}
    if not words["service"]:
        raise BadQuery(f"{where} names no service.", hint='Write: service = "checkout-api"')
    _check_text(kind, words, where)
    numbers: dict[str, Any] = {key: _number(row[key], key, where, fits) for key, fits in BOUNDS.items() if key in row}
    place = "/".join(filter(None, (words["service"], words["environment"])))
    named = {
        "id": words["id"]
        or f"{kind.value} of {place}" + (f": {words['cluster'] or words['text']}" if kind is CriterionKind.TEXT_GONE else "")
    }
    named["title"] = words["title"] or TITLES[kind]
    whole: dict[str, Any] = {**words, **named, **numbers}
    return Criterion(**whole, kind=kind, since=_time(row.get("since"), where))


def _kind(value: object, where: str) -> CriterionKind:
    known = [k.value for k in CriterionKind]
    if not isinstance(value, str) or value not in known:
        said = f"has the kind '{shorten(str(value), 40)}', which is not known" if value is not None else "has no kind"
        raise BadQuery(f"{where} {said}.", hint=f"It can be {', '.join(known)}.")
    return CriterionKind(value)


def _check_text(kind: CriterionKind, words: Mapping[str, str], where: str) -> None:
    given = [key for key in ("cluster", "text") if words[key]]
    if kind is CriterionKind.TEXT_GONE:
        if len(given) != 1:
            raise BadQuery(f"{where} needs a `text` or a `cluster`, one of them.", hint='Write: text = "SDK not available"')
        if words["text"]:
            compile_pattern(words["text"])
    elif given:
        raise BadQuery(f"{where} has `{given[0]}`, which only {CriterionKind.TEXT_GONE.value} takes.", hint="Leave it out.")


def _text(value: object, key: str, where: str) -> str:
    if not isinstance(value, str) or len(value) > (2 * LONGEST if key == "text" else LONGEST) or not value.isprintable():
        raise BadQuery(f"{where}: `{key}` is no text of one line, or too long.", hint=f'Write: {key} = "…"')
    return value.strip()


BOUNDS: Mapping[str, tuple[Callable[[float], bool], str]] = {
    "least": (lambda x: 0 < x <= 1, "a share over 0 and at most 1, such as 0.5"),
    "factor": (lambda x: 1 < x <= 100, "a factor over 1 and at most 100, such as 3"),
}


def _number(value: object, key: str, where: str, bound: tuple[Callable[[float], bool], str]) -> float:
    fits, words = bound
    if isinstance(value, bool) or not isinstance(value, int | float) or not fits(float(value)):
        raise BadQuery(f"{where}: `{key}` is no number that can be used.", hint=f"It is {words}.")
    return float(value)


def _time(value: object, where: str) -> datetime | None:
    if value is None:
        return None
    try:
        ts = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        if ts.tzinfo is None or not 1970 <= ts.year < 2200:
            raise ValueError
    except ValueError as e:
        raise BadQuery(f"{where}: `since` is no time with its zone.", hint="Write: since = 2026-09-16T06:00:00Z") from e
    return ts


def write_criterion(criterion: Criterion) -> dict[str, Any]:
    """Return a criterion as plain values, for the state."""
    kept: dict[str, Any] = {k: v for k, v in vars(criterion).items() if v not in ("", None)}
    kept |= {k: kept[k].isoformat() for k in ("since", "made") if k in kept}
    if criterion.before:
        kept["before"] = {**vars(criterion.before), "last": criterion.before.last.isoformat()}
    return {**kept, "kind": criterion.kind.value}


def read_criterion(row: Mapping[str, Any]) -> Criterion:
    """Return a criterion of its plain values."""
    times = {k: datetime.fromisoformat(row[k]) for k in ("since", "made") if k in row}
    before = row.get("before")
    base = Baseline(**{**before, "last": datetime.fromisoformat(before["last"])}) if before else None
    return Criterion(**{**row, **times, "kind": CriterionKind(row["kind"]), "before": base})

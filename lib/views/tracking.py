"""What verdicts and gaps rest on: a case for each service, gathered from the entries, Sentry's facts and the settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from lib.core.kept import Kept, choose_health, find_canary, find_declared, find_health, leave_out_canaries
from lib.core.sentry.asked import Asked, Declared, HealthReport, Logged
from lib.core.sentry.dropping import LATENESS, find_drops, name_outcome
from lib.core.sentry.partial import find_partial
from lib.core.sentry.revisionlives import Activity, find_lives
from lib.core.sentry.sentryfacts import SETTINGS, Failure, SentryFacts
from lib.core.sentry.sentryfields import HOUR
from lib.core.sentry.sentrymatch import Known, Matches, match_projects
from lib.core.sentry.sentrysigns import find_project_id
from lib.core.sentry.startsigns import find_other, find_start_spans
from lib.core.sentry.trackingcase import Case
from lib.core.sentry.trackingstates import BLIND_STARTS, Life, State, StateSpan, Timeline
from lib.ports import Readers
from lib.views.environments import is_asked
from lib.views.trackingrows import Rows, read_rows
from lib.views.window import Window

LOOK_BACK = timedelta(days=7)  # starts before the window speak for containers that live in it; few live for longer


@dataclass(frozen=True)
class Gathered:
    """All cases of a window, Sentry's facts, which project is whose, the errors by minute, and what commands kept."""

    cases: tuple[Case, ...]
    facts: SentryFacts | None
    matches: Matches
    errors: pl.DataFrame = field(repr=False)
    kept: tuple[Kept, ...] = ()


def gather(
    stored: Readers,
    window: Window,
    declared: Sequence[Declared] = (),
    health: Sequence[HealthReport] = (),
) -> Gathered:
    """Return a case for each service of a window that holds entries. declared, health: beside what commands kept, before it."""
    facts, kept = read_facts(stored), tuple(stored.state.kept())
    first, last = stored.entries.span()
    start, end = window.bounds
    back = max(start - LOOK_BACK, first) if first else start
    rows = read_rows(stored, window, min(back, start))
    services = (
        rows.activity.filter(pl.col("active_now") > 0)
        .select("service", "environment")
        .unique()
        .sort("service", "environment")
        .rows()
    )
    matches = match_projects([know(rows, s, e) for s, e in services], facts, stored.settings.sentry.projects)
    asked = facts is not None or bool(stored.settings.sentry.organization)
    live = last is None or end > last
    until = None if live else end
    declared = (*declared, *find_declared(kept, until))
    health = (*health, *find_health(kept, end - LOOK_BACK, until))
    cases = [
        make_case(
            rows,
            window,
            key,
            ask(facts, matches, key, window, live, asked, rows.back, kept),
            declared,
            health,
            find_canary(kept, key, services, start, until),
        )
        for key in services
        if is_asked(window.query, *key)
    ]
    return Gathered(tuple(cases), facts, matches, rows.errors, kept)


def read_facts(stored: Readers) -> SentryFacts | None:
    """Return what Sentry said. While its settings cannot be used that is nothing: nobody can tell whose a project is."""
    if trouble := stored.settings.trouble_of("sentry"):
        return SentryFacts(failures=(Failure(SETTINGS, trouble.message, trouble.hint),))
    return stored.state.sentry()


def know(rows: Rows, service: str, environment: str) -> Known:
    """Return what a service's logs say that Sentry knows too."""
    mine = rows.of((service, environment))
    texts = mine.signs["message"].unique().to_list()
    numbers = sorted({n for text in texts if (n := find_project_id(text))})
    return Known(service, environment, tuple(sorted(mine.activity["revision"].to_list())), tuple(numbers))


def ask(
    facts: SentryFacts | None,
    matches: Matches,
    key: tuple[str, str],
    window: Window,
    live: bool,
    asked: bool,
    back: datetime,
    kept: Sequence[Kept] = (),
) -> Asked:
    """Return Sentry's side of a service within the window."""
    slug, why = matches.projects.get(key, ("", ""))
    if facts is None:
        return Asked(asked, slug, why)
    start, end = window.bounds
    shared = matches.is_shared(slug)
    earlier = () if shared or not slug else tuple(p for p in facts.points if p.project == slug and back - HOUR < p.start < end)
    earlier = leave_out_canaries(earlier, kept, key[0], facts.read_at)
    points = tuple(p for p in earlier if p.start > start - HOUR)
    releases = tuple(r for r in facts.releases if slug and r.project in ("", slug))
    failures = tuple(f for f in facts.failures if concerns(f, slug, facts))
    return Asked(asked, slug, why, points, None if live else end, releases, failures, shared, facts.read_at, earlier)


def concerns(failure: Failure, slug: str, facts: SentryFacts) -> bool:
    """Return whether a failed look-up is about a project: it names it, or it names none."""
    words = set(failure.what.replace("'", " ").replace(":", " ").replace("/", " ").split())
    named = words & {p.slug for p in facts.projects}
    return not named or slug in named


def make_case(
    rows: Rows,
    window: Window,
    key: tuple[str, str],
    sentry: Asked,
    declared: Sequence[Declared],
    health: Sequence[HealthReport],
    canary: datetime | None = None,
) -> Case:
    """Return one service's case."""
    start, end = window.bounds
    mine = rows.of(key)
    activity, signs, errors = mine.activity, mine.signs, mine.errors
    seen = [as_activity(r) for r in activity.to_dicts()]
    lives = find_lives(seen, mine.pulse, sorted(mine.traffic["ts"].to_list()), rows.back, rows.read)
    starts = find_start_spans(signs, lives)
    lines = signs.filter(pl.col("state") == State.DROPPING.value)
    losses = find_other(lines, (State.DROPPING,))
    sent = sendable(errors, starts, lives)
    drops = find_drops(sent, lines, sentry.earlier, losses, sentry.read_at)
    part = find_partial(sent.filter(pl.col("last") >= start - HOUR), sentry.points, sentry.read_at)
    drops = tuple(name_cause(d, sentry) for d in drops if reaches(d, start))
    lives = tuple(life for life in lives if life.end is None or life.end > start)
    starts = tuple(s for s in starts if reaches(s, start))
    other = (*find_other(signs, (State.DEGRADED, State.WEAK)), *([part] if part else []))
    case = Case(
        *key,
        Timeline(start, end, lives, starts, drops, other),
        sentry,
        declared=tuple(d for d in declared if d.service in ("", key[0]) and d.environment in ("", key[1])),
        health=choose_health(health, key),
        canary=canary,
    )
    return replace(case, logged=count_logged(activity, errors.filter(pl.col("last") >= start), case))


def reaches(span: StateSpan, start: datetime) -> bool:
    """Return whether a span reaches into the window."""
    return span.end is None or span.end > start


def as_activity(row: Mapping[str, Any]) -> Activity:
    """Return a row of find_activity as a value."""
    names = ("revision", "requests", "own", "first", "last", "ready", "failed")
    return Activity(**{name: row[name] for name in names})


def sendable(errors: pl.DataFrame, starts: Sequence[StateSpan], lives: Sequence[Life]) -> pl.DataFrame:
    """Return the errors that a working SDK would have sent: none of a revision while its starts say that it is blind."""
    crashed = [life.revision for life in lives if not life.served]
    kept = errors.filter(~pl.col("revision").is_in(crashed)) if crashed else errors
    for span in starts:
        if span.state in BLIND_STARTS:
            until = pl.lit(True) if span.end is None else pl.col("first") < span.end + timedelta(minutes=1)
            kept = kept.filter(~((pl.col("revision") == span.revision) & (pl.col("last") >= span.start - HOUR) & until))
    return kept


def name_cause(drop: StateSpan, sentry: Asked) -> StateSpan:
    """Return a loss with the outcome that Sentry counted most for it."""
    outcome = name_outcome(sentry.points, drop)
    return replace(drop, cause=outcome) if outcome else drop


def count_logged(activity: pl.DataFrame, errors: pl.DataFrame, case: Case) -> Logged:
    """Return what a service's own entries are."""
    reached = max((p.start + HOUR for p in case.sentry.points), default=case.canary)
    late = errors.filter(pl.col("first") >= reached) if reached else errors.clear()
    read_at = case.sentry.read_at
    answered = errors.filter(pl.col("last") < read_at - LATENESS) if read_at else errors
    return Logged(
        int(activity["own_now"].sum()),
        int(activity["wordless_now"].sum()),
        int(errors["errors"].sum()),
        int(late["errors"].sum()),
        count_unaccepted(errors, case),
        {r: (own, wordless) for r, own, wordless in activity.select("revision", "own_now", "wordless_now").rows()},
        dict(answered.group_by("revision").agg(pl.col("errors").sum()).rows()),
    )


def count_unaccepted(errors: pl.DataFrame, case: Case) -> int:
    """Return the errors after all that was accepted, in hours that were over when Sentry answered, less what it filtered."""
    since = case.unheard_since
    over = [p for p in case.sentry.points if case.is_over(p) and since and p.start + HOUR > since]
    if not over or since is None:
        return 0
    until = max(p.start for p in over) + HOUR
    logged = int(errors.filter((pl.col("first") >= since) & (pl.col("last") < until))["errors"].sum())
    return max(logged - sum(p.outcomes.get("filtered", 0) for p in over), 0)

"""Made-up answers about error tracking: one service that is blind, one that is well, one whose every text is hostile."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from lib.core.model import Coverage, Query
from lib.core.sentry.delivery import HourRow, TrackingCoverage
from lib.core.sentry.sentryfacts import Failure
from lib.core.sentry.trackingrungs import Rung
from lib.core.sentry.trackingstates import Confidence, Evidence, Life, State, StateSpan, Timeline, Verdict
from lib.core.sentry.trackingsteps import NO_STEP, Step
from lib.core.tracking import Judgement, RevisionJudgement
from lib.views.sentry import SentryView, ServiceHealth
from tests.pages.sample_day import END, HOSTILE, START

SHORT = "python -m lib canary --service parcels-backend"


def health(service: str, environment: str, verdict: Verdict, text: str, step: Step) -> ServiceHealth:
    """Return a service whose two revisions and losses all say the same text."""
    middle = START + (END - START) / 2
    told = Evidence("log", "missing", text, START, END, 35, f"{service}-00041-abc", "SDK not installed")
    spans = (
        StateSpan(State.MISSING, f"{service}-00041-abc", START, middle, evidence=(told,)),
        StateSpan(State.INITIALISED, text, middle, None),
    )
    lives = (Life(f"{service}-00041-abc", START, middle), Life(text, middle, None))
    revisions = tuple(RevisionJudgement(life.revision, verdict, life.start, END) for life in lives)
    judged = Judgement(
        service, environment, verdict, text, START, Confidence.HIGH, f"{service}: {text}", (told,) * 40, revisions, step, "row"
    )
    ladder = ("declared", "installed", "configured", "initialised", "delivering")
    rungs = tuple(Rung(name, stands, text, END) for name, stands in zip(ladder, (True, False, None, None, None), strict=True))
    hours = tuple(HourRow(START + timedelta(hours=n), 10 * n, n if n else None, {"accepted": n}) for n in range(24))
    drops = (StateSpan(State.DROPPING, "", middle, middle + timedelta(hours=1)),)
    covered = TrackingCoverage(276, 2760, 0.1, 0.09, 0.11, {"accepted": 276, text: 9})
    return ServiceHealth(judged, rungs, Timeline(START, END, lives, spans, drops), covered, hours, text, text)


BLIND = health("parcels-backend", "staging", Verdict.MISSING, "Sentry SDK not available", Step("Add the SDK, then:", SHORT))
UNKNOWN = replace(
    health("lockers-api", "production", Verdict.UNKNOWN, "nothing tells", NO_STEP), coverage=None, hours=(), project=""
)
EVIL = health(HOSTILE, "", Verdict.HEALTHY, HOSTILE, Step(HOSTILE, HOSTILE))


def sentry_view(query: Query, coverage: Coverage, rows: bool, failures: Sequence[Failure] = ()) -> SentryView:
    """Return the services that the question asks about; rows: False for none."""
    found = tuple(
        one for one in (BLIND, UNKNOWN, EVIL) if rows and (not query.services or one.judgement.service in query.services)
    )
    told = f"1 of {len(found)} services is blind." if found else "Nothing was read."
    return SentryView(query, coverage, told, found, (HOSTILE,), (HOSTILE,), (HOSTILE,), tuple(failures), END)

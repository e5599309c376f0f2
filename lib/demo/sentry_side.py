"""What Sentry's API would have answered about the story: consistent with the entries, without a key or a secret."""

from collections import defaultdict
from random import Random
from typing import Any

from lib.demo.shapes import SECOND, stamp
from lib.demo.stage import Logged, Stage, at
from lib.demo.story import ACCEPTED_SHARE, BACKEND, HOURS, ORGANIZATION, RATE_LIMITED, SERVICES

Answer = dict[str, Any]

HOUR = 3600 * SECOND
_TEAM = {"id": "11", "name": "Parcels", "slug": "parcels"}
_FIRST_EVENT = "2025-04-02T09:15:31Z"  # of the other projects; the backend's was created and got nothing before the story


def sentry_answers(stage: Stage) -> Answer:
    """Return organization, projects, hourly outcomes by project slug (a service's name), and releases (a revision's name)."""
    rng = Random("sentry")
    judged = [(error, judge_outcome(rng, error)) for error in sorted(stage.errors, key=lambda error: error.us)]
    slugs = [service.name for service in SERVICES]
    accepted = [error for error, outcome in judged if outcome == "accepted"]
    return {
        "organization": ORGANIZATION,
        "projects": [describe_project(number, slug, accepted) for number, slug in enumerate(slugs)],
        "stats": {slug: count_by_hour(slug, judged) for slug in slugs},
        "releases": describe_releases(slugs, accepted),
    }


def judge_outcome(rng: Random, error: Logged) -> str:
    """Return what became of a logged error: "" when no SDK sent it, or when the SDK took it for a repetition."""
    draw = rng.random()
    if error.revision.sentry != "initialised":
        return ""
    if error.revision.service == BACKEND and at(RATE_LIMITED[0]) <= error.us < at(RATE_LIMITED[1]):
        return "accepted" if draw < 0.12 else "rate_limited" if draw < 0.85 else "client_discard"
    return "accepted" if draw < ACCEPTED_SHARE else ""


def count_by_hour(slug: str, judged: list[tuple[Logged, str]]) -> Answer:
    """Return what stats_v2 answers for one project: a series of HOURS numbers for each outcome."""
    start = at("0:00")
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * HOURS)
    for error, outcome in judged:
        if outcome and error.revision.service == slug:
            counts[outcome][(error.us - start) // HOUR] += 1
    groups = [
        {"by": {"outcome": outcome}, "totals": {"sum(quantity)": sum(series)}, "series": {"sum(quantity)": series}}
        for outcome, series in sorted(counts.items())
    ]
    hours = [whole_second(start + hour * HOUR) for hour in range(HOURS)]
    return {"start": hours[0], "end": whole_second(at(f"{HOURS}:00")), "intervals": hours, "groups": groups}


def describe_project(number: int, slug: str, accepted: list[Logged]) -> Answer:
    """Return one project as the list of an organization's projects has it."""
    first = (
        next(whole_second(error.us) for error in accepted if error.revision.service == BACKEND)
        if slug == BACKEND
        else _FIRST_EVENT
    )
    return _project(number, slug) | {
        "dateCreated": "2025-04-01T08:00:12Z",
        "firstEvent": first,
        "isBookmarked": False,
        "isMember": True,
        "access": [],
        "hasAccess": True,
        "platforms": ["python"],
        "features": ["releases"],
        "team": _TEAM,
        "teams": [_TEAM],
        "firstTransactionEvent": False,
        "environments": ["staging" if slug == BACKEND else "production"],
        "hasSessions": False,
        "hasMonitors": False,
        "latestRelease": None,
    }


def describe_releases(slugs: list[str], accepted: list[Logged]) -> list[Answer]:
    """Return the releases that Sentry knows, newest first: the SDK names a release after Cloud Run's revision."""
    times: dict[tuple[str, str], list[int]] = defaultdict(list)
    for error in accepted:
        times[error.revision.service, error.revision.name].append(error.us)
    releases: list[Answer] = [
        {
            "id": 9100 + number,
            "version": version,
            "shortVersion": version,
            "status": "open",
            "ref": None,
            "url": None,
            "dateReleased": None,
            "dateCreated": whole_second(own[0]),
            "firstEvent": whole_second(own[0]),
            "lastEvent": whole_second(own[-1]),
            "newGroups": min(len(own), 2),
            "commitCount": 0,
            "deployCount": 0,
            "authors": [],
            "data": {},
            "projects": [_project(slugs.index(slug), slug) | {"newGroups": min(len(own), 2), "hasHealthData": False}],
        }
        for number, ((slug, version), own) in enumerate(times.items())
    ]
    return sorted(releases, key=lambda release: str(release["dateCreated"]), reverse=True)


def whole_second(us: int) -> str:
    """Return a time as Sentry writes it, without fractions."""
    return stamp(us)[:19] + "Z"


def _project(number: int, slug: str) -> Answer:
    return {"id": str(4510 + number), "slug": slug, "name": slug, "platform": "python"}

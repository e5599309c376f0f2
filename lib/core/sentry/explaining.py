"""What Sentry says of a project that explains its counts: keys, inbound filters, limits, sessions. It never judges."""

from collections.abc import Mapping, Sequence
from typing import Any

from lib.core.sentry.sentryfacts import SentryFacts
from lib.core.sentry.sentryfields import is_count
from lib.core.wording import count_of, join_words

Outcomes = Mapping[str, int]
NAMED = 4  # filters that a sentence names


def explain(facts: SentryFacts | None, slug: str, releases: Sequence[str], outcomes: Outcomes) -> tuple[str, ...]:
    """Return sentences about a project as it was when Sentry was asked last.

    releases: those of the service's revisions; () when they have other names. outcomes: what Sentry counted in the window.
    """
    if facts is None or not slug:
        return ()
    told = (tell(facts.extras, slug, outcomes) for tell in (tell_keys, tell_filters, tell_limits))
    return tuple(filter(None, (*told, tell_sessions(facts.extras, slug, releases, outcomes))))


def tell_keys(extras: Mapping[str, Any], slug: str, outcomes: Outcomes) -> str:
    """Say that no key of the project is active, so that nothing can arrive."""
    keys = _of(extras, "keys", slug)
    if not isinstance(keys, Mapping) or keys.get("active") != 0:
        return ""
    return "No client key of the project is active, so Sentry takes nothing for it."


def tell_filters(extras: Mapping[str, Any], slug: str, outcomes: Outcomes) -> str:
    """Say which inbound filters may have filtered what Sentry counts as filtered."""
    filters = _of(extras, "filters", slug)
    filtered = outcomes.get("filtered", 0)
    if not filtered or not isinstance(filters, list):
        return ""
    on = [str(f.get("id")) for f in filters if isinstance(f, Mapping) and f.get("active")]
    if not on:
        return f"Sentry filtered {count_of(filtered, 'event')} by a rule of the project: none of its standard filters is on."
    more = [f"{len(on) - NAMED} more"] if len(on) > NAMED else []
    return f"Sentry filtered {count_of(filtered, 'event')}; inbound filters that are on: {join_words([*on[:NAMED], *more])}."


def tell_limits(extras: Mapping[str, Any], slug: str, outcomes: Outcomes) -> str:
    """Say which limits may have refused what Sentry counts as rate limited."""
    limited = outcomes.get("rate_limited", 0)
    keys, quota = _of(extras, "keys", slug), _of(extras, "quota", slug)
    if not limited or not (isinstance(keys, Mapping) or isinstance(quota, Mapping)):
        return ""
    slow = keys.get("limited") if isinstance(keys, Mapping) else None
    known = [f"{count_of(slow, 'key')} with a rate limit"] if isinstance(slow, int) and slow else []
    known += ["spike protection is on"] if isinstance(quota, Mapping) and quota.get("spike_protection") is True else []
    known = known or (["no key of the project has one of its own"] if slow == 0 else [])
    why = join_words(known)
    return f"Sentry refused {count_of(limited, 'event')} by a limit{': ' if why else ''}{why}."


def tell_sessions(extras: Mapping[str, Any], slug: str, releases: Sequence[str], outcomes: Outcomes) -> str:
    """Say that sessions arrive where no error does: the SDK reaches Sentry."""
    answer = _of(extras, "sessions", slug)
    groups = answer.get("groups") if isinstance(answer, Mapping) else None
    if outcomes.get("accepted") or not isinstance(groups, list):
        return ""
    mine = [g for g in groups if isinstance(g, Mapping) and _at(g, "by", "release") in releases]
    count = sum(int(n) for g in mine if is_count(n := _at(g, "totals", "sum(session)")))
    told = f"Sentry counted {count_of(count, 'session')} of its releases: the SDK reaches Sentry. Sessions are no errors."
    return told if count else ""


def _of(extras: Mapping[str, Any], kind: str, slug: str) -> Any:
    found = extras.get(kind)
    return found.get(slug) if isinstance(found, Mapping) else None


def _at(value: Mapping[str, Any], outer: str, inner: str) -> Any:
    middle = value.get(outer)
    return middle.get(inner) if isinstance(middle, Mapping) else None

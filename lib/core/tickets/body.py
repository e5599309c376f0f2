"""A draft's title and body, written of counted evidence: status, text, place, impact, cause, what is not known, criteria.

Every word that may come from a log, a file's name or an issue stands in code. Windows and counts stand beside each other.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.core.coveragefacts import say_missing
from lib.core.issues import MOST_LABELS, Decision, Draft, digest_of, fingerprint_of, write_mark
from lib.core.model import Cluster, Coverage
from lib.core.success.model import Criterion
from lib.core.tickets import markdown as md
from lib.core.tickets.matching import label
from lib.core.wording import count_of, name_of, rfc3339, say_duration, say_time, shorten

SAMPLE, SAMPLES, STACK = 3_000, 3, 8_000  # characters of a sample, how many samples, characters of a stack trace
LISTED = 20  # revisions, sentences


@dataclass(frozen=True)
class Place:
    """Where a cluster was said: a service, environment and revision, how often, from when to when."""

    service: str
    environment: str
    revision: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Facts:
    """What a draft is written of.

    places: most entries first. samples: texts as they were said, masked. tracking: sentences on whether the services' errors are
    tracked; symptoms: what fails with it, a sentence each; impact: what nobody saw meanwhile; step: what to do next.
    """

    cluster: Cluster
    coverage: Coverage
    places: tuple[Place, ...]
    samples: tuple[str, ...] = ()
    stack: str = ""
    tracking: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    impact: tuple[str, ...] = ()
    step: str = ""

    @property
    def service(self) -> tuple[str, str]:
        """The service and environment that say it most, two empty texts without any."""
        return (self.places[0].service, self.places[0].environment) if self.places else ("", "")


def write_draft(facts: Facts, criteria: Sequence[Criterion], decision: Decision | None = None) -> Draft:
    """Return what would be sent for a cluster; the decision adds related issues alone."""
    cluster = facts.cluster
    fingerprint = fingerprint_of(cluster.id)
    evidence = [*_evidence(facts), *(c.id for c in criteria)]
    digest = digest_of(evidence)
    parts = list(filter(None, (
        _status(facts), _said(facts), _where(facts), _impact(facts), _cause(facts), _unknown(facts), _related(decision),
        _criteria(criteria), _samples(facts), _stack(facts),
    )))  # fmt: skip
    asked = f"--cluster {cluster.id}" if re.fullmatch("[0-9a-f]{1,40}", cluster.id) else "--cluster ID"
    ask = f"Seen with `python -m lib entries {asked}`; checked with `python -m lib check {asked}`."
    body = md.assemble(parts, f"---\n{ask}\n\n{write_mark(fingerprint, digest)}")
    services = tuple(dict.fromkeys(p.service for p in facts.places if p.service))
    return Draft(
        cluster.id, fingerprint, digest, write_title(facts), body,
        label(cluster.kind, cluster.priority.value, services)[:MOST_LABELS], tuple(criteria),
    )  # fmt: skip


def write_title(facts: Facts) -> str:
    """Return the title: what is said, and where."""
    service, environment = facts.service
    where = md.title(name_of(service, environment)) if service else ""
    said = md.title(facts.cluster.template)
    if not where:
        return said
    room = md.TITLE - len(where) - 2
    return md.title(f"{shorten(said, room)} [{where}]") if room > 30 else said


def _evidence(facts: Facts) -> list[str]:
    """Return what a draft rests on, as texts: the same evidence makes the same digest."""
    c, v = facts.cluster, facts.coverage
    counts = [f"{p.service}|{p.environment}|{p.revision}|{p.count}|{rfc3339(p.first)}|{rfc3339(p.last)}" for p in facts.places]
    return [
        c.id,
        c.kind.value,
        c.priority.value,
        str(c.count),
        str(rfc3339(v.start)),
        str(rfc3339(v.end)),
        *counts,
        *facts.tracking,
    ]


def _status(facts: Facts) -> str:
    c, v = facts.cluster, facts.coverage
    window = f"{say_time(v.start)} to {say_time(v.end)}" if v.start and v.end else "all that is stored"
    of = f"of {count_of(v.entries, 'entry', 'entries')} read in the window {window}"
    return (
        f"**Status**: said {count_of(c.count, 'time')} {of}; first {say_time(c.first)}, last {say_time(c.last)}.\n"
        f"**Priority**: {md.code(c.reason or c.priority.value)}. **Kind**: {c.kind.value}."
    )


def _said(facts: Facts) -> str:
    return "### What the logs say\n\n" + md.fence(facts.cluster.template, SAMPLE)


def _where(facts: Facts) -> str:
    c = facts.cluster
    lines = [
        f"- {md.code(name_of(p.service, p.environment))}, revision {md.code(p.revision or 'not known')}: "
        f"{count_of(p.count, 'entry', 'entries')}, {say_time(p.first)} to {say_time(p.last)}"
        for p in facts.places[:LISTED]
    ]
    if len(facts.places) > LISTED:
        lines.append(f"- and {count_of(len(facts.places) - LISTED, 'more revision')}")
    if c.last > c.first:
        rate = c.count / max((c.last - c.first).total_seconds() / 3600, 1 / 60)
        lines.append(f"- {rate:,.1f} an hour over {say_duration(c.last - c.first)}")
    lines.append(f"- written by {md.code(c.location)}" if c.location else "- its place in the code is not told by the entries")
    if c.exception:
        lines.append(f"- exception {md.code(c.exception)}")
    return "### Where and how often\n\n" + "\n".join(lines)


def _impact(facts: Facts) -> str:
    told = [*facts.impact[:LISTED], *facts.symptoms[:LISTED]]
    return "### Impact\n\n" + md.fence("\n".join(told)) if told else ""


def _cause(facts: Facts) -> str:
    told = list(facts.tracking[:LISTED])
    step = [f"Next: {facts.step}"] if facts.step else []
    return "### What is known of the cause\n\n" + md.fence("\n".join([*told, *step])) if told or step else ""


def _unknown(facts: Facts) -> str:
    told = say_missing(facts.coverage)
    return "### What these counts leave out\n\n" + md.fence("\n".join(told)) if told else ""


def _related(decision: Decision | None) -> str:
    if decision is None or not decision.related:
        return ""
    return "### Related\n\n" + ", ".join(f"#{number}" for number in decision.related)


def _criteria(criteria: Sequence[Criterion]) -> str:
    if not criteria:
        return ""
    lines = [f"- [ ] {md.code(c.title)} ({c.kind.value})" for c in criteria]
    note = "Nothing passes while the service is blind; a text that is gone alone shows nothing."
    return "### It is over when\n\n" + "\n".join(lines) + f"\n\n{note}"


def _samples(facts: Facts) -> str:
    texts = list(dict.fromkeys(facts.samples))[:SAMPLES]
    return "### Samples, masked\n\n" + "\n\n".join(md.fence(t, SAMPLE) for t in texts) if texts else ""


def _stack(facts: Facts) -> str:
    return "### Newest stack trace\n\n" + md.fence(facts.stack, STACK) if facts.stack else ""

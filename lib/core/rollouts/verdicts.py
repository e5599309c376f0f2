"""What a deploy changed, in one sentence that can be pasted, and what else may have caused it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.core.compare import FOUND, Change, Compared, Missing, Unit
from lib.core.deploys import Deploy, DeployOutcome
from lib.core.model import Kind, Priority
from lib.core.wording import count_of, join_words, list_some, say_duration, say_time, shorten

NAMED = 2  # changes of one sort that a sentence names; the others are counted
FEW = 4  # with more changes than this one of each sort is named
TEMPLATE = 60  # characters of a template in a sentence
TRAFFIC = 2.0  # requests per minute that changed by so much may be the cause themselves
ORDINARY = (Kind.INFO, Kind.DEPLOY)
UNREAD = timedelta(minutes=1)  # an export that ends seconds before the window does hides nothing that counts


@dataclass(frozen=True)
class ClusterChange:
    """One row of the comparison: a cluster, what it tells, and what became of it."""

    compared: Compared
    template: str
    kind: Kind
    priority: Priority

    @property
    def changed(self) -> bool:
        """Tell whether a change was found."""
        return self.compared.change in FOUND


@dataclass(frozen=True)
class Neighbour:
    """Another service's deploy nearby, with the failures that both services have."""

    service: str
    revision: str
    ts: datetime
    shared: int


def sort_changes(rows: Sequence[ClusterChange]) -> tuple[ClusterChange, ...]:
    """Return rows by what matters: changes first, the gravest and surest of them first, then what cannot be told."""
    order = {Change.NEW: 0, Change.MORE: 0, Change.GONE: 1, Change.FEWER: 1, Change.NOT_ENOUGH: 3, Change.SAME: 2}

    def key(row: ClusterChange) -> tuple[object, ...]:
        c = row.compared
        worse = order[c.change] if row.changed else 2
        return (
            not row.changed,
            worse,
            row.priority,
            c.q if c.q is not None else 1.0,
            order[c.change],
            -c.after - c.before,
            c.cluster,
        )

    return tuple(sorted(rows, key=key))


def say_name(row: ClusterChange) -> str:
    """Return a cluster's kind and words: "failure 'pool timeout'"."""
    return f"{row.kind.value} '{shorten(row.template, TEMPLATE)}'"


def say_ratio(row: ClusterChange) -> str:
    """Return "4.1 times as frequent (2.9-5.8, per request)"."""
    c = row.compared
    unit = "per request" if c.unit is Unit.REQUESTS else "per minute"
    low, high = (say_factor(x) if x is not None else "?" for x in (c.low, c.high))
    return f"{say_factor(c.ratio or 0.0)} times as frequent ({low}–{high}, {unit})"


def say_factor(factor: float) -> str:
    """Return a factor with two digits that count: "4.1", "12", "0.21"."""
    return f"{factor:.0f}" if factor >= 9.95 else f"{factor:.1f}" if factor >= 0.995 else f"{factor:.2g}"


def say_change(row: ClusterChange) -> str:
    """Return what became of a cluster as a clause whose subject is the deploy or the cluster."""
    return f"made {say_name(row)} {say_ratio(row)}"


def judge_deploy(deploy: Deploy, rows: Sequence[ClusterChange], span: timedelta, before: str) -> str:
    """Return the verdict on a deploy.

    rows: its comparison; span: how long its own window was read; before: the revision that it is compared with, "" without.
    """
    name = deploy.revision or f"The deploy of {deploy.service} at {say_time(deploy.ts)}"
    if deploy.outcome is DeployOutcome.FAILED:
        return f"{name} failed and served nobody: there is nothing to compare."
    if not before:
        return f"{name} cannot be compared: nothing that served before it was read."
    if not rows or all(r.compared.missing is Missing.COLLECTION for r in rows):
        return f"{name} cannot be compared: nothing of it, or of {before} before it, was read."
    clauses = say_changes(rows, span)
    cannot = sum(r.compared.change is Change.NOT_ENOUGH for r in rows)
    same = sum(r.compared.change is Change.SAME for r in rows)
    rest = f" {say_rest(same, cannot)}" if same + cannot else ""
    if not clauses:
        return f"{name} changed nothing that {say_duration(span)} can tell.{rest}"
    only_gone = len(clauses) == 1 and all(r.compared.change is Change.GONE for r in rows if r.changed)
    return f"{'After ' if only_gone else ''}{name} {join_clauses(clauses)}.{rest}"


def say_rest(same: int, cannot: int) -> str:
    """Return how many clusters are the same, and how many cannot be told."""
    told = [f"{count_of(same, 'cluster is', 'clusters are')} the same (no threefold change)"] if same else []
    told += [f"for {count_of(cannot, 'cluster')} there is not enough data"] if cannot else []
    sentence = join_words(told)
    return f"{sentence[0].upper()}{sentence[1:]}."


def say_changes(rows: Sequence[ClusterChange], span: timedelta) -> list[str]:
    """Return a clause for each sort of change, the gravest first; with many changes fewer of each sort are named.

    Where failures or warnings changed, ordinary lines that changed too are counted alone.
    """
    changed = [r for r in sort_changes(rows) if r.changed]
    telling = [r for r in changed if r.kind not in ORDINARY]
    ordered, beside = (telling, len(changed) - len(telling)) if telling else (changed, 0)
    named = NAMED if len(ordered) <= FEW else 1
    found = {change: [r for r in ordered if r.compared.change is change] for change in FOUND}
    clauses = [say_change(r) for r in found[Change.MORE][:named]] + _others(found[Change.MORE], named, "made {} more frequent")
    if new := found[Change.NEW]:
        clauses.append(f"brought {say_kinds(new)} ({list_some([quoted(r) for r in new], named)})")
    clauses += [say_change(r) for r in found[Change.FEWER][:named]] + _others(found[Change.FEWER], named, "made {} less frequent")
    if gone := found[Change.GONE]:
        verb = "is" if len(gone) == 1 else "are"
        clauses.append(f"{list_some([say_name(r) for r in gone], named)} {verb} gone as far as {say_duration(span)} can tell")
    also = [f"changed {count_of(beside, 'ordinary kind of line', 'ordinary kinds of line')}"] if beside else []
    return [*clauses[:-1], *also, clauses[-1]] if gone else [*clauses, *also]


def _others(found: Sequence[ClusterChange], named: int, words: str) -> list[str]:
    return [words.format(count_of(len(found) - named, "other cluster"))] if len(found) > named else []


def join_clauses(clauses: Sequence[str]) -> str:
    """Return "a", "a, and b", "a, b, and c"."""
    return ", and ".join([", ".join(clauses[:-1]), clauses[-1]] if len(clauses) > 1 else clauses)


def quoted(row: ClusterChange) -> str:
    """Return a template in quotation marks."""
    return f"'{shorten(row.template, TEMPLATE)}'"


def say_kinds(rows: Sequence[ClusterChange]) -> str:
    """Return "2 new failures and 1 new warning"."""
    words = {Kind.FAILURE: "failure", Kind.WARNING: "warning", Kind.OBSERVABILITY: "sign of lost tracking"}
    counted = {kind: sum(r.kind is kind for r in rows) for kind in Kind}
    named = [
        count_of(n, f"new {words.get(k, 'kind of line')}", f"new {_plural(words.get(k, 'kind of line'))}")
        for k, n in counted.items()
        if n
    ]
    return join_words(named)


def _plural(word: str) -> str:
    first, _, rest = word.partition(" of ")
    return f"{first}s of {rest}" if rest else f"{first}s"


def find_confounders(
    neighbours: Sequence[Neighbour], traffic: float | None, unread: timedelta, beside: Sequence[str], suspect: Sequence[str]
) -> tuple[str, ...]:
    """Return what else may have caused the changes, a sentence each.

    traffic: requests per minute after / before, None when unknown. unread: of both windows. suspect: exports that look cut.
    """
    told = [
        f"{n.revision or 'A revision'} of {n.service} was deployed at {say_time(n.ts)}; both services have "
        f"{count_of(n.shared, 'failure cluster')} in common."
        for n in neighbours
    ]
    if traffic is not None and not 1 / TRAFFIC < traffic < TRAFFIC:
        told.append(f"Traffic was {say_factor(traffic)} times what it was before.")
    if unread >= UNREAD:
        told.append(f"{say_duration(unread)} of the two windows were not read.")
    if beside:
        told.append(f"{join_words(list(beside))} served beside it.")
    return (*told, *suspect)

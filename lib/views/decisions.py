"""What people ask and decide about clusters: which one a line is in, names, mutes; each checked against the entries first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from lib.core import clustering, masks
from lib.core.curation import Action, Change, Mute, Named, give_names, settle
from lib.core.model import Kind, Query
from lib.core.traces import stacktraces
from lib.core.wording import count_of, join_words, say_time, shorten
from lib.errors import BadQuery
from lib.ports import Ports, Readers, pin
from lib.views.curated import MutedRow, count_muted, match, part_muted
from lib.views.profiles import list_clusters
from lib.views.window import Labels, Window, find_labels, open_window, standing_names

LONGEST_NAME, LONGEST_REASON = 80, 500  # characters: a name is one line of a table


@dataclass(frozen=True)
class Match:
    """Which cluster a line belongs to; `cluster` is "" when none does, and `why` says why."""

    cluster: str
    template: str
    why: str


@dataclass(frozen=True)
class Taken:
    """A cluster of which a pattern takes `count` entries, of `of`."""

    id: str
    template: str
    kind: Kind
    count: int
    of: int


@dataclass(frozen=True)
class NameCheck:
    """What a name would join, over everything that is stored; sentence says it."""

    entries: int
    clusters: tuple[Taken, ...]
    sentence: str


@dataclass(frozen=True)
class DecisionsView:
    """Everything decided: names that hold, mutes in force with what they hide in the window, and all changes, newest first."""

    names: tuple[Named, ...]
    mutes: tuple[MutedRow, ...]
    changes: tuple[Change, ...]


def load(ports: Ports, query: Query, now: datetime) -> DecisionsView:
    """Return what was decided, and what it does to the query's window."""
    stored = pin(ports)
    changes = stored.state.changes()
    standing = settle(changes, now)
    window = open_window(stored, query)
    return DecisionsView(standing.named, measure_mutes(stored, window, standing.mutes), tuple(reversed(changes)))


def measure_mutes(stored: Readers, window: Window, mutes: Sequence[Mute]) -> tuple[MutedRow, ...]:
    """Return what mutes hide in a window."""
    if window.entries is None or not mutes:
        return tuple(MutedRow(mute, 0, 0, None, mute.subject) for mute in mutes)
    aliases = stored.state.aliases()
    _, hidden = part_muted(find_labels(stored, window), mutes, aliases)
    return count_muted(window, hidden, aliases)


def match_line(ports: Ports, text: str) -> Match:
    """Return the cluster that a line belongs to, among all that were ever seen."""
    collapsed = collapse_line(text)
    shape, catalog = str(clustering.find_shapes(collapsed)[0]), ports.state.shapes()
    named = standing_names(ports)
    given = give_names(collapsed, pl.Series("cluster", [""], pl.String), named)[0]
    if given:
        one = next(n for n in named if n.cluster == given)
        return Match(given, one.name, f"It holds {one.pattern}, which the team has named.")
    why = "Entries of this form were read."
    if shape not in catalog:
        why, known = "A new form of a known statement.", set(catalog.values())
        catalog = clustering.merge_shapes([*catalog, shape])
        if catalog[shape] not in known:
            return Match("", "", "No entry that was read has this form.")
    template = catalog[shape]
    return Match(clustering.cluster_id(template), clustering.render_template(template), why)


def collapse_line(text: str) -> pl.Series:
    """Return the collapsed text of one line, found as an import finds it."""
    masked = masks.mask_texts(pl.Series("collapsed", [text.strip()], pl.String))[0]
    trace = stacktraces.parse_trace(masked[0])
    return pl.Series("collapsed", [trace.key]) if trace else clustering.collapse(masked)


def check_name(ports: Ports, name: str, pattern: str) -> NameCheck:
    """Return what a name for a pattern would join. Errors: BadQuery when it says or takes nothing, or would hide something."""
    stored, window, name = pin(ports), open_window(ports, Query()), name.strip()
    require_words("name", name, LONGEST_NAME)
    if window.entries is None:
        raise BadQuery("Nothing is stored yet that a pattern could be checked against.", hint="Import logs first.")
    labels = find_labels(stored, window, heed_names=False)
    require_free(stored, labels, name, pattern)
    taken = labels.only(match(labels, pattern))
    if not taken.table.num_rows:
        hint = "Numbers are read as 0: in a regular expression write \\d+ for one. Plain text is looked for as it stands."
        raise BadQuery(f"No entry that is stored holds '{shorten(pattern, 80)}'.", hint=hint)
    found = weigh(stored, window, labels, taken)
    require_one_kind(found)
    entries, parts = sum(t.count for t in found), [t for t in found if t.count < t.of]
    told = f"It takes {count_of(entries, 'entry', 'entries')} of {count_of(len(found), 'cluster')}"
    cut = f"; {count_of(len(parts), 'of them keeps', 'of them keep')} entries that it does not take" if parts else ""
    return NameCheck(entries, found, f"{told}{cut}.")


def weigh(stored: Readers, window: Window, labels: Labels, taken: Labels) -> tuple[Taken, ...]:
    """Return the clusters of which some texts are taken, most entries first."""
    inside = {c.id: c for c in list_clusters(stored, window, taken)}
    touched = pl.Series(labels.table["cluster"], dtype=pl.String).is_in(list(inside))
    whole = {c.id: c.count for c in list_clusters(stored, window, labels.only(touched))}
    found = [Taken(c.id, c.template, c.kind, c.count, whole[c.id]) for c in inside.values()]
    return tuple(sorted(found, key=lambda t: (-t.count, t.id)))


def require_one_kind(found: Sequence[Taken]) -> None:
    """Raise BadQuery when clusters of several kinds would be joined: failures would be lost among the rest."""
    kinds = [k.value for k in Kind if any(t.kind is k for t in found)]
    if len(kinds) > 1:
        examples = "; ".join(f"{k}: “{shorten(next(t.template for t in found if t.kind == k), 60)}”" for k in kinds)
        raise BadQuery(f"It would join clusters of {len(kinds)} kinds. {examples}.", hint="Write a pattern for one kind only.")


def require_free(stored: Readers, labels: Labels, name: str, pattern: str) -> None:
    """Raise BadQuery when another name has some of the pattern's texts."""
    others = [n for n in standing_names(stored) if n.name != name]
    wanted = labels.only(match(labels, pattern))
    for other in others:
        if match(wanted, other.pattern).any():
            hint = f"Narrow the pattern, or take the other name away: python -m lib unname '{other.name}'."
            raise BadQuery(f"Some of its entries have the name '{other.name}' already.", hint=hint)


def require_words(what: str, text: str, longest: int) -> None:
    """Raise BadQuery when a name or a reason is empty, too long, or not plain text of one line."""
    if not text.strip():
        raise BadQuery(f"The {what} is empty.", hint=f"Say a {what} that others understand.")
    if len(text) > longest or not text.isprintable():
        raise BadQuery(f"The {what} is no line of at most {longest} characters.", hint="Use plain text on one line.")


def keep_name(ports: Ports, name: str, pattern: str, reason: str, now: datetime, by: str = "") -> NameCheck:
    """Give a name to every text that holds a pattern, and return what it joins. Errors: BadQuery, those of check_name."""
    checked = check_name(ports, name, pattern)
    ports.state.add_change(Change(now, Action.NAME, name.strip(), pattern.strip(), masked_line(reason), by=by))
    return checked


def drop_name(ports: Ports, name: str, reason: str, now: datetime, by: str = "") -> Named:
    """Take a name away; its link opens for ever. Errors: BadQuery when nothing has the name."""
    held = {n.name: n for n in standing_names(ports)}
    if name not in held:
        raise BadQuery(f"Nothing has the name '{shorten(name, 80)}'.", hint=_known_names("Names", list(held)))
    ports.state.add_change(Change(now, Action.UNNAME, name, reason=masked_line(reason), by=by))
    return held[name]


def mute(ports: Ports, cluster: str, pattern: str, reason: str, until: datetime, now: datetime, by: str = "") -> MutedRow:
    """Mute a cluster, or the texts that hold a pattern, and return what that hides of all that is stored. Errors: BadQuery."""
    require_words("reason", reason, LONGEST_REASON)
    if until <= now:
        raise BadQuery(f"The mute would end at {say_time(until)}, which is past.", hint="Give an end that is still to come.")
    stored, window = pin(ports), open_window(ports, Query())
    if window.entries is None:
        raise BadQuery("Nothing is stored yet that could be muted.", hint="Import logs first.")
    subject = "" if pattern else ([m.subject for m in find_mutes(stored, cluster, now)] or [today_of(stored, cluster)])[0]
    asked = Mute(subject, pattern.strip(), masked_line(reason), now, until)
    row = measure_mutes(stored, window, [asked])[0]
    if not row.entries:
        hint = "Numbers are read as 0: write \\d+ for one." if pattern else "`python -m lib clusters` lists the ids."
        raise BadQuery(f"Nothing that is stored is '{shorten(asked.subject, 80)}': the mute would hide nothing.", hint=hint)
    ports.state.add_change(Change(now, Action.MUTE, asked.subject, asked.pattern, asked.reason, until, by))
    return row


def unmute(ports: Ports, subject: str, reason: str, now: datetime, by: str = "") -> Mute:
    """End a mute, by its pattern or by any id that its cluster ever had. Errors: BadQuery when nothing of that name is muted."""
    ended, kept = find_mutes(ports, subject, now), masked_line(reason)
    if not ended:
        held = [m.subject for m in settle(ports.state.changes(), now).mutes]
        raise BadQuery(f"'{shorten(subject, 80)}' is not muted.", hint=_known_names("Muted", held))
    for mute in ended:
        ports.state.add_change(Change(now, Action.UNMUTE, mute.subject, reason=kept, by=by))
    return ended[0]


def find_mutes(stored: Ports | Readers, subject: str, now: datetime) -> list[Mute]:
    """Return the mutes in force of a pattern, or of a cluster by any of its ids."""
    wanted, aliases = today_of(stored, subject), stored.state.aliases()
    held = settle(stored.state.changes(), now).mutes
    return [m for m in held if subject == m.subject or (m.cluster and wanted == aliases.get(m.cluster, m.cluster))]


def today_of(stored: Ports | Readers, cluster: str) -> str:
    """Return the id of today of a cluster."""
    return stored.state.aliases().get(cluster, cluster)


def masked_line(text: str) -> str:
    """Return a reason as it is kept: without the secrets that a pasted line may carry. Errors: BadQuery."""
    if text:
        require_words("reason", text, LONGEST_REASON)
    return str(masks.mask_texts(pl.Series("reason", [text.strip()], pl.String))[0][0]) if text else ""


def _known_names(what: str, known: Sequence[str]) -> str:
    return f"{what}: {join_words([repr(k) for k in known[:8]])}." if known else f"{what}: none."

"""Answers for a person at a terminal: sentences first, then an aligned table; coloured on a terminal only."""

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lib.core.model import Coverage, Entry, ImportRecord
from lib.core.visible import visible
from lib.core.wording import count_of, say_expired, say_reasons, say_time, shorten
from lib.views.cluster import ClusterView
from lib.views.clusters import ClustersView
from lib.views.curated import MutedRow
from lib.views.decisions import Match
from lib.views.problems import ProblemsView
from lib.views.sources import SourcesView

Shown = Callable[[Console], None]  # how a person is shown an answer
TEMPLATE = 100  # characters of a template in a table
PICTURES = {sign: 0x2400 + sign for sign in range(32) if chr(sign) not in "\t\n"}  # how Unicode draws control characters


def plain(text: str) -> Text:
    """Return a text as it is: no markup, and a visible sign for each that cannot be seen or would command a terminal."""
    return Text(visible(text.translate(PICTURES)))


def table(*columns: str, numbers: Sequence[str] = ()) -> Table:
    """Return an empty table without lines; columns named in `numbers` stand to the right."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in numbers else "left", no_wrap=column != "what")
    return made


def say(console: Console, *sentences: str, apart: bool = False) -> None:
    """Print sentences as they are, but for empty ones: log text is no markup. apart: under an empty line."""
    if apart:
        console.print()
    for sentence in filter(None, sentences):
        console.print(plain(sentence), soft_wrap=True)


def say_coverage(console: Console, coverage: Coverage) -> None:
    """Print what an answer rests on."""
    say(
        console,
        f"Based on {count_of(coverage.entries, 'entry', 'entries')}"
        + (f" to {say_time(coverage.watermark)}." if coverage.watermark else "."),
    )
    if coverage.skipped:
        say(console, f"Skipped: {say_reasons(coverage.skipped)}.")
    if coverage.no_message:
        say(console, f"{count_of(coverage.no_message, 'entry carries', 'entries carry')} no message.")
    say(console, say_expired(coverage.expired), *coverage.left_out, *(f"! {sentence}" for sentence in coverage.suspect))


def show_import(console: Console, records: Sequence[ImportRecord], passed: Sequence[str]) -> None:
    """Print what an import did, a line an export."""
    rows = table(
        "export",
        "read",
        "added",
        "duplicates",
        "skipped",
        "no message",
        numbers=("read", "added", "duplicates", "skipped", "no message"),
    )
    for r in records:
        rows.add_row(plain(r.name), *(f"{n:,}" for n in (r.read, r.added, r.duplicates, sum(r.skipped.values()), r.no_message)))
    console.print(rows)
    for r in records:
        say(console, f"Skipped in {r.name}: {say_reasons(r.skipped)}." if r.skipped else "")
        say(console, *(f"! {sentence}" for sentence in (r.broken, r.suspect) if sentence))
    if masked := {rule: sum(r.masked.get(rule, 0) for r in records) for r in records for rule in r.masked}:
        say(console, f"Masked: {say_reasons(masked)}.")
    if passed:
        say(
            console,
            f"No exports, left alone: {', '.join(passed[:10])}" + (f" and {len(passed) - 10} more." if len(passed) > 10 else "."),
        )


def show_clusters(console: Console, view: ClustersView) -> None:
    """Print the clusters."""
    say(console, view.headline)
    say_coverage(console, view.coverage)
    say(console, *(say_muted(row) for row in view.muted if row.entries))
    if view.query.new and view.no_newness:
        say(console, "No service was seen before its newest revision in this window, so nothing can be called new.")
    rows = table("", "kind", "count", "id", "what", numbers=("count",))
    for c in view.clusters:
        rows.add_row(c.priority.value, c.kind.value, f"{c.count:,}", c.id, plain(shorten(c.template, TEMPLATE)))
    if rows.row_count:
        console.print(rows)
    if view.coverage.cut:
        say(console, f"First {len(view.clusters):,} of {count_of(view.found, 'cluster')}; --limit shows more.")


def say_muted(row: MutedRow) -> str:
    """Return what a mute hides, as a sentence."""
    return f"The mute of {shorten(row.what, 80)} {row.hides}, until {say_time(row.mute.until)}: {row.mute.reason}"


def show_problems(console: Console, view: ProblemsView) -> None:
    """Print the problems, each with its clusters, the root first, and what joins them."""
    say(console, view.headline)
    say_coverage(console, view.coverage)
    for row in view.problems:
        console.print()
        say(console, f"{row.priority.value}  {row.sentence}", f"    {row.reason}")
        rows = table("part", "count", "id", "what", numbers=("count",))
        for place, symptom in enumerate(row.symptoms):
            rows.add_row(
                "symptom" if place else "root", f"{symptom.count:,}", symptom.cluster.id, plain(symptom.cluster.template)
            )
        console.print(rows)
        say(console, *(f"  {sentence}" for sentence in row.problem.evidence))


def show_entries(console: Console, view: ClusterView) -> None:
    """Print a cluster's newest entries."""
    say(console, view.cluster.template if view.cluster else "", view.headline)
    if view.stack:
        say(console, "The newest trace, from its lines:", view.stack, apart=True)
    for entry in view.samples:
        say(console, _line(entry), entry.message or "(no message)", entry.link, apart=True)
    if view.has_more:
        say(console, f"The newest {len(view.samples):,}; --limit shows more.", apart=True)


def _line(entry: Entry) -> str:
    return "  ".join(filter(None, (say_time(entry.ts), entry.severity, entry.service, entry.revision)))


def show_match(console: Console, match: Match) -> None:
    """Print the cluster that a line belongs to."""
    say(console, f"{match.cluster}  {match.template}" if match.cluster else "No cluster.", match.why)


def show_sources(console: Console, view: SourcesView) -> None:
    """Print every source and what was left out."""
    say(console, view.headline)
    rows = table("state", "source", "entries", "newest", "what", numbers=("entries",))
    for s in view.sources:
        rows.add_row(
            s.state.value,
            plain(s.name),
            f"{s.entries:,}",
            say_time(s.watermark) if s.watermark else "none",
            plain(" ".join(filter(None, (s.message, s.hint)))),
        )
    if view.sources:
        console.print(rows)
    if view.skipped:
        say(console, f"Skipped: {say_reasons(view.skipped)}; the first of each are in `--json` and on the Sources page.")
    if view.masked:
        say(console, f"Masked: {say_reasons(view.masked)}.")
    say(console, *view.coverage.left_out, *(f"{c.duty}, {say_time(c.at)}: {c.message} {c.hint}".rstrip() for c in view.upkeep))

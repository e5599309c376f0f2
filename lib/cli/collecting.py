"""`collect`: read Cloud Logging, once or for as long as it runs."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console

from lib import live, rounds, upkeep, wiring
from lib.cli import text
from lib.cli.answers import Answer, of_coverage
from lib.cli.options import parse_time
from lib.collect.chores import Chore
from lib.collect.intake import Counts
from lib.core.collecting import SourceKind, SourceRecord
from lib.core.model import Query, SourceState
from lib.core.settings import DURATION, LONGEST, parse_duration
from lib.core.wording import count_of, rfc3339, say_reasons
from lib.errors import BadQuery
from lib.views.window import open_window

UPKEEP_S, READINGS_S = 60.0, 5.0  # how often is looked whether upkeep or a reading is due


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the words of this command to the parser."""
    add = commands.add_parser("collect", parents=parents, help="read Cloud Logging into the store")
    add.add_argument(
        "--project", action="append", default=[], metavar="P", dest="projects",
        help="a project's id, a folder or a bucket's view; may be repeated (default: the settings)",
    )  # fmt: skip
    add.add_argument("--follow", action="store_true", help="keep up until it is stopped")
    add.add_argument("--sentry", action="store_true", help="read Sentry's facts too")
    add.add_argument("--since", metavar="T", help="how far back: a time, or 2h, 7d (default: the settings, else 1d)")


def run(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, text.Shown]:
    """Collect; a round is told when the next has come, and the last is returned. Errors: BadQuery; what collecting raises."""
    wanted = live.Asked(tuple(asked.projects), *_parse_since(asked.since, now), asked.follow)
    told = _Rounds(space, query, asked)
    collectors = live.run_collection(space, wanted, _chores(asked, space), told.heed)
    return told.last, lambda c: show(c, [one.record for one in collectors], told.total)


def _parse_since(word: str | None, now: datetime) -> tuple[timedelta | None, datetime | None]:
    """Return how far back from now on, and since which moment: one of them, or none. Errors: BadQuery."""
    if not word:
        return None, None
    back = word.removeprefix("-")
    reach = parse_duration(back) if DURATION.fullmatch(back) else None
    since = None if reach is not None else parse_time(word, now)
    past = reach if reach is not None else now - (since or now)
    if not timedelta(0) < past <= LONGEST:
        told = "is longer ago than Cloud Logging keeps entries" if past > LONGEST else "does not lie in the past"
        raise BadQuery(f"--since: '{word}' {told}.", hint=f"Give a time of the last {LONGEST.days:,} days, or 2h, 7d.")
    return reach, since


def _chores(asked: argparse.Namespace, space: wiring.Workspace) -> list[Chore]:
    """Return what is done beside the logs: by one that keeps up, whatever is set, and upkeep; else what is asked for."""
    if asked.follow:
        clocks = rounds.Clocks()
        return [
            Chore("upkeep", UPKEEP_S, lambda: _ignore(upkeep.keep_house(space.ports, wiring.utc_now()))),
            Chore("health", READINGS_S, lambda: _ignore(rounds.run_due(space, wiring.utc_now(), clocks, SourceKind.HEALTH))),
            Chore("Sentry", READINGS_S, lambda: _ignore(rounds.run_due(space, wiring.utc_now(), clocks, SourceKind.SENTRY))),
        ]

    def read_sentry() -> None:
        until = wiring.utc_now()
        with wiring.keeping_refusals(space):
            document = wiring.read_sentry(space, until - space.ports.settings.logging.since, until, until, lambda *_: None)
        wiring.keep_sentry(document, space, until)

    return [Chore("Sentry", space.ports.settings.sentry.interval.total_seconds(), read_sentry)] if asked.sentry else []


def _ignore(_: object) -> None:
    """Leave what a chore returns: it keeps what came of it itself."""


class _Rounds:
    """Tells rounds as they come: JSON on standard output, or troubles and their end on a terminal's standard error."""

    def __init__(self, space: wiring.Workspace, query: Query, asked: argparse.Namespace) -> None:
        self.space, self.query, self.as_json, self.following = space, query, asked.json, asked.follow
        self.total, self.last = Counts(), Answer()
        self.told: dict[str, str] = {}

    def heed(self, counts: Sequence[Counts]) -> None:
        """Take what came of a round."""
        if self.as_json and self.last:
            sys.stdout.write(json.dumps(self.last, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        round_ = sum(counts, Counts())
        self.total += round_
        records = [r for r in self.space.ports.state.sources() if r.kind is SourceKind.LOGGING]
        if self.following:
            self._tell(records)
        self.last = self._answer(round_, records) if self.as_json else Answer()

    def _tell(self, records: Sequence[SourceRecord]) -> None:
        """Tell a trouble once, and that it is over once."""
        for record in records:
            trouble = f"{record.message} {record.hint}".strip() if record.state is SourceState.FAILING else ""
            if trouble != self.told.get(record.name, ""):
                sys.stderr.write(f"blindspot: {record.name}: {trouble or 'it answers again.'}\n")
                self.told[record.name] = trouble

    def _answer(self, counts: Counts, records: Sequence[SourceRecord]) -> Answer:
        watermarks = [r.watermark for r in records if r.watermark]
        return {
            "read": counts.read, "added": counts.added, "duplicates": counts.duplicates, "skipped": dict(counts.skipped),
            "no_message": counts.no_message, "masked": dict(counts.masked), "watermark": rfc3339(min(watermarks, default=None)),
            "sources": [of_source(r) for r in records],
            "coverage": of_coverage(open_window(self.space.ports, self.query).coverage),
        }  # fmt: skip


def of_source(record: SourceRecord) -> Answer:
    """Return how a source is doing, as JSON."""
    return {
        "name": record.name, "kind": record.kind.value, "state": record.state.value, "watermark": rfc3339(record.watermark),
        "newest": rfc3339(record.newest), "behind_s": record.behind.total_seconds() if record.behind is not None else None,
        "backlog_s": record.backlog.total_seconds() if record.backlog is not None else None, "message": record.message,
        "hint": record.hint, "calls": record.calls, "quota": record.quota, "left_out": record.left_out,
    }  # fmt: skip


def show(console: Console, records: Sequence[SourceRecord], total: Counts) -> None:
    """Print what came of a collection, a line a source."""
    text.say(
        console,
        f"{count_of(total.added, 'entry', 'entries').capitalize()} added, {total.duplicates:,} read again.",
        f"Skipped: {say_reasons(total.skipped)}." if total.skipped else "",
        f"Masked: {say_reasons(total.masked)}." if total.masked else "",
        *(f"{r.name}: {r.message} {r.hint}".rstrip() for r in records),
        *dict.fromkeys(r.left_out for r in records if r.left_out),
    )


COMMANDS: dict[str, Callable[..., tuple[Answer, text.Shown]]] = {"collect": run}

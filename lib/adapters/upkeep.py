"""Upkeep of the Delta table: small files joined, old entries removed, replaced files deleted once no reader can need them.

Whoever calls holds the writer's lock. Every step is a commit of its own: killed between two, the next upkeep goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable, WriterProperties

from lib.errors import StoreError

KEPT_HOURS = 1  # a page asks its questions of one list of files within seconds; an hour covers one that is suspended
SHORT_LOG = {"delta.logRetentionDuration": "interval 1 hours", "delta.deletedFileRetentionDuration": "interval 1 hours"}
TASKS = 1  # days rewritten at once: two cores are shared with readers


@dataclass(frozen=True)
class Content:
    """What the table's own log says that it holds."""

    entries: int
    files: int
    size_bytes: int


def measure(table: DeltaTable) -> Content:
    """Return entries, files and bytes by the log."""
    actions = pa.table(table.get_add_actions(flatten=True))
    count, size = (sum(int(n or 0) for n in actions[c].to_pylist()) for c in ("num_records", "size_bytes"))
    return Content(count, actions.num_rows, size)


def find_loose_days(table: DeltaTable, least: int, most_bytes: int) -> list[str]:
    """Return the days with at least so many files of less than half the size that files grow to."""
    actions = pl.DataFrame(pa.table(table.get_add_actions(flatten=True)).select(["partition.day", "size_bytes"]))
    small = actions.filter(pl.col("size_bytes") < most_bytes / 2).group_by("partition.day").agg(files=pl.len())
    return [str(day) for day in small.filter(pl.col("files") >= max(least, 2))["partition.day"].sort().to_list()]


def compact(table: DeltaTable, least: int, most_bytes: int, writer: WriterProperties, count: Callable[[DeltaTable], int]) -> bool:
    """Join the small files of every day that has `least` of them into files of `most_bytes`; return whether anything was joined.

    count: how many entries the table's files really hold.
    Errors: StoreError, with the files as they were, should the number of entries be another one afterwards.
    """
    days, before, version = find_loose_days(table, least, most_bytes), measure(table), table.version()
    if not days:
        return False
    table.optimize.compact(
        partition_filters=[("day", "in", days)],
        target_size=most_bytes,
        max_concurrent_tasks=TASKS,
        min_commit_interval=0,
        writer_properties=writer,
    )
    if not before.entries == measure(table).entries == count(table):
        table.restore(version)
        raise StoreError(
            "Joining small files would have changed the number of entries; they are as they were.",
            hint="Nothing is lost. If this comes again, tell the makers of Blindspot which version of deltalake runs.",
        )
    return True


def expire(table: DeltaTable, before: datetime, writer: WriterProperties) -> int:
    """Remove the entries older than `before`: whole days by their folder, the rest of a day by time. Return how many went."""
    held = measure(table).entries
    day, ts = before.astimezone(UTC).date().isoformat(), before.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    table.delete(f"day < '{day}'")
    if before.astimezone(UTC).time() != datetime.min.time():
        moment = f"arrow_cast('{ts}', 'Timestamp(Microsecond, Some(\"UTC\"))')"
        table.delete(f"day = '{day}' AND ts < {moment}", writer_properties=writer)
    return held - measure(table).entries


def sweep(table: DeltaTable) -> int:
    """Delete files that no version of the last KEPT_HOURS names, a killed writer's too; return how many went."""
    old = table.vacuum(KEPT_HOURS, dry_run=True, enforce_retention_duration=False, full=True)
    if old:
        table.vacuum(KEPT_HOURS, dry_run=False, enforce_retention_duration=False, full=True)
    return len(old)


def shorten_log(table: DeltaTable) -> None:
    """Write a checkpoint and drop the log's files that nobody needs to open the table: a commit each few seconds makes many."""
    if not SHORT_LOG.items() <= dict(table.metadata().configuration).items():
        table.alter.set_table_properties(SHORT_LOG)
    table.create_checkpoint()
    table.cleanup_metadata()

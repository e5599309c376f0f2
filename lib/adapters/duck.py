"""DuckDB as everyone here uses it: in memory, bounded, offline, in UTC; a cursor for each thread."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from lib.core.frames import ENTRIES
from lib.core.questions import NAME

if TYPE_CHECKING:
    import ibis.expr.operations as ops
    import ibis.expr.types as ir

BY_DAY = "hive_partitioning=true, hive_types={'day': DATE}"
Span = tuple[datetime, datetime]  # half open, in aware UTC
MEMORY = "600MB"  # beside Arrow's and polars' own buffers this keeps an import under 1.5 GB


def connect(spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Return a connection of its own; what does not fit into memory goes to `spill`."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if spill is not None:
        config["temp_directory"] = str(spill)
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection


def compile_question(expression: "ir.Expr") -> str:
    """Return a question as DuckDB's SQL."""
    return _compile(expression.op())


@lru_cache(maxsize=256)
def _compile(question: "ops.Node") -> str:
    """Compiling takes longer than many an answer, so the same question is compiled once."""
    import ibis

    return str(ibis.to_sql(question.to_expr(), dialect="duckdb"))


def bind(
    cursor: duckdb.DuckDBPyConnection, files: Sequence[str], tables: Mapping[str, pa.Table], span: Span | None = None
) -> None:
    """Make the files, or their entries within a span, the view `entries`, and each table one of its own name."""
    if files:
        listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        where = "" if span is None else f" WHERE ts >= '{span[0].isoformat()}' AND ts < '{span[1].isoformat()}'"
        cursor.sql(f"CREATE TEMP VIEW {NAME} AS SELECT * FROM read_parquet([{listed}], {BY_DAY}){where}")
    else:
        cursor.register(NAME, ENTRIES.empty_table())
    for name, rows in tables.items():
        cursor.register(name, rows)

"""DuckDB as everyone here uses it: in memory, bounded, offline, in UTC; a cursor for each thread."""

from pathlib import Path

import duckdb

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

"""Stack traces whole, and split as Cloud Run splits what a program writes: an entry a line."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import cache
from itertools import count
from typing import Any

from lib import ingest
from lib.adapters.decoder import DuckDecoder
from lib.ports import Ports
from tests.core.test_stacktraces import JAVA, NODE, PYTHON
from tests.entries import START, LogEntry, as_json, entry, stamp
from tests.fakes import ListSource, memory_ports

DECODER = DuckDecoder()
TICKS = count()
STDERR = "projects/shop-staging/logs/run.googleapis.com%2Fstderr"

HANDLED = (
    'Traceback (most recent call last):\n  File "/app/shop/db.py", line 3, in read\n    raise\nValueError: no row 5\n'
    "\nDuring handling of the above exception, another exception occurred:\n\n"
    'Traceback (most recent call last):\n  File "/app/shop/web.py", line 9, in show\n    read()\n    ~~~~^^\n'
    "RuntimeError: page failed: no row 5"
)
CAUSED = HANDLED.replace(
    "During handling of the above exception, another exception occurred",
    "The above exception was the direct cause of the following exception",
)
PYDANTIC = (
    'Traceback (most recent call last):\n  File "/app/main.py", line 3, in <module>\n    settings = Settings()\n'
    '  File "/usr/local/lib/python3.11/site-packages/pydantic/main.py", line 150, in __init__\n    validate(self)\n'
    "pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\nport\n"
    "  Input should be a valid integer [type=int_parsing]\n    For further information visit https://errors.pydantic.dev/2"
)
SQL = (
    'Traceback (most recent call last):\n  File "/app/orders/store.py", line 7, in save\n    session.execute(\n'
    "    ...<2 lines>...\n    )\nsqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedTable) relation missing\n"
    "LINE 1: SELECT\n        ^\n[SQL: SELECT 1]\n(Background on this error at: https://sqlalche.me/e/20/f405)"
)
SYNTAX = (
    'Traceback (most recent call last):\n  File "/app/main.py", line 1, in <module>\n    import orders\n'
    '  File "/app/orders.py", line 2\n    x =\n      ^\nSyntaxError: invalid syntax'
)
DEEP = (
    'Traceback (most recent call last):\n  File "/app/a.py", line 1, in f\n    f()\n  File "/app/a.py", line 1, in f\n    f()\n'
    "  [Previous line repeated 996 more times]\nRecursionError: maximum recursion depth exceeded"
)
GROUP = """  + Exception Group Traceback (most recent call last):
  |   File "/app/work.py", line 4, in main
  |     async with TaskGroup() as tg:
  | ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/app/work.py", line 9, in pull
    |     raise ValueError("bad 1")
    | ValueError: bad 1
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    |   File "/app/work.py", line 9, in pull
    |     raise ValueError("bad 2")
    | ValueError: bad 2
    +------------------------------------"""
GROUP = GROUP.strip()
THREAD = """Exception in thread "main" java.lang.IllegalStateException: could not start
\tat com.acme.shop.Main.main(Main.java:12)
\tSuppressed: java.io.IOException: stream closed
\t\tat com.acme.shop.Files.close(Files.java:3)
\t\t... 1 more
Caused by: com.acme.shop.BadConfig: missing keys:
  shop.url
  shop.name
\tat com.acme.shop.Config.load(Config.java:40)
\tat java.base/java.lang.Thread.run(Thread.java:829)
\t... 12 more"""
NAMELESS = """com.acme.shop.Prices$Bad: could not price order 17
second line
\tat com.acme.shop.Prices.all(Prices.java:6)
Caused by: java.lang.NullPointerException: Cannot invoke "Object.toString()"
\tat com.acme.shop.Prices.low(Prices.java:5)
\t... 2 more"""
WHOLE = {
    "python": PYTHON, "handled": HANDLED, "caused": CAUSED, "pydantic": PYDANTIC, "sql": SQL, "syntax": SYNTAX, "deep": DEEP,
    "group": GROUP, "java": JAVA, "java, thread and suppressed": THREAD, "node": NODE, "java, no Error in its name": NAMELESS,
}  # fmt: skip

Told = tuple[str | None, str, str, str]


def split(text: str, ms: float = 0, instance: str = "i1", step_us: int = 20, **fields: Any) -> list[LogEntry]:
    """Return an entry a line, as Cloud Run makes them of what a program writes; blank lines leave none."""
    lines = [line for line in text.split("\n") if line.strip()]
    at = START + timedelta(milliseconds=ms)
    return [
        entry(0, line, timestamp=stamp(at + timedelta(microseconds=n * step_us)), insertId=f"{instance}-{ms:09.3f}-{n:04}",
              labels={"instanceId": instance}, severity=None, logName=STDERR, **fields)
        for n, line in enumerate(lines)
    ]  # fmt: skip


def load(entries: Iterable[LogEntry], ports: Ports | None = None, step: int = 1000) -> dict[str, dict[str, Any]]:
    """Return what an import stores, by insertId."""
    ports = ports or memory_ports()
    ingest.import_source(
        ListSource([as_json(e) for e in entries], step=step), DECODER, ports, lambda: START + timedelta(seconds=next(TICKS))
    )
    rows = ports.entries.rows.to_pylist()  # type: ignore[attr-defined]
    assert {r["collapsed"] is None for r in rows} <= {False}
    known = set(ports.state.shapes())
    assert ingest.find_shapes({r["collapsed"] for r in rows}) <= known, "an entry has a shape without a template"
    return {r["insert_id"]: r for r in rows}


def told(rows: dict[str, dict[str, Any]], entries: Sequence[LogEntry]) -> set[Told]:
    """Return what the rows of some entries carry for clustering."""
    mine = [rows[e["insertId"]] for e in entries]
    return {(r["collapsed"], r["exception"], r["location"], r["severity"]) for r in mine}


@cache
def whole(text: str) -> Told:
    """Return what the trace carries that stands in one entry."""
    only = entry(0, text, severity=None, logName=STDERR)
    (found,) = told(load([only]), [only])
    return found

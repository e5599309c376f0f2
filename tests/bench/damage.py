"""Damage to every kind of file of a home folder: python -m tests.bench damage [flips] [cuts] writes docs/faults.md."""

import tempfile
from pathlib import Path

from tests.damaging import HARMS, KINDS, Row, make_home, play

ROOT = Path(__file__).parents[2]
HEAD = """# Faults

What became of a home folder of 100 entries in which one file was harmed, again and again. `python -m tests.bench damage 100 50`
writes this table anew; the two numbers say how often each harm is tried. *Told* is an error of ours, or a check of `doctor`
that fails; *same* is that every answer was what it was before. Each harm that was not *same* was followed by
`doctor --repair` and by importing the exports again; *missing* counts the entries that the repair said are gone, and
which the import brought back. *Silent* is an answer that changed while nothing told of it.

| file | harm | tried | told | same | missing, and said | silent | lost | doubled | tracebacks |
|---|---|---|---|---|---|---|---|---|---|
"""
FOOT = """
Other faults have tests of their own:

| fault | where it is tried |
|---|---|
| SIGKILL of an import, of upkeep | `tests/contract/test_processes.py`, `tests/contract/test_upkeep.py` |
| SIGKILL of the collector, at random points | `python -m tests.bench.kills 200`; some in `tests/collect/test_kills.py` |
| answers of Cloud Logging that fail, and a clock that is off | `python -m tests.bench.faults`; `tests/collect/test_faults.py` |
| a full disk under the collector | `tests/collect/test_full_disk.py` |
| two writers at once | `tests/contract/test_processes.py` |
| a state that another process holds | `tests/adapters/test_locked_state.py` |
| a state of an older and of a newer layout | `tests/contract/test_damage.py` |
"""


def as_line(row: Row) -> str:
    """Return a row of the table."""
    cells = (
        row.kind,
        row.harm,
        row.tried,
        row.told,
        row.unharmed,
        row.missing,
        row.silent,
        row.lost,
        row.doubled,
        len(row.tracebacks),
    )
    return "| " + " | ".join(map(str, cells)) + " |"


def main(given: list[str]) -> None:
    """Try everything, and write the table; what goes wrong is printed."""
    flips, cuts = (int(word) for word in (given + ["100", "50"][len(given) :])[:2])
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder))
        for kind in KINDS:
            for harm, times in zip(HARMS, (flips, cuts), strict=True):
                rows.append(play(Path(folder), kind, harm, times, 2026, home))
                print(as_line(rows[-1]), *rows[-1].tracebacks, flush=True)
    (ROOT / "docs" / "faults.md").write_text(HEAD + "\n".join(map(as_line, rows)) + "\n" + FOOT)

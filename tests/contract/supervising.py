"""A program that tests run: a supervisor over two made-up children. python -m tests.contract.supervising HOME COLLECTOR"""

import sys
from pathlib import Path

from lib import supervise, wiring
from lib.adapters.state import SqlStateStore

WAIT = """
import os, pathlib, signal, sys, threading
name, home = sys.argv[1], pathlib.Path(sys.argv[2])
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
(home / (name + ".new")).write_text(str(os.getpid()))
(home / (name + ".new")).rename(home / (name + ".runs"))
stop.wait()
(home / (name + ".ended")).write_text("in peace")
"""
DEAF = WAIT.replace("lambda *_: stop.set()", "signal.SIG_IGN")
DIES = """
import pathlib, sys
with (pathlib.Path(sys.argv[2]) / "deaths").open("a") as file:
    file.write("x")
sys.stderr.write("blindspot: No project is named to collect from.\\n")
sys.exit(2)
"""
ONCE = (
    "import pathlib, sys\nif not (pathlib.Path(sys.argv[2]) / 'deaths').exists():\n"
    + "".join(f"    {line}\n" for line in DIES.strip().splitlines())
    + WAIT
)
CHILDREN = {"waits": WAIT, "deaf": DEAF, "dies": DIES, "once": ONCE, "ends": "import sys; sys.exit(3)"}


def main(home: str, dashboard: str, collector: str) -> int:
    """Run children until a signal comes; pauses and patience are short here."""
    supervise.FIRST_S, supervise.STOP_S = 0.01, 2.0
    around = supervise.surround(home)
    made = {
        name: supervise.Child([sys.executable, "-c", CHILDREN[kind], name, home], around)
        for name, kind in (("dashboard", dashboard), ("collector", collector))
        if kind != "none"
    }
    state = SqlStateStore(Path(home) / "state.sqlite")
    keeper = supervise.Keeper(made["collector"], state, wiring.utc_now) if "collector" in made else None
    return supervise.run(made["dashboard"], keeper)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

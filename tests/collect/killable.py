"""A collection in small commits, to be killed: python -m tests.collect.killable HOME ADDRESS."""

import sys
from datetime import timedelta
from pathlib import Path

from lib.adapters.cloud_logging import CloudLogging, LogPlace
from lib.adapters.decoder import DuckDecoder
from lib.adapters.delta_store import DeltaEntryStore
from lib.adapters.quota import Quota
from lib.adapters.state import SqlStateStore
from lib.collect import reading
from lib.collect.collector import Collector, Plan
from lib.collect.following import collect
from lib.collect.timing import Timing
from lib.core.logfilters import LogFilter
from lib.ports import Ports

PROJECT = "acme-prod"


def main(home: Path, address: str) -> None:
    """Collect the last hour once, a commit every two pages or so."""
    reading.COMMIT_ROWS = 80
    log = CloudLogging(LogPlace(f"projects/{PROJECT}", "", address), Quota(home / "calls.json", 10_000))
    ports = Ports(DeltaEntryStore(home / "entries"), SqlStateStore(home / "state.sqlite"))
    one = Collector(log, DuckDecoder(), ports, Plan(LogFilter("", ""), timedelta(hours=1)), Timing())
    collect([one], one.timing, lambda counts: None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

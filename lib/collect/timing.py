"""The clocks that a collector is given; tests give others, so that no test sleeps."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True)
class Timing:
    """now: the machine's time, which may be wrong; seconds: a clock that nobody sets; sleep: waits, at most so long."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    seconds: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    stopped: Callable[[], bool] = lambda: False
    chance: Callable[[], float] = field(default=random.random)  # spreads retries, hides nothing

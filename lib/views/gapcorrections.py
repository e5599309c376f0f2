"""What was told of gaps before: what later entries corrected, and what is kept of the answer told now."""

from contextlib import suppress
from datetime import datetime

from lib.core.blindness.corrections import Correction, Telling, find_corrections, keep, tell
from lib.errors import StoreError
from lib.ports import Ports
from lib.views.gapevidence import GapEvidence, Key


def correct_told(ports: Ports, evidence: GapEvidence, now: datetime) -> list[Correction]:
    """Return what was told otherwise before, and keep what is told now."""
    start, end = evidence.window.bounds
    reached = min([end, *(s.start for s in evidence.unread if not s.part and s.end is not None and s.end >= end)])
    before: dict[Key, list[Telling]] = {}
    for telling in ports.state.tellings():
        before.setdefault((telling.service, telling.environment), []).append(telling)
    found: list[Correction] = []
    kept: list[Telling] = []
    for case in evidence.cases:
        told = before.get((case.service, case.environment), [])
        new = tell(case.service, case.environment, evidence.gaps, start, reached, now)
        found += find_corrections(told, new)
        kept += [row for row in [keep(told, new)] if row is not None]
    with suppress(StoreError):  # a state that cannot be written now costs a later note, not this answer
        ports.state.save_tellings(kept)
    return found

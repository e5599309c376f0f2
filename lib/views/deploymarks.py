"""The deploys of a window, from all evidence and without the comparisons, which cost more than a mark on a time axis is worth."""

from lib.core.deploys import Deploy
from lib.ports import Readers
from lib.views.deployfacts import LOOKBACK, read_deploys
from lib.views.window import Window

Marks = dict[tuple[str, str], tuple[Deploy, ...]]


def find_deployed(stored: Readers, window: Window) -> Marks:
    """Return the deploys within a window that holds entries, by service and environment, in order: those of the Deploys page."""
    start, end = window.bounds
    rollup = stored.entries.rollup(start - LOOKBACK, end)
    _, found = read_deploys(stored, rollup, start, end)
    marks: Marks = {}
    for deploy in found.deploys:
        if start <= deploy.ts < end:
            key = (deploy.service, deploy.environment)
            marks[key] = (*marks.get(key, ()), deploy)
    return marks

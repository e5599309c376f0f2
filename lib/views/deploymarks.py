"""The deploys of a window, from all evidence and without the comparisons, which cost more than a mark on a time axis is worth."""

from dataclasses import replace

import polars as pl

from lib.core import questions
from lib.core.deploys import Deploy, find_deploys
from lib.core.rollouts import deployquestions
from lib.core.rollouts.calls import read_audit
from lib.ports import Readers
from lib.views.deployfacts import LOOKBACK, find_lives, fold
from lib.views.window import Window

Marks = dict[tuple[str, str], tuple[Deploy, ...]]


def find_deployed(stored: Readers, window: Window) -> Marks:
    """Return the deploys within a window that holds entries, by service and environment, in order: those of the Deploys page."""
    start, end = window.bounds
    entries = questions.within(replace(window.query, services=(), environments=()), start - LOOKBACK, end)
    activity = pl.DataFrame(stored.entries.answer(deployquestions.count_activity(entries)))
    audit, rollouts = (
        fold(pl.DataFrame(stored.entries.answer(question)), activity)
        for question in (deployquestions.find_audit(entries), deployquestions.find_rollouts(entries))
    )
    calls, outcomes = read_audit(audit.iter_rows(named=True))
    found = find_deploys(calls, outcomes, find_lives(fold(activity, activity), rollouts))
    marks: Marks = {}
    for deploy in found.deploys:
        if start <= deploy.ts < end:
            key = (deploy.service, deploy.environment)
            marks[key] = (*marks.get(key, ()), deploy)
    return marks

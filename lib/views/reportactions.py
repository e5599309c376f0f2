"""What is to be done, and what an issue tracker knows: the criteria and decisions that are kept with drafts of issues."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from lib.core.issues import KeptDraft
from lib.core.model import Query
from lib.core.report.actions import Action, Related
from lib.core.success.model import Answered
from lib.core.wording import name_of, say_time
from lib.ports import Ports
from lib.views import criteria as criteria_view
from lib.views.criteria import CriteriaView


def load_criteria(ports: Ports, query: Query, now: datetime) -> CriteriaView:
    """Return the answers of every criterion that is kept, at the end of the query's window."""
    return criteria_view.load(ports, query, now, criteria_view.list_kept(ports.state))


def list_actions(view: CriteriaView | None) -> tuple[Action, ...] | None:
    """Return the criteria as actions, None where they could not be asked."""
    return tuple(as_action(answered) for answered in view.answers) if view else None


def as_action(answered: Answered) -> Action:
    """Return one criterion as an action."""
    criterion = answered.criterion
    where = name_of(criterion.service, criterion.environment)
    return Action(f"{where}: {criterion.title}", answered.outcome.value, answered.why, answered.needs)


def list_related(drafts: Sequence[KeptDraft], aliases: Mapping[str, str]) -> Related | None:
    """Return what was decided about each cluster's issue, by its id of today; None where a tracker was never asked."""
    looked = [d for d in drafts if d.decision is not None]
    return {aliases.get(d.cluster, d.cluster): say_decision(d) for d in looked} if looked else None


def say_decision(kept: KeptDraft) -> tuple[str, ...]:
    """Return what an issue tracker had for a cluster when it was asked, a line an issue."""
    decision, when = kept.decision, f", asked {say_time(kept.decided)}" if kept.decided else ""
    if decision is None:
        return ()
    numbers = [n for n in (decision.number, *decision.related) if n is not None]
    why = f" ({decision.action}: {decision.why})"
    told = {n: f"{kept.repo} number {n}{why if n == decision.number else ''}" for n in numbers}
    return tuple(f"{line}{when}" for line in told.values())

"""The recorded incident's Sentry problem: its issue is drafted before the first fix, and its criteria are asked after each.

Golden files under recorded-criteria/ hold the answers, one file a moment; `pytest --rewrite-golden` writes them anew.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from lib import issuing, wiring
from lib.core.kept import HealthAnswer
from lib.core.model import Query
from lib.core.sentry.healthdocs import HealthWord
from lib.core.success.model import Outcome, worst_of
from lib.demo.story import BACKEND, RECORDED_END, START
from lib.views import clusters, criteria
from lib.views.criteria import CriteriaView

GOLDEN = Path(__file__).with_name("recorded-criteria")
TEXT = "Sentry SDK not available"
MOMENTS = {
    "9:20": ("1-before-the-first-fix", Outcome.FAIL),
    "11:30": ("2-after-the-first-fix", Outcome.FAIL),
    "15:00": ("3-after-the-second-fix", Outcome.UNDECIDED),
    "16:30": ("4-while-sentry-limits-the-rate", Outcome.FAIL),
    "30:00": ("5-events-are-accepted", Outcome.PASS),
}
SET = (HealthWord.CONFIGURED, "sentry: configured")
HEALTH = (("8:00", HealthWord.MISSING, "sentry: not installed"), ("10:00", *SET), ("14:40", *SET), ("26:45", *SET))


def at(text: str) -> datetime:
    hours, minutes = map(int, text.split(":"))
    return START + timedelta(hours=hours, minutes=minutes)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> wiring.Workspace:
    """The recording, with what the service's health document said when it was asked, and the draft of 9:20."""
    space = wiring.open_recorded(tmp_path_factory.mktemp("recorded"), RECORDED_END)
    for when, says, text in HEALTH:
        space.ports.state.keep(HealthAnswer(BACKEND, "", at(when), says, (text,)))
    query = Query(end=at("9:20"))
    [found] = [c for c in clusters.load(space.ports, query, at("9:20")).clusters if TEXT in c.template]
    issuing.load(space, query, at("9:20"), None, found.id)
    return space


def ask(space: wiring.Workspace, moment: str) -> CriteriaView:
    [draft] = space.ports.state.drafts()
    return criteria.load(space.ports, Query(end=at(moment)), RECORDED_END, draft.criteria)


def write(view: CriteriaView, moment: str) -> str:
    """Return answers as people read them."""

    def lines() -> Iterator[str]:
        yield f"The recorded incident at {moment} (offset from its start): {view.headline}"
        for a in view.answers:
            yield f"\n{a.outcome.value.upper()}  {a.criterion.kind.value}: {a.criterion.title}\n  {a.why}"
            if a.needs:
                yield f"  needs: {a.needs}"

    return "\n".join(lines()) + "\n"


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_answers_after_each_deploy(space: wiring.Workspace, moment: str, rewrite_golden: bool) -> None:
    name, outcome = MOMENTS[moment]
    view = ask(space, moment)
    file = GOLDEN / f"{name}.txt"
    if rewrite_golden:
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(write(view, moment))
    assert worst_of(a.outcome for a in view.answers) is outcome
    assert write(view, moment) == file.read_text()


def test_it_has_five_criteria(space: wiring.Workspace) -> None:
    [draft] = space.ports.state.drafts()
    assert [c.kind.value for c in draft.criteria] == ["text-gone", "initialised", "accepted", "health", "no-worse"]


@pytest.mark.parametrize("moment", ["9:20", "9:45", "11:30", "14:10", "16:30", "17:05"])
def test_nothing_passes_while_the_service_is_blind(space: wiring.Workspace, moment: str) -> None:
    assert [a.criterion.kind for a in ask(space, moment).answers if a.outcome is Outcome.PASS] == []


def test_a_warning_that_is_gone_passes_nothing_but_itself(space: wiring.Workspace) -> None:
    told = {a.criterion.kind.value: a.outcome.value for a in ask(space, "14:25").answers}
    assert (told["text-gone"], told["accepted"]) == ("pass", "undecided")

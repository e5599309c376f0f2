"""The blind spots of the shared real exports: one open gap, every failure in it, and nothing to compare it with."""

from pathlib import Path

import pytest

from lib import wiring
from lib.core.gaps import Cause
from lib.core.model import Query
from lib.views import gaps
from lib.views.gaps import GapsView
from tests.entries import START

FAILURES = 312  # entries of failure clusters in both exports, 77 of them failed requests


@pytest.fixture
def view(netra: Path, tmp_path: Path) -> GapsView:
    space = wiring.open_workspace(tmp_path)
    wiring.import_paths([str(p) for p in sorted(netra.glob("*.json"))], space)
    return gaps.load(space.ports, Query(), START)


def test_one_open_gap_hides_every_failure(view: GapsView) -> None:
    (row,) = view.gaps
    assert (row.gap.service, row.gap.cause, row.gap.open, row.gap.partial) == (
        "netra-backend-staging",
        Cause.MISSING,
        True,
        False,
    )
    assert row.gap.start == view.query.start
    assert (view.blind.failures, view.blind.requests, row.failures) == (FAILURES, 77, FAILURES)
    assert all(burst.unseen for burst in view.bursts)


def test_there_is_no_time_to_compare_it_with(view: GapsView) -> None:
    (row,) = view.associations
    assert row.association.answer == "cannot be told"
    assert "the gap covers the whole window" in row.sentence
    assert f"cannot be told. {FAILURES} failures fell into it" in row.sentence


def test_four_clusters_of_one_cause_are_one_burst(view: GapsView) -> None:
    (joint,) = view.joint
    assert [row.found.count for row in joint.rows] == [7, 7, 7, 7]
    assert joint.missed.endswith("3 more clusters of the same problem came with it, 21 events.")


def test_the_first_line_says_it_plainly(view: GapsView) -> None:
    assert view.headline.startswith(f"{FAILURES} failures in 1 burst were not seen: ")
    assert view.headline.endswith(
        "error tracking of netra-backend-staging was missing from 2025-09-15 19:24:39 UTC, and still is."
    )

"""What every IssueStore keeps, the fake one too: drafts with their criteria, and the ledger."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lib.adapters.state import SqlStateStore
from lib.core.issues import Action, Decision, KeptDraft, Sent, SentState
from lib.core.sentry.trackingstates import Confidence
from lib.core.success.model import Baseline, Criterion, CriterionKind
from lib.ports import StateStore
from tests.entries import START
from tests.fakes import MemoryStateStore

IMPLEMENTATIONS: dict[str, Callable[[Path], StateStore]] = {
    "memory": lambda _: MemoryStateStore(),
    "sql": lambda home: SqlStateStore(home / "state.sqlite"),
}
LATER = START + timedelta(hours=1, microseconds=1)
CRITERIA = (
    Criterion("c1/text-gone", CriterionKind.TEXT_GONE, "gone", "shop", "staging", "c1", made=START,
              before=Baseline(40, 570.5, 2000.0, START)),
    Criterion("c1/accepted", CriterionKind.ACCEPTED, "accepted", "shop", since=LATER, least=0.7, factor=2.5),
)  # fmt: skip
DECISION = Decision(Action.UPDATE, 12, "https://x", Confidence.MEDIUM, "because", (3, 4))
DRAFT = KeptDraft("c1", "title", START, CRITERIA, DECISION, "acme/shop", LATER, ("blindspot",))
SENT = Sent("bs-1", "acme/shop", "comment", SentState.SENDING, START, "d1", "c1", 12)


@pytest.fixture(params=IMPLEMENTATIONS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> StateStore:
    return IMPLEMENTATIONS[request.param](tmp_path)


def test_a_draft_comes_back_as_it_was_kept(store: StateStore) -> None:
    bare = KeptDraft("c2", "t", LATER, ())
    for draft in (bare, DRAFT):
        store.keep_draft(draft)
    assert list(store.drafts()) == [DRAFT, bare]


def test_criteria_and_their_time_stay_as_first_drafted_and_the_decision_is_renewed(store: StateStore) -> None:
    store.keep_draft(DRAFT)
    other = replace(DECISION, action=Action.LEAVE, number=None)
    store.keep_draft(replace(DRAFT, made=LATER, criteria=CRITERIA[:1], decision=other, title="new"))
    assert list(store.drafts()) == [replace(DRAFT, decision=other, title="new")]


def test_a_decision_alone_leaves_room_for_the_first_criteria(store: StateStore) -> None:
    store.keep_draft(replace(DRAFT, criteria=()))
    store.keep_draft(replace(DRAFT, made=LATER))
    assert list(store.drafts()) == [replace(DRAFT, made=LATER)]
    store.keep_draft(replace(DRAFT, criteria=(), title="listed again"))
    assert store.drafts()[0].criteria == CRITERIA


def test_a_draft_can_be_dropped_once(store: StateStore) -> None:
    store.keep_draft(DRAFT)
    store.note_sent(SENT)
    assert [store.drop_draft("c1"), store.drop_draft("c1")] == [True, False]
    assert (list(store.drafts()), list(store.sent())) == ([], [SENT])


def test_a_row_of_the_ledger_is_renewed_by_its_draft_repository_and_kind(store: StateStore) -> None:
    done = replace(SENT, state=SentState.SENT, comment=7, url="https://x/7", at=LATER)
    others = [replace(SENT, repo="acme/other"), replace(SENT, kind="issue"), replace(SENT, fingerprint="bs-2")]
    for row in (SENT, *others, done):
        store.note_sent(row)
    assert set(store.sent()) == {done, *others}
    store.forget_sent(done)
    assert set(store.sent()) == set(others)


def test_everything_that_changes_an_answer_changes_the_version(store: StateStore) -> None:
    seen = [store.version()]
    for change in (
        lambda: store.keep_draft(DRAFT), lambda: store.note_sent(SENT), lambda: store.forget_sent(SENT),
        lambda: store.drop_draft("c1"),
    ):  # fmt: skip
        change()
        seen.append(store.version())
    assert len(set(seen)) == len(seen)

"""Sending a draft to a real server: whatever goes wrong, at most one comment or issue, and the ledger is true in the end."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lib.adapters.github import GitHubAddress, GitHubIssues
from lib.adapters.http import Clock, Http, Limits
from lib.adapters.state import SqlStateStore
from lib.core.issues import Action, Decision, Draft, SentState, fingerprint_of, write_mark
from lib.core.sentry.trackingstates import Confidence
from lib.errors import BadQuery, SourceRefused, SourceUnavailable
from lib.posting import Desk, Done, post
from tests.adapters.test_http import FakeClock
from tests.conftest import ROOT
from tests.github import REPO, GitHubWorld
from tests.servers import Reply, Served, serve

NOW = datetime(2025, 10, 7, 9, tzinfo=UTC)
CLUSTER = "0123456789ab"
FINGERPRINT = fingerprint_of(CLUSTER)


def make_draft(digest: str = "1" * 12) -> Draft:
    body = f"What the logs say.\n\n{write_mark(FINGERPRINT, digest)}"
    return Draft(CLUSTER, FINGERPRINT, digest, "title", body, ("blindspot",))


DRAFT = make_draft()
OTHER = replace(
    DRAFT, cluster="b" * 12, fingerprint=fingerprint_of("b" * 12), body=write_mark(fingerprint_of("b" * 12), "1" * 12)
)
UPDATE = Decision(Action.UPDATE, 7, "", Confidence.HIGH, "the same")
CREATE = Decision(Action.CREATE, None, "", Confidence.HIGH, "none is the same")


@dataclass
class Sender:
    """Sends from one home to one world."""

    world: GitHubWorld
    served: Served
    store: SqlStateStore

    def send(self, draft: Draft = DRAFT, decision: Decision = UPDATE, at: datetime = NOW, **more: object) -> Done:
        clock = FakeClock()
        https = [Http("GitHub", Limits(), Clock(lambda: clock.time, clock.sleep)) for _ in range(2)]
        tracker = GitHubIssues(GitHubAddress(self.served.url, REPO), *https)
        return post(Desk(tracker, self.store, at, **more), draft, decision).done  # type: ignore[arg-type]

    @property
    def bodies(self) -> list[str]:
        return [c["body"] for c in self.world.comments.values()]

    def ledger(self) -> list[tuple[str, str, int | None, int | None]]:
        return [(r.kind, r.state.value, r.number, r.comment) for r in self.store.sent()]


@contextmanager
def sender(world: GitHubWorld, home: Path) -> Iterator[Sender]:
    with serve(world.answer) as served:
        world.base = served.url
        yield Sender(world, served, SqlStateStore(home / "state.sqlite"))


@pytest.fixture
def world() -> GitHubWorld:
    world = GitHubWorld()
    world.add_issue(7, "Sentry SDK not available")
    return world


@pytest.fixture
def desk(world: GitHubWorld, tmp_path: Path) -> Iterator[Sender]:
    with sender(world, tmp_path) as one:
        yield one


def test_twice_changes_nothing(desk: Sender) -> None:
    assert [desk.send(), desk.send(), desk.send()] == [Done.COMMENTED, Done.NOTHING, Done.NOTHING]
    assert desk.bodies == [DRAFT.body]
    assert desk.ledger() == [("comment", "sent", 7, 101)]
    assert sum(seen.method in ("POST", "PATCH") for seen in desk.served.seen) == 2  # the comment and one label
    assert [label["name"] for label in desk.world.issues[7]["labels"]] == ["blindspot"]


def test_a_comment_that_is_there_leaves_the_ledger_as_it_is(desk: Sender) -> None:
    desk.send()
    version = desk.store.version()
    assert desk.send(at=NOW + timedelta(days=1)) is Done.NOTHING
    assert (desk.store.version(), desk.store.sent()[0].at) == (version, NOW)


def test_new_evidence_takes_the_place_of_the_old(desk: Sender) -> None:
    desk.send()
    newer = make_draft("2" * 12)
    assert [desk.send(newer), desk.send(newer)] == [Done.EDITED, Done.NOTHING]
    assert desk.bodies == [newer.body]
    assert [r.digest for r in desk.store.sent()] == ["2" * 12]


def test_an_issue_is_made_once_and_new_evidence_is_a_comment_on_it(desk: Sender) -> None:
    assert [desk.send(decision=CREATE), desk.send(decision=CREATE), desk.send()] == [Done.CREATED, Done.NOTHING, Done.NOTHING]
    assert len(desk.world.issues) == 2
    assert desk.send(make_draft("2" * 12), replace(UPDATE, number=8)) is Done.COMMENTED
    assert desk.world.issues[8]["body"] == DRAFT.body  # people may have written in it
    assert desk.ledger() == [("comment", "sent", 8, 101), ("issue", "sent", 8, None)]


@pytest.mark.parametrize("lost", [Reply(misdeed="drop"), Reply(misdeed="cut"), Reply(status=502), Reply(raw=b"<html>")])
@pytest.mark.parametrize("decision", [UPDATE, CREATE])
def test_an_answer_that_got_lost_is_found_again_at_once(desk: Sender, decision: Decision, lost: Reply) -> None:
    desk.world.loses, desk.world.lost = ["POST"], lost
    assert desk.send(decision=decision) in (Done.COMMENTED, Done.CREATED)
    assert len(desk.bodies) + len(desk.world.issues) == 2
    assert [r.state for r in desk.store.sent()] == [SentState.SENT]


@pytest.mark.parametrize("decision", [UPDATE, CREATE])
def test_an_answer_that_got_lost_with_the_server_is_found_by_the_next_run(desk: Sender, decision: Decision) -> None:
    desk.world.loses = ["POST"]
    desk.world.before_post = lambda: desk.world.troubles.update({"GET ": [Reply(status=503)] * 50})
    with pytest.raises(SourceUnavailable, match="not known yet"):
        desk.send(decision=decision)
    assert [r.state for r in desk.store.sent()] == [SentState.SENDING]
    desk.world.troubles.clear()
    assert desk.send(decision=decision) is Done.NOTHING
    assert len(desk.bodies) + len(desk.world.issues) == 2
    assert [r.state for r in desk.store.sent()] == [SentState.SENT]


def test_what_was_begun_and_never_arrived_is_sent_by_the_next_run(desk: Sender) -> None:
    desk.world.troubles["POST /comments"] = [Reply(misdeed="drop")]
    with pytest.raises(SourceUnavailable):
        desk.send()
    assert [r.state for r in desk.store.sent()] == [SentState.SENDING]
    assert desk.send() is Done.COMMENTED
    assert len(desk.bodies) == 1


def test_what_was_refused_leaves_no_trace_in_the_ledger(desk: Sender) -> None:
    desk.world.troubles["POST /comments"] = [Reply({"message": "no"}, 403)]
    with pytest.raises(SourceRefused):
        desk.send()
    assert (desk.ledger(), desk.bodies) == ([], [])


def test_a_403_with_retry_after_is_waited_for(desk: Sender) -> None:
    desk.world.troubles["POST /comments"] = [Reply({"message": "slow down"}, 403, {"Retry-After": "30"})] * 2
    assert desk.send() is Done.COMMENTED
    assert (len(desk.bodies), desk.ledger()) == (1, [("comment", "sent", 7, 101)])


def test_too_long_a_retry_after_sends_nothing_and_says_so(desk: Sender) -> None:
    desk.world.troubles["POST /comments"] = [Reply({"message": "slow down"}, 403, {"Retry-After": "7200"})]
    with pytest.raises(SourceUnavailable) as caught:
        desk.send()
    assert "7200 s" in caught.value.hint
    assert (desk.ledger(), desk.bodies) == ([], [])


def test_a_moved_repository_gets_one_comment(desk: Sender) -> None:
    desk.world.moved = "tidewell/lockers"
    place = f"{desk.world.base}/repos/tidewell/lockers"
    desk.world.issues[7] |= {"repository_url": place, "url": f"{place}/issues/7"}
    assert [desk.send(), desk.send()] == [Done.COMMENTED, Done.NOTHING]
    assert (len(desk.bodies), desk.ledger()) == (1, [("comment", "sent", 7, 101)])
    assert desk.send(decision=CREATE) is Done.CREATED
    assert desk.send(decision=CREATE) is Done.NOTHING
    assert len(desk.world.issues) == 2


def test_a_comment_that_somebody_deleted_stays_away_until_it_is_asked_for(desk: Sender) -> None:
    desk.send()
    desk.world.comments.clear()
    assert [desk.send(), desk.send()] == [Done.DELETED, Done.DELETED]
    assert (desk.bodies, desk.ledger()) == ([], [("comment", "deleted", 7, 101)])
    assert [desk.send(again=True), desk.send()] == [Done.COMMENTED, Done.NOTHING]
    assert (len(desk.bodies), desk.ledger()) == (1, [("comment", "sent", 7, 101)])


def test_an_issue_that_somebody_deleted_stays_away_until_it_is_asked_for(desk: Sender) -> None:
    desk.send(decision=CREATE)
    del desk.world.issues[8]
    assert [desk.send(decision=CREATE), desk.send(decision=CREATE)] == [Done.DELETED, Done.DELETED]
    assert desk.send(decision=CREATE, again=True) is Done.CREATED
    assert [r.state for r in desk.store.sent()] == [SentState.SENT]


@pytest.mark.parametrize("change", [{"state": "closed"}, {"locked": True}])
def test_a_closed_or_locked_issue_is_left_alone(desk: Sender, change: dict[str, object]) -> None:
    desk.world.issues[7] |= change
    with pytest.raises(BadQuery):
        desk.send()
    assert {seen.method for seen in desk.served.seen} == {"GET"}
    assert desk.ledger() == []


def test_what_is_to_be_left_is_not_sent(desk: Sender) -> None:
    with pytest.raises(BadQuery, match="muted"):
        desk.send(decision=Decision(Action.LEAVE, None, "", Confidence.HIGH, "It is muted."))
    assert desk.served.seen == []


def test_a_log_line_that_looks_like_our_mark_is_not_taken_for_it(desk: Sender) -> None:
    mark = write_mark(FINGERPRINT, "1" * 12)
    desk.world.add_comment(7, f"Somebody quotes:\n\n```\n{mark}\n```\nand goes on.")
    desk.world.add_comment(7, "\n".join(f"> {line}" for line in mark.split("\n")))
    assert desk.send() is Done.COMMENTED
    assert len(desk.bodies) == 3


def test_nothing_is_ever_closed_opened_or_edited_but_our_own_comment(desk: Sender) -> None:
    desk.send()
    desk.send(make_draft("2" * 12))
    changed = [(s.method, s.path.partition("/issues")[2]) for s in desk.served.seen if s.method != "GET"]
    assert changed == [("POST", "/7/comments"), ("POST", "/7/labels"), ("PATCH", "/comments/101")]


def test_two_homes_at_once_leave_one_comment(world: GitHubWorld, tmp_path: Path) -> None:
    with sender(world, tmp_path / "a") as one:
        other = Sender(world, one.served, SqlStateStore(tmp_path / "b" / "state.sqlite"))
        ran: list[Done] = []

        def meanwhile() -> None:
            world.before_post = lambda: None
            ran.append(other.send())

        world.before_post = meanwhile
        assert one.send() is Done.COMMENTED
        assert ran == [Done.COMMENTED]
        assert list(world.comments) == [101]
        assert [one.ledger(), other.ledger()] == [[("comment", "sent", 7, 101)]] * 2
        assert [one.send(), other.send()] == [Done.NOTHING, Done.NOTHING]


PROGRAM = """
import sys, time
from pathlib import Path
from lib import issuing, wiring
from lib.adapters.github import GitHubAddress, GitHubIssues
from lib.views.issues import IssueRow
from tests.adapters.test_posting import CREATE, DRAFT, NOW, OTHER, REPO, UPDATE
space = wiring.open_workspace(Path(sys.argv[1]))
Path(sys.argv[1], sys.argv[3]).touch()
while not Path(sys.argv[1], "go").exists():
    time.sleep(0.01)
for draft, decision in ((DRAFT, UPDATE), (OTHER, CREATE)):
    tracker = GitHubIssues(GitHubAddress(sys.argv[2], REPO))
    print(issuing.post(space, tracker, IssueRow(None, draft, decision), NOW, pause=lambda _: None).done)
"""


def test_two_processes_at_once_send_each_draft_once(world: GitHubWorld, tmp_path: Path) -> None:
    with serve(world.answer) as served:
        world.base = served.url
        words = [sys.executable, "-c", PROGRAM, str(tmp_path), served.url]
        both = [subprocess.Popen([*words, name], cwd=ROOT, stdout=subprocess.PIPE, text=True) for name in ("a", "b")]
        for _ in range(1_200):
            if all((tmp_path / name).exists() for name in ("a", "b")):
                break
            time.sleep(0.05)
        (tmp_path / "go").touch()
        told = sorted(word for process in both for word in process.communicate(timeout=60)[0].split())
    assert told == ["commented", "created", "nothing", "nothing"]
    assert (len(world.comments), len(world.issues)) == (1, 2)
    assert sorted(r.state for r in SqlStateStore(tmp_path / "state.sqlite").sent()) == [SentState.SENT] * 2

"""Sends a draft, once: whoever sends it twice, at once or after a lost answer, finds what is there and changes nothing.

The ledger notes a draft before it is sent and what became of it after. A draft carries its mark, so that what arrived without an
answer is found again. No issue is ever closed, opened again, or edited, but for our label; of comments only our own are.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from lib.core.issues import MACHINE, Action, Comment, Decision, Draft, Issue, Sent, SentState, has_mark, read_mark
from lib.errors import BadQuery, SourceUnavailable
from lib.issueports import IssueStore, IssueTracker

T = TypeVar("T")
LOOKS = 3  # after a lost answer the tracker may show what it took a moment later
BACK = timedelta(hours=1)  # clocks differ: issues are looked for from a little before the ledger's time


class Done(StrEnum):
    """What sending came to."""

    CREATED = "created"
    COMMENTED = "commented"
    EDITED = "edited"
    NOTHING = "nothing"
    DELETED = "deleted"


@dataclass(frozen=True)
class Posted:
    """What sending came to, where it is, and in a sentence."""

    done: Done
    number: int | None
    url: str
    sentence: str


@dataclass(frozen=True)
class Desk:
    """Where drafts are sent from. wait: between two looks for what may have arrived. again: also what somebody deleted there."""

    tracker: IssueTracker
    store: IssueStore
    now: datetime
    wait: Callable[[], None] = lambda: None
    again: bool = False

    def find_sent(self, draft: Draft, kind: str) -> Sent | None:
        """Return the ledger's row of a draft."""
        mine = (r for r in self.store.sent() if (r.fingerprint, r.repo, r.kind) == (draft.fingerprint, self.tracker.repo, kind))
        return next(mine, None)

    def row(self, draft: Draft, kind: str, state: SentState) -> Sent:
        """Return a row of the ledger for a draft."""
        return Sent(draft.fingerprint, self.tracker.repo, kind, state, self.now, draft.digest, draft.cluster)


def post(desk: Desk, draft: Draft, decision: Decision) -> Posted:
    """Send a draft as it was decided. Errors: BadQuery when it is to be left; SourceUnavailable; the ledger has what is known."""
    created = desk.find_sent(draft, "issue")
    if created and created.state is not SentState.DELETED:
        return _follow(desk, draft, created)
    if decision.action is Action.LEAVE:
        raise BadQuery(
            f"Nothing is sent. {decision.why}", hint="Copy the draft, or send it to an issue of your choice: --number N."
        )
    if decision.action is Action.UPDATE and decision.number is not None:
        return comment_on(desk, draft, decision.number)
    if created and not desk.again:
        return _deleted(created)
    return create(desk, draft)


def _follow(desk: Desk, draft: Draft, created: Sent) -> Posted:
    """Return what becomes of a draft whose issue we made, or may have made."""
    if created.state is SentState.SENDING or created.number is None:
        return create(desk, draft, created.at)
    issue = desk.tracker.issue(created.number)
    if issue is None:
        desk.store.note_sent(replace(created, state=SentState.DELETED, at=desk.now))
        return create(desk, draft) if desk.again else _deleted(created)
    if created.digest == draft.digest:
        return Posted(Done.NOTHING, issue.number, issue.url, f"#{issue.number} says so already.")
    return comment_on(desk, draft, created.number)


def comment_on(desk: Desk, draft: Draft, number: int) -> Posted:
    """Send a draft as a comment on an issue, at most one: ours there is edited when the evidence changed."""
    issue = desk.tracker.issue(number)
    if issue is None:
        raise BadQuery(f"Issue #{number} is not there any more.", hint="Look for another with `python -m lib issues`.")
    if not issue.is_open:
        raise BadQuery(
            f"Issue #{number} has been closed; a closed issue is left alone.",
            hint="Open it again by hand, or let a new one be drafted.",
        )
    if issue.locked:
        raise BadQuery(f"Issue #{number} is locked: nobody can comment on it.", hint="Unlock it by hand, or copy the draft.")
    known = desk.find_sent(draft, "comment")
    if known and known.state is SentState.DELETED and known.number == number and not desk.again:
        return _deleted(known)
    if known and known.state is SentState.SENT and known.comment is not None and known.number == number:
        there = desk.tracker.comment(issue, known.comment)
        if there is not None:
            return _settle(desk, draft, issue, there)
        desk.store.note_sent(replace(known, state=SentState.DELETED, at=desk.now))
        if not desk.again:
            return _deleted(known)
    if there := find_comment(desk, draft, issue):
        return _settle(desk, draft, issue, there)
    return _comment_anew(desk, draft, issue)


def find_comment(desk: Desk, draft: Draft, issue: Issue) -> Comment | None:
    """Return our oldest comment on an issue, None without one."""
    mine = [c for c in desk.tracker.comments(issue) if has_mark(c.body, (draft.fingerprint,))]
    return min(mine, key=lambda c: c.id, default=None)


def _settle(desk: Desk, draft: Draft, issue: Issue, there: Comment) -> Posted:
    """Return what becomes of a comment that is there: nothing, or new evidence in the place of the old."""
    same = read_mark(there.body)[1] == draft.digest
    if not same:
        there = desk.tracker.edit_comment(issue, there.id, draft.body)
    _note_comment(desk, draft, issue, there)
    done = Done.NOTHING if same else Done.EDITED
    told = "says so already" if same else "has the new evidence in the place of the old"
    return Posted(done, issue.number, there.url, f"The comment on #{issue.number} {told}.")


def _comment_anew(desk: Desk, draft: Draft, issue: Issue) -> Posted:
    begun = replace(desk.row(draft, "comment", SentState.SENDING), number=issue.number)
    desk.store.note_sent(begun)
    try:
        made = desk.tracker.add_comment(issue, draft.body)
    except SourceUnavailable as e:
        made = _look_again(desk, e, begun, lambda: find_comment(desk, draft, issue))
    _note_comment(desk, draft, issue, made)
    made = _keep_one(desk, draft, issue, made)
    if MACHINE not in issue.labels:
        desk.tracker.add_labels(issue, [MACHINE])
    return Posted(Done.COMMENTED, issue.number, made.url, f"Sent as a comment on #{issue.number}.")


def _keep_one(desk: Desk, draft: Draft, issue: Issue, made: Comment) -> Comment:
    """Return the one comment that stays where another home sent the same at once: the older one; ours is taken back."""
    oldest = find_comment(desk, draft, issue)
    if oldest is None or oldest.id >= made.id:
        return made
    desk.tracker.delete_comment(issue, made.id)
    _note_comment(desk, draft, issue, oldest)
    return oldest


def _note_comment(desk: Desk, draft: Draft, issue: Issue, there: Comment) -> None:
    """Note where our comment is; a row that says so already stays, with its time."""
    row = replace(desk.row(draft, "comment", SentState.SENT), number=issue.number, comment=there.id, url=there.url)
    known = desk.find_sent(draft, "comment")
    if known is None or known != replace(row, at=known.at):
        desk.store.note_sent(row)


def create(desk: Desk, draft: Draft, since: datetime | None = None) -> Posted:
    """Create an issue, unless one of ours is there. since: when it may have been sent before."""
    if there := find_issue(desk, draft, since or desk.now):
        return _note_issue(desk, draft, there, Done.NOTHING)
    begun = replace(desk.row(draft, "issue", SentState.SENDING), at=since or desk.now)
    desk.store.note_sent(begun)
    try:
        made = desk.tracker.create(draft.title, draft.body, draft.labels)
    except SourceUnavailable as e:
        made = _look_again(desk, e, begun, lambda: find_issue(desk, draft, begun.at))
    return _note_issue(desk, draft, made, Done.CREATED)


def find_issue(desk: Desk, draft: Draft, since: datetime) -> Issue | None:
    """Return our issue among the newest, None without one."""
    mine = [i for i in desk.tracker.newest(since - BACK) if has_mark(i.body, (draft.fingerprint,))]
    return min(mine, key=lambda i: i.number, default=None)


def _note_issue(desk: Desk, draft: Draft, issue: Issue, done: Done) -> Posted:
    digest = read_mark(issue.body)[1] or draft.digest
    row = desk.row(draft, "issue", SentState.SENT)
    desk.store.note_sent(replace(row, number=issue.number, url=issue.url, digest=digest))
    told = f"Issue #{issue.number} is made." if done is Done.CREATED else f"#{issue.number} is there already."
    return Posted(done, issue.number, issue.url, told)


def _look_again(desk: Desk, trouble: SourceUnavailable, begun: Sent, find: Callable[[], T | None]) -> T:
    """Return what arrived although no answer came. Errors: the trouble; the ledger then says whether that is sure."""
    if trouble.status is not None and trouble.status < 500:
        desk.store.forget_sent(begun)  # it was refused, so nothing is there
        raise trouble
    for _ in range(LOOKS):
        try:
            if found := find():
                return found
        except SourceUnavailable:
            break
        desk.wait()
    told = f"{trouble.message} Whether it was accepted is not known yet."
    raise SourceUnavailable(
        told, hint="Give the same command again: it looks first, and sends nothing twice.", permanent=False
    ) from trouble


def _deleted(row: Sent) -> Posted:
    what = f"The comment on #{row.number}" if row.kind == "comment" else f"Issue #{row.number}"
    told = f"{what} was deleted there. It is not sent again unless you say so: --again."
    return Posted(Done.DELETED, row.number, "", told)

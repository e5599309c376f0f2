"""What issues need of the world: a tracker, and the part of the small state that keeps drafts and what was sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from lib.core.issues import Comment, Found, Issue, KeptDraft, Sent


class IssueStore(Protocol):
    """Drafts with their criteria, and the ledger of what was sent."""

    def keep_draft(self, draft: KeptDraft) -> None:
        """Keep a draft by its cluster; criteria stay as they were first drafted, and so does when. The version counts up.

        A draft without criteria is only what was decided; those that come later are its first.
        """
        ...

    def drafts(self) -> Sequence[KeptDraft]:
        """Return every draft that is kept, oldest first."""
        ...

    def drop_draft(self, cluster: str) -> bool:
        """Forget a draft and its criteria; False when there is none. What was sent stays in the ledger. The version counts up."""
        ...

    def note_sent(self, row: Sent) -> None:
        """Insert or replace a row of the ledger by its fingerprint, repo and kind. The version counts up."""
        ...

    def forget_sent(self, row: Sent) -> None:
        """Take back a row of the ledger of which it is sure that nothing was sent. The version counts up."""
        ...

    def sent(self) -> Sequence[Sent]:
        """Return the ledger, oldest first."""
        ...


class IssueTracker(Protocol):
    """Issues of one repository. Errors, of every method: SourceUnavailable; its status tells whether anything was accepted."""

    @property
    def repo(self) -> str:
        """The repository, owner/name, as it was asked for."""
        ...

    def search(self, queries: Sequence[str]) -> Found:
        """Return the issues that some searches find, open and closed; what could not be looked at is told, not raised."""
        ...

    def issue(self, number: int) -> Issue | None:
        """Return an issue, where it is now, None when it is not there any more."""
        ...

    def newest(self, since: datetime) -> Sequence[Issue]:
        """Return the issues that changed since a moment, newest first; a search would not find them yet."""
        ...

    def comments(self, issue: Issue) -> Sequence[Comment]:
        """Return all comments of an issue, oldest first. Errors: also when there are too many to be looked through."""
        ...

    def comment(self, issue: Issue, id: int) -> Comment | None:
        """Return a comment, None when it is not there any more."""
        ...

    def create(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Create an issue. Sent once: an error without a status, or of the server, leaves open whether it was accepted."""
        ...

    def add_comment(self, issue: Issue, body: str) -> Comment:
        """Comment on an issue. Sent once, likewise."""
        ...

    def edit_comment(self, issue: Issue, id: int, body: str) -> Comment:
        """Replace a comment's text."""
        ...

    def delete_comment(self, issue: Issue, id: int) -> None:
        """Take back a comment of our own, which another process sent as well."""
        ...

    def add_labels(self, issue: Issue, labels: Sequence[str]) -> None:
        """Add labels to those that an issue has."""
        ...
